import type { BatchId } from '../batch/batch.js';
import type { CertificateSerial } from '../certificate/certificate.js';
import type { KsefNumber } from '../ksef-number/ksef-number.js';
import type { ContextIdentifier } from '../party/context-identifier.js';
import type { InvoiceReference, SessionReference } from '../session/session-reference.js';
import type { Brand } from '../shared/brand.js';
import type { Instant } from '../shared/instant.js';
import type { KodI } from '../verification-code/kod-i.js';
import type { KodII } from '../verification-code/kod-ii.js';
import type { InvoiceFacts } from './invoice-facts.js';
import type { InvoiceHash } from './invoice-hash.js';
import type { ModeEvidence, OfflineMode } from './issuing-mode.js';
import type { InvoiceStatusCode } from './ksef-invoice-status.js';

/** A UUID of ours. */
export type InvoiceId = Brand<string, 'InvoiceId'>;

/** What never changes after the first row is written. The bytes behind `hash` are stored beside it, once. */
interface Identity {
  readonly id: InvoiceId;
  readonly context: ContextIdentifier;
  readonly facts: InvoiceFacts;
  readonly hash: InvoiceHash;
  readonly sizeBytes: number;
  readonly receivedAt: Instant;
  /** Times that KSeF finally refused the same bytes for a reason outside the file. */
  readonly deliveryAttempts: number;
  /** Optimistic lock; the repository raises it. */
  readonly version: number;
}

/** How it was issued: codes and evidence are made once, in the same transaction as the bytes. */
export type Issue =
  | { readonly mode: 'online'; readonly evidence: ModeEvidence; readonly issuedAt: Instant; readonly kodI: KodI }
  | {
      readonly mode: OfflineMode;
      readonly evidence: ModeEvidence;
      readonly issuedAt: Instant;
      readonly kodI: KodI;
      readonly kodII: KodII;
      readonly certificateSerial: CertificateSerial;
    };
export type OnlineIssue = Extract<Issue, { mode: 'online' }>;
export type OfflineIssue = Exclude<Issue, { mode: 'online' }>;

/** The attempt that carries (or carried) the bytes to KSeF. */
export type Delivery =
  | { readonly channel: 'batch'; readonly batchId: BatchId; readonly session?: SessionReference }
  | { readonly channel: 'interactive'; readonly session?: SessionReference; readonly invoice?: InvoiceReference };

/** KSeF's word on an invoice, kept as it was said. */
export interface KsefRefusal {
  readonly code: InvoiceStatusCode;
  readonly description: string;
  readonly details: readonly string[];
  /** What a person should do next, in a sentence. */
  readonly advice: string;
}

/** Accepted, with what KSeF said of it. */
export interface Acceptance {
  readonly ksefNumber: KsefNumber;
  readonly session: SessionReference;
  readonly invoice: InvoiceReference;
  /** Accepted for processing: the evidence of sending in time. */
  readonly invoicingDate: Instant;
  /** The number was assigned: the receipt date for domestic buyers. */
  readonly acquisitionDate?: Instant;
  /** What KSeF calls it: a file posted online after its P_1 day is `offline` in law (domain rules 1.9). */
  readonly invoicingMode?: 'online' | 'offline';
}

/** Stored for an online attempt before anything leaves; not issued yet. */
export type ReceivedInvoice = Identity & { readonly state: 'received' };
/**
 * Not issued in law: KSeF never got it, or refused it online, which is the same (domain rules 7.3). The number is free
 * again.
 */
export type NotIssuedInvoice = Identity & {
  readonly state: 'not-issued';
  readonly reason: string;
  readonly refusal?: KsefRefusal;
};
/** Legally issued offline; waits for delivery, after a refusal not before some moment. */
export type IssuedInvoice = Identity & {
  readonly state: 'issued';
  readonly issue: OfflineIssue;
  readonly notBefore?: Instant;
};
/** Taken into a batch that is not open at KSeF yet. */
export type PlannedInvoice = Identity & {
  readonly state: 'planned';
  readonly issue: OfflineIssue;
  readonly delivery: Extract<Delivery, { channel: 'batch' }>;
};
/** On its way, or with KSeF, without a final answer: never put into another session. */
export type InSessionInvoice = Identity & {
  readonly state: 'in-session';
  readonly issue: Issue;
  readonly delivery: Delivery;
};
/** KSeF gave a number; the UPO is not stored yet. */
export type AcceptedInvoice = Identity & {
  readonly state: 'accepted';
  readonly issue: Issue;
  readonly delivery: Delivery;
  readonly acceptance: Acceptance;
};
/** Number and UPO are stored and agree. */
export type CompleteInvoice = Identity & {
  readonly state: 'complete';
  readonly issue: Issue;
  readonly delivery: Delivery;
  readonly acceptance: Acceptance;
};
/** Finally refused for its file; a technical correction may be allowed (`rejected`), or a right is missing (`blocked`). */
export type RefusedInvoice = Identity & {
  readonly state: 'rejected' | 'blocked';
  readonly issue: Issue;
  readonly delivery: Delivery;
  readonly refusal: KsefRefusal;
};
/** A person decides: a duplicate that is not ours, or something the rules do not cover. */
export type ReviewInvoice = Identity & {
  readonly state: 'conflict' | 'needs-review';
  readonly issue: Issue;
  readonly delivery: Delivery;
  readonly refusal: KsefRefusal;
};

export type Invoice =
  | ReceivedInvoice
  | NotIssuedInvoice
  | IssuedInvoice
  | PlannedInvoice
  | InSessionInvoice
  | AcceptedInvoice
  | CompleteInvoice
  | RefusedInvoice
  | ReviewInvoice;
export type InvoiceState = Invoice['state'];

/** The whole lifecycle. A test holds the functions of invoice-transitions.ts, and the database, to this table. */
export const INVOICE_TRANSITIONS = {
  received: ['in-session', 'issued', 'not-issued'],
  'not-issued': [],
  issued: ['planned'],
  planned: ['issued', 'in-session'],
  'in-session': ['in-session', 'issued', 'accepted', 'rejected', 'blocked', 'conflict', 'needs-review', 'not-issued'],
  accepted: ['complete', 'needs-review'],
  complete: [],
  rejected: [],
  blocked: ['issued'],
  conflict: [],
  'needs-review': ['issued'],
} as const satisfies Record<InvoiceState, readonly InvoiceState[]>;

/** The five statuses that people see. */
export type DisplayStatus = 'pending' | 'signed' | 'processing' | 'sent' | 'error';

export const DISPLAY_STATUS = {
  received: 'pending',
  'not-issued': 'error',
  issued: 'signed',
  planned: 'processing',
  'in-session': 'processing',
  accepted: 'processing',
  complete: 'sent',
  rejected: 'error',
  blocked: 'error',
  conflict: 'error',
  'needs-review': 'error',
} as const satisfies Record<InvoiceState, DisplayStatus>;
