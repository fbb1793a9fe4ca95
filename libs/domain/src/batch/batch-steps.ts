import { returnToQueue } from '../invoice/invoice-transitions.js';
import type { Invoice } from '../invoice/invoice.js';
import type { AuditEntry } from '../audit/audit-trail.port.js';
import type { Clock } from '../shared/clock.port.js';
import type { Instant } from '../shared/instant.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { HeldBatch, StepOutcome } from './advance-batch.js';
import type { BatchPackager, PackageEntry } from './batch-packager.port.js';
import { die, type Batch, type BatchId, type DeadBatch, type DoneBatch } from './batch.js';

/** A batch is due at once when nobody holds it: the lease of a worker that died is all there is to wait for. */
const NEXT_ACTION_SECONDS = 0;
const SLOWEST_POLL_SECONDS = 600;
/** Documents read at a time while packing. */
const DOCUMENT_PAGE = 200;

/** What the steps share: storing a batch with everything that belongs to the same transaction. */
export class BatchSteps {
  constructor(
    readonly unitOfWork: UnitOfWork,
    readonly clock: Clock,
    private readonly packager: BatchPackager,
  ) {}

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
    const ended = next.state === 'done' || next.state === 'dead';
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
    held: HeldBatch<Exclude<Batch, DoneBatch | DeadBatch>>,
    reason: string,
    moved?: readonly Invoice[],
  ): Promise<StepOutcome> {
    return this.store(held, die(held.batch, reason, this.clock.now()), { reason }, async (stores) => {
      const open = moved ?? (await stores.invoices.inBatch(held.batch.id, ['planned', 'in-session'])).map(backToQueue);
      await this.moveInvoices(stores, open, { reason });
    });
  }

  /** Until KSeF is asked about a session again: from 1 s to 10 minutes, growing with its age (C26). */
  pollGapSeconds({ openedAt }: { readonly openedAt: Instant }): number {
    const ageSeconds = (this.clock.now().epochMilliseconds - openedAt.epochMilliseconds) / 1000;
    return Math.min(SLOWEST_POLL_SECONDS, Math.max(1, Math.round(ageSeconds / 10)));
  }

  /** Stores invoices that changed state, each with its audit row. */
  async moveInvoices(
    { invoices, audit }: TenantStores,
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
        action: `invoice.${invoice.state}`,
        subject: { kind: 'invoice' as const, id: invoice.id },
        facts: { ...facts, ...factsOf(invoice) },
      })),
    );
  }

  /** The documents of a batch in the order of their ids: the same order every time. */
  entries({ tenant, batch }: HeldBatch): AsyncIterable<PackageEntry> {
    const page = (after: PackageEntry['invoiceId'] | undefined, id: BatchId) =>
      this.unitOfWork.inTenant(tenant, ({ invoices }) => invoices.documentsOfBatch(id, DOCUMENT_PAGE, after));
    return (async function* () {
      let after: PackageEntry['invoiceId'] | undefined;
      for (;;) {
        const documents = await page(after, batch.id);
        for (const { id, hash, bytes } of documents) yield { invoiceId: id, hash, bytes };
        if (documents.length < DOCUMENT_PAGE) return;
        after = documents.at(-1)?.id;
      }
    })();
  }
}

function factsOf(invoice: Invoice): Readonly<Record<string, string | number>> {
  if ('acceptance' in invoice) return { ksefNumber: invoice.acceptance.ksefNumber };
  if ('refusal' in invoice) return { ksefStatus: invoice.refusal.code };
  return {};
}

/** An invoice of a batch is always one issued offline. */
function backToQueue(invoice: Invoice): Invoice {
  if (invoice.state !== 'planned' && invoice.state !== 'in-session') {
    throw new Error(`invoice ${invoice.id} in state ${invoice.state} cannot go back to the queue`);
  }
  const { issue } = invoice;
  if (issue.mode === 'online') throw new Error(`invoice ${invoice.id} was issued online and cannot be in a batch`);
  return returnToQueue(invoice, issue);
}
