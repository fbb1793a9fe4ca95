import { ConcurrentUpdateError } from '../../batch/batch-repository.port.js';
import type { EventSequence } from '../../event/public-event.js';
import type { IdempotencyClaim } from '../../invoice/idempotency.port.js';
import type { InvoiceId } from '../../invoice/invoice.js';
import { sameContext, type ContextIdentifier } from '../../party/context-identifier.js';
import type { Clock } from '../../shared/clock.port.js';
import type { ClaimedEmail, EmailBook, EmailEnd, EmailSettlement } from '../email-book.port.js';
import type { EmailSettings, EmailSettingsBook } from '../email-settings.port.js';
import {
  EMAIL_TRANSITIONS,
  type Email,
  type EmailFailure,
  type EmailId,
  type PendingEmail,
  type SentFile,
} from '../email.js';

interface Row {
  readonly email: Email;
  readonly claim?: IdempotencyClaim;
  readonly fence: bigint;
  readonly leaseUntilMs?: number;
  readonly file?: SentFile;
}

/** Holds every move to the lifecycle. */
export class InMemoryEmails implements EmailBook {
  rows: readonly Row[] = [];
  decidedUpTo: EventSequence | undefined;

  constructor(private readonly clock: Clock) {}

  savepoint(): () => void {
    const { rows, decidedUpTo } = this;
    return () => {
      this.rows = rows;
      this.decidedUpTo = decidedUpTo;
    };
  }

  add(email: PendingEmail, claim?: IdempotencyClaim): Promise<boolean> {
    if (claim !== undefined && this.rows.some((row) => row.claim?.key === claim.key)) return Promise.resolve(false);
    this.rows = [...this.rows, { email, fence: 0n, ...(claim === undefined ? {} : { claim }) }];
    return Promise.resolve(true);
  }

  findByKey(key: string) {
    const row = this.rows.find(({ claim }) => claim?.key === key);
    return Promise.resolve(row && { email: row.email, fingerprint: row.claim?.fingerprint ?? '' });
  }

  find(id: EmailId): Promise<Email | undefined> {
    return Promise.resolve(this.rows.find(({ email }) => email.id === id)?.email);
  }

  of(id: InvoiceId): Promise<readonly Email[]> {
    return Promise.resolve(this.rows.map(({ email }) => email).filter(({ invoiceId }) => invoiceId === id));
  }

  claim(by: { readonly leaseSeconds: number }, limit: number): Promise<readonly ClaimedEmail[]> {
    const now = this.clock.now().epochMilliseconds;
    const isDue = ({ email, leaseUntilMs }: Row): boolean =>
      email.state === 'pending'
        ? email.nextAttemptAt.epochMilliseconds <= now
        : email.state === 'preparing' && (leaseUntilMs ?? 0) < now;
    return Promise.resolve(
      this.rows
        .filter(isDue)
        .slice(0, limit)
        .map((row) => {
          const attempts = row.email.attempts + 1;
          const email: Email = { ...common(row.email), attempts, state: 'preparing' };
          const fence = row.fence + 1n;
          this.put({ ...row, email, fence, leaseUntilMs: now + by.leaseSeconds * 1000 });
          return { email, fence };
        }),
    );
  }

  begin(claimed: ClaimedEmail, file: SentFile): Promise<boolean> {
    const row = this.held(claimed, 'preparing');
    if (row === undefined) return Promise.resolve(false);
    this.put({ ...row, file, email: { ...common(row.email), state: 'sending', file } });
    return Promise.resolve(true);
  }

  end(claimed: ClaimedEmail, end: EmailEnd): Promise<boolean> {
    const row = this.held(claimed, 'preparing') ?? this.held(claimed, 'sending');
    if (row === undefined) return Promise.resolve(false);
    const { leaseUntilMs: _lease, ...free } = row;
    this.put({ ...free, email: this.ended(row, end) });
    return Promise.resolve(true);
  }

  surrender(failure: EmailFailure): Promise<readonly Email[]> {
    const now = this.clock.now().epochMilliseconds;
    const lost = this.rows.filter(({ email, leaseUntilMs }) => email.state === 'sending' && (leaseUntilMs ?? 0) < now);
    return Promise.resolve(
      lost.map((row) => {
        const email = this.ended(row, { state: 'unknown', failure });
        this.put({ ...row, email, fence: row.fence + 1n });
        return email;
      }),
    );
  }

  settle(email: Email, settlement: EmailSettlement): Promise<void> {
    const row = this.rows.find((each) => each.email.id === email.id && each.email.version === email.version);
    if (row === undefined) return Promise.reject(new ConcurrentUpdateError(`e-mail ${email.id} moved on`));
    const end =
      settlement.state === 'pending' ? { ...settlement, afterSeconds: 0, failure: { cause: '' } } : settlement;
    this.put({ ...row, email: this.ended(row, end) });
    return Promise.resolve();
  }

  lockDecided(): Promise<EventSequence | undefined> {
    return Promise.resolve(this.decidedUpTo);
  }

  decided(upTo: EventSequence): Promise<void> {
    this.decidedUpTo = upTo;
    return Promise.resolve();
  }

  private ended(row: Row, end: EmailEnd): Email {
    const base = common(row.email);
    switch (end.state) {
      case 'delivered':
        return { ...base, state: 'delivered', file: fileOf(row), deliveredAt: end.at };
      case 'unknown':
        return { ...base, state: 'unknown', file: fileOf(row), failure: end.failure };
      case 'failed':
        return { ...base, state: 'failed', failure: end.failure };
      case 'withdrawn':
        return { ...base, state: 'withdrawn', reason: end.reason };
      case 'pending': {
        const nextAttemptAt = this.clock.now().add({ seconds: end.afterSeconds });
        return { ...base, state: 'pending', nextAttemptAt, lastFailure: end.failure };
      }
    }
  }

  private held({ email: { id }, fence }: ClaimedEmail, state: Email['state']): Row | undefined {
    return this.rows.find((row) => row.email.id === id && row.fence === fence && row.email.state === state);
  }

  private put(next: Row): void {
    this.rows = this.rows.map((row) => {
      if (row.email.id !== next.email.id) return row;
      const allowed: readonly Email['state'][] = EMAIL_TRANSITIONS[row.email.state];
      if (!allowed.includes(next.email.state)) throw new Error(`${row.email.state} to ${next.email.state}`);
      return { ...next, email: { ...next.email, version: row.email.version + 1 } };
    });
  }
}

function fileOf({ file }: Row): SentFile {
  if (file === undefined) throw new Error('nothing left');
  return file;
}

function common({ id, invoiceId, recipient, language, cause, requestedAt, requestedBy, attempts, version }: Email) {
  return { id, invoiceId, recipient, language, cause, requestedAt, requestedBy, attempts, version };
}

export class InMemoryEmailSettings implements EmailSettingsBook {
  stored: readonly EmailSettings[] = [];

  savepoint(): () => void {
    const { stored } = this;
    return () => (this.stored = stored);
  }

  of(context: ContextIdentifier): Promise<EmailSettings | undefined> {
    return Promise.resolve(this.stored.find((each) => sameContext(each.context, context)));
  }

  all(): Promise<readonly EmailSettings[]> {
    return Promise.resolve(this.stored);
  }

  put(settings: EmailSettings): Promise<void> {
    const others = this.stored.filter((each) => !sameContext(each.context, settings.context));
    this.stored = [...others, settings];
    return Promise.resolve();
  }
}
