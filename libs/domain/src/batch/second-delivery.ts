import { mayBeSamePerson } from '../outage/total-failure-confirmation.js';
import { deliverAgain } from '../invoice/invoice-transitions.js';
import type { InSessionInvoice } from '../invoice/invoice.js';
import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import type { Instant } from '../shared/instant.js';
import { err, ok, type Result } from '../shared/result.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import {
  approveSecondDelivery,
  proposeSecondDelivery,
  withdrawSecondDelivery,
  type ApprovedSecondDelivery,
  type Approver,
  type ProposedSecondDelivery,
  type SecondDelivery,
} from '../tracking/second-delivery.port.js';
import type { Batch, BatchId, ClosingBatch, PlannedBatch, ProcessingBatch, ReconcilingBatch } from './batch.js';
import { isNear, mayHaveSecondDelivery } from './watch-batch.js';

export type SecondDeliveryRefusal =
  | { readonly code: 'BATCH_NOT_FOUND' }
  | { readonly code: 'PERSON_MISSING' }
  | { readonly code: 'REASON_MISSING' }
  /** KSeF has said what became of it, or nothing of it can have reached KSeF. */
  | { readonly code: 'SESSION_NOT_OPEN'; readonly state: Batch['state'] }
  /** The rule is for a deadline that would pass; without that, waiting harms nobody. */
  | { readonly code: 'DEADLINE_NOT_NEAR'; readonly earliestEnd: Instant | undefined }
  | { readonly code: 'NOTHING_OPEN' }
  | { readonly code: 'ALREADY_APPROVED' }
  | { readonly code: 'NOT_PROPOSED' }
  /** Two persons have two names and two credentials (reliability S8). */
  | { readonly code: 'SAME_PERSON'; readonly by: string };

type Waiting = ClosingBatch | ProcessingBatch | ReconcilingBatch;

/**
 * Lets the same bytes go once more while a session says nothing final and a deadline is near (reliability C40): one
 * person asks, another one approves. Both attempts stay open until KSeF has answered each of them; what the second brings
 * back as a duplicate is found out to be ours by reading the original. New bytes are never allowed this way (R4).
 */
