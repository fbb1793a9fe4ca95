import type { FormCode } from '../invoice/invoice-facts.js';
import type { InvoiceHash } from '../invoice/invoice-hash.js';
import { contextLabel } from '../party/context-identifier.js';
import { done, failed, unknown, type Attempt } from '../shared/attempt.js';
import type { Clock } from '../shared/clock.port.js';
import type { Stopwatch } from '../shared/stopwatch.port.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import { closeAtKsef } from './close-shared-sessions.js';
import type { InteractiveSession, InteractiveSessions, KsefCallRefusal } from './interactive-session.port.js';
import { KsefThrottledError, KsefUnreachableError, type KsefAccess } from './ksef-access.js';
import type { SessionReader } from './session-reader.port.js';
import type { InvoiceReference } from './session-reference.js';

/** Invoices that a session takes, of either kind (domain rules 8.2). */
export const MOST_INVOICES_PER_SESSION = 10_000;
/** A session is not used any more so long before KSeF ends it: what is posted has to be read and closed as well. */
const BEFORE_ITS_END_SECONDS = 30 * 60;
/** An opener that is late with closing is not mistaken for a dead one before that. */
const OPENER_GRACE_SECONDS = 60;
/**
 * KSeF is asked whether it is there, before an invoice goes into a session that it was silent about for so long. A post
 * that is not answered leaves open whether it arrived; a question that is not answered leaves the invoice to be issued
 * as offline24 in the same call.
 */
const CHECK_AFTER_MS = 5_000;
const SESSION_OPEN = 100;
/** Closing at the end of the process is given up after that: whatever is left is closed by a worker. */
const LONGEST_FAREWELL_MS = 5_000;

export interface SharedSessionSettings {
  /** Of this process: who holds the key of a session. */
  readonly processName: string;
  /** A session without an invoice for so long is closed. */
  readonly idleSeconds: number;
}

/** A session that this process shares among its invoices. */
export interface SharedSession {
  readonly access: KsefAccess;
  readonly session: InteractiveSession;
}

interface Held extends SharedSession {
  lastUsedMs: number;
  /** When KSeF last answered a call about it. */
  lastAnsweredMs: number;
  checking?: Promise<Checked>;
}

type Checked = Attempt<'open' | 'over', KsefCallRefusal>;

/**
 * The interactive sessions of this process: one for each tenant, context and schema, opened once for all who ask at the
 * same time, and used until it is full, old, idle, refused by KSeF or no longer open in the book (docs/adr/0019). A
 * session whose process died is closed by a worker (`CloseSharedSessions`).
 */
export class SharedSessions {
  readonly #held = new Map<string, Held>();
  /** Retired, and to be closed with the next ones. */
  readonly #leaving = new Set<Held>();
  readonly #opening = new Map<string, Promise<Attempt<SharedSession, KsefCallRefusal>>>();

  constructor(
    private readonly ports: {
      readonly unitOfWork: UnitOfWork;
      readonly sessions: InteractiveSessions;
      readonly reader: Pick<SessionReader, 'status'>;
      readonly clock: Clock;
      readonly stopwatch: Stopwatch;
    },
    private readonly settings: SharedSessionSettings,
  ) {}

  /**
   * A session to post into; anything but `done` means that there is none, and that KSeF got nothing.
   * @param withinMs waits no longer than that for one that is being opened; it is opened all the same, for others
   * @throws KsefLoginError, KsefThrottledError
   */
  async acquire(
    access: KsefAccess,
    formCode: FormCode,
    withinMs: number,
  ): Promise<Attempt<SharedSession, KsefCallRefusal>> {
    const acquired = await this.ports.stopwatch.within(withinMs, this.findOrOpen(access, formCode));
    return acquired === 'late' ? failed(NO_SESSION_IN_TIME) : acquired;
  }

