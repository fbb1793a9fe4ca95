import { block, dropAttempt, planInto, returnToQueue, sendToReview } from '../invoice/invoice-transitions.js';
import { stateEvents, stateEventType } from '../invoice/state-events.js';
import type { InSessionInvoice, Invoice, IssuedInvoice, KsefRefusal, PlannedInvoice } from '../invoice/invoice.js';
import type { AuditEntry } from '../audit/audit-trail.port.js';
import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import type { Instant } from '../shared/instant.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { BatchAlarmKind } from '../tracking/batch-alarms.port.js';
import type { FailurePolicy } from './after-session-failure.js';
import type { HeldBatch, StepOutcome } from './advance-batch.js';
import type { BatchPackager, PackageEntry } from './batch-packager.port.js';
import { pollGapSeconds } from './batch-limits.js';
import {
  die,
  needsNoWorker,
  type Batch,
  type BatchId,
  type DeadBatch,
  type DisputedBatch,
  type DoneBatch,
  type PlannedBatch,
} from './batch.js';

/** A batch is due at once when nobody holds it: the lease of a worker that died is all there is to wait for. */
const NEXT_ACTION_SECONDS = 0;
/** Documents read at a time while packing. */
const DOCUMENT_PAGE = 200;

type LivingBatch = Exclude<Batch, DisputedBatch | DoneBatch | DeadBatch>;

/** Invoices that a batch did not bring in, and what KSeF said instead. */
export interface Undelivered {
  readonly invoices: readonly (PlannedInvoice | InSessionInvoice)[];
  readonly refusal: KsefRefusal;
  readonly policy: Exclude<FailurePolicy, 'requeue'>;
}

/** What the steps share: storing a batch with everything that belongs to the same transaction. */
export class BatchSteps {
  constructor(
    readonly unitOfWork: UnitOfWork,
    readonly clock: Clock,
    private readonly packager: BatchPackager,
    private readonly ids: IdSource,
  ) {}

  newId(): string {
    return this.ids.next();
  }

  /**
   * Stores the next state and an audit row, and whatever `also` stores, in one transaction. The files of a batch that
   * ended go after it.
   */
  async store(
    { tenant, lease }: HeldBatch,
    next: Batch,
    facts: AuditEntry['facts'] = {},
    also?: (stores: TenantStores) => Promise<void>,
  ): Promise<StepOutcome> {
    const ended = needsNoWorker(next);
    await this.unitOfWork.inTenant(tenant, async (stores) => {
      await stores.batches.save(next, lease, ended ? undefined : NEXT_ACTION_SECONDS);
      await also?.(stores);
      await stores.audit.append([
        {
          at: this.clock.now(),
          actor: 'worker',
          action: `batch.${next.state}`,
          subject: { kind: 'batch', id: next.id },
          facts,
        },
      ]);
    });
    if (ended) await this.packager.discard(next.id);
    return { next: { ...next, version: next.version + 1 } };
  }

  /**
   * Ends it and puts what KSeF surely does not have back in the queue, with the same bytes.
   * @param moved its invoices as they go on, where that was decided already
   */
  async end(
    held: HeldBatch<LivingBatch>,
    reason: string,
    moved?: readonly Invoice[],
    also?: (stores: TenantStores) => Promise<void>,
  ): Promise<StepOutcome> {
    return this.store(held, die(held.batch, reason, this.clock.now()), { reason }, async (stores) => {
      await also?.(stores);
      const open =
        moved ??
        (await stores.invoices.inBatch(held.batch.id, ['planned', 'in-session'])).map((invoice) =>
          backToQueue(invoice, held.batch.id),
        );
      await this.moveInvoices(stores, open, { reason });
    });
  }

  /** A transaction that changes nothing when the lease was lost meanwhile. @throws StaleLeaseError */
  underLease<T>({ tenant, lease }: HeldBatch, work: (stores: TenantStores) => Promise<T>): Promise<T> {
    return this.unitOfWork.inTenant(tenant, async (stores) => {
      await stores.batches.postpone(lease, NEXT_ACTION_SECONDS);
      return work(stores);
    });
  }

  /** As `end`, where its invoices go another way. @param move in the same transaction */
  endWith(
    held: HeldBatch<LivingBatch>,
    reason: string,
    move: (stores: TenantStores) => Promise<void>,
  ): Promise<StepOutcome> {
    return this.store(held, die(held.batch, reason, this.clock.now()), { reason }, move);
  }

  /**
   * What becomes of invoices that came to nothing here, in the transaction of the caller: an attempt that is still open
   * elsewhere decides alone; the others go into new batches, or to a person.
   */
  async passOn(stores: TenantStores, held: HeldBatch, { invoices, refusal, policy }: Undelivered): Promise<void> {
    const { batch } = held;
    const alone: (PlannedInvoice | InSessionInvoice)[] = [];
    const elsewhere: Invoice[] = [];
    for (const invoice of invoices) {
      const other = invoice.state === 'in-session' ? dropAttempt(invoice, batch.id) : undefined;
      if (other === undefined) alone.push(invoice);
      else elsewhere.push(other);
    }
    const facts = { reason: refusal.description };
    await this.moveInvoices(stores, elsewhere, facts);
    if (policy === 'person' || policy === 'block') {
      const wait = policy === 'block' ? block : sendToReview;
      await this.moveInvoices(
        stores,
        alone.map((invoice) => wait(invoice, refusal)),
        facts,
      );
      return;
    }
    const back = alone.map((invoice) => backToQueue(invoice, batch.id) as IssuedInvoice);
    await this.moveInvoices(stores, back, facts);
    const half = policy === 'halves' ? Math.ceil(back.length / 2) : back.length;
    for (const group of [back.slice(0, half), back.slice(half)]) {
      if (group.length > 0) await this.succeed(stores, held, group, refusal.code);
    }
  }

