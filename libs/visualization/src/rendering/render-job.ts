import type { DocumentForm, DocumentLanguage, ReadableDocument } from '@latarnik/domain';
import { renderHtml } from '../html/render-html.js';
import type { PrintCode } from '../model/print-document.js';
import type { PdfRenderer } from '../pdf/render-pdf.js';
import { printDocumentOf } from './print-document-of.js';

/** What a thread is asked for; plain data. */
export interface RenderJob {
  readonly document: ReadableDocument;
  readonly codes: readonly PrintCode[];
  readonly form: DocumentForm;
  readonly language: DocumentLanguage;
}

/** What it answers. Of a failure no more than its kind leaves the thread: the text of an error may quote the document. */
export type RenderAnswer =
  { readonly bytes: Uint8Array } | { readonly failure: string; readonly trace: readonly string[] };

export async function runRenderJob(job: RenderJob, pdf: PdfRenderer): Promise<Uint8Array> {
  const document = printDocumentOf(job.document, job.codes, job.language);
  return job.form === 'html' ? new TextEncoder().encode(renderHtml(document)) : pdf.render(document);
}
