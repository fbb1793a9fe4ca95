import { err, type Finding, type InvoiceFacts, ok, type PlainDate, type Result } from '@latarnik/domain';
import { ParseOption, XmlDocument, XmlParseError } from 'libxml2-wasm';

import { FindingList } from '../finding-list.js';
import type { Fa3Schema } from '../schema/fa3-schema.js';
import { factsOf } from './facts.js';
import { formFinding } from './form.js';
import type { Lookups } from './lookups.js';
import { parseFindings } from './parse-findings.js';
import { reportViolations } from './schema-findings.js';
import { checkSemantics, MAX_SIZE_BYTES, MAX_SIZE_WITH_ATTACHMENT_BYTES } from './semantic-checks.js';
import { scanText } from './text-scan.js';
import { utf8Text } from './utf8-text.js';

/**
 * No network, no external entity, no recovery: the text has no DTD any more when a parser sees it. The declared
 * encoding is ignored because the bytes are proven UTF-8, so parser and scan cannot read different texts.
 */
const PARSE_OPTIONS = (ParseOption.XML_PARSE_NONET |
  ParseOption.XML_PARSE_NO_XXE |
  ParseOption.XML_PARSE_NO_SYS_CATALOG |
  ParseOption.XML_PARSE_IGNORE_ENC |
  ParseOption.XML_PARSE_BIG_LINES) as ParseOption;

/** What a reading needs; compiled once. */
export interface Reader {
  readonly schema: Fa3Schema;
  readonly lookups: Lookups;
}

/** One pass over the text, one parse, one validation; every finding of the stages that could run. */
export function readDocument(
  reader: Reader,
  bytes: Uint8Array,
  today: PlainDate,
): Result<InvoiceFacts, readonly Finding[]> {
  const findings = new FindingList();
  if (bytes.length > MAX_SIZE_WITH_ATTACHMENT_BYTES) {
    findings.add(tooLarge(bytes, MAX_SIZE_WITH_ATTACHMENT_BYTES, 'even with an attachment'));
    return err(findings.toArray());
  }
  const text = utf8Text(bytes, findings);
  if (text === undefined || !scanText(text, findings)) return err(findings.toArray());
  const facts = examine(reader, bytes, today, findings);
  const found = findings.toArray();
  return found.length === 0 && facts !== undefined ? ok(facts) : err(found);
}

function examine(reader: Reader, bytes: Uint8Array, today: PlainDate, findings: FindingList): InvoiceFacts | undefined {
  using document = parse(bytes, findings);
  if (document === undefined) return undefined;
  const wrongForm = formFinding(document.root);
  if (wrongForm !== undefined) {
    findings.add(wrongForm);
    return undefined;
  }
  if (bytes.length > MAX_SIZE_BYTES && reader.lookups.first(document, 'attachment') === undefined) {
    findings.add(tooLarge(bytes, MAX_SIZE_BYTES, 'without an attachment (Zalacznik)'));
  }
  reportViolations(reader.schema.violations(document), document, findings);
  checkSemantics(document, reader.lookups, today, findings);
  return findings.isEmpty ? factsOf(document, reader.lookups) : undefined;
}

function parse(bytes: Uint8Array, findings: FindingList): XmlDocument | undefined {
  try {
    return XmlDocument.fromBuffer(bytes, { encoding: 'utf-8', option: PARSE_OPTIONS });
  } catch (error) {
    if (!(error instanceof XmlParseError)) throw error;
    for (const finding of parseFindings(error.details)) findings.add(finding);
    return undefined;
  }
}

function tooLarge(bytes: Uint8Array, limit: number, condition: string): Finding {
  const message = `The document has ${bytes.length} bytes; KSeF takes at most ${limit} ${condition}.`;
  return { code: 'DOCUMENT_TOO_LARGE', message };
}