  private async findOrOpen(access: KsefAccess, formCode: FormCode): Promise<Attempt<SharedSession, KsefCallRefusal>> {
    const key = keyOf(access, formCode);
    const held = this.#held.get(key);
    if (held !== undefined) {
      const checked = this.isUsable(held) ? await this.check(held) : done('over' as const);
      if (checked.outcome !== 'done') return checked;
      if (checked.value === 'open') return done(held);
      this.retire(held);
    }
    return this.openOnce(key, access, formCode);
  }

  /** Whether KSeF is there and has the session open; asked once for all who want to know. */
  private check(held: Held): Promise<Checked> {
    const silentMs = this.ports.stopwatch.elapsedMs() - held.lastAnsweredMs;
    if (silentMs < CHECK_AFTER_MS) return Promise.resolve(done('open'));
    held.checking ??= this.askAbout(held).finally(() => {
      delete held.checking;
    });
    return held.checking;
  }

  /** @throws KsefLoginError */
  private async askAbout(held: Held): Promise<Checked> {
    try {
      const status = await this.ports.reader.status(held.access, held.session.reference);
      held.lastAnsweredMs = this.ports.stopwatch.elapsedMs();
      return done(status?.code === SESSION_OPEN ? 'open' : 'over');
    } catch (error) {
      if (error instanceof KsefUnreachableError) return unknown(error.message);
      // Questions have a limit of their own: the posting shows.
      if (error instanceof KsefThrottledError) return done('open');
      throw error;
    }
  }

  /**
   * In the transaction that stores the intent to post: counts the invoice.
   * @returns false when nothing may be posted into this session: take another one
   */
  async use({ sessionBook }: Pick<TenantStores, 'sessionBook'>, shared: SharedSession): Promise<boolean> {
    const held = this.heldAs(shared);
    if (held === undefined) return false;
    held.lastUsedMs = this.ports.stopwatch.elapsedMs();
    return sessionBook.use(shared.session.reference, MOST_INVOICES_PER_SESSION, this.idleSecondsForOthers());
  }

  /** Posts an invoice online. Into a session that was retired meanwhile nothing is sent: a definite no. */
  async post(
    shared: SharedSession,
    bytes: Uint8Array,
    hash: InvoiceHash,
  ): Promise<Attempt<InvoiceReference, KsefCallRefusal>> {
    const held = this.heldAs(shared);
    if (held === undefined) return failed(RETIRED);
    const posted = await shared.session.post(bytes, hash, false);
    if (posted.outcome === 'done') held.lastAnsweredMs = this.ports.stopwatch.elapsedMs();
    return posted;
  }

