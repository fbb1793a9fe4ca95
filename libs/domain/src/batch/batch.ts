import type { FormCode } from '../invoice/invoice-facts.js';
import type { ContextIdentifier } from '../party/context-identifier.js';
import type { SessionReference } from '../session/session-reference.js';
import type { Brand } from '../shared/brand.js';
import type { Instant } from '../shared/instant.js';
import { UPLOAD_WINDOW_PER_PART } from './batch-limits.js';
import type { Lineage, Reconciliation, SessionCounters } from './reconciliation.js';

/** A UUID of ours. */
export type BatchId = Brand<string, 'BatchId'>;
/** 1-based. */
export type PartOrdinal = Brand<number, 'PartOrdinal'>;

/** One encrypted part, as declared to KSeF when the session opens. */
export interface Part {
  readonly ordinal: PartOrdinal;
  /** Encrypted. */
  readonly sizeBytes: number;
  /** SHA-256 of the encrypted part, Base64. */
  readonly sha256: string;
}

/** A session key as KSeF takes it: only KSeF can open it, so it may lie beside the package (RSAES-OAEP, SHA-256). */
export interface KeyForKsef {
  /** Base64. */
  readonly encryptedSymmetricKey: string;
  /** The key of KSeF it is wrapped with; once that is withdrawn the wrapping is of no use. */
  readonly publicKeyId: string;
}

/** What packing and encrypting gave. The files themselves are disposable: the same plan and key give the same bytes. */
export interface SealedPackage {
  readonly compression: 'tar.gz' | 'zip';
  /** The archive before encryption. */
  readonly sizeBytes: number;
  /** SHA-256 of the archive before encryption, Base64. */
  readonly sha256: string;
  readonly parts: readonly Part[];
  /** AES-256 key of this session, sealed at rest; destroyed at the end. */
  readonly sealedSessionKey: Uint8Array;
  /**
   * The same key, wrapped for KSeF at packing: the session opens without our key-encryption key (ADR 0015). Absent when
   * KSeF's public keys could not be had then.
   */
  readonly keyForKsef?: KeyForKsef;
  /** 16 bytes. */
  readonly initializationVector: Uint8Array;
}

