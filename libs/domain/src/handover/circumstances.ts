import type { DueTerm } from '../deadline/due-term.js';
import type { Deadline } from '../deadline/deadline.js';
import type { StoredInvoice } from '../invoice/invoice-repository.port.js';
import type { Invoice, InvoiceState } from '../invoice/invoice.js';
import type { OfflineMode } from '../invoice/issuing-mode.js';
import { offlineCodes } from '../invoice/offline-codes.js';
import { buyerGroupOf, type BuyerGroup } from './buyer-group.js';
import type { HandoverCircumstances } from './handover-document.js';

const STANDINGS = {
  received: 'draft',
  'not-issued': 'not-issued',
  issued: 'waiting',
  planned: 'waiting',
  'in-session': 'waiting',
  accepted: 'numbered',
  complete: 'numbered',
  rejected: 'refused',
  correcting: 'refused',
  blocked: 'refused',
  conflict: 'refused',
  closed: 'refused',
  'needs-review': 'undecided',
} as const satisfies Record<InvoiceState, HandoverCircumstances['standing']>;

/** How an invoice in this state stands to those who hand it over. */
export const standingOf = (state: InvoiceState): HandoverCircumstances['standing'] => STANDINGS[state];

/** The circumstances of a stored invoice, with its term as last derived. */
export function circumstancesOf(
  { invoice, term }: Pick<StoredInvoice, 'invoice' | 'term'>,
  buyer: BuyerGroup = buyerGroupOf(invoice.facts),
): HandoverCircumstances {
  return {
    standing: 'acceptance' in invoice ? 'numbered' : standingOf(invoice.state),
    ...governing(invoice, term),
    hasKodII: offlineCodes(invoice) !== undefined,
    buyer,
  };
}

function governing(invoice: Invoice, term: DueTerm | undefined) {
  const mode = 'issue' in invoice ? invoice.issue.mode : 'online';
  if (mode !== 'online') return offlineGoverning(mode, term?.deadline);
  // Declared online, taken as offline (art. 106nda(16)): what its term says governs.
  const marked = 'acceptance' in invoice && invoice.acceptance.invoicingMode === 'offline';
  const regime = marked ? (term?.deadline.regime ?? 'offline24') : 'online';
  return { regime, shifted: false, dutyLifted: false } as const;
}

/** Which procedure governs a document issued offline. Without a term, the one it was issued under. */
export function offlineGoverning(
  mode: OfflineMode,
  deadline: Pick<Deadline, 'regime' | 'kind'> | undefined,
): Pick<HandoverCircumstances, 'regime' | 'shifted' | 'dutyLifted'> {
  const regime = deadline?.regime ?? mode;
  const dutyLifted = deadline === undefined ? mode === 'total-failure' : deadline.kind === 'none';
  return { regime, shifted: regime !== mode, dutyLifted };
}
