import type { InvoiceHash } from '../invoice/invoice-hash.js';
import type { Acceptance, KsefRefusal } from '../invoice/invoice.js';
import { parseKsefNumber } from '../ksef-number/ksef-number.js';
import type { SessionInvoice } from '../session/session-reader.port.js';
import type { SessionReference } from '../session/session-reference.js';
import { err, ok, type Result } from '../shared/result.js';
import type { TenantStores } from '../shared/unit-of-work.port.js';
import { correctingInvoice } from './correction-steps.js';
import type { TechnicalCorrection, TechnicalCorrectionId } from './technical-correction.js';

/** A file of an invoice's lineage: the one that was issued (ordinal 1, and no id), or a technical correction of it. */
export interface LineageFile {
  readonly id: TechnicalCorrectionId;
  readonly ordinal: number;
  readonly hash: InvoiceHash;
  /** Where it was, or may have been, posted. */
  readonly sessions: readonly SessionReference[];
}

/** Every file that may have reached KSeF, oldest first. */
export async function filesOf(stores: TenantStores, correction: TechnicalCorrection): Promise<readonly LineageFile[]> {
  const invoice = await correctingInvoice(stores, correction);
  const { session } = invoice.delivery;
  const first = { id: correction.id, ordinal: 1, hash: invoice.hash, sessions: session === undefined ? [] : [session] };
  const corrections = await stores.corrections.of(invoice.id);
  const sent = corrections.filter(({ sessions }) => sessions.length > 0);
  return [first, ...sent.map(({ id, ordinal, hash, sessions }) => ({ id, ordinal, hash, sessions }))];
}

/** Status 200 as the acceptance of an invoice; refused where the number is none. */
export function acceptanceIn(session: SessionReference, row: SessionInvoice): Result<Acceptance, KsefRefusal> {
  const { code, description, details, ksefNumber = '' } = row;
  const number = parseKsefNumber(ksefNumber);
  if (!number.ok) {
    const advice = `KSeF accepted it, but its number "${ksefNumber}" is not a valid KSeF number: ask KSeF before anything else.`;
    return err({ code, description, details, advice });
  }
  return ok({
    ksefNumber: number.value,
    session,
    invoice: row.reference,
    invoicingDate: row.invoicingDate,
    ...(row.acquisitionDate === undefined ? {} : { acquisitionDate: row.acquisitionDate }),
    ...(row.invoicingMode === undefined ? {} : { invoicingMode: row.invoicingMode }),
  });
}
