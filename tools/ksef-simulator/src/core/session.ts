import type { ContextIdentifier, SubjectIdentifier } from './context.js';
import type { InvoiceRecord } from './invoice.js';
import type { LoginEvidence } from './login.js';
import { assertMove, BATCH_TRANSITIONS, ONLINE_TRANSITIONS, SESSION_STATUS, type Status } from './status.js';

/** Which schema the invoices of a session follow. */
export interface FormCode {
  readonly systemCode: string;
  readonly schemaVersion: string;
  readonly value: string;
}

/** The wrapped symmetric key as the client declared it. */
export interface DeclaredEncryption {
  readonly encryptedSymmetricKey: string;
  readonly initializationVector: string;
  readonly publicKeyId: string | undefined;
}

/** One page of the collective UPO of a session. */
export interface UpoPage {
  readonly referenceNumber: string;
  readonly xml: Buffer;
}

interface SessionBase {
  readonly referenceNumber: string;
  readonly context: ContextIdentifier;
  /** Who opened it. */
  readonly openedBy: SubjectIdentifier;
  /** Goes onto the UPO. */
  readonly evidence: LoginEvidence;
  readonly formCode: FormCode;
  readonly encryption: DeclaredEncryption;
  /** Undefined when the wrapped key could not be read: the session then fails with 415. */
  readonly key: Buffer | undefined;
  readonly createdAt: number;
  readonly validUntil: number;
  updatedAt: number;
  closedAt?: number;
  status: Status;
  readonly invoices: InvoiceRecord[];
  upoPages: readonly UpoPage[];
}

/** One declared part of the encrypted package. */
export interface PartRecord {
  readonly ordinal: number;
  readonly sizeBytes: number;
  readonly hash: string;
  uploaded?: { readonly path: string; readonly sizeBytes: number; readonly hash: string };
}

export interface BatchSession extends SessionBase {
  readonly kind: 'Batch';
  readonly offlineMode: boolean;
  readonly compression: 'Zip' | 'TarGz';
  readonly packageSizeBytes: number;
  readonly packageHash: string;
  readonly uploadUntil: number;
  readonly parts: readonly PartRecord[];
}

export interface OnlineSession extends SessionBase {
  readonly kind: 'Online';
}

export type Session = BatchSession | OnlineSession;

/** Moves a session along the table of its kind. */
export function moveSession(session: Session, code: number, at: number, details?: readonly string[]): void {
  assertMove(session.kind === 'Batch' ? BATCH_TRANSITIONS : ONLINE_TRANSITIONS, session.status.code, code);
  const texts: Readonly<Record<number, string>> = SESSION_STATUS[session.kind];
  session.status = { code, description: texts[code] ?? String(code), ...(details === undefined ? {} : { details }) };
  session.updatedAt = at;
}

/** Coarse state for listings (OpenAPI CommonSessionStatus; 200 and 445 went through without a session fault). */
export function commonStatus({ status: { code } }: Session): 'InProgress' | 'Succeeded' | 'Failed' | 'Cancelled' {
  if (code < 200) return 'InProgress';
  if (code === 200) return 'Succeeded';
  return code === 440 ? 'Cancelled' : 'Failed';
}

/** How many invoices there are, went well, and went wrong. */
export function countInvoices({ invoices }: Session): { total: number; successful: number; failed: number } {
  const successful = invoices.filter(({ status }) => status.code === 200).length;
  const failed = invoices.filter(({ status }) => status.code >= 400).length;
  return { total: invoices.length, successful, failed };
}