  /** Nothing is posted into it by this process any more; it is closed with the next ones (`closeIdle`). */
  retire(shared: SharedSession): void {
    const held = this.heldAs(shared);
    if (held === undefined) return;
    for (const [key, value] of this.#held) if (value === held) this.#held.delete(key);
    held.session.forget();
    this.#leaving.add(held);
  }

  /**
   * Closes it now. Posts that are on their way are refused by KSeF (21180) or are in it.
   * @throws KsefUnreachableError, KsefThrottledError, KsefLoginError: it stays `closing`, and a worker closes it
   */
  async close(shared: SharedSession): Promise<void> {
    const { access, session } = shared;
    this.retire(shared);
    for (const held of this.#leaving) if (held.session === session) this.#leaving.delete(held);
    const { unitOfWork, sessions } = this.ports;
    await unitOfWork.inTenant(access.tenant, ({ sessionBook }) => sessionBook.beginClosing(session.reference));
    await closeAtKsef({ unitOfWork, sessions }, access, session.reference);
  }

  /** Closes what has been idle; what cannot be closed now is left to a worker. For a timer of the process. */
  async closeIdle(): Promise<void> {
    await this.closeThose([...this.#held.values()].filter((held) => !this.isUsable(held)));
  }

  /** Closes everything, at the end of the process. */
  async closeAll(): Promise<void> {
    await this.ports.stopwatch.within(LONGEST_FAREWELL_MS, this.closeThose([...this.#held.values()]));
  }

  private async closeThose(held: readonly Held[]): Promise<void> {
    await Promise.allSettled([...held, ...this.#leaving].map((each) => this.close(each)));
  }

  private isUsable({ session, lastUsedMs }: Held): boolean {
    const { clock, stopwatch } = this.ports;
    const isYoung = clock.now().until(session.validUntil).total('seconds') > BEFORE_ITS_END_SECONDS;
    return isYoung && stopwatch.elapsedMs() - lastUsedMs < this.settings.idleSeconds * 1000;
  }

  private heldAs(shared: SharedSession): Held | undefined {
    return [...this.#held.values()].find(({ session }) => session === shared.session);
  }

  private idleSecondsForOthers(): number {
    return this.settings.idleSeconds + OPENER_GRACE_SECONDS;
  }

  private openOnce(key: string, access: KsefAccess, formCode: FormCode) {
    const underWay = this.#opening.get(key);
    if (underWay !== undefined) return underWay;
    const opening = this.open(key, access, formCode).finally(() => this.#opening.delete(key));
    // Whoever waits too long hears nothing more of it.
    opening.catch(() => undefined);
    this.#opening.set(key, opening);
    return opening;
  }

  /** A session that is opened and not stored (a death in between) takes nothing: its key is gone, and KSeF ends it. */
  private async open(
    key: string,
    access: KsefAccess,
    formCode: FormCode,
  ): Promise<Attempt<SharedSession, KsefCallRefusal>> {
    const { unitOfWork, sessions, clock, stopwatch } = this.ports;
    const attempt = await sessions.open(access, formCode);
    if (attempt.outcome !== 'done') return attempt;
    const { reference, validUntil } = attempt.value;
    const opener = this.settings.processName;
    const opened = { reference, context: access.context, formCode, opener, openedAt: clock.now(), validUntil };
    await unitOfWork.inTenant(access.tenant, ({ sessionBook }) => sessionBook.add(opened, this.idleSecondsForOthers()));
    const nowMs = stopwatch.elapsedMs();
    const held: Held = { access, session: attempt.value, lastUsedMs: nowMs, lastAnsweredMs: nowMs };
    this.#held.set(key, held);
    return done(held);
  }
}

/** Codes after which this session is left, and another may take the invoice (domain rules 7.4). */
const SESSION_IS_OVER: ReadonlySet<number | undefined> = new Set([
  21155, // full
  21173, // unknown, as it may be for some time after it was opened (reliability C22)
  21180, // closed
  21184, // temporarily unavailable
]);

/**
 * Codes that KSeF gives while a session is not to be had for a moment. They are no word on the invoice that came with the
 * call: whether it was taken is read (reliability R2, D7).
 */
const SAYS_NOTHING: ReadonlySet<number | undefined> = new Set([21173, 21184]);

/** Whether KSeF may have taken the invoice all the same. */
export const mayHaveTakenIt = ({ ksefCode }: KsefCallRefusal): boolean => SAYS_NOTHING.has(ksefCode);

/** Whether the invoice can be posted into another session, once KSeF surely did not take it. */
export const needsAnotherSession = ({ ksefCode }: KsefCallRefusal): boolean => SESSION_IS_OVER.has(ksefCode);

const refusalOf = (description: string): KsefCallRefusal => ({ code: 'KSEF_REFUSED', httpStatus: 0, description });
const NO_SESSION_IN_TIME = refusalOf('no session was opened in time');
const RETIRED: KsefCallRefusal = { ...refusalOf('the session was closed before anything was sent'), ksefCode: 21180 };

const keyOf = ({ tenant, context }: KsefAccess, { systemCode, schemaVersion, value }: FormCode): string =>
  [tenant, contextLabel(context), systemCode, schemaVersion, value].join('|');
