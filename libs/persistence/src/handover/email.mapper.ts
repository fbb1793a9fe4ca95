import {
  Temporal,
  type DocumentKind,
  type DocumentLanguage,
  type Email,
  type EmailAddress,
  type EmailFailure,
  type EmailId,
  type EmailState,
  type InvoiceId,
  type SentFile,
} from '@latarnik/domain';
import { required } from '../database/required.js';

export interface EmailRow {
  readonly id: string;
  readonly invoice_id: string;
  readonly recipient: string;
  readonly language: DocumentLanguage;
  readonly cause: Email['cause'];
  readonly requested_at: string;
  readonly requested_by: string;
  readonly state: EmailState;
  readonly attempts: number;
  readonly version: number;
  readonly next_attempt_at: string | null;
  readonly fence: string;
  readonly document: DocumentKind | null;
  readonly sha256: string | null;
  readonly delivered_at: string | null;
  readonly failure_cause: string | null;
  readonly failure_status: number | null;
  readonly withdrawn_reason: string | null;
  readonly fingerprint: string | null;
}

/** The row was checked when it was written; each state gets exactly its own data. */
export function toEmail(row: EmailRow): Email {
  return { ...commonOf(row), ...OWN_DATA[row.state](row) };
}

const commonOf = (row: EmailRow) => ({
  id: row.id as EmailId,
  invoiceId: row.invoice_id as InvoiceId,
  recipient: row.recipient as EmailAddress,
  language: row.language,
  cause: row.cause,
  requestedAt: Temporal.Instant.from(row.requested_at),
  requestedBy: row.requested_by,
  attempts: row.attempts,
  version: row.version,
});

const OWN_DATA = {
  pending: (row: EmailRow) => ({
    state: 'pending' as const,
    nextAttemptAt: Temporal.Instant.from(required(row.next_attempt_at, 'next attempt')),
    ...(row.failure_cause === null ? {} : { lastFailure: failureOf(row) }),
  }),
  preparing: () => ({ state: 'preparing' as const }),
  sending: (row: EmailRow) => ({ state: 'sending' as const, file: fileOf(row) }),
  delivered: (row: EmailRow) => ({
    state: 'delivered' as const,
    file: fileOf(row),
    deliveredAt: Temporal.Instant.from(required(row.delivered_at, 'moment of delivery')),
  }),
  unknown: (row: EmailRow) => ({ state: 'unknown' as const, file: fileOf(row), failure: failureOf(row) }),
  failed: (row: EmailRow) => ({ state: 'failed' as const, failure: failureOf(row) }),
  withdrawn: (row: EmailRow) => ({ state: 'withdrawn' as const, reason: required(row.withdrawn_reason, 'reason') }),
} satisfies Record<EmailState, (row: EmailRow) => { readonly state: EmailState }>;

const fileOf = ({ document, sha256 }: EmailRow): SentFile => ({
  document: required(document, 'document'),
  sha256: required(sha256, 'digest'),
});

const failureOf = ({ failure_cause: cause, failure_status: status }: EmailRow): EmailFailure => ({
  cause: required(cause, 'cause'),
  ...(status === null ? {} : { smtpStatus: status }),
});
