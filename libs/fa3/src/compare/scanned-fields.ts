import { FORBIDDEN_CHARACTERS } from '../forbidden-characters.js';
import type { DifferenceList } from './difference-list.js';
import type { ElementTree } from './element-tree.js';
import { NUMERIC_FIELDS, sameNumber } from './numeric-fields.js';

/** `<P_2>FV/1</P_2>`, with any prefix: a field without children, wherever it stands. */
const FIELD = /<(?:[\w.-]+:)?([\w.-]+)(?:\s[^<>]*)?>([^<]*)<\/(?:[\w.-]+:)?\1\s*>/gu;
const MOST_FIELDS = 200_000;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
/** They speak of the file and not of the invoice. */
const FILE_FIELDS: ReadonlySet<string> = new Set(['DataWytworzeniaFa', 'SystemInfo']);

/**
 * What a plain search finds in a file that no parser reads: the values of fields, in their order, by name. Every one of
 * them has to stand in the new file, under the same name and in the same order.
 */
export function compareScanned(text: string, after: ElementTree, found: DifferenceList): void {
  const [before, next] = [scan(text), leavesOf(after)];
  for (const [name, values] of before) {
    const others = next.get(name) ?? [];
    const longest = Math.max(values.length, others.length);
    for (let at = 0; at < longest; at++) {
      const [old, other] = [values[at], others[at]];
      if (old === other) continue;
      const path = `//${name}${longest > 1 ? `[${at + 1}]` : ''}`;
      const isSame = NUMERIC_FIELDS.has(name) && sameNumber(old ?? '', other ?? '');
      found.add(isSame ? 'NUMBER_SPELLING' : 'content', path, old, other);
    }
  }
}

function scan(text: string): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, string[]>();
  let count = 0;
  for (const { 1: name = '', 2: value = '' } of text.matchAll(FIELD)) {
    if (count++ === MOST_FIELDS) break;
    note(fields, name, unescape(value));
  }
  return fields;
}

function leavesOf(tree: ElementTree, fields = new Map<string, string[]>()): ReadonlyMap<string, readonly string[]> {
  if (tree.children.length === 0) note(fields, tree.name, tree.text);
  for (const child of tree.children) leavesOf(child, fields);
  return fields;
}

function note(fields: Map<string, string[]>, name: string, value: string): void {
  const said = value
    .replace(FORBIDDEN_CHARACTERS, '')
    .replace(/[ \t\r\n]+/g, ' ')
    .replace(/^ | $/g, '');
  if (said === '' || FILE_FIELDS.has(name)) return;
  const known = fields.get(name);
  if (known === undefined) fields.set(name, [said]);
  else known.push(said);
}

function unescape(value: string): string {
  return value.replace(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));/g, (whole, hex, decimal, name) => {
    if (typeof name === 'string') return ENTITIES[name] ?? whole;
    const codePoint = typeof hex === 'string' ? Number.parseInt(hex, 16) : Number(decimal);
    return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : whole;
  });
}
