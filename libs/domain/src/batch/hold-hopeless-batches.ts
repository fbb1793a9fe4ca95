import type { Clock } from '../shared/clock.port.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { DueBatch } from './batch-repository.port.js';
import type { BatchId } from './batch.js';

/**
 * Batches that kill their workers, or fail again and again, wait for a person; the others go on (reliability X6, R10). The
 * deadline alarms of their invoices go on as well.
 */
export class HoldHopelessBatches {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /** @returns those that wait for a person from now on */
  async execute(): Promise<readonly DueBatch[]> {
    const hopeless = await this.unitOfWork.inSystem((stores) => stores.hopelessBatches());
    const held: DueBatch[] = [];
    for (const { tenant, batchId } of hopeless) if (await this.hold(tenant, batchId)) held.push({ tenant, batchId });
    return held;
  }

  private hold(tenant: TenantId, id: BatchId): Promise<boolean> {
    return this.unitOfWork.inTenant(tenant, async ({ batchRuns, audit, outbox }) => {
      const standing = await batchRuns.standing(id);
      if (standing === undefined || !(await batchRuns.hold(id))) return false;
      const at = this.clock.now();
      const { unfinishedRuns, failedRuns } = standing;
      const facts = { unfinishedRuns, failedRuns };
      await audit.append([{ at, actor: 'worker', action: 'batch.held', subject: { kind: 'batch', id }, facts }]);
      await outbox.append([{ at, type: 'batch.held', subject: id, facts }]);
      return true;
    });
  }
}

/** A person looked at a batch that waits for one, and lets workers try again. */
export class ResumeBatch {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /** @returns false when it does not wait for a person */
  async execute(tenant: TenantId, actor: string, id: BatchId): Promise<boolean> {
    return this.unitOfWork.inTenant(tenant, async ({ batchRuns, audit, jobs }) => {
      if (!(await batchRuns.resume(id))) return false;
      const subject = { kind: 'batch', id } as const;
      await audit.append([{ at: this.clock.now(), actor, action: 'batch.resumed', subject, facts: {} }]);
      await jobs.enqueue({ kind: 'advance-batch', tenant, batchId: id });
      return true;
    });
  }
}
