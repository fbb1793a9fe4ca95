import type { OutboxEvent } from '../event/outbox.port.js';
import { numberedDocumentEvents } from '../handover/document-due.js';
import type { Instant } from '../shared/instant.js';
import type { Invoice, InvoiceId, InvoiceState } from './invoice.js';

/**
 * States of an invoice that somebody outside wants to hear of: its number, its proof, and everything that a person has to
 * look at. On its way there, it is nobody's news. (Reliability C38: an event in the transaction of each change.)
 */
const TOLD = [
  'accepted',
  'complete',
  'rejected',
  'blocked',
  'conflict',
  'needs-review',
  'not-issued',
  'closed',
] as const;
type ToldState = (typeof TOLD)[number];

const isTold = (state: InvoiceState): state is ToldState => (TOLD as readonly InvoiceState[]).includes(state);

/** The word for an invoice's coming into a state: of the event outside, and of the entry in the audit trail. */
export const stateEventType = <S extends InvoiceState>(state: S): `invoice.${S}` => `invoice.${state}`;

/**
 * What is told of invoices that came into their present state; the one place that words it. A number makes another document
 * the right one for the buyer: that is told with it.
 */
export function stateEvents(moved: readonly Invoice[], at: Instant): readonly OutboxEvent[] {
  const told = moved
    .filter(({ state }) => isTold(state))
    .map((invoice) => ({ at, type: stateEventType(invoice.state), subject: invoice.id, facts: factsOf(invoice) }));
  const numbered = moved.filter(({ state }) => state === 'accepted');
  return [...told, ...numberedDocumentEvents(numbered, at)];
}

/** The same for those that the database completed itself, by a page that names thousands. */
export const completionEvents = (
  proven: readonly { readonly id: InvoiceId; readonly ksefNumber: string }[],
  at: Instant,
): readonly OutboxEvent[] =>
  proven.map(({ id, ksefNumber }) => ({ at, type: stateEventType('complete'), subject: id, facts: { ksefNumber } }));

function factsOf(invoice: Invoice): OutboxEvent['facts'] {
  return {
    ...('acceptance' in invoice ? { ksefNumber: invoice.acceptance.ksefNumber } : {}),
    ...('refusal' in invoice
      ? { ksefStatus: invoice.refusal.code, reason: invoice.refusal.description, advice: invoice.refusal.advice }
      : {}),
    ...('reason' in invoice ? { reason: invoice.reason } : {}),
  };
}
