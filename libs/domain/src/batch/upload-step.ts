import { isBefore } from '../calendar/warsaw-time.js';
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
import { beginClosing, partUploaded, type OpenBatch } from './batch.js';

/** Parts on their way at a time. */
const PARALLEL_UPLOADS = 4;
/** After a first attempt of unknown fate; it doubles with each further one, up to the longest. */
const FIRST_RETRY_SECONDS = 5;
const LONGEST_RETRY_SECONDS = 60;

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
 * address (C17). Then the intent to close is stored. Without a close nothing is ever processed, so a session whose window
 * closed is left to die and its invoices are planned anew (C18).
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
    const waiting = parts.filter((part) => part.state === 'pending' || part.state === 'unknown');
    if (waiting.length === 0) return this.close(held, parts);
    if (this.isLate(batch)) return this.steps.end(held, 'The time for uploads is over');
    const files = await this.packager.files(batch.id, batch.sealed, () => this.steps.entries(held));
    if (files === undefined) return this.steps.end(held, 'The encrypted parts could not be made again as declared');
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
        sending.end = 'The time for uploads is over';
        return;
      }
      const next = waiting.shift();
      if (next === undefined) return;
      const part = beginSendingPart(next, this.steps.clock.now());
      await this.save(held, part);
      const settled = await this.send(sending, part);
      await this.save(held, settled);
      sending.settled.push(settled);
      if (settled.state === 'refused') sending.end = `KSeF's storage refused a part: ${settled.lastError}`;
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
    if (sending.end !== undefined) return this.steps.end(held, sending.end);
    const now = parts.map((part) => settled.find(({ ordinal }) => ordinal === part.ordinal) ?? part);
    const unknown = settled.filter((part) => part.state === 'unknown');
    if (unknown.length > 0) return { waitSeconds: retrySeconds(unknown) };
    if (now.every(({ state }) => state === 'uploaded')) return this.close(held, now);
    return { next: withUploaded(held.batch, now) };
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

const wordsOf = (refusal: UploadRefusal): string =>
  refusal.code === 'UPLOAD_REJECTED' ? `${refusal.code} (HTTP ${String(refusal.httpStatus)})` : refusal.code;

function retrySeconds(unknown: readonly UnknownPart[]): number {
  const attempts = Math.max(...unknown.map((part) => part.attempts));
  return Math.min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** (attempts - 1));
}