  /** A batch with these invoices, which has nothing to do with any other. */
  private async succeed(
    stores: TenantStores,
    { tenant, batch }: HeldBatch,
    back: readonly IssuedInvoice[],
    code: number,
  ): Promise<void> {
    const next: PlannedBatch = {
      state: 'planned',
      id: this.newId() as BatchId,
      context: batch.context,
      formCode: batch.formCode,
      invoiceCount: back.length,
      plannedAt: this.clock.now(),
      version: 0,
      openAttempts: 0,
      lineage: { previous: batch.id, cause: 'session-failed', codes: [...(batch.lineage?.codes ?? []), code] },
    };
    await stores.batches.add(next);
    const planned = back.map((invoice) => planInto({ ...invoice, version: invoice.version + 1 }, next.id));
    await this.moveInvoices(stores, planned, { batch: next.id });
    await stores.audit.append([
      {
        at: next.plannedAt,
        actor: 'worker',
        action: 'batch.planned',
        subject: { kind: 'batch', id: next.id },
        facts: { invoices: next.invoiceCount, previous: batch.id, code },
      },
    ]);
    await stores.jobs.enqueue({ kind: 'advance-batch', tenant, batchId: next.id });
  }

  /** Tells people of it, once. In the transaction of the caller. */
  async alarm(
    { tracking, outbox }: TenantStores,
    { batch }: HeldBatch,
    kind: BatchAlarmKind,
    detail: string,
  ): Promise<void> {
    const at = this.clock.now();
    if (!(await tracking.alarms.raise(batch.id, { kind, raisedAt: at, detail }))) return;
    const session = 'session' in batch ? (batch.session ?? null) : null;
    await outbox.append([{ at, type: 'batch.alarm', subject: batch.id, facts: { kind, detail, session } }]);
  }

  raise(held: HeldBatch, kind: BatchAlarmKind, detail: string): Promise<void> {
    return this.underLease(held, (stores) => this.alarm(stores, held, kind, detail));
  }

  /** Until KSeF is asked about a session again. */
  pollGapSeconds({ openedAt, invoiceCount }: { readonly openedAt: Instant; readonly invoiceCount: number }): number {
    return pollGapSeconds((this.clock.now().epochMilliseconds - openedAt.epochMilliseconds) / 1000, invoiceCount);
  }

  /** Stores invoices that changed state, each with its audit row, and tells whoever wants to hear of it. */
  async moveInvoices(
    { invoices, audit, outbox }: TenantStores,
    moved: readonly Invoice[],
    facts: AuditEntry['facts'] = {},
  ): Promise<void> {
    if (moved.length === 0) return;
    await invoices.saveAll(moved);
    const at = this.clock.now();
    await audit.append(
      moved.map((invoice) => ({
        at,
        actor: 'worker',
        action: stateEventType(invoice.state),
        subject: { kind: 'invoice' as const, id: invoice.id },
        facts: { ...facts, ...factsOf(invoice) },
      })),
    );
    const events = stateEvents(moved, at);
    if (events.length > 0) await outbox.append(events);
  }

  /** The documents of a batch in the order of their ids: the same order every time. */
  entries({ tenant, batch }: { readonly tenant: TenantId; readonly batch: Batch }): AsyncIterable<PackageEntry> {
    const page = (after: PackageEntry['invoiceId'] | undefined, id: BatchId) =>
      this.unitOfWork.inTenant(tenant, ({ invoices }) => invoices.documentsOfBatch(id, DOCUMENT_PAGE, after));
    return (async function* () {
      for (let next = page(undefined, batch.id); ;) {
        const documents = await next;
        const last = documents.at(-1);
        if (last === undefined) return;
        // The next page is read while this one is packed; whoever asks for it hears of its failure.
        next = page(last.id, batch.id);
        next.catch(() => undefined);
        for (const { id, hash, bytes } of documents) yield { invoiceId: id, hash, bytes };
      }
    })();
  }
}

function factsOf(invoice: Invoice): Readonly<Record<string, string | number>> {
  if ('acceptance' in invoice) return { ksefNumber: invoice.acceptance.ksefNumber };
  if ('refusal' in invoice) return { ksefStatus: invoice.refusal.code };
  return {};
}

/** An invoice of a batch is always one issued offline. One that another attempt may still bring in waits for that. */
export function backToQueue(invoice: Invoice, batchId: BatchId): Invoice {
  if (invoice.state !== 'planned' && invoice.state !== 'in-session') {
    throw new Error(`invoice ${invoice.id} in state ${invoice.state} cannot go back to the queue`);
  }
  const other = invoice.state === 'in-session' ? dropAttempt(invoice, batchId) : undefined;
  if (other !== undefined) return other;
  const { issue } = invoice;
  if (issue.mode === 'online') throw new Error(`invoice ${invoice.id} was issued online and cannot be in a batch`);
  return returnToQueue(invoice, issue);
}
