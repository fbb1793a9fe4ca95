import type { Clock } from '../shared/clock.port.js';
import { err, ok, type Result } from '../shared/result.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { Approver } from '../tracking/second-delivery.port.js';
import {
  sessionUnknown,
  settled,
  type Batch,
  type BatchId,
  type ClosingBatch,
  type DisputedBatch,
  type DoneBatch,
  type ProcessingBatch,
  type UnknownSession,
} from './batch.js';

export type DisputeRefusal =
  | { readonly code: 'BATCH_NOT_FOUND' }
  | { readonly code: 'NOT_DISPUTED'; readonly state: Batch['state'] }
  | { readonly code: 'PERSON_MISSING' }
  | { readonly code: 'REASON_MISSING' }
  /** A worker holds it at this moment; ask again. */
  | { readonly code: 'BATCH_HELD' };

const LEASE_SECONDS = 15;

/** What a settlement came to: the end of a dispute, or a session that is not waited for any longer. */
export type SettledBatch = DoneBatch | ClosingBatch | ProcessingBatch;

interface Settlement {
  readonly tenant: TenantId;
  readonly id: BatchId;
  readonly by: Approver;
  readonly settlement: string;
}

/**
 * A person says what came of a batch: of one whose counts KSeF and we do not agree on (reliability C33), which ends with
 * that; or of one whose session KSeF does not know (C22), whose invoices are then looked for once it was unknown for an
 * hour. A person's word on a session sends nothing by itself: each invoice is looked for before it goes again.
 */
export class SettleDispute {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  async execute(
    tenant: TenantId,
    id: BatchId,
    by: Approver,
    settlement: string,
  ): Promise<Result<SettledBatch, DisputeRefusal>> {
    if (by.person.trim() === '') return err({ code: 'PERSON_MISSING' });
    if (settlement.trim() === '') return err({ code: 'REASON_MISSING' });
    return this.unitOfWork.inTenant(tenant, async (stores) => {
      const batch = await stores.batches.find(id);
      if (batch === undefined) return err({ code: 'BATCH_NOT_FOUND' });
      if (!canBeSettled(batch)) return err({ code: 'NOT_DISPUTED', state: batch.state });
      return this.settle(stores, batch, { tenant, id, by, settlement });
    });
  }

  private async settle(
    { batches, audit, jobs }: TenantStores,
    batch: Settleable,
    { tenant, id, by, settlement }: Settlement,
  ): Promise<Result<SettledBatch, DisputeRefusal>> {
    const lease = await batches.lease(id, by.actor, LEASE_SECONDS);
    if (lease === undefined) return err({ code: 'BATCH_HELD' });
    const at = this.clock.now();
    const next =
      batch.state === 'disputed'
        ? settled(batch, settlement, at)
        : sessionUnknown<ClosingBatch | ProcessingBatch>(batch, batch.unknown.since, settlement);
    await batches.save(next, lease, next.state === 'done' ? undefined : 0);
    await batches.release(lease);
    if (next.state !== 'done') await jobs.enqueue({ kind: 'advance-batch', tenant, batchId: id });
    const facts = { person: by.person, settlement, dispute: disputeOf(batch) };
    const action = next.state === 'done' ? 'batch.done' : 'batch.session-settled';
    await audit.append([{ at, actor: by.actor, action, subject: { kind: 'batch', id }, facts }]);
    return ok({ ...next, version: next.version + 1 });
  }
}

type Settleable = DisputedBatch | ((ClosingBatch | ProcessingBatch) & { readonly unknown: UnknownSession });

const canBeSettled = (batch: Batch): batch is Settleable =>
  batch.state === 'disputed' ||
  ((batch.state === 'closing' || batch.state === 'processing') && batch.unknown !== undefined);

const disputeOf = (batch: Settleable): string =>
  batch.state === 'disputed' ? batch.dispute : `KSeF does not know session ${batch.session}`;
