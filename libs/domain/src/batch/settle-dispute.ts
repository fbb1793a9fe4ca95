import type { Clock } from '../shared/clock.port.js';
import { err, ok, type Result } from '../shared/result.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { Approver } from '../tracking/second-delivery.port.js';
import { settled, type Batch, type BatchId, type DoneBatch } from './batch.js';

export type DisputeRefusal =
  | { readonly code: 'BATCH_NOT_FOUND' }
  | { readonly code: 'NOT_DISPUTED'; readonly state: Batch['state'] }
  | { readonly code: 'PERSON_MISSING' }
  | { readonly code: 'REASON_MISSING' }
  /** A worker holds it at this moment; ask again. */
  | { readonly code: 'BATCH_HELD' };

const LEASE_SECONDS = 15;

/** A person looked at a batch whose counts KSeF and we do not agree on, and says what came of it (reliability C33). */
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
  ): Promise<Result<DoneBatch, DisputeRefusal>> {
    if (by.person.trim() === '') return err({ code: 'PERSON_MISSING' });
    if (settlement.trim() === '') return err({ code: 'REASON_MISSING' });
    return this.unitOfWork.inTenant(tenant, async ({ batches, audit }) => {
      const batch = await batches.find(id);
      if (batch === undefined) return err({ code: 'BATCH_NOT_FOUND' });
      if (batch.state !== 'disputed') return err({ code: 'NOT_DISPUTED', state: batch.state });
      const lease = await batches.lease(id, by.actor, LEASE_SECONDS);
      if (lease === undefined) return err({ code: 'BATCH_HELD' });
      const done = settled(batch, settlement, this.clock.now());
      await batches.save(done, lease, undefined);
      await batches.release(lease);
      await audit.append([
        {
          at: done.finishedAt,
          actor: by.actor,
          action: 'batch.done',
          subject: { kind: 'batch', id },
          facts: { person: by.person, settlement, dispute: batch.dispute },
        },
      ]);
      return ok({ ...done, version: done.version + 1 });
    });
  }
}
