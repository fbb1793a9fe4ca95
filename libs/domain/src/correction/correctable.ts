import type { InvoiceStatusCode } from '../invoice/ksef-invoice-status.js';
import type { Invoice, InvoiceState, OfflineIssue, RefusedInvoice, ReviewInvoice } from '../invoice/invoice.js';
import { err, ok, type Result } from '../shared/result.js';

/** Whether a final status of the file before allows a technical correction (domain rules 1.8, 7.3; reliability D1). */
export type CorrectionGround = 'allowed' | 'by-decision' | 'never';

interface Row {
  readonly ground: CorrectionGround;
  readonly why: string;
}

/**
 * The one place that says after which code a file may be replaced. A code that is not here allows nothing.
 * @see ksef-docs offline/korekta-techniczna.md
 */
export const CORRECTION_GROUNDS: Readonly<Record<number, Row>> = {
  405: { ground: 'never', why: 'The session failed, not the file: the same file is sent again.' },
  410: {
    ground: 'never',
    why: 'A right is missing; technical corrections do not answer that. The same file is sent again.',
  },
  415: {
    ground: 'never',
    why: 'Attachments were not announced in e-Urząd Skarbowy; the same file is sent again once they are.',
  },
  430: { ground: 'allowed', why: 'KSeF refused the file for its form.' },
  435: { ground: 'never', why: 'KSeF could not decrypt it; the same file is sent again.' },
  440: {
    ground: 'by-decision',
    why: 'Another document with this seller, kind and number is in KSeF; a person has to say why this one is to replace it.',
  },
  450: { ground: 'allowed', why: "The file does not pass KSeF's rules." },
  500: { ground: 'never', why: 'KSeF failed, not the file: the same file is sent again.' },
  550: { ground: 'never', why: 'KSeF cancelled it and asks for the same file again.' },
};

export interface CorrectionNotAllowed {
  readonly code: 'CORRECTION_NOT_ALLOWED';
  readonly state: InvoiceState;
  readonly ksefStatus?: InvoiceStatusCode;
  readonly why: string;
}

/** An invoice whose file may be replaced, on the ground of `ksefStatus`. */
export interface CorrectableInvoice {
  readonly invoice: RefusedInvoice | ReviewInvoice;
  readonly issue: OfflineIssue;
  readonly ksefStatus: InvoiceStatusCode;
  readonly ground: Exclude<CorrectionGround, 'never'>;
}

/**
 * Only an invoice that was issued offline, and whose last file KSeF finally refused for the file itself: while any attempt
 * may still be taken, a second file could make a second invoice (reliability R4, D1). Online nothing was issued, so a new
 * file is a new invoice.
 */
export function correctable(invoice: Invoice): Result<CorrectableInvoice, CorrectionNotAllowed> {
  if (invoice.state !== 'rejected' && invoice.state !== 'conflict') return notAllowed(invoice, WHY_NOT[invoice.state]);
  const { issue, delivery, refusal } = invoice;
  if (issue.mode === 'online') return notAllowed(invoice, WHY_NOT_ONLINE);
  if (delivery.channel === 'batch' && delivery.earlier !== undefined) return notAllowed(invoice, WHY_NOT['in-session']);
  const { ground, why } = groundOf(refusal.code);
  if (ground === 'never') return notAllowed(invoice, why);
  if (ground === 'allowed' && invoice.state === 'conflict') return notAllowed(invoice, WHY_NOT.conflict);
  return ok({ invoice, issue, ksefStatus: refusal.code, ground });
}

function groundOf(code: InvoiceStatusCode): Row {
  const why = `KSeF's status ${String(code)} is not one that allows a correction.`;
  return CORRECTION_GROUNDS[code] ?? { ground: 'never', why };
}

function notAllowed(invoice: Invoice, why: string): Result<never, CorrectionNotAllowed> {
  const status = 'refusal' in invoice ? { ksefStatus: invoice.refusal.code } : {};
  return err({ code: 'CORRECTION_NOT_ALLOWED', state: invoice.state, ...status, why });
}

const WHY_NOT_ONLINE =
  'It was sent online: KSeF refused it, so nothing was issued. Issue the mended document as a new invoice.';

const WHY_NOT: Readonly<Record<InvoiceState, string>> = {
  received: 'It is on its way to KSeF online.',
  'not-issued': 'It was never issued: issue the mended document as a new invoice.',
  issued: 'It has not been refused: it waits to be sent.',
  planned: 'It has not been refused: it is in a batch that is being sent.',
  'in-session': 'KSeF has not given its final word on it; a second file could make a second invoice.',
  accepted: 'KSeF has accepted it.',
  complete: 'KSeF has accepted it.',
  rejected: 'It was not refused for its file.',
  correcting: 'A technical correction of it is on its way already.',
  blocked: 'A right is missing, and technical corrections do not answer that: grant it, then send the same file again.',
  conflict: 'KSeF holds another document under its number.',
  'needs-review': 'What became of it is not certain; a second file could make a second invoice.',
  closed: 'A person settled that KSeF holds another document under its number.',
};
