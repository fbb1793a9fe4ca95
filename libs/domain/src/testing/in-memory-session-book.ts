import type { OpenedSharedSession, SessionBook, SharedSessionRecord } from '../session/session-book.port.js';
import { SHARED_SESSION_TRANSITIONS, type SharedSessionState } from '../session/session-book.port.js';
import type { SessionReference } from '../session/session-reference.js';
import type { Clock } from '../shared/clock.port.js';

interface Row extends SharedSessionRecord {
  readonly closeAfterMs: number;
}

/** The shared sessions of one tenant, with what the port promises of a database. */
export class InMemorySessionBook implements SessionBook {
  #rows = new Map<SessionReference, Row>();

  constructor(private readonly clock: Clock) {}

  savepoint(): () => void {
    const rows = new Map(this.#rows);
    return () => (this.#rows = rows);
  }

  /** For assertions, in the order in which they were opened. */
  get stored(): readonly SharedSessionRecord[] {
    return [...this.#rows.values()].map(({ closeAfterMs: _closeAfterMs, ...session }) => session);
  }

  add(session: OpenedSharedSession, idleSeconds: number): Promise<void> {
    if (this.#rows.has(session.reference)) throw new Error(`session ${session.reference} is in the book`);
    const row = { ...session, state: 'open' as const, invoicesPosted: 0, closeAfterMs: this.inMs(idleSeconds) };
    this.#rows.set(session.reference, row);
    return Promise.resolve();
  }

  find(reference: SessionReference): Promise<SharedSessionRecord | undefined> {
    return Promise.resolve(this.stored.find((session) => session.reference === reference));
  }

  use(reference: SessionReference, mostInvoices: number, idleSeconds: number): Promise<boolean> {
    const row = this.#rows.get(reference);
    if (row?.state !== 'open' || row.invoicesPosted >= mostInvoices) return Promise.resolve(false);
    const invoicesPosted = row.invoicesPosted + 1;
    this.#rows.set(reference, { ...row, invoicesPosted, closeAfterMs: this.inMs(idleSeconds) });
    return Promise.resolve(true);
  }

  beginClosing(reference: SessionReference): Promise<boolean> {
    const row = this.#rows.get(reference);
    if (row?.state !== 'open') return Promise.resolve(false);
    this.move(row, 'closing', 0);
    return Promise.resolve(true);
  }

  finish(reference: SessionReference, state: 'closed' | 'lost'): Promise<void> {
    const row = this.#rows.get(reference);
    if (row?.state === 'closing') this.move(row, state, 0);
    return Promise.resolve();
  }

  claimDue(limit: number, againInSeconds: number): Promise<readonly SharedSessionRecord[]> {
    const due = [...this.#rows.values()]
      .filter(({ state, closeAfterMs }) => {
        return (state === 'open' || state === 'closing') && closeAfterMs <= this.inMs(0);
      })
      .slice(0, limit);
    for (const row of due) this.move(row, 'closing', againInSeconds);
    return Promise.resolve(this.stored.filter(({ reference }) => due.some((row) => row.reference === reference)));
  }

  private move(row: Row, state: SharedSessionState, afterSeconds: number): void {
    const allowed: readonly SharedSessionState[] = SHARED_SESSION_TRANSITIONS[row.state];
    if (row.state !== state && !allowed.includes(state)) {
      throw new Error(`session ${row.reference}: ${row.state} > ${state} is not in the table`);
    }
    this.#rows.set(row.reference, { ...row, state, closeAfterMs: this.inMs(afterSeconds) });
  }

  private inMs(seconds: number): number {
    return this.clock.now().epochMilliseconds + seconds * 1000;
  }
}
