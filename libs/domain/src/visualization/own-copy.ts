import { circumstancesOf, standingOf as handoverStandingOf } from '../handover/circumstances.js';
import type { StoredInvoice } from '../invoice/invoice-repository.port.js';
import { offlineCodes } from '../invoice/offline-codes.js';
import { KOD_II_LABEL, kodILabel } from '../verification-code/code-label.js';
import type { DocumentElement } from './document-element.js';
import type { InvoiceStanding, LabelledCode, ReadableDocument } from './document-renderer.port.js';

/**
 * The invoice as its issuer looks at it, in any state. Which document a buyer may be handed is another question
 * (`documentFor`).
 *
 * Codes as the law wants them on a copy: after the number KOD I with it and nothing else; before that KOD I `OFFLINE`, and
 * KOD II of one that has it; none on a document of a total failure, or on one that is not issued.
 *
 * @see domain rules 1.1, 3.4; regulation of 12.12.2025 §9; art. 106gb(5)
 */
export function ownCopy(
  stored: Pick<StoredInvoice, 'invoice' | 'term'>,
  invoice: DocumentElement,
): Extract<ReadableDocument, { kind: 'invoice' }> {
  const standing = standingOf(stored);
  const ksefNumber = 'acceptance' in stored.invoice ? stored.invoice.acceptance.ksefNumber : undefined;
  const number = ksefNumber === undefined ? {} : { ksefNumber };
  return { kind: 'invoice', invoice, standing, codes: codesFor(stored, standing), ...number };
}

function standingOf(stored: Pick<StoredInvoice, 'invoice' | 'term'>): InvoiceStanding {
  const { invoice } = stored;
  if (invoice.state === 'received') return 'draft';
  if (invoice.state === 'not-issued') return 'not-issued';
  if ('acceptance' in invoice) return 'numbered';
  if (circumstancesOf(stored).dutyLifted) return 'total-failure';
  if (handoverStandingOf(invoice.state) === 'refused') return 'refused';
  return invoice.issue.mode === 'online' ? 'online' : 'offline';
}

function codesFor({ invoice }: Pick<StoredInvoice, 'invoice'>, standing: InvoiceStanding): readonly LabelledCode[] {
  if (!('issue' in invoice) || standing === 'total-failure') return [];
  const ksefNumber = 'acceptance' in invoice ? invoice.acceptance.ksefNumber : undefined;
  const kodI: LabelledCode = { kind: 'KOD I', link: invoice.issue.kodI, label: kodILabel(ksefNumber) };
  const offline = ksefNumber === undefined ? offlineCodes(invoice) : undefined;
  return offline === undefined ? [kodI] : [kodI, { kind: 'KOD II', link: offline.kodII, label: KOD_II_LABEL }];
}
