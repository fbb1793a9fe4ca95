import { sendingNow } from '../availability/sending-now.js';
import { warsawDay } from '../calendar/warsaw-time.js';
import { FA3, type FormCode } from '../invoice/invoice-facts.js';
import type { AwaitingQuery } from '../invoice/invoice-repository.port.js';
import { blockUnsent } from '../invoice/invoice-transitions.js';
import type { InvoiceId, IssuedInvoice, KsefRefusal } from '../invoice/invoice.js';
import { stateEvents, stateEventType } from '../invoice/state-events.js';
import { situationOf, type Jurisdiction } from '../legal-situation/legal-situation.js';
import { contextLabel, type ContextIdentifier } from '../party/context-identifier.js';
import {
  batchLimitsWithin,
  publishedContextLimits,
  type ContextLimitsSource,
} from '../rate-limit/context-limits.port.js';
import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import type { Instant, PlainDate } from '../shared/instant.js';
import { err, ok, type Result } from '../shared/result.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { ARCHIVE_ENTRY_BYTES } from './batch-limits.js';
import type { BatchId, PlannedBatch } from './batch.js';
import { readmit, type PassedOver } from './readmit.js';
import { FAILURES_LOOKED_AT, restAfterFailures } from './rest-after-failures.js';

/** Nothing was planned: why, in a sentence. */
export interface SendingHeld {
  readonly code: 'SENDING_HELD';
  readonly reason: string;
}

export interface NamedPlan {
  readonly planned: readonly PlannedBatch[];
  readonly passedOver: readonly PassedOver[];
}

/** What to plan of what waits in one context; everything that is left out does not limit it. */
export interface PlanOrder {
  readonly context: ContextIdentifier;
  /** For the audit trail. */
  readonly actor: string;
  readonly only?: readonly InvoiceId[];
  /** Statutory end before this moment. */
  readonly dueBefore?: Instant;
  readonly mostBatches?: number;
  /** In each batch. */
  readonly mostInvoices?: number;
}

/** Schemas that can be waiting; a session carries one of them (domain rules 9). */
const FORM_CODES: readonly FormCode[] = [FA3];

/**
 * KSeF's clock may be behind ours: an invoice of the new day waits so long after midnight, because a session opened a
 * moment before KSeF's own midnight would refuse it as dated in the future (domain rules 1.9).
 */
const MIDNIGHT_MARGIN_SECONDS = 60;

/**
 * Takes waiting invoices into batches, earliest target first: one context and one schema each, always offline, within
 * KSeF's limits for the context. The invoices stay locked until the batch is stored, and the database refuses a second
 * live delivery of an invoice, so no two planners take one (reliability C1).
 */
