import type { BatchId } from '../batch/batch.js';
import type { InvoiceHash } from '../invoice/invoice-hash.js';
import type { InSessionInvoice } from '../invoice/invoice.js';
import type { SessionInvoice } from '../session/session-reader.port.js';
import type { InvoiceReference, SessionReference } from '../session/session-reference.js';

/** A row of a session as KSeF told it, without the address of its UPO, which is a secret and short-lived. */
export type SessionRow = Omit<SessionInvoice, 'upoDownloadUrl'>;

const ACCEPTED = 200;
const DUPLICATE = 440;
const FIRST_FINAL_CODE = 200;

/** How much a code says: acceptance, a duplicate, another final refusal, nothing final. */
export function rowRank(code: number): number {
  if (code === ACCEPTED) return 0;
  if (code === DUPLICATE) return 1;
  return code >= FIRST_FINAL_CODE ? 2 : 3;
}

/** Orders rows with one hash: the first one speaks for it, whatever the order in which they came. */
export function compareRows(a: SessionRow, b: SessionRow): number {
  const byCode = rowRank(a.code) - rowRank(b.code) || b.code - a.code;
  return byCode === 0 ? compareText(a.reference, b.reference) : byCode;
}

const compareText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** An invoice on its way, and what a session says of its bytes. */
export interface AnsweredInvoice {
  readonly invoice: InSessionInvoice;
  readonly row: SessionRow;
}

/** How KSeF's list of a session compares with what its batch carried. */
export interface RowTally {
  readonly rows: number;
  /** Rows with code 200. */
  readonly accepted: number;
  /** Rows without a final code. */
  readonly unfinished: number;
  /** Invoices of the batch whose hash no row has. */
  readonly missing: number;
  /** Rows whose hash nothing in the batch has. */
  readonly foreign: number;
}

/**
 * What KSeF said of every invoice of a session, one row for each of KSeF's references. Several rows may have one hash (a
 * file refused as its own duplicate): then the accepted one speaks for it, a duplicate before other refusals, a final
 * row before one without a final code, the higher code before the lower. The order in which rows come does not matter, nor
 * how often (reliability C32, P5).
 */
export interface SessionRows {
  /** Stores rows; of several words on one reference the one that would speak for its hash, the newer of two alike. */
  record(session: SessionReference, rows: readonly SessionRow[]): Promise<void>;
  tally(batchId: BatchId, session: SessionReference): Promise<RowTally>;
  /**
   * Invoices of the batch in state `in-session` for whose hash the session has a final row; the earliest deadline first.
   * @param codes with these codes, or with any but these
   */
  answered(
    batchId: BatchId,
    session: SessionReference,
    codes: { readonly only: readonly number[] } | { readonly except: readonly number[] },
    limit: number,
  ): Promise<readonly AnsweredInvoice[]>;
  /** Rows of other sessions of the tenant for these bytes, wherever they were sent. */
  sessionsWith(hash: InvoiceHash): Promise<readonly SessionReference[]>;
  /** By KSeF's reference; for those who want to see them. */
  list(session: SessionReference, limit: number, after?: InvoiceReference): Promise<readonly SessionRow[]>;
}
