import type { XmlDocument } from 'libxml2-wasm';

import { hasNipChecksum } from '../core/checksum.js';
import type { InvoiceFacts, Rejection } from '../core/invoice.js';
import { warsawDay } from '../core/time.js';
import type { Fa3Schema } from './fa3-schema.js';
import { nipsToVerify, readInvoiceFacts } from './invoice-facts.js';
import { breachOfStrictXml } from './strict-xml.js';
import { parseUntrusted, xmlFindings } from './xml.js';

/** Largest invoice, and largest with an attachment, in bytes (domain-rules 8.2). */
export const INVOICE_LIMIT_BYTES = 1_000_000;
export const INVOICE_WITH_ATTACHMENT_LIMIT_BYTES = 3_000_000;

export type Examination =
  | { readonly ok: true; readonly facts: InvoiceFacts }
  | { readonly ok: false; readonly rejection: Rejection; readonly facts?: InvoiceFacts };

/** The checks that need nothing but the document and the moment of acceptance (domain-rules 6). */
export function examineInvoice(
  bytes: Uint8Array,
  schema: Fa3Schema,
  { invoicingAt, strictNip }: { readonly invoicingAt: number; readonly strictNip: boolean },
): Examination {
  if (bytes.length > INVOICE_WITH_ATTACHMENT_LIMIT_BYTES) return reject(430, 'Przekroczono dozwolony rozmiar faktury.');
  const breach = breachOfStrictXml(bytes);
  if (breach !== undefined) return reject(430, breach);
  let document: XmlDocument;
  try {
    document = parseUntrusted(bytes);
  } catch (error) {
    return reject(430, ...xmlFindings(error));
  }
  try {
    const findings = schema.findings(document);
    if (findings.length > 0) return reject(450, ...findings);
    const facts = readInvoiceFacts(document.root);
    const rejection = objectionTo(facts, bytes.length, invoicingAt, strictNip);
    return rejection === undefined ? { ok: true, facts } : { ok: false, rejection, facts };
  } finally {
    document.dispose();
  }
}

function objectionTo(
  facts: InvoiceFacts,
  sizeBytes: number,
  invoicingAt: number,
  strictNip: boolean,
): Rejection | undefined {
  if (sizeBytes > INVOICE_LIMIT_BYTES && !facts.hasAttachment) {
    return { code: 430, details: ['Przekroczono dozwolony rozmiar faktury bez załącznika.'] };
  }
  if (facts.issueDate > warsawDay(invoicingAt)) {
    return { code: 450, details: ['Data wystawienia faktury (P_1) jest późniejsza niż data przyjęcia do KSeF.'] };
  }
  const wrong = strictNip ? nipsToVerify(facts).find((nip) => !hasNipChecksum(nip)) : undefined;
  return wrong === undefined ? undefined : { code: 450, details: [`Nieprawidłowa suma kontrolna NIP ${wrong}.`] };
}

function reject(code: Rejection['code'], ...details: readonly string[]): Examination {
  return { ok: false, rejection: { code, details } };
}
