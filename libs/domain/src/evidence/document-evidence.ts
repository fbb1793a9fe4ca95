import type { StoredInvoice } from '../invoice/invoice-repository.port.js';
import type { TenantStores } from '../shared/unit-of-work.port.js';
import type { EvidenceEntry, EvidenceProvider, PackagedInvoice } from './evidence-entry.js';

/**
 * Name of the FA(3) file in a package. The evidence refers to the invoice by this very name (a detached signature), so it
 * has to lie beside it.
 */
export const invoiceFileName = ({ invoice }: StoredInvoice): string => `${invoice.id}.xml`;

export const EVIDENCE_FILE_NAME = 'evidence.xades.xml';

/** The bytes of the invoice, and the XAdES-BES evidence over them. */
export class DocumentEvidence implements EvidenceProvider {
  async entries({ stored }: PackagedInvoice, { invoices }: TenantStores): Promise<readonly EvidenceEntry[]> {
    const { id } = stored.invoice;
    const bytes = await invoices.bytes(id);
    if (bytes === undefined) throw new Error(`invoice ${id} without its bytes`);
    const xades = await invoices.evidence(id);
    const invoice = {
      path: invoiceFileName(stored),
      mediaType: 'application/xml',
      bytes,
      what: {
        pl: 'faktura FA(3), bajt w bajt jak w chwili wystawienia',
        en: 'the invoice, FA(3), byte for byte as it was issued',
      },
    };
    if (xades === undefined) return [invoice];
    const evidence = {
      path: EVIDENCE_FILE_NAME,
      mediaType: 'application/xml',
      bytes: xades,
      what: {
        pl: 'podpis XAdES-BES nad bajtami faktury (dokument osobny), z certyfikatem wystawcy typu Offline',
        en: 'XAdES-BES signature over the bytes of the invoice (detached), with the issuer’s certificate of type Offline',
      },
    };
    return [invoice, evidence];
  }
}
