import type { MailOutcome } from '@latarnik/domain';

/** What an error of the SMTP client tells beside its text, which may quote the message or the server. */
interface SmtpError {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
}

/** Steps at which the server answers about this very message; a refusal before them is about us, and may pass. */
const ABOUT_THE_MESSAGE = ['MAIL FROM', 'RCPT TO', 'DATA', 'API'];

/**
 * What a failed attempt means (RFC 5321 §4.2.1: 4yz is for now, 5yz for good).
 *
 * @param isGiven the whole message was given: without an answer, the server may have it
 */
export function outcomeOf(error: unknown, isGiven: boolean): MailOutcome {
  const { code, command = 'CONN', responseCode: smtpStatus } = error as SmtpError;
  const step = command.replace(/[^A-Z ]/g, '').slice(0, 20);
  if (smtpStatus !== undefined) return answered(step, smtpStatus);
  if (isGiven) return { kind: 'unknown', cause: 'the message was given, and no answer came' };
  if (code === 'EMESSAGE') return { kind: 'refused', cause: 'the message is larger than the mail system takes' };
  return { kind: 'later', cause: `${step}: ${wordOf(code)}` };
}

function answered(step: string, smtpStatus: number): MailOutcome {
  const isFinal = smtpStatus >= 500 && ABOUT_THE_MESSAGE.includes(step);
  return { kind: isFinal ? 'refused' : 'later', cause: `${step}: SMTP ${String(smtpStatus)}`, smtpStatus };
}

const wordOf = (code: string | undefined): string =>
  code !== undefined && /^E[A-Z]+$/.test(code) ? code : 'no connection';
