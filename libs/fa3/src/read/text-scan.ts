import type { FindingList } from '../finding-list.js';
import { FORBIDDEN_CHARACTERS, isForbiddenCodePoint, isXmlCharacter, maybeForbidden } from '../forbidden-characters.js';
import { codePointName, quote } from '../quote.js';
import { LineCounter } from './line-counter.js';

const COMMENT = '<!--';
const CDATA = '<![CDATA[';
const DOCTYPE = /^<!doctype/i;
const DECLARATION_START = /^<\?xml[ \t\r\n]/;
const VALUE = `(?:"([^"]*)"|'([^']*)')`;
const DECLARATION = new RegExp(
  String.raw`^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*${VALUE}` +
    String.raw`(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*${VALUE})?` +
    String.raw`(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>`,
);
const REFERENCE = /&#(?:x([0-9a-fA-F]+)|([0-9]+));/g;

/**
 * KSeF's rules below the level of XML, checked on the text before any parser sees it (domain rules 6): no DOCTYPE, no
 * processing instruction, nothing but XML 1.0 in UTF-8, no forbidden character, be it literal or as a reference.
 *
 * Where a document is well-formed, this reads its markup as a parser does; where it is not, the parser refuses it.
 * @returns whether a parser may see the text at all
 */
export function scanText(text: string, findings: FindingList): boolean {
  const lines = new LineCounter(text);
  const occurrences = new Occurrences();
  scanCharacters(text, occurrences, lines);
  const safe = scanMarkup(text, { findings, occurrences, lines });
  occurrences.report(findings);
  return safe && !occurrences.includeIllegal;
}

interface Scan {
  readonly findings: FindingList;
  readonly occurrences: Occurrences;
  readonly lines: LineCounter;
}

function scanCharacters(text: string, occurrences: Occurrences, lines: LineCounter): void {
  if (!maybeForbidden(text)) return;
  for (const { 0: found, index } of text.matchAll(FORBIDDEN_CHARACTERS)) {
    occurrences.count(found.codePointAt(0) ?? 0, 'literal', lines, index);
  }
}

function scanMarkup(text: string, scan: Scan): boolean {
  let at = 0;
  if (DECLARATION_START.test(text)) {
    checkDeclaration(text, scan.findings);
    at = after(text, '?>', 0);
  }
  const withReferences = text.includes('&#');
  // Plain tags need no look: references in them are found with those of the text around them.
  const special = /<[!?]/g;
  while (at < text.length) {
    special.lastIndex = at;
    const markup = special.exec(text)?.index ?? text.length;
    if (withReferences) scanReferences(text, at, markup, scan);
    const end = endOfSpecial(text, markup, scan);
    if (end === undefined) return false;
    at = end;
  }
  return true;
}

/** @returns the offset behind a comment, CDATA section or instruction; `undefined` at a DOCTYPE */
function endOfSpecial(text: string, at: number, scan: Scan): number | undefined {
  if (text.startsWith(COMMENT, at)) return after(text, '-->', at + COMMENT.length);
  if (text.startsWith(CDATA, at)) return after(text, ']]>', at + CDATA.length);
  if (text.startsWith('<?', at)) return instruction(text, at, scan);
  return isDoctype(text, at, scan) ? undefined : at + 1;
}

/** Offset just behind the end mark; the end of the text when there is none (the parser will say so). */
function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found === -1 ? text.length : found + mark.length;
}

function instruction(text: string, at: number, { findings, lines }: Scan): number {
  const end = after(text, '?>', at);
  const message = `Processing instruction ${quote(text.slice(at, end))}: KSeF allows none, not even a style sheet.`;
  if (findings.isFull) findings.drop(1);
  else findings.add({ code: 'PROCESSING_INSTRUCTION', message, line: lines.at(at) });
  return end;
}

function isDoctype(text: string, at: number, { findings, lines }: Scan): boolean {
  if (!DOCTYPE.test(text.slice(at, at + 9))) return false;
  const message = 'The document has a DOCTYPE; DTDs and entity declarations are not allowed. Remove it.';
  findings.add({ code: 'DOCTYPE', message, line: lines.at(at) });
  return true;
}

function scanReferences(text: string, from: number, to: number, { occurrences, lines }: Scan): void {
  for (const { index, 1: hexadecimal, 2: decimal } of text.slice(from, to).matchAll(REFERENCE)) {
    const codePoint = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
    if (isForbiddenCodePoint(codePoint)) occurrences.count(codePoint, 'reference', lines, from + index);
  }
}

function checkDeclaration(text: string, findings: FindingList): void {
  const found = DECLARATION.exec(text);
  if (found === null) {
    const message = `The XML declaration is malformed; write <?xml version="1.0" encoding="UTF-8"?> or leave it out.`;
    findings.add({ code: 'XML_DECLARATION_MALFORMED', message, line: 1 });
    return;
  }
  const version = found[1] ?? found[2] ?? '';
  const encoding = found[3] ?? found[4];
  if (version !== '1.0') {
    const message = `The XML declaration says version ${quote(version)}; KSeF takes XML 1.0 only.`;
    findings.add({ code: 'XML_VERSION_NOT_ALLOWED', message, line: 1 });
  }
  if (encoding !== undefined && encoding.toUpperCase() !== 'UTF-8') {
    const message = `The XML declaration names the encoding ${quote(encoding)}; it may name UTF-8 or none.`;
    findings.add({ code: 'ENCODING_DECLARATION_NOT_UTF8', message, line: 1 });
  }
}

/** Forbidden characters by code point: one finding each, with the first line and how many there are. */
class Occurrences {
  readonly #seen = new Map<string, { codePoint: number; form: string; line: number; count: number }>();
  /** Whether one of them makes the document ill-formed (XML 1.0 §2.2), so that a parser would only say it again. */
  includeIllegal = false;

  count(codePoint: number, form: 'literal' | 'reference', lines: LineCounter, offset: number): void {
    this.includeIllegal ||= !isXmlCharacter(codePoint);
    const key = `${form} ${codePoint}`;
    const seen = this.#seen.get(key);
    if (seen === undefined) this.#seen.set(key, { codePoint, form, line: lines.at(offset), count: 1 });
    else seen.count++;
  }

  report(findings: FindingList): void {
    for (const { codePoint, form, line, count } of this.#seen.values()) {
      const name = codePoint > 0x10ffff ? 'beyond U+10FFFF' : codePointName(codePoint);
      const written = form === 'literal' ? `Character ${name}` : `Character reference to ${name}`;
      const times = count === 1 ? '' : ` (${count} times, first here)`;
      const message = `${written}${times} is not allowed in an invoice; remove it or use a printable character.`;
      findings.add({ code: 'FORBIDDEN_CHARACTER', message, line });
    }
  }
}
