/** Status code of one invoice in a session (domain rules 7.3); 1xx in progress, 200 success, from 400 final. */
export type InvoiceStatusCode = number;

/**
 * What a status of an invoice means for us:
 * - `wait`: not final, ask again;
 * - `accepted`: a number was given;
 * - `resend`: finally refused for a reason outside the file; the same bytes go into a new session;
 * - `blocked`: a right is missing; same bytes once it is granted;
 * - `duplicate`: already in KSeF; the original decides whether it is ours;
 * - `rejected`: the file is wrong; technical correction;
 * - `review`: nothing here says what to do.
 */
export type InvoiceReaction = 'wait' | 'accepted' | 'resend' | 'blocked' | 'duplicate' | 'rejected' | 'review';

interface Row {
  readonly reaction: InvoiceReaction;
  readonly advice: string;
}

/** The one place that says how each documented code is answered (domain rules 7.3, reliability C34-C35). */
export const INVOICE_REACTIONS: Readonly<Record<number, Row>> = {
  100: { reaction: 'wait', advice: 'KSeF has taken it for processing.' },
  150: { reaction: 'wait', advice: 'KSeF is processing it.' },
  200: { reaction: 'accepted', advice: 'Accepted.' },
  405: { reaction: 'resend', advice: 'The session failed; the same file goes into a new one.' },
  410: {
    reaction: 'blocked',
    advice: 'Grant the right to issue for this seller in KSeF; the same file is then sent again.',
  },
  415: {
    reaction: 'blocked',
    advice: 'Give notice of attachments in e-Urząd Skarbowy; the same file is then sent again.',
  },
  430: { reaction: 'rejected', advice: 'The file itself was refused; correct its form without touching its content.' },
  435: { reaction: 'resend', advice: 'KSeF could not decrypt it; the same file goes into a new session.' },
  440: { reaction: 'duplicate', advice: 'An invoice with this seller, kind and number is already in KSeF.' },
  450: { reaction: 'rejected', advice: "The document does not pass KSeF's rules; send a technical correction." },
  500: { reaction: 'resend', advice: 'KSeF failed; the same file is sent again after a pause.' },
  550: { reaction: 'resend', advice: 'KSeF cancelled it and asks to try again with the same file.' },
};

/** The reaction to a code; an undocumented final code goes to a person, an undocumented code below 200 is waited for. */
export function reactionTo(code: InvoiceStatusCode): Row {
  const known = INVOICE_REACTIONS[code];
  if (known !== undefined) return known;
  return code < 200
    ? { reaction: 'wait', advice: 'KSeF is processing it.' }
    : { reaction: 'review', advice: `KSeF answered with the undocumented status ${String(code)}.` };
}
