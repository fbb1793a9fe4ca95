import type { DocumentElement } from '@latarnik/domain';
import type { Block, Cell, Field } from './print-document.js';
import type { Words } from './words.js';

/** Tables wider than this are harder to read than one part below the other. */
const WIDEST_TABLE_COLUMNS = 8;

/**
 * Shows elements of which nothing is known but their names: those with text as fields, several alike as a table, the
 * others as parts with a heading. Whatever is in them is shown, attributes too.
 */
export function generalBlocks(elements: readonly DocumentElement[], words: Words): readonly Block[] {
  const blocks: Block[] = [];
  let fields: Field[] = [];
  const flush = (): void => {
    if (fields.length > 0) blocks.push({ kind: 'fields', fields });
    fields = [];
  };
  for (const alike of groupsOf(elements)) {
    if (alike.every(isPlain)) {
      fields.push(...fieldOf(alike, words));
      continue;
    }
    const only = onlyChild(alike);
    if (only !== undefined) {
      fields.push(...fieldOf([only], words));
      continue;
    }
    flush();
    blocks.push(...groupBlocks(alike, words));
  }
  flush();
  return blocks;
}

/** Every text of an element and of all within, as fields of one list. */
export function fieldsWithin(element: DocumentElement, words: Words): readonly Field[] {
  if (isAddress(element)) return [{ label: words.label(element.name), value: addressLines(element, words) }];
  if (isPlain(element)) return fieldOf([element], words);
  return [...ownFields(element, words), ...groupsOf(element.children).flatMap((alike) => groupFields(alike, words))];
}

const groupFields = (alike: readonly DocumentElement[], words: Words): readonly Field[] =>
  alike.every(isPlain) ? fieldOf(alike, words) : alike.flatMap((element) => fieldsWithin(element, words));

/** Attributes, and text between the children. */
function ownFields(element: DocumentElement, words: Words): readonly Field[] {
  const attributes = element.attributes.map(({ name, value }) => ({ label: words.label(name), value }));
  return element.text === '' || element.children.length === 0
    ? attributes
    : [...attributes, { label: words.label(element.name), value: element.text }];
}

/** Text and nothing else. */
const isPlain = ({ children, attributes }: DocumentElement): boolean =>
  children.length === 0 && attributes.length === 0;

/** What a part that holds one plain thing is about: that thing. */
function onlyChild(alike: readonly DocumentElement[]): DocumentElement | undefined {
  const [element, ...others] = alike;
  if (element === undefined || others.length > 0 || element.attributes.length > 0 || element.text !== '')
    return undefined;
  const [child, ...more] = element.children;
  return child !== undefined && more.length === 0 && isPlain(child) ? child : undefined;
}

/** Elements of one name that follow one another. */
function groupsOf(elements: readonly DocumentElement[]): readonly (readonly DocumentElement[])[] {
  const groups: DocumentElement[][] = [];
  for (const element of elements) {
    const last = groups.at(-1);
    if (last?.[0]?.name === element.name) last.push(element);
    else groups.push([element]);
  }
  return groups;
}

function fieldOf(alike: readonly DocumentElement[], words: Words): readonly Field[] {
  const name = alike[0]?.name ?? '';
  const values = alike.map(({ text }) => words.value(name, text)).filter((value) => value !== '');
  return values.length === 0 ? [] : [{ label: words.label(name), value: values.join(', ') }];
}

function groupBlocks(alike: readonly DocumentElement[], words: Words): readonly Block[] {
  const heading = words.label(alike[0]?.name ?? '');
  if (alike.length > 1) {
    const table = tableOf(alike, words);
    if (table !== undefined) return [table];
  }
  return alike.map((element, index): Block => {
    const own = ownFields(element, words);
    const blocks = [
      ...(own.length === 0 ? [] : [{ kind: 'fields' as const, fields: own }]),
      ...(isAddress(element)
        ? [{ kind: 'text' as const, text: addressLines(element, words) }]
        : generalBlocks(element.children.length === 0 ? [{ ...element, attributes: [] }] : element.children, words)),
    ];
    return { kind: 'section', heading: alike.length > 1 ? `${heading} (${String(index + 1)})` : heading, blocks };
  });
}

/** Parts alike as rows; `undefined` when there would be too many columns, or parts within parts within parts. */
function tableOf(alike: readonly DocumentElement[], words: Words): Block | undefined {
  if (!alike.every(isShallow)) return undefined;
  const names = [...new Set(alike.flatMap(({ children }) => children.map(({ name }) => name)))];
  if (names.length > WIDEST_TABLE_COLUMNS) return undefined;
  return {
    kind: 'table',
    caption: words.label(alike[0]?.name ?? ''),
    columns: names.map((name) => ({
      header: words.label(name),
      align: alike.every((row) =>
        row.children.every(
          (cell) => cell.name !== name || words.isDecimal(name) || isNumber(words.value(name, cell.text)),
        ),
      )
        ? 'end'
        : 'start',
    })),
    rows: alike.map((row) => names.map((name) => cellOf(row, name, words))),
  };
}

const isShallow = ({ children, attributes, text }: DocumentElement): boolean =>
  attributes.length === 0 &&
  (text === '' || children.length === 0) &&
  children.every(({ children: within, attributes: own }) => own.length === 0 && within.every(isPlain));

/** A decimal; dates and numbers of accounts are none. */
const isNumber = (text: string): boolean => /^-?\d{1,16}(\.\d+)?$/.test(text);

function cellOf(row: DocumentElement, name: string, words: Words): Cell {
  const text = row.children
    .filter((child) => child.name === name)
    .map((child) => (isPlain(child) ? words.value(name, child.text) : textWithin(child, words)))
    .join(', ');
  return { text };
}

const textWithin = ({ text, children }: DocumentElement, words: Words): string =>
  [text, ...children.map((child) => words.value(child.name, child.text))].filter((part) => part !== '').join(' ');

/** FA(3) type TAdres, by whatever name. */
export const isAddress = ({ children }: DocumentElement): boolean => children.some(({ name }) => name === 'AdresL1');

/** An address as on an envelope; what does not belong on one comes below, with its label. */
export function addressLines({ children }: DocumentElement, words: Words): string {
  const lines = children.filter(({ name }) => name.startsWith('AdresL')).map(({ text }) => text);
  const country = children.filter(({ name }) => name === 'KodKraju').map(({ text }) => words.country(text));
  const others = children
    .filter(({ name }) => !name.startsWith('AdresL') && name !== 'KodKraju')
    .flatMap((child) => fieldsWithin(child, words))
    .map(({ label, value }) => `${label}: ${value}`);
  return [...lines, ...country, ...others].join('\n');
}
