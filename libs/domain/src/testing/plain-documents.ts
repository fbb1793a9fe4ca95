import type { Finding } from '../invoice/finding.js';
import type { InvoiceDocuments } from '../invoice/invoice-documents.port.js';
import type { InvoiceFacts, InvoiceNumber } from '../invoice/invoice-facts.js';
import { parseNip, type Nip } from '../party/nip.js';
import { Temporal, type PlainDate } from '../shared/instant.js';
import { err, ok, type Result } from '../shared/result.js';
import { someFacts } from './builders.js';

/** The document of these tests is one line: `number|seller NIP|P_1|content`. */
export interface PlainDocument {
  readonly number: string;
  readonly sellerNip?: string;
  readonly issueDate?: string;
  readonly content?: string;
}

export function plainDocument(document: PlainDocument): Uint8Array {
  const { number, sellerNip = '5265877635', issueDate = '2026-11-23', content = '' } = document;
  return new TextEncoder().encode([number, sellerNip, issueDate, content].join('|'));
}

/** What KSeF's fake and the reader below see in the bytes; `undefined` when they are no such document. */
export function readPlainDocument(bytes: Uint8Array): Required<PlainDocument> | undefined {
  const [number, sellerNip, issueDate, content, ...more] = new TextDecoder().decode(bytes).split('|');
  if (number === undefined || sellerNip === undefined || issueDate === undefined || content === undefined) {
    return undefined;
  }
  return more.length > 0 ? undefined : { number, sellerNip, issueDate, content };
}

/** Reads and writes plain documents as the FA(3) adapter reads and writes FA(3), with findings and all. */
export class PlainDocuments implements InvoiceDocuments {
  build(model: unknown): Result<Uint8Array, readonly Finding[]> {
    if (typeof model !== 'object' || model === null || !('number' in model) || typeof model.number !== 'string') {
      return err([{ code: 'NUMBER_MISSING', message: 'A document has a number.', element: 'number' }]);
    }
    return ok(plainDocument({ number: model.number }));
  }

  read(bytes: Uint8Array, today: PlainDate): Result<InvoiceFacts, readonly Finding[]> {
    const document = readPlainDocument(bytes);
    if (document === undefined) return err([{ code: 'NOT_A_DOCUMENT', message: 'Expected four fields.', line: 1 }]);
    const findings: Finding[] = [];
    if (!parseNip(document.sellerNip).ok) findings.push({ code: 'INVALID_NIP', message: 'The seller has no NIP.' });
    const issueDate = Temporal.PlainDate.from(document.issueDate);
    if (Temporal.PlainDate.compare(issueDate, today) > 0) {
      findings.push({ code: 'ISSUE_DATE_IN_FUTURE', message: 'P_1 is later than today.' });
    }
    if (findings.length > 0) return err(findings);
    return ok(
      someFacts({ number: document.number as InvoiceNumber, sellerNip: document.sellerNip as Nip, issueDate }),
    );
  }
}
