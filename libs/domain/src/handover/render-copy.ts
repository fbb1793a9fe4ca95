import type { Hasher } from '../invoice/hasher.port.js';
import { hashToBase64 } from '../invoice/invoice-hash.js';
import type { InvoiceId } from '../invoice/invoice.js';
import { err, ok, type Result } from '../shared/result.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { CodeVerifier } from '../verification-code/code-verifier.port.js';
import type { KsefEnvironment } from '../verification-code/environment.js';
import type { DocumentElements } from '../visualization/document-elements.port.js';
import type {
  DocumentForm,
  DocumentLanguage,
  DocumentRenderer,
  ReadableDocument,
  RendererBusy,
} from '../visualization/document-renderer.port.js';
import { requireGoodCodes } from './good-codes.js';
import type { DocumentKind, NothingReason } from './handover-document.js';
import { forHandover, type InvoiceForHandover } from './read-documents.js';
import { readableCopy } from './readable-copy.js';

/** The right document of this moment, ready to be rendered. */
export interface ReadyCopy {
  readonly found: InvoiceForHandover;
  readonly document: DocumentKind;
  readonly readable: ReadableDocument;
}

export type NoCopy =
  | { readonly code: 'INVOICE_NOT_FOUND' }
  | { readonly code: 'NOTHING_TO_HAND_OVER'; readonly reason: NothingReason; readonly basis: readonly string[] };

interface CopyPorts {
  readonly elements: DocumentElements;
  readonly verifier: CodeVerifier;
  readonly environment: KsefEnvironment;
}

/** @throws CodeNotGoodError when a stored code is not that of the invoice: it does not leave */
export async function readyCopy(
  stores: TenantStores,
  { elements, verifier, environment }: CopyPorts,
  id: InvoiceId,
): Promise<Result<ReadyCopy, NoCopy>> {
  const found = await forHandover(stores, elements, id);
  const bytes = await stores.invoices.bytes(id);
  if (found === undefined || bytes === undefined) return err({ code: 'INVOICE_NOT_FOUND' });
  const { decision, stored } = found;
  if (decision.kind === 'nothing') {
    return err({ code: 'NOTHING_TO_HAND_OVER', reason: decision.reason, basis: decision.basis });
  }
  const certificates = await stores.certificates.all();
  requireGoodCodes(stored.invoice, decision, { environment, certificates, verifier });
  return ok({ found, document: decision.kind, readable: readableCopy(decision.kind, stored, elements.read(bytes)) });
}

export interface RenderedCopy {
  readonly document: DocumentKind;
  readonly bytes: Uint8Array;
  /** Of these bytes, Base64: what a record of the hand-over names. */
  readonly sha256: string;
}

/** Makes the document that the buyer may be handed now. Looking at it hands nothing over. */
export class RenderCopy {
  constructor(
    private readonly ports: CopyPorts & {
      readonly unitOfWork: UnitOfWork;
      readonly renderer: DocumentRenderer;
      readonly hasher: Hasher;
    },
  ) {}

  /** @throws CodeNotGoodError */
  async execute(
    tenant: TenantId,
    id: InvoiceId,
    form: DocumentForm,
    language: DocumentLanguage,
  ): Promise<Result<RenderedCopy, NoCopy | RendererBusy>> {
    const { unitOfWork, renderer, hasher } = this.ports;
    const ready = await unitOfWork.inTenant(tenant, (stores) => readyCopy(stores, this.ports, id));
    if (!ready.ok) return ready;
    const { document, readable } = ready.value;
    const rendered = await renderer.render(readable, form, language);
    if (!rendered.ok) return rendered;
    return ok({ document, bytes: rendered.value, sha256: hashToBase64(hasher.hash(rendered.value)) });
  }
}