export class AllowSecondDelivery {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly ids: IdSource,
  ) {}

  async propose(
    tenant: TenantId,
    id: BatchId,
    by: Approver,
    reason: string,
  ): Promise<Result<ProposedSecondDelivery, SecondDeliveryRefusal>> {
    if (by.person.trim() === '') return err({ code: 'PERSON_MISSING' });
    if (reason.trim() === '') return err({ code: 'REASON_MISSING' });
    return this.unitOfWork.inTenant(tenant, async (stores) => {
      const known = await stores.tracking.secondDeliveries.find(id);
      if (known?.state === 'approved' && !(await this.cameToNothing(stores, known))) {
        return err({ code: 'ALREADY_APPROVED' });
      }
      const waiting = await this.waiting(stores, id);
      if (!waiting.ok) return waiting;
      if (known?.state === 'proposed') return ok(known);
      const { session } = waiting.value.batch;
      const proposal = proposeSecondDelivery({ batchId: id, session, askedBy: by, askedAt: this.clock.now(), reason });
      await stores.tracking.secondDeliveries.save(proposal);
      await this.audit(stores, proposal, by, { reason });
      return ok(proposal);
    });
  }

  async approve(
    tenant: TenantId,
    id: BatchId,
    by: Approver,
  ): Promise<Result<ApprovedSecondDelivery, SecondDeliveryRefusal>> {
    if (by.person.trim() === '') return err({ code: 'PERSON_MISSING' });
    return this.unitOfWork.inTenant(tenant, async (stores) => {
      const proposal = await stores.tracking.secondDeliveries.find(id);
      if (proposal?.state !== 'proposed') {
        return err({ code: proposal?.state === 'approved' ? 'ALREADY_APPROVED' : 'NOT_PROPOSED' });
      }
      if (mayBeSamePerson(proposal.askedBy, by)) return err({ code: 'SAME_PERSON', by: proposal.askedBy.person });
      const waiting = await this.waiting(stores, id);
      if (!waiting.ok) return waiting;
      const second = await this.plan(stores, tenant, waiting.value.batch, waiting.value.open, by);
      const approved = approveSecondDelivery(proposal, {
        approvedBy: by,
        approvedAt: second.plannedAt,
        secondBatchId: second.id,
        invoices: second.invoiceCount,
      });
      await stores.tracking.secondDeliveries.save(approved);
      await this.audit(stores, approved, by, { batch: second.id, invoices: second.invoiceCount });
      return ok(approved);
    });
  }

  async withdraw(
    tenant: TenantId,
    id: BatchId,
    by: Approver,
    why: string,
  ): Promise<Result<SecondDelivery, SecondDeliveryRefusal>> {
    if (by.person.trim() === '') return err({ code: 'PERSON_MISSING' });
    return this.unitOfWork.inTenant(tenant, async (stores) => {
      const proposal = await stores.tracking.secondDeliveries.find(id);
      if (proposal?.state === 'approved') return err({ code: 'ALREADY_APPROVED' });
      if (proposal?.state !== 'proposed') return err({ code: 'NOT_PROPOSED' });
      const withdrawn = withdrawSecondDelivery(proposal, why, this.clock.now());
      await stores.tracking.secondDeliveries.save(withdrawn);
      await this.audit(stores, withdrawn, by, { why });
      return ok(withdrawn);
    });
  }

  /**
   * Whether the second delivery has ended. That reading has shown that it brought nothing in follows from its invoices: one
   * that is open in the first session alone was dropped by the second, and only a finally dead attempt is dropped (R4).
   */
  private async cameToNothing({ batches }: TenantStores, { secondBatchId }: ApprovedSecondDelivery): Promise<boolean> {
    const second = await batches.find(secondBatchId);
    return second?.state === 'dead' || second?.state === 'done';
  }

  private async waiting(
    { batches, invoices }: TenantStores,
    id: BatchId,
  ): Promise<Result<{ batch: Waiting; open: readonly InSessionInvoice[] }, SecondDeliveryRefusal>> {
    const batch = await batches.find(id);
    if (batch === undefined) return err({ code: 'BATCH_NOT_FOUND' });
    if (!mayHaveSecondDelivery(batch)) return err({ code: 'SESSION_NOT_OPEN', state: batch.state });
    const earliestEnd = await invoices.earliestEnd(id);
    if (earliestEnd === undefined || !isNear(earliestEnd, this.clock.now())) {
      return err({ code: 'DEADLINE_NOT_NEAR', earliestEnd });
    }
    const open = ((await invoices.inBatch(id, ['in-session'])) as readonly InSessionInvoice[]).filter(
      ({ delivery }) => delivery.channel === 'batch' && delivery.earlier === undefined,
    );
    return open.length === 0 ? err({ code: 'NOTHING_OPEN' }) : ok({ batch: batch as Waiting, open });
  }

  private async plan(
    stores: TenantStores,
    tenant: TenantId,
    batch: Waiting,
    open: readonly InSessionInvoice[],
    by: Approver,
  ): Promise<PlannedBatch> {
    const second: PlannedBatch = {
      state: 'planned',
      id: this.ids.next() as BatchId,
      context: batch.context,
      formCode: batch.formCode,
      invoiceCount: open.length,
      plannedAt: this.clock.now(),
      version: 0,
      openAttempts: 0,
      lineage: { previous: batch.id, cause: 'second-delivery', codes: [] },
    };
    await stores.batches.add(second);
    await stores.invoices.saveAll(open.map((invoice) => deliverAgain(invoice, second.id)));
    await stores.audit.append([
      {
        at: second.plannedAt,
        actor: by.actor,
        action: 'batch.planned',
        subject: { kind: 'batch', id: second.id },
        facts: { invoices: second.invoiceCount, previous: batch.id, person: by.person },
      },
    ]);
    await stores.audit.appendForEach(
      open.map(({ id }) => id),
      {
        at: second.plannedAt,
        actor: by.actor,
        action: 'invoice.second-delivery',
        kind: 'invoice',
        facts: { batch: second.id, previous: batch.id, person: by.person },
      },
    );
    await stores.jobs.enqueue({ kind: 'advance-batch', tenant, batchId: second.id });
    return second;
  }

  private audit(
    { audit }: TenantStores,
    { batchId, state }: SecondDelivery,
    { actor, person }: Approver,
    facts: Readonly<Record<string, string | number>>,
  ): Promise<void> {
    return audit.append([
      {
        at: this.clock.now(),
        actor,
        action: `second-delivery.${state}`,
        subject: { kind: 'batch', id: batchId },
        facts: { person, ...facts },
      },
    ]);
  }
}