/** Where KSeF wants a part; the address carries its own key, so it is a secret. */
export interface UploadTarget {
  readonly ordinal: PartOrdinal;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Plan {
  readonly id: BatchId;
  readonly context: ContextIdentifier;
  readonly formCode: FormCode;
  readonly invoiceCount: number;
  readonly plannedAt: Instant;
  /** Raised by the repository with every save. */
  readonly version: number;
  /** Times a session was opened for it and came to nothing; after too many a person looks. */
  readonly openAttempts: number;
  readonly lineage?: Lineage;
}

interface InSession extends Plan {
  readonly sealed: SealedPackage;
  readonly session: SessionReference;
  readonly openedAt: Instant;
}

export type PlannedBatch = Plan & { readonly state: 'planned' };
export type PackedBatch = Plan & { readonly state: 'packed'; readonly sealed: SealedPackage };
/** The call to open was made, or is about to be; its answer is not known. */
export type OpeningBatch = Plan & { readonly state: 'opening'; readonly sealed: SealedPackage };
export type OpenBatch = InSession & {
  readonly state: 'open';
  readonly targets: readonly UploadTarget[];
  readonly uploaded: ReadonlySet<PartOrdinal>;
  readonly uploadExpiresAt: Instant;
};

/** KSeF says that it does not know the session (404, 21173), and has said nothing else since then (reliability C22). */
export interface UnknownSession {
  readonly since: Instant;
  /** What a person found out about it: its invoices are looked for as soon as it was unknown for an hour. */
  readonly settlement?: string;
}

interface AtKsef extends InSession {
  /** Absent while KSeF knows the session. */
  readonly unknown?: UnknownSession;
}

/** The call to close was made, or is about to be; its answer is not known. */
export type ClosingBatch = AtKsef & { readonly state: 'closing' };
/** Closed; or nobody closes it, because a part may have arrived and may not (reliability C18): KSeF's final code decides. */
export type ProcessingBatch = AtKsef & { readonly state: 'processing' };
/** KSeF has finished; invoices are being matched by hash and proofs fetched. */
export type ReconcilingBatch = InSession & {
  readonly state: 'reconciling';
  readonly sessionCode: number;
  readonly reconciliation: Reconciliation;
};
/**
 * Every invoice was answered or given to people, but KSeF's list of the session and ours do not agree: a person looks at
 * it and settles it (reliability C33).
 */
export type DisputedBatch = InSession & {
  readonly state: 'disputed';
  readonly sessionCode: number;
  readonly dispute: string;
  readonly disputedAt: Instant;
};
export type DoneBatch = InSession & {
  readonly state: 'done';
  readonly sessionCode: number;
  readonly finishedAt: Instant;
  /** What a person said of a dispute. */
  readonly settlement?: string;
};
/** Came to nothing; its invoices are back in the queue. */
export type DeadBatch = Plan & {
  readonly state: 'dead';
  readonly session?: SessionReference;
  readonly reason: string;
  readonly finishedAt: Instant;
};

export type Batch =
  | PlannedBatch
  | PackedBatch
  | OpeningBatch
  | OpenBatch
  | ClosingBatch
  | ProcessingBatch
  | ReconcilingBatch
  | DisputedBatch
  | DoneBatch
  | DeadBatch;
export type BatchState = Batch['state'];

/** The whole lifecycle. A test holds the functions below, and the database, to this table. */
export const BATCH_TRANSITIONS = {
  planned: ['packed', 'dead'],
  packed: ['opening', 'planned', 'dead'],
  opening: ['open', 'packed', 'planned', 'dead'],
  open: ['open', 'closing', 'processing', 'dead'],
  closing: ['closing', 'processing', 'dead'],
  processing: ['processing', 'reconciling', 'dead'],
  reconciling: ['reconciling', 'done', 'disputed', 'dead'],
  disputed: ['done'],
  done: [],
  dead: [],
} as const satisfies Record<BatchState, readonly BatchState[]>;

export function packed(batch: PlannedBatch, sealed: SealedPackage): PackedBatch {
  return { ...batch, state: 'packed', sealed };
}

/** Intent to open, stored before the call. */
export function beginOpening(batch: PackedBatch): OpeningBatch {
  return { ...batch, state: 'opening', openAttempts: batch.openAttempts + 1 };
}

/** The call surely opened nothing, or a session nobody will upload to: open again (reliability C12). */
export function openAgain(batch: OpeningBatch): PackedBatch {
  return { ...batch, state: 'packed' };
}

/** KSeF's limits leave no room for a session now: nothing was asked of it, so it was no attempt. */
export function openLater(batch: OpeningBatch): PackedBatch {
  return { ...openAgain(batch), openAttempts: batch.openAttempts - 1 };
}

/** The package cannot be used (KSeF's key changed, files that cannot be rebuilt): pack anew under a fresh key. */
export function repack(batch: PackedBatch | OpeningBatch): PlannedBatch {
  return { ...planOf(batch), state: 'planned' };
}

export function opened(
  batch: OpeningBatch,
  session: SessionReference,
  targets: readonly UploadTarget[],
  openedAt: Instant,
): OpenBatch {
  return {
    ...batch,
    state: 'open',
    session,
    targets,
    openedAt,
    uploaded: new Set(),
    uploadExpiresAt: openedAt.add({ minutes: UPLOAD_WINDOW_PER_PART.minutes * batch.sealed.parts.length }),
  };
}

export function partUploaded(batch: OpenBatch, ordinal: PartOrdinal): OpenBatch {
  return { ...batch, uploaded: new Set([...batch.uploaded, ordinal]) };
}

export const missingParts = (batch: OpenBatch): readonly Part[] =>
  batch.sealed.parts.filter(({ ordinal }) => !batch.uploaded.has(ordinal));

/** Intent to close, stored before the call. @throws when a part is missing: a bug of the caller */
export function beginClosing(batch: OpenBatch): ClosingBatch {
  if (missingParts(batch).length > 0) throw new Error(`batch ${batch.id}: closing with parts missing`);
  const { targets: _targets, uploaded: _uploaded, uploadExpiresAt: _expires, ...rest } = batch;
  return { ...rest, state: 'closing' };
}

export function closed(batch: ClosingBatch): ProcessingBatch {
  return { ...sessionKnown(batch), state: 'processing' };
}

/**
 * Its uploads are over, and nobody knows whether every part arrived: it is not closed, and nothing of it is sent elsewhere
 * before KSeF's final word on the session (reliability C18).
 */
export function leftToKsef(batch: OpenBatch): ProcessingBatch {
  const { targets: _targets, uploaded: _uploaded, uploadExpiresAt: _expires, ...rest } = batch;
  return { ...rest, state: 'processing' };
}

/** KSeF does not know its session. @param settlement what a person found out about it */
export function sessionUnknown<B extends ClosingBatch | ProcessingBatch>(
  batch: B,
  since: Instant,
  settlement?: string,
): B {
  return { ...batch, unknown: { since, ...(settlement === undefined ? {} : { settlement }) } };
}

/** KSeF knows its session (again). */
export function sessionKnown<B extends ClosingBatch | ProcessingBatch>(batch: B): B {
  const { unknown: _unknown, ...rest } = batch;
  return rest as B;
}

/** @param since when the final code was heard */
export function processed(
  batch: ProcessingBatch,
  sessionCode: number,
  counters: SessionCounters = {},
  since: Instant = batch.openedAt,
): ReconcilingBatch {
  const reconciliation: Reconciliation = { counters, since, phase: 'listing', listings: 0 };
  return { ...sessionKnown(batch), state: 'reconciling', sessionCode, reconciliation };
}

/** A page of the list was read and its rows stored. @param next absent after the last page */
export function pageRead(batch: ReconcilingBatch, next: string | undefined): ReconcilingBatch {
  const { continuationToken: _token, ...known } = batch.reconciliation;
  const reconciliation: Reconciliation =
    next === undefined
      ? { ...known, phase: 'settling', listings: known.listings + 1 }
      : { ...known, phase: 'listing', continuationToken: next };
  return { ...batch, reconciliation };
}

/** The list is read from its beginning. @param counters as KSeF tells them now */
export function listAgain(batch: ReconcilingBatch, counters = batch.reconciliation.counters): ReconcilingBatch {
  const { continuationToken: _token, ...known } = batch.reconciliation;
  return { ...batch, reconciliation: { ...known, counters, phase: 'listing' } };
}

/** KSeF's list and ours did not come to agree in time; the session key is destroyed. */
export function disputed(batch: ReconcilingBatch, dispute: string, disputedAt: Instant): DisputedBatch {
  const { reconciliation: _reading, ...rest } = batch;
  return { ...rest, sealed: withoutKey(batch.sealed), state: 'disputed', dispute, disputedAt };
}

/** A person looked at the dispute. @param settlement what came of it, in a sentence */
export function settled(batch: DisputedBatch, settlement: string, finishedAt: Instant): DoneBatch {
  const { dispute: _dispute, disputedAt: _at, ...rest } = batch;
  return { ...rest, state: 'done', finishedAt, settlement };
}

/** Ends it with its result; the session key is destroyed. */
export function finished(batch: ReconcilingBatch, finishedAt: Instant): DoneBatch {
  const { reconciliation: _reading, ...rest } = batch;
  return { ...rest, sealed: withoutKey(batch.sealed), state: 'done', finishedAt };
}

function withoutKey({ keyForKsef: _key, ...declared }: SealedPackage): SealedPackage {
  return { ...declared, sealedSessionKey: new Uint8Array(), initializationVector: new Uint8Array() };
}

/** Ends it without a result. Its invoices go back to the queue in the same transaction. */
export function die(
  batch: Exclude<Batch, DisputedBatch | DoneBatch | DeadBatch>,
  reason: string,
  finishedAt: Instant,
): DeadBatch {
  const session = 'session' in batch ? { session: batch.session } : {};
  return { ...planOf(batch), ...session, state: 'dead', reason, finishedAt };
}

function planOf(batch: Plan) {
  const { id, context, formCode, invoiceCount, plannedAt, version, openAttempts, lineage } = batch;
  const plan = { id, context, formCode, invoiceCount, plannedAt, version, openAttempts };
  return lineage === undefined ? plan : { ...plan, lineage };
}

/** A batch that no worker has anything to do for. */
export const needsNoWorker = (batch: Batch): batch is DisputedBatch | DoneBatch | DeadBatch =>
  batch.state === 'done' || batch.state === 'dead' || batch.state === 'disputed';