export class PlanBatches {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly ids: IdSource,
    private readonly jurisdiction: Jurisdiction,
    private readonly limits: ContextLimitsSource = publishedContextLimits,
  ) {}

  /** Plans all that waits, if batches may go out now, in the contexts that need no rest. */
  async whenSendable(tenant: TenantId): Promise<Result<readonly PlannedBatch[], SendingHeld>> {
    const held = await this.unitOfWork.inTenant(tenant, (stores) => this.whyHeld(stores));
    if (held !== undefined) return err({ code: 'SENDING_HELD', reason: held });
    const planned: PlannedBatch[] = [];
    let resting: string | undefined;
    for (const context of await this.contexts(tenant)) {
      const reason = await this.whyResting(tenant, context);
      resting ??= reason;
      if (reason === undefined) planned.push(...(await this.inContext(tenant, { context, actor: 'worker' })));
    }
    return planned.length === 0 && resting !== undefined ? err({ code: 'SENDING_HELD', reason: resting }) : ok(planned);
  }

  /** Why a context rests after batches that came to nothing; `undefined` when it does not. */
  async whyResting(tenant: TenantId, context: ContextIdentifier): Promise<string | undefined> {
    const last = await this.unitOfWork.inTenant(tenant, ({ batches }) =>
      batches.list(FAILURES_LOOKED_AT, undefined, { context }),
    );
    return restAfterFailures(last, this.clock.now());
  }

  /**
   * Plans these now, whatever the connection: a person decided. A blocked invoice, or one under review, waits again by
   * being named here (the right was granted, the question settled); it keeps its bytes.
   */
  async named(tenant: TenantId, actor: string, ids: readonly InvoiceId[]): Promise<NamedPlan> {
    const day = this.lastDay();
    const passedOver = await readmit(this.unitOfWork, this.clock, { tenant, actor, ids, datedUpTo: day });
    return { planned: await this.execute(tenant, actor, ids), passedOver };
  }

  /**
   * Plans now in every context, whatever the connection: a person decided.
   * @param only these invoices; those of them that do not wait are passed over
   */
  async execute(tenant: TenantId, actor: string, only?: readonly InvoiceId[]): Promise<readonly PlannedBatch[]> {
    const planned: PlannedBatch[] = [];
    for (const context of await this.contexts(tenant)) {
      const order = { context, actor, ...(only === undefined ? {} : { only }) };
      planned.push(...(await this.inContext(tenant, order)));
    }
    return planned;
  }

  /** Plans in one context, a transaction for each batch, until nothing is left or the order is fulfilled. */
  async inContext(tenant: TenantId, order: PlanOrder): Promise<readonly PlannedBatch[]> {
    const limit = await this.limitOf(tenant, order);
    const planned: PlannedBatch[] = [];
    for (const formCode of FORM_CODES) {
      while (planned.length < (order.mostBatches ?? Number.POSITIVE_INFINITY)) {
        const batch = await this.planOne(tenant, order, { ...wantedBy(order), formCode, limit });
        if (batch === undefined) break;
        planned.push(batch);
      }
    }
    await this.blockTooLarge(tenant, order, limit);
    return planned;
  }

  /** What no batch of the context ever takes would wait in silence until its deadline is over (I10). */
  private async blockTooLarge(
    tenant: TenantId,
    { context, actor }: PlanOrder,
    limit: AwaitingQuery['limit'],
  ): Promise<void> {
    if (limit.invoices === 0) return;
    await this.unitOfWork.inTenant(tenant, async ({ invoices, audit, outbox }) => {
      const tooLarge = await invoices.lockTooLarge({ context, limit });
      if (tooLarge.length === 0) return;
      const at = this.clock.now();
      const blocked = tooLarge.map((invoice) => blockUnsent(invoice, tooLargeFor(invoice, limit)));
      await invoices.saveAll(blocked);
      const ids = blocked.map(({ id }) => id);
      const facts = { reason: 'larger than KSeF takes in this context' };
      await audit.appendForEach(ids, { at, actor, action: stateEventType('blocked'), kind: 'invoice', facts });
      await outbox.append(stateEvents(blocked, at));
    });
  }

  private async limitOf(
    tenant: TenantId,
    { context, mostInvoices = Number.POSITIVE_INFINITY }: PlanOrder,
  ): Promise<AwaitingQuery['limit']> {
    const known = await this.limits.contextLimits({ tenant, context });
    const { invoices, bytes } = batchLimitsWithin(known);
    const { invoiceBytes, invoiceWithAttachmentBytes } = known.batch;
    const most = Math.min(invoices, mostInvoices);
    return { invoices: most, bytes, entryBytes: ARCHIVE_ENTRY_BYTES, invoiceBytes, invoiceWithAttachmentBytes };
  }

  private async planOne(
    tenant: TenantId,
    { actor }: PlanOrder,
    wanted: Omit<AwaitingQuery, 'datedUpTo'>,
  ): Promise<PlannedBatch | undefined> {
    const { context, formCode } = wanted;
    return this.unitOfWork.inTenant(tenant, async (stores: TenantStores) => {
      const waiting = await stores.invoices.lockAwaiting({ ...wanted, datedUpTo: this.lastDay() });
      if (waiting.length === 0) return undefined;
      const batch: PlannedBatch = {
        state: 'planned',
        id: this.ids.next() as BatchId,
        context,
        formCode,
        invoiceCount: waiting.length,
        plannedAt: this.clock.now(),
        version: 0,
        openAttempts: 0,
      };
      const ids = waiting.map(({ id }) => id);
      await stores.batches.add(batch);
      await stores.invoices.planAll(batch.id, ids);
      await this.recordPlan(stores, actor, batch, ids);
      await stores.jobs.enqueue({ kind: 'advance-batch', tenant, batchId: batch.id });
      return batch;
    });
  }

  private async recordPlan(
    { audit }: TenantStores,
    actor: string,
    { id, context, invoiceCount, plannedAt: at }: PlannedBatch,
    ids: readonly InvoiceId[],
  ): Promise<void> {
    const subject = { kind: 'batch', id } as const;
    const facts = { context: contextLabel(context), invoices: invoiceCount };
    await audit.append([{ at, actor, action: 'batch.planned', subject, facts }]);
    await audit.appendForEach(ids, { at, actor, action: 'invoice.planned', kind: 'invoice', facts: { batch: id } });
  }

  private async whyHeld({ legal, connection }: TenantStores): Promise<string | undefined> {
    const now = this.clock.now();
    const { outages } = situationOf(await legal.read(), this.jurisdiction);
    const { sending, reason } = sendingNow(now, outages, await connection.read());
    return sending ? undefined : reason;
  }

  private async contexts(tenant: TenantId): Promise<readonly ContextIdentifier[]> {
    const all = await this.unitOfWork.inTenant(tenant, (stores) => stores.contexts.all());
    return all.map(({ identifier }) => identifier);
  }

  private lastDay(): PlainDate {
    return warsawDay(this.clock.now().subtract({ seconds: MIDNIGHT_MARGIN_SECONDS }));
  }
}

function tooLargeFor({ sizeBytes, facts }: IssuedInvoice, limit: AwaitingQuery['limit']): KsefRefusal {
  const most = facts.hasAttachment ? limit.invoiceWithAttachmentBytes : limit.invoiceBytes;
  return {
    code: 0,
    description: `It has ${String(sizeBytes)} bytes; KSeF takes ${String(most)} in this context.`,
    details: [],
    advice:
      'Ask KSeF for a higher limit, then name it in POST /v1/batches: it goes with the same bytes. Nothing of it was sent.',
  };
}

function wantedBy({ context, only, dueBefore }: PlanOrder) {
  return { context, ...(only === undefined ? {} : { only }), ...(dueBefore === undefined ? {} : { dueBefore }) };
}
