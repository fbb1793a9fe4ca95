import { describeDeadline, type DueTerm } from '../deadline/due-term.js';
import type { OutboxEvent } from '../event/outbox.port.js';
import { contextLabel } from '../party/context-identifier.js';
import { toBase64 } from '../shared/base64.js';
import type { Instant } from '../shared/instant.js';
import type { InSessionInvoice, Invoice, IssuedInvoice } from './invoice.js';

/** What is told of an invoice that was issued offline: what it is, and until when it has to be in KSeF. */
export function issuedEvent(invoice: IssuedInvoice, { deadline, target }: DueTerm): OutboxEvent {
  const { mode, issuedAt } = invoice.issue;
  const facts = {
    ...identity(invoice),
    mode,
    deadline: describeDeadline(deadline),
    basis: deadline.basis,
    target: target?.at.toString() ?? null,
  };
  return { at: issuedAt, type: 'invoice.issued', subject: invoice.id, facts };
}

/** What is told of an invoice that KSeF has for processing. */
export function postedEvent(invoice: InSessionInvoice, at: Instant): OutboxEvent {
  const facts = { ...identity(invoice), mode: invoice.issue.mode, session: invoice.delivery.session ?? null };
  return { at, type: 'invoice.posted', subject: invoice.id, facts };
}

const identity = ({ facts, context, hash }: Invoice) => ({
  number: facts.number,
  sellerNip: facts.sellerNip satisfies string as string,
  issueDate: facts.issueDate.toString(),
  context: contextLabel(context),
  sha256: toBase64(hash),
});
