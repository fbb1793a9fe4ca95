import type { Finding } from '../invoice/finding.js';
import type { InvoiceDocuments } from '../invoice/invoice-documents.port.js';
import type { InvoiceFacts, InvoiceNumber } from '../invoice/invoice-facts.js';
import type { KsefNumber } from '../ksef-number/ksef-number.js';
import { parseNip, type Nip } from '../party/nip.js';
import { Temporal, type PlainDate } from '../shared/instant.js';
import { err, ok, type Result } from '../shared/result.js';
import { someFacts } from './builders.js';
import { plainDocument, readPlainDocument } from './plain-document.js';

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
    const facts = { number: document.number as InvoiceNumber, sellerNip: document.sellerNip as Nip, issueDate };
    return ok(someFacts({ ...facts, ...correctionIn(document.content) }));
  }
}

/** A content such as `corrects FV/1` or `corrects FV/1 known as <KSeF number>` makes it a corrective invoice. */
function correctionIn(content: string): Partial<InvoiceFacts> {
  const match = /^corrects (\S+?)(?: known as (\S+))?$/.exec(content);
  const [, number, ksefNumber] = match ?? [];
  if (number === undefined) return {};
  const correctedKsefNumbers = ksefNumber === undefined ? [] : [ksefNumber as KsefNumber];
  return { kind: 'KOR', correctedNumbers: [number], correctedKsefNumbers };
}
