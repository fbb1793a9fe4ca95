import type { Result } from '../shared/result.js';
import type { DocumentElement } from './document-element.js';
import type { EvidenceSummary } from './evidence-summary.js';

export const DOCUMENT_LANGUAGES = ['pl', 'en'] as const;
export type DocumentLanguage = (typeof DOCUMENT_LANGUAGES)[number];

/** HTML stands alone: no script, nothing loaded. PDF is tagged, with its fonts embedded. */
export type DocumentForm = 'html' | 'pdf';

/** A verification code as it goes on a document: `OFFLINE` or the KSeF number, or `CERTYFIKAT`, beneath. */
export interface LabelledCode {
  readonly kind: 'KOD I' | 'KOD II';
  readonly link: string;
  readonly label: string;
}

/**
 * Where the invoice stands, for a line above it; a copy that left the house has to say no more than its codes do.
 *
 * `draft`: not issued (yet); `not-issued`: refused, never issued; `refused`: issued offline, and KSeF did not take the file;
 * `total-failure`: issued outside KSeF (art. 106ng).
 */
export type InvoiceStanding = 'offline' | 'online' | 'numbered' | 'draft' | 'not-issued' | 'refused' | 'total-failure';

/** What can be made readable. `invoice` elements are those of an FA(3) file, `upo` elements those of a UPO. */
export type ReadableDocument =
  | {
      readonly kind: 'invoice';
      readonly invoice: DocumentElement;
      readonly standing: InvoiceStanding;
      /** In the order of the document; none in a total failure. */
      readonly codes: readonly LabelledCode[];
      readonly ksefNumber?: string;
    }
  | {
      /** Potwierdzenie transakcji: not an invoice, with both codes (domain rules 1.6, handbook part II 1.6.6). */
      readonly kind: 'transaction-confirmation';
      readonly invoice: DocumentElement;
      readonly codes: readonly LabelledCode[];
    }
  | {
      readonly kind: 'upo';
      readonly upo: DocumentElement;
      /** Entries that come first and are marked, by KSeF number: those of the invoice that was asked for. */
      readonly about?: string;
      readonly signature: { readonly verdict: 'valid' | 'not-checked'; readonly signer?: string };
    }
  | { readonly kind: 'evidence'; readonly summary: EvidenceSummary };

/** Too much is being rendered already. */
export interface RendererBusy {
  readonly code: 'RENDERER_BUSY';
  readonly retryAfterSeconds: number;
}

/** Makes documents that people read. */
export interface DocumentRenderer {
  /**
   * The same arguments give the same content. Nothing of the document is left out: an element that has no name in the
   * language is shown under its own.
   *
   * @throws Error when the document cannot be rendered, which no valid document causes
   */
  render(
    document: ReadableDocument,
    form: DocumentForm,
    language: DocumentLanguage,
  ): Promise<Result<Uint8Array, RendererBusy>>;
}
