import type { InvoiceId } from '../invoice/invoice.js';
import type { Brand } from '../shared/brand.js';
import type { Instant } from '../shared/instant.js';
import type { DocumentLanguage } from '../visualization/document-renderer.port.js';
import type { EmailAddress } from './email-address.js';
import type { DocumentKind } from './handover-document.js';

/** A UUID of ours. */
export type EmailId = Brand<string, 'EmailId'>;

interface AnyEmail {
  readonly id: EmailId;
  readonly invoiceId: InvoiceId;
  readonly recipient: EmailAddress;
  readonly language: DocumentLanguage;
  readonly cause: 'automatic' | 'demand';
  readonly requestedAt: Instant;
  readonly requestedBy: string;
  /** Sendings begun. */
  readonly attempts: number;
  readonly version: number;
}

/** The very file that leaves, or left: stored before it does. */
export interface SentFile {
  readonly document: DocumentKind;
  /** Base64. */
  readonly sha256: string;
}

/** Why an e-mail did not get through, in words that give away nothing of its content. */
export interface EmailFailure {
  readonly cause: string;
  readonly smtpStatus?: number;
}

/** An e-mail to a buyer with the document that is the right one when it leaves. */
export type Email = AnyEmail &
  /** Wanted; nothing left yet. `lastFailure` is of the attempt before. */
  (
    | { readonly state: 'pending'; readonly nextAttemptAt: Instant; readonly lastFailure?: EmailFailure }
    /** A worker has it; nothing left. One that dies loses nothing. */
    | { readonly state: 'preparing' }
    /** A worker hands it to the mail system: it may have left. */
    | { readonly state: 'sending'; readonly file: SentFile }
    | { readonly state: 'delivered'; readonly file: SentFile; readonly deliveredAt: Instant }
    /** Nobody knows whether it left: a person decides, for a second copy may confuse the buyer. */
    | { readonly state: 'unknown'; readonly file: SentFile; readonly failure: EmailFailure }
    /** For good, until a person wants it again. */
    | { readonly state: 'failed'; readonly failure: EmailFailure }
    /** Before it left there was nothing that might be handed over any more. */
    | { readonly state: 'withdrawn'; readonly reason: string }
  );
export type EmailState = Email['state'];
export type PendingEmail = Extract<Email, { state: 'pending' }>;

/** The whole lifecycle; the trigger `email_guard` holds every row to it. */
export const EMAIL_TRANSITIONS = {
  pending: ['preparing'],
  preparing: ['preparing', 'pending', 'sending', 'failed', 'withdrawn'],
  sending: ['pending', 'delivered', 'unknown', 'failed'],
  unknown: ['pending', 'delivered', 'failed'],
  failed: ['pending'],
  delivered: [],
  withdrawn: [],
} as const satisfies Record<EmailState, readonly EmailState[]>;

/** It has not ended: it may still leave, or may have. */
export const isOpenEmail = ({ state }: Pick<Email, 'state'>): boolean =>
  state === 'pending' || state === 'preparing' || state === 'sending' || state === 'unknown';
