import { warsawDay } from '../calendar/warsaw-time.js';
import type { ContextIdentifier } from '../party/context-identifier.js';
import type { Instant } from '../shared/instant.js';
import type { DrillId } from './drill.js';

const NIP_LENGTH = 10;

/** Why there is no sample for a context; `undefined` when there is one. */
export function whyNoSample({ type }: ContextIdentifier): string | undefined {
  // A provider issues in the name of sellers that only its customers' documents name (domain rules 1.10).
  return type === 'PeppolId'
    ? 'A sample needs the NIP of a seller, and a Peppol provider has none of its own: rehearse with the contexts of its customers.'
    : undefined;
}

/**
 * P_2 of the n-th sample of a context, from 1. Contexts of one NIP share a seller, and KSeF takes a number once for each
 * (domain rules 6): what makes them different is in the number.
 */
export function sampleNumber(id: DrillId, { type, value }: ContextIdentifier, ordinal: number): string {
  const unit = type === 'Nip' ? '' : `${value.slice(NIP_LENGTH + 1)}/`;
  return `DRILL/${id.slice(-8)}/${unit}${String(ordinal)}`;
}

/**
 * A plain sale to a consumer, as the JSON model of the API, by the NIP that the context has or begins with; a VAT-UE context
 * is the buyer's, who issues in the seller's name. It follows from its arguments alone: made again after a crash it is the
 * same invoice.
 */
export function sampleInvoice(
  { identifier, name }: { readonly identifier: ContextIdentifier; readonly name: string },
  number: string,
  at: Instant,
) {
  const { type, value } = identifier;
  const issueDate = warsawDay(at).toString();
  const consumer = { identifier: { kind: 'none' }, name: 'Odbiorca próbny', address: { line1: 'ul. Próbna 2' } };
  return {
    number,
    issueDate,
    seller: { nip: value.slice(0, NIP_LENGTH), name, address: { line1: 'ul. Próbna 1', line2: '00-001 Warszawa' } },
    ...(type === 'NipVatUe'
      ? { selfBilling: true, buyer: foreignBuyer(value.slice(NIP_LENGTH + 1)) }
      : { buyer: consumer }),
    lines: [
      { name: 'Towar próbny (próba awarii KSeF)', unit: 'szt.', quantity: '1', unitNetPrice: '1.00', vatRate: '23' },
    ],
    payment: { paidOn: issueDate, method: 'card' },
  };
}

/** @param vatUe prefix of the member state and number */
function foreignBuyer(vatUe: string) {
  const country = vatUe.slice(0, 2);
  return {
    identifier: { kind: 'eu-vat', country, number: vatUe.slice(2) },
    name: 'Nabywca próbny UE',
    // Greece has a VAT prefix that is no country code.
    address: { country: country === 'EL' ? 'GR' : country, line1: 'Sample Street 3' },
  };
}
