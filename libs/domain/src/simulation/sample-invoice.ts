import { warsawDay } from '../calendar/warsaw-time.js';
import type { Nip } from '../party/nip.js';
import type { Instant } from '../shared/instant.js';
import type { DrillId } from './drill.js';

/** P_2 of the n-th sample, from 1; the same for every context, since each is another seller. */
export const sampleNumber = (id: DrillId, ordinal: number): string => `DRILL/${id.slice(-8)}/${String(ordinal)}`;

/**
 * A plain sale to a consumer, as the JSON model of the API. It follows from its arguments alone: made again after a
 * crash it is the same invoice.
 */
export function sampleInvoice(seller: { readonly nip: Nip; readonly name: string }, number: string, at: Instant) {
  const issueDate = warsawDay(at).toString();
  return {
    number,
    issueDate,
    seller: { ...seller, address: { line1: 'ul. Próbna 1', line2: '00-001 Warszawa' } },
    buyer: { identifier: { kind: 'none' }, name: 'Odbiorca próbny', address: { line1: 'ul. Próbna 2' } },
    lines: [
      { name: 'Towar próbny (próba awarii KSeF)', unit: 'szt.', quantity: '1', unitNetPrice: '1.00', vatRate: '23' },
    ],
    payment: { paidOn: issueDate, method: 'card' },
  };
}
