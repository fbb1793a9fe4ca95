import type { InvoiceHash } from '../invoice/invoice-hash.js';
import type { Stopwatch } from '../shared/stopwatch.port.js';
import { KsefLoginError, KsefThrottledError, KsefUnreachableError } from './ksef-access.js';
import { lookUpByHash } from './look-up.js';
import type { SessionInvoice, SessionReader } from './session-reader.port.js';
import type { SharedSession, SharedSessions } from './shared-sessions.js';

/** What became of a posting that was not answered, as far as reading told in time. */
export type ResolvedPosting =
  | { readonly kind: 'posted'; readonly row: SessionInvoice }
  | { readonly kind: 'absent' }
  /** KSeF does not answer anybody. */
  | { readonly kind: 'unreachable'; readonly cause: string }
  | { readonly kind: 'not-told' };

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Finds out, for somebody who waits, whether KSeF has a document whose posting was not answered (reliability R3, D5). An
 * open session cannot prove that it does not: it is closed, and read once it has its final code. Nothing is sent.
 */
export class ResolvePosting {
  constructor(
    private readonly reader: SessionReader,
    private readonly sessions: SharedSessions,
    private readonly stopwatch: Stopwatch,
  ) {}

  /** @param untilMs of the stopwatch: what is not told by then is left to the worker */
  async execute(shared: SharedSession, hash: InvoiceHash, untilMs: number): Promise<ResolvedPosting> {
    const leftMs = untilMs - this.stopwatch.elapsedMs();
    if (leftMs <= 0) return NOT_TOLD;
    const resolved = await this.stopwatch.within(leftMs, this.resolve(shared, hash, untilMs));
    return resolved === 'late' ? NOT_TOLD : resolved;
  }

  private async resolve(shared: SharedSession, hash: InvoiceHash, untilMs: number): Promise<ResolvedPosting> {
    try {
      const first = await this.look(shared, hash);
      if (first.kind !== 'not-told') return first;
      await this.sessions.close(shared);
      return await this.lookUntil(shared, hash, untilMs);
    } catch (error) {
      this.sessions.retire(shared);
      if (error instanceof KsefUnreachableError) return { kind: 'unreachable', cause: error.message };
      if (error instanceof KsefThrottledError || error instanceof KsefLoginError) return NOT_TOLD;
      throw error;
    }
  }

  private async lookUntil(shared: SharedSession, hash: InvoiceHash, untilMs: number): Promise<ResolvedPosting> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const told = await this.look(shared, hash);
      if (told.kind !== 'not-told' || this.stopwatch.elapsedMs() + pauseMs > untilMs) return told;
      await this.stopwatch.pause(pauseMs);
    }
  }

  private async look({ access, session }: SharedSession, hash: InvoiceHash): Promise<ResolvedPosting> {
    const told = await lookUpByHash(this.reader, access, session.reference, hash);
    if (told.kind === 'found') return { kind: 'posted', row: told.row };
    return told.kind === 'absent' ? told : NOT_TOLD;
  }
}

const NOT_TOLD: ResolvedPosting = { kind: 'not-told' };
