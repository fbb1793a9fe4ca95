import { isBefore } from '../calendar/warsaw-time.js';
import type { InSessionInvoice } from '../invoice/invoice.js';
import type { StopSignal } from '../shared/job-source.port.js';
import type { HeldBatch, StepOutcome } from './advance-batch.js';
import {
  beginSendingPart,
  partArrived,
  partRefused,
  partUnknown,
  type BatchPart,
  type PendingPart,
  type RefusedPart,
  type SendingPart,
  type UnknownPart,
  type UploadedPart,
} from './batch-part.js';
import type { BatchPackager } from './batch-packager.port.js';
import type { BatchSessions, UploadRefusal } from './batch-session.port.js';
import type { BatchSteps } from './batch-steps.js';
import { beginClosing, leftToKsef, partUploaded, type OpenBatch } from './batch.js';

/** Parts on their way at a time. */
const PARALLEL_UPLOADS = 4;
/** After a first attempt of unknown fate; it doubles with each further one, up to the longest. */
const FIRST_RETRY_SECONDS = 5;
const LONGEST_RETRY_SECONDS = 60;

const OVER = 'The time for uploads is over';
const REFUSED = "KSeF's storage refused a part";
const FORBIDDEN: UploadRefusal['code'] = 'UPLOAD_TARGET_FORBIDDEN';
const LOOK_AT_HOST =
  'The upload address was on a host that is not one of KSeF: find out whose answer that was. Then name the invoices in ' +
  'POST /v1/batches: nothing of them was sent there, and the session never gets all its parts.';

/** What the parts on their way share. */
interface Sending {
  readonly held: HeldBatch<OpenBatch>;
  readonly files: ReadonlyMap<number, string>;
  readonly stop: StopSignal;
  /** Not on their way yet. */
  readonly waiting: (PendingPart | UnknownPart)[];
  readonly settled: (UploadedPart | UnknownPart | RefusedPart)[];
  /** Why the session comes to nothing. */
  end?: string;
  /** Something failed that the worker reports: no further part is put on its way. */
  halted?: true;
}

/**
 * Uploads what is missing, several parts at a time, each under a row of its own: on its way before it is sent, arrived or
 * unknown after it (reliability R1, C19). A part of unknown fate is sent again, which is safe: the same bytes to the same
 * address (C17). Then the intent to close is stored. A session that surely lacks a part is never processed: its invoices
 * are planned anew at once. Where every part may have arrived, KSeF's final word on the session is awaited first (C18).
 */
export class UploadStep {
  constructor(
    private readonly steps: BatchSteps,
    private readonly packager: BatchPackager,
    private readonly sessions: BatchSessions,
  ) {}

  /** @param stop heeded between parts: what is on its way is waited for */
  async execute(held: HeldBatch<OpenBatch>, stop: StopSignal): Promise<StepOutcome> {
    const { batch } = held;
    const parts = await this.partsOf(held);
    if (parts.some(({ state }) => state === 'refused')) return this.giveUp(held, parts, REFUSED);
    const waiting = parts.filter((part) => part.state === 'pending' || part.state === 'unknown');
    if (waiting.length === 0) return this.close(held, parts);
    if (this.isLate(batch)) return this.giveUp(held, parts, OVER);
    const files = await this.packager.files(batch.id, batch.sealed, () => this.steps.entries(held));
    if (files === undefined) return this.giveUp(held, parts, 'The encrypted parts could not be made again as declared');
    const sending: Sending = { held, files, stop, waiting, settled: [] };
    await allSettled(Array.from({ length: PARALLEL_UPLOADS }, () => this.sendOneByOne(sending)));
    return this.outcomeOf(sending, parts);
  }

  /** What is found on its way was sent by a worker that stopped: nobody knows whether it arrived. */
  private async partsOf(held: HeldBatch<OpenBatch>): Promise<readonly BatchPart[]> {
    const found = await this.steps.unitOfWork.inTenant(held.tenant, ({ batchParts }) => batchParts.of(held.batch.id));
    const parts = found.map((part) =>
      part.state === 'sending' ? partUnknown(part, 'the worker stopped while it was sent') : part,
    );
    for (const part of parts) if (!found.includes(part)) await this.save(held, part);
    return parts;
  }

  private async sendOneByOne(sending: Sending): Promise<void> {
    const { held, waiting, stop } = sending;
    for (;;) {
      if (stop.aborted || sending.halted === true || sending.end !== undefined) return;
      if (this.isLate(held.batch)) {
        sending.end = OVER;
        return;
      }
      const next = waiting.shift();
      if (next === undefined) return;
      const part = beginSendingPart(next, this.steps.clock.now());
      await this.save(held, part);
      const settled = await this.send(sending, part);
      await this.save(held, settled);
      sending.settled.push(settled);
      if (settled.state === 'refused') sending.end = REFUSED;
    }
  }

