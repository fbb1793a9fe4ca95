import type { Acceptance, KsefRefusal } from '../invoice/invoice.js';
import { parseKsefNumber } from '../ksef-number/ksef-number.js';
import { err, ok, type Result } from '../shared/result.js';
import type { SessionInvoice } from './session-reader.port.js';
import type { SessionReference } from './session-reference.js';

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
