import { requireGoodCodes } from '../handover/good-codes.js';
import type { Hasher } from '../invoice/hasher.port.js';
import type { InvoiceId } from '../invoice/invoice.js';
import type { ReadInvoices } from '../invoice/read-invoices.js';
import type { ReadUpo } from '../session/read-upo.js';
import { err, type Result } from '../shared/result.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { CodeVerifier } from '../verification-code/code-verifier.port.js';
import type { KsefEnvironment } from '../verification-code/environment.js';
import type { DocumentElements } from './document-elements.port.js';
import type {
  DocumentForm,
  DocumentLanguage,
  DocumentRenderer,
  ReadableDocument,
  RendererBusy,
} from './document-renderer.port.js';
import { evidenceSummaryOf, signatureOf } from './evidence-summary-of.js';
import { ownCopy } from './own-copy.js';

/** What an issuer may look at: the invoice in its present state, its UPO, and what proves it. */
export interface WantedDocument {
  readonly document: 'invoice' | 'upo' | 'evidence';
  readonly form: DocumentForm;
  readonly language: DocumentLanguage;
}

/** No such invoice, or no UPO (yet). */
export interface NothingToRender {
  readonly code: 'NOTHING_TO_RENDER';
}

/** Makes what is stored of an invoice readable for its issuer. */
export class RenderInvoice {
  constructor(
    private readonly ports: {
      readonly unitOfWork: UnitOfWork;
      readonly elements: DocumentElements;
      readonly renderer: DocumentRenderer;
      readonly verifier: CodeVerifier;
      readonly hasher: Hasher;
      readonly environment: KsefEnvironment;
    },
    private readonly reads: { readonly invoices: ReadInvoices; readonly upo: ReadUpo },
  ) {}

  /** @throws CodeNotGoodError when a stored code is not that of the invoice: it does not leave */
  async execute(
    tenant: TenantId,
    id: InvoiceId,
    { document, form, language }: WantedDocument,
  ): Promise<Result<Uint8Array, RendererBusy | NothingToRender>> {
    const readable = await this.readable(tenant, id, document);
    return readable === undefined
      ? err({ code: 'NOTHING_TO_RENDER' })
      : this.ports.renderer.render(readable, form, language);
  }

  private readable(
    tenant: TenantId,
    id: InvoiceId,
    document: WantedDocument['document'],
  ): Promise<ReadableDocument | undefined> {
    switch (document) {
      case 'invoice':
        return this.invoice(tenant, id);
      case 'upo':
        return this.upo(tenant, id);
      case 'evidence':
        return this.evidence(tenant, id);
    }
  }

  private async invoice(tenant: TenantId, id: InvoiceId): Promise<ReadableDocument | undefined> {
    const { unitOfWork, elements, verifier, environment } = this.ports;
    const stored = await this.reads.invoices.find(tenant, id);
    const { bytes, certificates } = await unitOfWork.inTenant(tenant, async (stores) => ({
      bytes: await stores.invoices.bytes(id),
      certificates: await stores.certificates.all(),
    }));
    if (stored === undefined || bytes === undefined) return undefined;
    const copy = ownCopy(stored, elements.read(bytes));
    const both = { kind: 'invoice-with-two-codes', codes: 'two' } as const;
    const number = { kind: 'invoice-with-number', codes: 'kod-i-with-number' } as const;
    if (copy.codes.length > 0) {
      const grounds = { basis: [], dependsOn: [] };
      const carried = copy.codes.length > 1 ? { ...both, ...grounds } : { ...number, ...grounds };
      requireGoodCodes(stored.invoice, carried, { environment, certificates, verifier });
    }
    return copy;
  }

  private async upo(tenant: TenantId, id: InvoiceId): Promise<ReadableDocument | undefined> {
    const proof = await this.reads.upo.execute(tenant, id);
    const stored = await this.reads.invoices.find(tenant, id);
    if (proof === undefined || stored === undefined) return undefined;
    const { invoice } = stored;
    const about = 'acceptance' in invoice ? { about: invoice.acceptance.ksefNumber } : {};
    return { kind: 'upo', upo: this.ports.elements.read(proof.bytes), ...about, signature: signatureOf(proof) };
  }

  private async evidence(tenant: TenantId, id: InvoiceId): Promise<ReadableDocument | undefined> {
    const stored = await this.reads.invoices.find(tenant, id);
    if (stored === undefined) return undefined;
    const known = await this.ports.unitOfWork.inTenant(tenant, async ({ invoices, tracking, audit }) => ({
      evidence: await invoices.evidence(id),
      proof: await tracking.upos.proofOf(id),
      audit: await audit.of('invoice', id),
    }));
    return { kind: 'evidence', summary: evidenceSummaryOf({ stored, ...known }, this.ports.hasher) };
  }
}
