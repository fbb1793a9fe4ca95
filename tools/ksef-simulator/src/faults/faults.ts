import type { Clock } from '../core/clock.js';
import { HOUR_MS } from '../core/time.js';
import type { Endpoint, EndpointGroup } from '../limits/endpoints.js';
import { Draws } from './draws.js';
import { type FaultEntry, FaultJournal } from './fault-journal.js';
import { type CallFault, type FaultKind, FAULTS_ON_THE_WAY, type InnerFault, isCallFault } from './fault-kinds.js';
import { callRates, FAULT_PROFILES, type FaultProfile } from './fault-profile.js';
import { checkOrder, checkProfile } from './fault-settings.js';

/** More about a fault that was ordered. */
export interface FaultTraits {
  /** HTTP status of `server-error` and `execute-and-fail`. @default drawn, and 500 */
  readonly httpStatus?: number;
  /** Error code of `refuse`. */
  readonly code?: number;
  /** How long it hangs. @default that of the profile */
  readonly durationMs?: number;
}

/** A fault to come for certain: the next `times` occasions it fits. */
export interface FaultOrder extends FaultTraits {
  readonly kind: FaultKind;
  /** Groups of endpoints it may befall; call faults only. @default all but Latarnia, test data and people's pages */
  readonly groups?: readonly EndpointGroup[];
  /** @default 1 */
  readonly times?: number;
  /** Occasions to let pass first, whatever else befalls them. @default 0 */
  readonly after?: number;
}

interface Armed extends FaultOrder {
  readonly cause: string;
  left: number;
  skip: number;
}

/** A fault that happens now. */
export interface Strike<K extends FaultKind = FaultKind> extends FaultTraits {
  readonly kind: K;
  readonly entry: FaultEntry;
}

const HANG_MS = 6 * HOUR_MS;
const SERVER_ERRORS = [500, 502, 503, 504] as const;

/** Decides what goes wrong: what was ordered first, then what the profile and the seed say. */
export class Faults {
  readonly journal: FaultJournal;
  #draws: Draws;
  #profile: FaultProfile = FAULT_PROFILES.calm;
  #armed: Armed[] = [];
  readonly #occasions = new Map<string, number>();

  constructor(
    private readonly clock: Clock,
    seed: string,
    announce: (line: string) => void,
  ) {
    this.#draws = new Draws(seed);
    this.journal = new FaultJournal(announce);
  }

  get draws(): Draws {
    return this.#draws;
  }

  get profile(): FaultProfile {
    return this.#profile;
  }

  /** Orders still to come. */
  get armed(): readonly (FaultOrder & { readonly cause: string; readonly left: number })[] {
    return this.#armed.map(({ skip: _skip, ...order }) => order);
  }

  /**
   * Switches to a profile. A seed starts all draws anew, as if no call had been made yet.
   *
   * @throws {FaultSettingsError} when its rates make no sense; the profile before stays
   */
  use(profile: FaultProfile, seed?: string): void {
    checkProfile(profile);
    this.#profile = profile;
    if (seed === undefined) return;
    this.#draws = new Draws(seed);
    this.#occasions.clear();
  }

  /** @throws {FaultSettingsError} when one cannot happen; then none is taken */
  order(cause: string, ...orders: readonly FaultOrder[]): void {
    orders.forEach(checkOrder);
    this.#armed.push(...orders.map((order) => ({ ...order, cause, left: order.times ?? 1, skip: order.after ?? 0 })));
  }

  /** Forgets what was ordered and has not happened. */
  disarm(): void {
    this.#armed = [];
  }

  /**
   * What befalls this call; asked once per call.
   *
   * @param turnedAway whether a request limit turns it away: then nothing else befalls it, and no order for anything else is
   * used up, but what is on the way to KSeF; `throttle` is the same answer by order
   */
  onCall({ name, group }: Endpoint, turnedAway = false): Strike<CallFault> | undefined {
    const occasion = this.#next(group);
    const canBe = (kind: FaultKind): kind is CallFault => isCallFault(kind) && (!turnedAway || isOnTheWay(kind));
    const armed = this.#take((order) => canBe(order.kind) && fits(order, group));
    const kind = armed?.kind ?? this.#drawCall(group, occasion);
    if (kind === undefined || !canBe(kind)) return undefined;
    const entry = this.#write(kind, armed?.cause, { endpoint: name, group, occasion });
    return { kind, entry, ...this.#traitsOf(kind, armed, group, occasion) };
  }

  #traitsOf(kind: CallFault, armed: Armed | undefined, group: EndpointGroup, occasion: number): FaultTraits {
    const httpStatus = armed?.httpStatus ?? (kind === 'server-error' ? this.#serverError(group, occasion) : 500);
    return { httpStatus, ...(armed?.code === undefined ? {} : { code: armed.code }) };
  }

  /** Whether `kind` befalls `subject`; asked once per occasion. */
  befalls<K extends InnerFault>(kind: K, subject: string): Strike<K> | undefined {
    const occasion = this.#next(kind);
    const armed = this.#take((order) => order.kind === kind);
    const drawn = this.#draws.fraction(kind, occasion) < (this.#profile.rates[kind] ?? 0);
    if (armed === undefined && !drawn) return undefined;
    const entry = this.#write(kind, armed?.cause, { endpoint: subject, group: 'inside', occasion });
    return { kind, entry, durationMs: armed?.durationMs ?? this.#profile.hangMs ?? HANG_MS };
  }

  #next(stream: string): number {
    const occasion = (this.#occasions.get(stream) ?? 0) + 1;
    this.#occasions.set(stream, occasion);
    return occasion;
  }

  #drawCall(group: EndpointGroup, occasion: number): CallFault | undefined {
    let left = this.#draws.fraction(group, occasion);
    for (const [kind, rate] of callRates(this.#profile, group)) {
      if (left < rate) return kind;
      left -= rate;
    }
    return undefined;
  }

  #serverError(group: EndpointGroup, occasion: number): number {
    return this.#draws.pick(SERVER_ERRORS, `${group} status`, occasion);
  }

  /** The first order that fits and lets no more occasions pass; every order that is to let some pass has let this one pass. */
  #take(suits: (order: Armed) => boolean): Armed | undefined {
    const suiting = this.#armed.filter(suits);
    const found = suiting.find(({ skip }) => skip === 0);
    for (const order of suiting) order.skip = Math.max(0, order.skip - 1);
    if (found === undefined) return undefined;
    found.left -= 1;
    if (found.left <= 0) this.#armed = this.#armed.filter((order) => order !== found);
    return found;
  }

  #write(
    kind: FaultKind,
    cause: string | undefined,
    where: Pick<FaultEntry, 'endpoint' | 'group' | 'occasion'>,
  ): FaultEntry {
    return this.journal.write({
      seed: this.#draws.seed,
      at: new Date(this.clock.now()).toISOString(),
      kind,
      cause: cause ?? `profile ${this.#profile.name}`,
      ...where,
    });
  }
}

/** Whether it can befall a call that a limit turns away. */
const isOnTheWay = (kind: CallFault): boolean => kind === 'throttle' || FAULTS_ON_THE_WAY.has(kind);

const NEVER_UNLESS_NAMED: ReadonlySet<EndpointGroup> = new Set(['latarnia', 'verification', 'test-data']);

function fits({ groups }: FaultOrder, group: EndpointGroup): boolean {
  return groups === undefined ? !NEVER_UNLESS_NAMED.has(group) : groups.includes(group);
}