  private async send(sending: Sending, part: SendingPart): Promise<UploadedPart | UnknownPart | RefusedPart> {
    const { held, files } = sending;
    const { batch } = held;
    const target = batch.targets.find(({ ordinal }) => ordinal === part.ordinal);
    const file = files.get(part.ordinal);
    if (target === undefined || file === undefined)
      throw new Error(`batch ${batch.id}: part ${String(part.ordinal)} has no target or file`);
    try {
      const attempt = await this.sessions.uploadPart(target, part, file);
      switch (attempt.outcome) {
        case 'done':
          return partArrived(part, this.steps.clock.now());
        case 'failed':
          return partRefused(part, wordsOf(attempt.error));
        case 'unknown':
          return partUnknown(part, attempt.cause);
      }
    } catch (error) {
      sending.halted = true;
      await this.save(held, partUnknown(part, error instanceof Error ? error.name : 'a fault'));
      throw error;
    }
  }

  /** Stores one part, and an audit row for what came of it. */
  private save({ tenant, batch, lease }: HeldBatch<OpenBatch>, part: BatchPart): Promise<void> {
    return this.steps.unitOfWork.inTenant(tenant, async ({ batchParts, audit }) => {
      await batchParts.save(lease, part);
      if (part.state === 'sending' || part.state === 'pending') return;
      await audit.append([
        {
          at: this.steps.clock.now(),
          actor: 'worker',
          action: `batch.part-${part.state}`,
          subject: { kind: 'batch', id: batch.id },
          facts: {
            part: part.ordinal,
            attempt: part.attempts,
            sha256: part.sha256,
            ...('lastError' in part ? { cause: part.lastError } : {}),
          },
        },
      ]);
    });
  }

  private outcomeOf(sending: Sending, parts: readonly BatchPart[]): Promise<StepOutcome> | StepOutcome {
    const { held, settled } = sending;
    const now = parts.map((part) => settled.find(({ ordinal }) => ordinal === part.ordinal) ?? part);
    if (sending.end !== undefined) return this.giveUp(held, now, sending.end);
    const unknown = settled.filter((part) => part.state === 'unknown');
    if (unknown.length > 0) return { waitSeconds: retrySeconds(unknown) };
    if (now.every(({ state }) => state === 'uploaded')) return this.close(held, now);
    return { next: withUploaded(held.batch, now) };
  }

  /** Nothing more is uploaded: what is known of the parts decides what becomes of the invoices (C16, C18). */
  private giveUp(held: HeldBatch<OpenBatch>, parts: readonly BatchPart[], why: string): Promise<StepOutcome> {
    const refused = parts.find((part) => part.state === 'refused');
    const reason = refused === undefined ? why : `${why}: ${refused.lastError}`;
    if (refused?.lastError === FORBIDDEN) return this.block(held, reason);
    if (parts.some(surelyMissing)) return this.steps.end(held, reason);
    const told = `${reason}, and every part may have arrived. Nothing is sent elsewhere before KSeF's final word.`;
    return this.steps.store(held, leftToKsef(held.batch), { reason }, (stores) =>
      this.steps.alarm(stores, held, 'uploads-unknown', told),
    );
  }

  /** An address that is not KSeF's: somebody is in between, or KSeF moved. No other session is opened before a person looked. */
  private block(held: HeldBatch<OpenBatch>, reason: string): Promise<StepOutcome> {
    return this.steps.endWith(held, reason, async (stores) => {
      await this.steps.alarm(stores, held, 'upload-host', `${reason}. ${LOOK_AT_HOST}`);
      const invoices = await stores.invoices.inBatch(held.batch.id, ['in-session']);
      const refusal = { code: 0, description: reason, details: [], advice: LOOK_AT_HOST };
      await this.steps.passOn(stores, held, {
        invoices: invoices as readonly InSessionInvoice[],
        refusal,
        policy: 'block',
      });
    });
  }

  private close(held: HeldBatch<OpenBatch>, parts: readonly BatchPart[]): Promise<StepOutcome> {
    const batch = withUploaded(held.batch, parts);
    return this.steps.store({ ...held, batch }, beginClosing(batch), { uploaded: batch.uploaded.size });
  }

  private isLate({ uploadExpiresAt }: OpenBatch): boolean {
    return !isBefore(this.steps.clock.now(), uploadExpiresAt);
  }
}

/** Waits for all, so that nothing is still on its way when one has failed. @throws the first fault */
async function allSettled(work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason;
}

const withUploaded = (batch: OpenBatch, parts: readonly BatchPart[]): OpenBatch =>
  parts.filter(({ state }) => state === 'uploaded').reduce((so, { ordinal }) => partUploaded(so, ordinal), batch);

/**
 * Whether KSeF surely does not have it: it never set out, or it was refused the only time it did. One that was refused
 * after an attempt without an answer may have arrived with that one.
 */
const surelyMissing = ({ state, attempts }: BatchPart): boolean =>
  state === 'pending' || (state === 'refused' && attempts === 1);

const wordsOf = (refusal: UploadRefusal): string =>
  refusal.code === 'UPLOAD_REJECTED' ? `${refusal.code} (HTTP ${String(refusal.httpStatus)})` : refusal.code;

function retrySeconds(unknown: readonly UnknownPart[]): number {
  const attempts = Math.max(...unknown.map((part) => part.attempts));
  return Math.min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** (attempts - 1));
}
