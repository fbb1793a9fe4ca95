import { crc8, parseNip, type PlainDate, Temporal } from '@latarnik/domain';
import type { XmlDocument, XmlElement } from 'libxml2-wasm';

import type { FindingList } from '../finding-list.js';
import { quote } from '../quote.js';
import { type Lookups, valueOf } from './lookups.js';

/** KSeF's limits on one document, in bytes (ksef-docs weryfikacja-faktury.md; domain rules 8.2). */
export const MAX_SIZE_BYTES = 1_000_000;
export const MAX_SIZE_WITH_ATTACHMENT_BYTES = 3_000_000;

const MAX_NUMBER_LENGTH = 256;
/** KSeF 2.0 numbers; the 36 characters of KSeF 1.0 numbers are left to the schema. */
const KSEF_NUMBER = /^.{10}-[0-9]{8}-[0-9A-F]{12}-[0-9A-F]{2}$/;
const CHECKED_LENGTH = 32;

/** What KSeF checks beside the schema (domain rules 6), plus check sums that catch a mistyped reference. */
export function checkSemantics(document: XmlDocument, lookups: Lookups, today: PlainDate, findings: FindingList): void {
  checkIssueDate(lookups.first(document, 'issueDate'), today, findings);
  checkNumber(lookups.first(document, 'number'), findings);
  for (const element of lookups.elements(document, 'partyNips')) checkNip(element, valueOf(element), findings);
  for (const element of lookups.elements(document, 'internalIds')) {
    checkNip(element, valueOf(element).split('-')[0] ?? '', findings);
  }
  for (const element of lookups.elements(document, 'ksefNumbers')) checkKsefNumber(element, findings);
}

function checkIssueDate(element: XmlElement | undefined, today: PlainDate, findings: FindingList): void {
  if (element === undefined) return;
  const issueDate = dateIn(valueOf(element));
  if (issueDate === undefined || Temporal.PlainDate.compare(issueDate, today) <= 0) return;
  const message = `P_1 is ${issueDate.toString()}, later than today (${today.toString()}); KSeF refuses a future issue date.`;
  findings.add({ code: 'ISSUE_DATE_IN_FUTURE', message, ...position(element) });
}

/** `undefined` when the text is no calendar day; then the schema has its own finding. */
export function dateIn(text: string): PlainDate | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/**
 * The schema counts code points; software that counts UTF-16 units sees more of them beyond the basic plane, so the
 * stricter count decides. Longer numbers by both counts are the schema's finding already.
 */
function checkNumber(element: XmlElement | undefined, findings: FindingList): void {
  if (element === undefined) return;
  const number = valueOf(element);
  if (number.length <= MAX_NUMBER_LENGTH || codePoints(number) > MAX_NUMBER_LENGTH) return;
  const message = `P_2 has ${number.length} UTF-16 units; expected at most ${MAX_NUMBER_LENGTH}.`;
  findings.add({ code: 'NUMBER_TOO_LONG', message, ...position(element) });
}

const codePoints = (text: string): number => text.length - (text.match(/[\ud800-\udbff]/g)?.length ?? 0);

/** Ten digits with a wrong check digit; anything else is the schema's finding. */
function checkNip(element: XmlElement, nip: string, findings: FindingList): void {
  const parsed = parseNip(nip);
  if (parsed.ok || parsed.error.reason === 'MALFORMED') return;
  const message = `${quote(nip)} is not a NIP: its check digit is wrong. KSeF refuses the invoice in production.`;
  findings.add({ code: 'NIP_CHECK_DIGIT', message, ...position(element) });
}

function checkKsefNumber(element: XmlElement, findings: FindingList): void {
  const number = valueOf(element);
  if (!KSEF_NUMBER.test(number)) return;
  const expected = crc8(number.slice(0, CHECKED_LENGTH)).toString(16).toUpperCase().padStart(2, '0');
  if (number.endsWith(expected)) return;
  const message = `${quote(number)} is not a KSeF number: its check sum is ${number.slice(-2)}, expected ${expected}.`;
  findings.add({ code: 'KSEF_NUMBER_CHECKSUM', message, ...position(element) });
}

function position(element: XmlElement): { line: number; element: string } {
  const names: string[] = [];
  for (let at: XmlElement | null = element; at !== null; at = at.parent) names.unshift(at.name);
  return { line: element.line, element: `/${names.join('/')}` };
}
