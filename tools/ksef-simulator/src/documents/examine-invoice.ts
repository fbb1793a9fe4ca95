import type { XmlDocument } from 'libxml2-wasm';

import { hasNipChecksum } from '../core/checksum.js';
import type { InvoiceFacts, Rejection } from '../core/invoice.js';
import { warsawDay } from '../core/time.js';
import type { FileLimits } from '../limits/context-limits.js';
import type { Fa3Schema } from './fa3-schema.js';
import { nipsToVerify, readInvoiceFacts } from './invoice-facts.js';
import { breachOfStrictXml } from './strict-xml.js';
import { parseUntrusted, xmlFindings } from './xml.js';

/** weryfikacja-faktury.md. */
const PUBLISHED_LIMITS: FileLimits = { invoiceBytes: 1_000_000, invoiceWithAttachmentBytes: 3_000_000 };

export type Examination =
  | { readonly ok: true; readonly facts: InvoiceFacts }
  | { readonly ok: false; readonly rejection: Rejection; readonly facts?: InvoiceFacts };

/** The checks that need nothing but the document and the moment of acceptance (domain-rules 6). */
export function examineInvoice(
  bytes: Uint8Array,
  schema: Fa3Schema,
  circumstances: {
    readonly invoicingAt: number;
    readonly strictNip: boolean;
    /** @default the published ones */
    readonly limits?: FileLimits;
  },
): Examination {
  const { limits = PUBLISHED_LIMITS } = circumstances;
  if (bytes.length > limits.invoiceWithAttachmentBytes) return reject(430, 'Przekroczono dozwolony rozmiar faktury.');
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
    const rejection = objectionTo(facts, bytes.length, { limits, ...circumstances });
    return rejection === undefined ? { ok: true, facts } : { ok: false, rejection, facts };
  } finally {
    document.dispose();
  }
}

function objectionTo(
  facts: InvoiceFacts,
  sizeBytes: number,
  { invoicingAt, limits, strictNip }: { invoicingAt: number; limits: FileLimits; strictNip: boolean },
): Rejection | undefined {
  if (sizeBytes > limits.invoiceBytes && !facts.hasAttachment) {
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
