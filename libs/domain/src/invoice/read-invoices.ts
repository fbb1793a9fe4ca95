import { termOf } from '../deadline/due-term.js';
import { situationOf, type Jurisdiction } from '../legal-situation/legal-situation.js';
import { correctionHold, isCorrective } from '../sending/correction-hold.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { InvoiceFilter, InvoiceOrder, StoredInvoice } from './invoice-repository.port.js';
import type { InvoiceId } from './invoice.js';

/**
 * Reads invoices of a tenant. The term of one that KSeF has is derived when it is read: a message may be read after the
 * delivery that was published before it, and whether the invoice was late depends on it. Terms of waiting invoices are
 * stored, and recalculated.
 */
export class ReadInvoices {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly jurisdiction: Jurisdiction,
  ) {}

  async find(tenant: TenantId, id: InvoiceId): Promise<StoredInvoice | undefined> {
    return this.unitOfWork.inTenant(tenant, async (stores) => {
      const stored = await stores.invoices.find(id);
      if (stored === undefined) return undefined;
      return (await withHolds(stores, await this.withTerms(stores, [stored])))[0];
    });
  }

  /** @param after id of the last invoice of the page before. @param order newest first when left out */
  async list(
    tenant: TenantId,
    filter: InvoiceFilter,
    limit: number,
    after?: InvoiceId,
    order?: InvoiceOrder,
  ): Promise<readonly StoredInvoice[]> {
    return this.unitOfWork.inTenant(tenant, async (stores) =>
      withHolds(stores, await this.withTerms(stores, await stores.invoices.list(filter, limit, after, order))),
    );
  }

  private async withTerms({ legal }: TenantStores, found: readonly StoredInvoice[]): Promise<readonly StoredInvoice[]> {
    if (!found.some(({ invoice }) => 'acceptance' in invoice)) return found;
    const situation = situationOf(await legal.read(), this.jurisdiction);
    return found.map((stored) => {
      if (!('acceptance' in stored.invoice)) return stored;
      const term = termOf(stored.invoice, situation);
      return { invoice: stored.invoice, ...(term === undefined ? {} : { term }) };
    });
  }
}

/** Waiting corrections with what holds them back (domain rules 1.7). */
async function withHolds(
  { invoices }: TenantStores,
  found: readonly StoredInvoice[],
): Promise<readonly StoredInvoice[]> {
  const waiting = found.filter(({ invoice }) => invoice.state === 'issued' && isCorrective(invoice.facts));
  if (waiting.length === 0) return found;
  const originals = await invoices.correctedBy(waiting.map(({ invoice }) => invoice.id));
  return found.map((stored) => {
    const hold = waiting.includes(stored)
      ? correctionHold(stored.invoice.facts, originals.get(stored.invoice.id) ?? [])
      : undefined;
    return hold === undefined ? stored : { ...stored, hold };
  });
}
