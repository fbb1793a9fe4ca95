import type { StopSignal } from '../shared/job-source.port.js';
import type { EmailAddress } from './email-address.js';

/** A message as its reader sees it; the sender encodes it. No header holds a line break. */
export interface Mail {
  /** The same at every attempt, without angle brackets: a mail system may know a repetition by it (RFC 5322 §3.6.4). */
  readonly messageId: string;
  readonly from: { readonly address: EmailAddress; readonly name?: string };
  readonly replyTo?: EmailAddress;
  readonly to: EmailAddress;
  readonly subject: string;
  readonly text: string;
  readonly language: string;
  readonly attachments: readonly MailAttachment[];
}

export interface MailAttachment {
  /** ASCII. */
  readonly fileName: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** What became of a message. Causes are words of ours and codes, never the answer's text. */
export type MailOutcome =
  /** The mail system has taken the responsibility for it (RFC 5321 §6.1). */
  | { readonly kind: 'taken' }
  /** It has not got it, and may get it later: 4xx, or no connection. */
  | { readonly kind: 'later'; readonly cause: string; readonly smtpStatus?: number }
  /** It refused it for good: 5xx. */
  | { readonly kind: 'refused'; readonly cause: string; readonly smtpStatus?: number }
  /** The whole message was given, and no answer came: it may have it. */
  | { readonly kind: 'unknown'; readonly cause: string };

/** Hands one message to a mail system. */
export interface MailSender {
  /** Never throws for what the mail system does. Ends within its own limit of time, below a minute. */
  send(mail: Mail, stop?: StopSignal): Promise<MailOutcome>;
}
