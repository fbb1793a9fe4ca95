import type { BatchId } from '../batch/batch.js';
import type { CertificateSerial } from '../certificate/certificate.js';
import type { TechnicalCorrectionId } from '../correction/technical-correction.js';
import type { KsefNumber } from '../ksef-number/ksef-number.js';
import type { ContextIdentifier } from '../party/context-identifier.js';
import type { InvoiceReference, SessionReference } from '../session/session-reference.js';
import type { Brand } from '../shared/brand.js';
import type { Instant } from '../shared/instant.js';
import type { KodI } from '../verification-code/kod-i.js';
import type { KodII } from '../verification-code/kod-ii.js';
import type { InvoiceFacts } from './invoice-facts.js';
import type { InvoiceHash } from './invoice-hash.js';
import type { ModeEvidence, OfflineMode, RequestedMode } from './issuing-mode.js';
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
  /** As the issuer asked. Who named a mode gets that one or none. Absent where it was not kept. */
  readonly requestedMode?: RequestedMode;
  /** Optimistic lock; the repository raises it. */
  readonly version: number;
}

/**
 * What an invoice posted near the end of its day has beforehand, with the evidence stored beside it: KSeF may take it on
 * the next day, and then it is offline in law (art. 106nda(16), domain rules 1.9), or not at all.
 */
export interface PreparedCodes {
  readonly kodII: KodII;
  readonly certificateSerial: CertificateSerial;
}

/** How it was issued: codes and evidence are made once, in the same transaction as the bytes. */
export type Issue =
  | {
      readonly mode: 'online';
      readonly evidence: ModeEvidence;
      readonly issuedAt: Instant;
      readonly kodI: KodI;
      readonly prepared?: PreparedCodes;
    }
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
  | {
      readonly channel: 'batch';
      readonly batchId: BatchId;
      readonly session?: SessionReference;
      /** An attempt before this one that is still open: two persons allowed a second delivery (reliability C40). */
      readonly earlier?: EarlierAttempt;
    }
  | { readonly channel: 'interactive'; readonly session?: SessionReference; readonly invoice?: InvoiceReference };

/** A batch whose session may still take the same bytes. */
export interface EarlierAttempt {
  readonly batchId: BatchId;
  readonly session: SessionReference;
}

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
  /** Absent where no row of a session told it: KSeF's search, or the UPO of the session, named it by number and hash. */
  readonly invoice?: InvoiceReference;
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
/**
 * A technical correction (korekta techniczna) of it is on its way: approved, and without a final answer. Its own attempts
 * are kept there; `delivery` and `refusal` are those of the file that was refused before.
 */
export type CorrectingInvoice = Identity & {
  readonly state: 'correcting';
  readonly issue: OfflineIssue;
  readonly delivery: Delivery;
  readonly refusal: KsefRefusal;
  readonly correctionId: TechnicalCorrectionId;
};

/** KSeF holds another file than the one that was issued: of the same content, brought in by a technical correction. */
export interface CorrectedFile {
  readonly correctionId: TechnicalCorrectionId;
  /** SHA-256 of the file that KSeF holds. */
  readonly hash: InvoiceHash;
}

/** KSeF gave a number; the UPO is not stored yet. */
export type AcceptedInvoice = Identity & {
  readonly state: 'accepted';
  readonly issue: Issue;
  readonly delivery: Delivery;
  readonly acceptance: Acceptance;
  readonly corrected?: CorrectedFile;
};
/** Number and UPO are stored and agree. */
export type CompleteInvoice = Identity & {
  readonly state: 'complete';
  readonly issue: Issue;
  readonly delivery: Delivery;
  readonly acceptance: Acceptance;
  readonly corrected?: CorrectedFile;
};
/** Finally refused for its file; a technical correction may be allowed (`rejected`), or a right is missing (`blocked`). */
export type RefusedInvoice = Identity & {
  readonly state: 'rejected' | 'blocked';
  readonly issue: Issue;
  readonly delivery: Delivery;
  readonly refusal: KsefRefusal;
};
/**
 * It was issued and cannot be sent as it is: larger than KSeF takes in this context. Nothing of it ever left; it waits for
 * a person, and goes with the same bytes once KSeF's limit allows it.
 */
export type UnsendableInvoice = Identity & {
  readonly state: 'blocked';
  readonly issue: OfflineIssue;
  readonly refusal: KsefRefusal;
};
/** A person decides: a duplicate that is not ours, or something the rules do not cover. */
export type ReviewInvoice = Identity & {
  readonly state: 'conflict' | 'needs-review';
  readonly issue: Issue;
  readonly delivery: Delivery;
  readonly refusal: KsefRefusal;
};
/**
 * A person settled that KSeF holds another document under its number: it is not sent any more. What the buyer holds stays
 * what it was; the last word on it is in `refusal.advice`.
 */
export type ClosedInvoice = Identity & {
  readonly state: 'closed';
  readonly issue: OfflineIssue;
  readonly delivery: Delivery;
  readonly refusal: KsefRefusal;
};
/** KSeF has accepted it, and a person decides all the same: its UPO does not come. */
export type UnprovenInvoice = Identity & {
  readonly state: 'needs-review';
  readonly issue: Issue;
  readonly delivery: Delivery;
  readonly refusal: KsefRefusal;
  readonly acceptance: Acceptance;
  readonly corrected?: CorrectedFile;
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
  | UnsendableInvoice
  | CorrectingInvoice
  | ReviewInvoice
  | ClosedInvoice
  | UnprovenInvoice;
export type InvoiceState = Invoice['state'];

/** The whole lifecycle. A test holds the functions of invoice-transitions.ts, and the database, to this table. */
export const INVOICE_TRANSITIONS = {
  received: ['in-session', 'issued', 'not-issued'],
  'not-issued': [],
  issued: ['planned', 'blocked'],
  planned: ['issued', 'in-session', 'blocked', 'needs-review'],
  'in-session': ['in-session', 'issued', 'accepted', 'rejected', 'blocked', 'conflict', 'needs-review', 'not-issued'],
  accepted: ['complete', 'needs-review'],
  complete: [],
  rejected: ['correcting'],
  correcting: ['accepted', 'rejected', 'conflict'],
  blocked: ['issued'],
  conflict: ['correcting', 'in-session', 'accepted', 'needs-review', 'not-issued', 'closed'],
  'needs-review': [
    'issued',
    'in-session',
    'accepted',
    'not-issued',
    'rejected',
    'blocked',
    'conflict',
    'needs-review',
    'closed',
  ],
  closed: [],
} as const satisfies Record<InvoiceState, readonly InvoiceState[]>;

/** SHA-256 of the file that KSeF holds, or will hold: of the one that was issued, unless another was sent in its place. */
export function deliveredHash(invoice: Pick<Invoice, 'hash'> & { readonly corrected?: CorrectedFile }): InvoiceHash {
  return invoice.corrected?.hash ?? invoice.hash;
}

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
  correcting: 'processing',
  blocked: 'error',
  conflict: 'error',
  'needs-review': 'error',
  closed: 'error',
} as const satisfies Record<InvoiceState, DisplayStatus>;
