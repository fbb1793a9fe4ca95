import type { InvoiceId } from '../invoice/invoice.js';
import type { Brand } from '../shared/brand.js';
import type { Instant } from '../shared/instant.js';
import type { DocumentKind } from './handover-document.js';

/** A UUID of ours. */
export type HandoverId = Brand<string, 'HandoverId'>;

/** `portal`: the buyer fetches it; `edi`: a channel between systems. */
export const HANDOVER_CHANNELS = ['email', 'paper', 'portal', 'edi', 'other'] as const;
export type HandoverChannel = (typeof HANDOVER_CHANNELS)[number];

/**
 * That a document was handed over, when, how and to whom. The moment matters: in a failure it is the receipt date
 * (art. 106nf(10)). Written once and never changed.
 */
export interface Handover {
  readonly id: HandoverId;
  readonly invoiceId: InvoiceId;
  readonly document: DocumentKind;
  readonly channel: HandoverChannel;
  /** An address, a person, a system; masked wherever it is logged. */
  readonly recipient: string;
  readonly handedOverAt: Instant;
  readonly recordedAt: Instant;
  /** As in the audit trail. */
  readonly recordedBy: string;
  /** SHA-256 of the file that was handed over, Base64; absent where nobody told it. */
  readonly sha256?: string;
  readonly note?: string;
}

/** `jan.kowalski@firma.pl` as `j***@firma.pl`: enough to find out what happened, not enough to write to somebody. */
export function maskedRecipient(recipient: string): string {
  const at = recipient.lastIndexOf('@');
  const first = Array.from(recipient)[0] ?? '';
  return at < 1 ? `${first}***` : `${first}***${recipient.slice(at)}`;
}
