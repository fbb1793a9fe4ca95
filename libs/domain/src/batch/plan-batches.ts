import { sendingNow } from '../availability/sending-now.js';
import { FA3, type FormCode } from '../invoice/invoice-facts.js';
import { planInto, returnToQueue } from '../invoice/invoice-transitions.js';
import type { InvoiceId } from '../invoice/invoice.js';
import { situationOf, type Jurisdiction } from '../legal-situation/legal-situation.js';
import { contextLabel, type ContextIdentifier } from '../party/context-identifier.js';
import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import type { Instant } from '../shared/instant.js';
import { err, ok, type Result } from '../shared/result.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { BATCH_LIMITS } from './batch-limits.js';
import type { Batch, BatchId, PlannedBatch } from './batch.js';

/** Nothing was planned: why, in a sentence. */
export interface SendingHeld {
  readonly code: 'SENDING_HELD';
  readonly reason: string;
}

const MOST_FAILURES_LOOKED_AT = 6;
const FIRST_REST_SECONDS = 15;

/** A named invoice that is not sent, and why. */
export interface PassedOver {
  readonly invoiceId: InvoiceId;
  readonly reason: string;
}

export interface NamedPlan {
  readonly planned: readonly PlannedBatch[];
  readonly passedOver: readonly PassedOver[];
}

/** Schemas that can be waiting; a session carries one of them (domain rules 9). */
const FORM_CODES: readonly FormCode[] = [FA3];

/**
 * Takes waiting invoices into batches, earliest deadline first: one context and one schema each, within KSeF's limits.
 * The invoices stay locked until the batch is stored, so no two planners take one (reliability C1).
 */
export class PlanBatches {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly ids: IdSource,
    private readonly jurisdiction: Jurisdiction,
  ) {}

  /** Plans what waits, if batches may go out now. For the worker. */
  async whenSendable(tenant: TenantId): Promise<Result<readonly PlannedBatch[], SendingHeld>> {
    const held = await this.unitOfWork.inTenant(tenant, (stores) => this.whyHeld(stores));
    return held === undefined ? ok(await this.execute(tenant, 'worker')) : err({ code: 'SENDING_HELD', reason: held });
  }

  private async whyHeld({ legal, connection, batches }: TenantStores): Promise<string | undefined> {
    const now = this.clock.now();
    const { outages } = situationOf(await legal.read(), this.jurisdiction);
    const { sending, reason } = sendingNow(now, outages, await connection.read());
    if (!sending) return reason;
    return restAfterFailures(await batches.list(MOST_FAILURES_LOOKED_AT), now);
  }

  /**
   * Plans these now, whatever the connection: a person decided. A blocked invoice, or one under review, waits again by
   * being named here (the right was granted, the question settled); it keeps its bytes.
   */
  async named(tenant: TenantId, actor: string, ids: readonly InvoiceId[]): Promise<NamedPlan> {
    const passedOver: PassedOver[] = [];
    for (const id of ids) {
      const reason = await this.unitOfWork.inTenant(tenant, (stores) => this.readmit(stores, actor, id));
      if (reason !== undefined) passedOver.push({ invoiceId: id, reason });
    }
    return { planned: await this.execute(tenant, actor, ids), passedOver };
  }

  /** @returns why the invoice cannot be sent; `undefined` when it waits (now) */
  private async readmit({ invoices, audit }: TenantStores, actor: string, id: InvoiceId): Promise<string | undefined> {
    const stored = await invoices.find(id);
    if (stored === undefined) return 'There is no such invoice.';
    const { invoice, term } = stored;
    if (term?.deadline.kind === 'none')
      return 'A total failure lifted the duty to send it: nothing is sent (art. 106ng).';
    if (invoice.state === 'issued') return undefined;
    const stuck = invoice.state === 'blocked' || invoice.state === 'needs-review';
    if (!stuck || invoice.issue.mode === 'online') return `It is in state ${invoice.state}.`;
    await invoices.save({ ...returnToQueue(invoice, invoice.issue), deliveryAttempts: 0 });
    await audit.append([
      {
        at: this.clock.now(),
        actor,
        action: 'invoice.issued',
        subject: { kind: 'invoice', id },
        facts: { from: invoice.state, reason: 'sent again by a person' },
      },
    ]);
    return undefined;
  }

  /**
   * Plans now, whatever the connection: a person decided.
   * @param only these invoices; those of them that do not wait are passed over
   */
  async execute(tenant: TenantId, actor: string, only?: readonly InvoiceId[]): Promise<readonly PlannedBatch[]> {
    const contexts = await this.unitOfWork.inTenant(tenant, (stores) => stores.contexts.all());
    const planned: PlannedBatch[] = [];
    for (const { identifier } of contexts) {
      for (const formCode of FORM_CODES) {
        let batch = await this.planOne(tenant, actor, identifier, formCode, only);
        while (batch !== undefined) {
          planned.push(batch);
          batch = await this.planOne(tenant, actor, identifier, formCode, only);
        }
      }
    }
    return planned;
  }

  private async planOne(
    tenant: TenantId,
    actor: string,
    context: ContextIdentifier,
    formCode: FormCode,
    only: readonly InvoiceId[] | undefined,
  ): Promise<PlannedBatch | undefined> {
    return this.unitOfWork.inTenant(tenant, async (stores: TenantStores) => {
      const limit = { invoices: BATCH_LIMITS.invoices, bytes: BATCH_LIMITS.packageBytes };
      const waiting = await stores.invoices.lockAwaiting(context, formCode, limit, only);
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
      await stores.batches.add(batch);
      await stores.invoices.saveAll(waiting.map((invoice) => planInto(invoice, batch.id)));
      await stores.audit.append([
        {
          at: batch.plannedAt,
          actor,
          action: 'batch.planned',
          subject: { kind: 'batch', id: batch.id },
          facts: { context: contextLabel(context), invoices: batch.invoiceCount },
        },
        ...waiting.map((invoice) => ({
          at: batch.plannedAt,
          actor,
          action: 'invoice.planned',
          subject: { kind: 'invoice' as const, id: invoice.id },
          facts: { batch: batch.id },
        })),
      ]);
      await stores.jobs.enqueue({ kind: 'advance-batch', tenant, batchId: batch.id });
      return batch;
    });
  }
}

/** After batches that came to nothing the next one waits: 15 s, then twice as long each time. */
function restAfterFailures(newestFirst: readonly Batch[], now: Instant): string | undefined {
  const lived = newestFirst.findIndex(({ state }) => state !== 'dead');
  const dead = lived === -1 ? newestFirst : newestFirst.slice(0, lived);
  const [last] = dead;
  if (last?.state !== 'dead') return undefined;
  const restSeconds = FIRST_REST_SECONDS * 2 ** (dead.length - 1);
  const sinceSeconds = (now.epochMilliseconds - last.finishedAt.epochMilliseconds) / 1000;
  return sinceSeconds < restSeconds ? `The last batch came to nothing: ${last.reason}.` : undefined;
}
