import type { HeldBatch, StepOutcome } from './advance-batch.js';
import type { BatchPackager } from './batch-packager.port.js';
import type { BatchSteps } from './batch-steps.js';
import { packed, type PlannedBatch } from './batch.js';

/** Packs, verifies, splits and encrypts; parts, hashes and the sealed key are stored before anything is opened. */
export class PackStep {
  constructor(
    private readonly steps: BatchSteps,
    private readonly packager: BatchPackager,
  ) {}

  async execute(held: HeldBatch<PlannedBatch>): Promise<StepOutcome> {
    const sealed = await this.packager.seal(held.batch.id, this.steps.entries(held));
    return this.steps.store(
      held,
      packed(held.batch, sealed),
      {
        parts: sealed.parts.length,
        sizeBytes: sealed.sizeBytes,
        sha256: sealed.sha256,
      },
      ({ batchParts }) => batchParts.declare(held.lease, sealed.parts),
    );
  }
}
