import { KsefLoginError, KsefThrottledError, KsefUnreachableError } from '../session/ksef-access.js';
import type { Heartbeat } from '../shared/heartbeat.port.js';
import type { StopSignal } from '../shared/job-source.port.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { BatchLease } from './batch-repository.port.js';
import { StaleLeaseError } from './batch-repository.port.js';
import { needsNoWorker, type Batch, type BatchId } from './batch.js';
import type { OpenSessionStep } from './open-session-step.js';
import type { PackStep } from './pack-step.js';
import type { ReconcileStep } from './reconcile-step.js';
import type { TrackSessionStep } from './track-session-step.js';
import type { UploadStep } from './upload-step.js';
import type { WatchBatch } from './watch-batch.js';

/** The batch one worker holds. */
export interface HeldBatch<B extends Batch = Batch> {
  readonly tenant: TenantId;
  readonly batch: B;
  readonly lease: BatchLease;
}

/** What a step came to: go on at once with the batch as stored, or look again later. */
export type StepOutcome = { readonly next: Batch } | { readonly waitSeconds: number };

/** A worker that dies is replaced after this long; a living one renews it three times as often. */
export const LEASE_SECONDS = 15;
/** After KSeF could not be asked. */
const UNREACHABLE_WAIT_SECONDS = 10;
/** After what nobody expected: it is reported each time, and does not fill the worker's days. */
const UNEXPECTED_WAIT_SECONDS = 60;
/** After a login that KSeF refused: a person has to act. */
const LOGIN_WAIT_SECONDS = 300;

export type AdvanceOutcome = 'ended' | 'waiting' | 'held-by-another' | 'not-found';

/**
 * Takes one batch as far as it goes now. Every step is one external call with its intent stored before it, and one
 * transaction after it, under a lease with a fencing number: it may be killed anywhere, run twice or in two workers.
 * (reliability 2.2 R1-R6, 2.5)
 */
export class AdvanceBatch {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly worker: {
      /** For the lease. */
      readonly name: string;
      readonly heartbeat: Heartbeat;
    },
    private readonly steps: {
      readonly pack: PackStep;
      readonly open: OpenSessionStep;
      readonly upload: UploadStep;
      readonly track: TrackSessionStep;
      readonly reconcile: ReconcileStep;
      readonly watch: WatchBatch;
    },
  ) {}

  async execute(tenant: TenantId, id: BatchId, stop: StopSignal): Promise<AdvanceOutcome> {
    const lease = await this.unitOfWork.inTenant(tenant, ({ batches }) =>
      batches.lease(id, this.worker.name, LEASE_SECONDS),
    );
    if (lease === undefined) return 'held-by-another';
    try {
      return await this.worker.heartbeat.during(
        LEASE_SECONDS / 3,
        () => this.unitOfWork.inTenant(tenant, ({ batches }) => batches.renew(lease, LEASE_SECONDS)),
        () => this.advance(tenant, id, lease, stop),
      );
    } catch (error) {
      if (error instanceof StaleLeaseError) return 'held-by-another';
      const waitSeconds = waitAfter(error);
      if (waitSeconds === undefined) {
        await this.waitUnlessLost(tenant, id, lease, UNEXPECTED_WAIT_SECONDS);
        throw error;
      }
      return await this.waitUnlessLost(tenant, id, lease, waitSeconds);
    } finally {
      await this.unitOfWork.inTenant(tenant, ({ batches }) => batches.release(lease));
    }
  }

  private async advance(tenant: TenantId, id: BatchId, lease: BatchLease, stop: StopSignal): Promise<AdvanceOutcome> {
    let batch = await this.unitOfWork.inTenant(tenant, ({ batches }) => batches.find(id));
    if (batch === undefined) return 'not-found';
    await this.steps.watch.execute({ tenant, batch, lease });
    while (!hasEnded(batch)) {
      if (stop.aborted) return 'waiting';
      const held: HeldBatch = { tenant, batch, lease };
      const outcome: StepOutcome = await this.step(held, stop).catch((error: unknown) =>
        this.steps.watch.tellOfLogin(held, error),
      );
      if ('waitSeconds' in outcome) {
        await this.wait(tenant, id, lease, outcome.waitSeconds);
        return 'waiting';
      }
      batch = outcome.next;
    }
    return 'ended';
  }

  private step({ tenant, batch, lease }: HeldBatch, stop: StopSignal): Promise<StepOutcome> {
    if (needsNoWorker(batch)) throw new Error(`batch ${batch.id} has ended`);
    switch (batch.state) {
      case 'planned':
        return this.steps.pack.execute({ tenant, batch, lease });
      case 'packed':
        return this.steps.open.execute({ tenant, batch, lease });
      case 'opening':
        return this.steps.open.recover({ tenant, batch, lease });
      case 'open':
        return this.steps.upload.execute({ tenant, batch, lease }, stop);
      case 'closing':
        return this.steps.track.resolveClose({ tenant, batch, lease });
      case 'processing':
        return this.steps.track.execute({ tenant, batch, lease });
      case 'reconciling':
        return this.steps.reconcile.execute({ tenant, batch, lease });
    }
  }

  private async waitUnlessLost(
    tenant: TenantId,
    id: BatchId,
    lease: BatchLease,
    seconds: number,
  ): Promise<AdvanceOutcome> {
    try {
      await this.wait(tenant, id, lease, seconds);
      return 'waiting';
    } catch (error) {
      if (error instanceof StaleLeaseError) return 'held-by-another';
      throw error;
    }
  }

  /** Wakes it again later: the row says when, the job is a hint. */
  private async wait(tenant: TenantId, id: BatchId, lease: BatchLease, seconds: number): Promise<void> {
    await this.unitOfWork.inTenant(tenant, async ({ batches, jobs }) => {
      await batches.postpone(lease, seconds);
      await jobs.enqueue({ kind: 'advance-batch', tenant, batchId: id }, seconds);
    });
  }
}

/** Nothing is left for a worker to do: it came to its end, or a person settles it. */
export const hasEnded = (batch: Batch): boolean => needsNoWorker(batch);

function waitAfter(error: unknown): number | undefined {
  if (error instanceof KsefThrottledError) return error.retryAfterSeconds;
  if (error instanceof KsefUnreachableError) return UNREACHABLE_WAIT_SECONDS;
  if (error instanceof KsefLoginError) return LOGIN_WAIT_SECONDS;
  return undefined;
}
