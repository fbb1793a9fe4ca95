import { isBefore } from '../calendar/warsaw-time.js';
import type { HeldBatch, StepOutcome } from './advance-batch.js';
import type { BatchPackager } from './batch-packager.port.js';
import type { BatchSessions, UploadRefusal } from './batch-session.port.js';
import type { BatchSteps } from './batch-steps.js';
import { beginClosing, missingParts, partUploaded, type OpenBatch, type Part } from './batch.js';

/** Parts on their way at a time. */
const PARALLEL_UPLOADS = 4;
const UPLOAD_RETRY_SECONDS = 5;

interface Uploaded {
  readonly part: Part;
  readonly refusal?: UploadRefusal;
  readonly unknown?: string;
}

/**
 * Uploads what is missing and stores each part that arrived, then stores the intent to close. A part of unknown fate
 * is sent again, which is safe: the same bytes to the same address (C17). Without a close nothing is ever processed,
 * so a session whose window closed is left to die and its invoices are planned anew (C18).
 */
export class UploadStep {
  constructor(
    private readonly steps: BatchSteps,
    private readonly packager: BatchPackager,
    private readonly sessions: BatchSessions,
  ) {}

  async execute(held: HeldBatch<OpenBatch>): Promise<StepOutcome> {
    const { batch } = held;
    const missing = missingParts(batch);
    if (missing.length === 0) {
      return this.steps.store(held, beginClosing(batch));
    }
    if (!isBefore(this.steps.clock.now(), batch.uploadExpiresAt))
      return this.steps.end(held, 'The time for uploads is over');
    const files = await this.packager.files(batch.id, batch.sealed, () => this.steps.entries(held));
    if (files === undefined) return this.steps.end(held, 'The encrypted parts could not be made again as declared');
    const results = await Promise.all(
      missing.slice(0, PARALLEL_UPLOADS).map((part) => this.upload(batch, part, files)),
    );
    return this.storeResults(held, results);
  }

  private async upload(batch: OpenBatch, part: Part, files: ReadonlyMap<number, string>): Promise<Uploaded> {
    const target = batch.targets.find(({ ordinal }) => ordinal === part.ordinal);
    const file = files.get(part.ordinal);
    if (target === undefined || file === undefined)
      throw new Error(`batch ${batch.id}: part ${String(part.ordinal)} has no target or file`);
    const attempt = await this.sessions.uploadPart(target, part, file);
    switch (attempt.outcome) {
      case 'done':
        return { part };
      case 'failed':
        return { part, refusal: attempt.error };
      case 'unknown':
        return { part, unknown: attempt.cause };
    }
  }

  private async storeResults(held: HeldBatch<OpenBatch>, results: readonly Uploaded[]): Promise<StepOutcome> {
    const arrived = results.filter(({ refusal, unknown }) => refusal === undefined && unknown === undefined);
    const next = arrived.reduce((batch, { part }) => partUploaded(batch, part.ordinal), held.batch);
    const stored =
      arrived.length === 0 ? { next } : await this.steps.store(held, next, { uploaded: next.uploaded.size });
    const refused = results.find(({ refusal }) => refusal !== undefined)?.refusal;
    if (refused !== undefined && 'next' in stored) {
      const current = { ...held, batch: stored.next as OpenBatch };
      return this.steps.end(current, `KSeF's storage refused a part: ${refused.code}`);
    }
    return results.some(({ unknown }) => unknown !== undefined) ? { waitSeconds: UPLOAD_RETRY_SECONDS } : stored;
  }
}
