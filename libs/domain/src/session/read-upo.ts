import type { AcceptedInvoice, CompleteInvoice, InvoiceId } from '../invoice/invoice.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { UNCHECKED, type StoredProof } from '../tracking/upo-documents.port.js';
import { fetchUpo } from './fetch-upo.js';
import { KsefLoginError, KsefThrottledError, KsefUnreachableError } from './ksef-access.js';
import type { SessionReader, UpoDocument } from './session-reader.port.js';

/**
 * The UPO of an invoice for a reader. Most invoices of a batch are proven by a page that names thousands; who asks for one
 * invoice gets the UPO of that invoice, fetched from KSeF the first time and kept. While KSeF does not give it, the page
 * is the answer: it proves the invoice as well (ADR 0020).
 */
export class ReadUpo {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly reader: SessionReader,
  ) {}

  /** `undefined` when there is no proof (yet), or no such invoice. @param form `stored`: what is here, KSeF is not asked */
  async execute(tenant: TenantId, id: InvoiceId, form: 'own' | 'stored' = 'own'): Promise<StoredProof | undefined> {
    const { proof, invoice } = await this.unitOfWork.inTenant(tenant, async ({ invoices, tracking }) => ({
      proof: await tracking.upos.proofOf(id),
      invoice: (await invoices.find(id))?.invoice,
    }));
    if (proof?.kind !== 'page' || form === 'stored' || invoice?.state !== 'complete') return proof;
    const own = await this.fetchOwn(tenant, invoice);
    if (own === undefined) return proof;
    await this.unitOfWork.inTenant(tenant, ({ invoices }) => invoices.addUpo(id, own.bytes, own.signature));
    return { kind: 'own', bytes: own.bytes, signature: own.signature ?? UNCHECKED };
  }

  private async fetchOwn(tenant: TenantId, invoice: CompleteInvoice): Promise<UpoDocument | undefined> {
    const accepted: AcceptedInvoice = { ...invoice, state: 'accepted' };
    try {
      return await fetchUpo(this.reader, { tenant, context: invoice.context }, accepted);
    } catch (error) {
      const isElsewhere = [KsefUnreachableError, KsefThrottledError, KsefLoginError].some(
        (kind) => error instanceof kind,
      );
      if (isElsewhere) return undefined;
      throw error;
    }
  }
}
