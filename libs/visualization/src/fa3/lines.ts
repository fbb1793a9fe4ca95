import type { DocumentElement } from '@latarnik/domain';
import { fieldsWithin } from '../model/general-blocks.js';
import { Part } from '../model/part.js';
import type { Block, Cell, Column, TableBlock } from '../model/print-document.js';
import type { Bilingual, Words } from '../model/words.js';

/** Columns of a table of lines: the names of an element on an invoice and on an order. */
interface LineColumn {
  readonly names: readonly string[];
  readonly align: Column['align'];
}

const column = (align: Column['align'], ...names: readonly string[]): LineColumn => ({ names, align });

/** In the order in which people read them; everything else of a line stands beneath its name. */
const COLUMNS: readonly LineColumn[] = [
  column('end', 'NrWierszaFa', 'NrWierszaZam'),
  column('start', 'P_7', 'P_7Z'),
  column('end', 'P_8B', 'P_8BZ'),
  column('start', 'P_8A', 'P_8AZ'),
  column('end', 'P_9A', 'P_9AZ'),
  column('end', 'P_9B'),
  column('end', 'P_10'),
  column('end', 'P_12', 'P_12Z'),
  column('end', 'P_12_XII', 'P_12Z_XII'),
  column('end', 'P_11', 'P_11NettoZ'),
  column('end', 'P_11Vat', 'P_11VatZ'),
  column('end', 'P_11A'),
];
const BEFORE = ['StanPrzed', 'StanPrzedZ'];

export interface LineTexts {
  readonly lines: Bilingual;
  readonly before: Bilingual;
  readonly after: Bilingual;
}

/**
 * Lines in one table; those of a correction that says how it was before in two, since a reader compares the two states.
 */
export function lineTables(lines: readonly DocumentElement[], texts: LineTexts, words: Words): readonly Block[] {
  if (lines.length === 0) return [];
  const before = lines.filter(({ children }) => children.some(({ name }) => BEFORE.includes(name)));
  if (before.length === 0) return [lineTable(lines, words.say(texts.lines), words)];
  const after = lines.filter((line) => !before.includes(line));
  return [
    lineTable(before, words.say(texts.before), words),
    ...(after.length === 0 ? [] : [lineTable(after, words.say(texts.after), words)]),
  ];
}

function lineTable(lines: readonly DocumentElement[], caption: string, words: Words): TableBlock {
  const present = new Set(lines.flatMap(({ children }) => children.map(({ name }) => name)));
  const columns = COLUMNS.filter(({ names }) => names.some((name) => present.has(name) || name === 'P_7'));
  const nameAt = Math.max(
    0,
    columns.findIndex(({ names }) => names.includes('P_7')),
  );
  return {
    kind: 'table',
    caption,
    columns: columns.map(({ names, align }) => ({ header: headerOf(names, present, words), align })),
    rows: lines.map((line) => lineCells(new Part(line), columns, nameAt, words)),
  };
}

const headerOf = (names: readonly string[], present: ReadonlySet<string>, words: Words): string =>
  words.label(names.find((name) => present.has(name)) ?? names[0] ?? '');

function lineCells(line: Part, columns: readonly LineColumn[], nameAt: number, words: Words): readonly Cell[] {
  const texts = columns.map(({ names }) => textOf(line, names, words));
  // The table that a line stands in tells its state.
  line.takeAll(...BEFORE);
  const notes = line.rest().flatMap((element) => fieldsWithin(element, words));
  return texts.map((text, at) => (at === nameAt && notes.length > 0 ? { text, notes } : { text }));
}

function textOf(line: Part, names: readonly string[], words: Words): string {
  for (const name of names) {
    const text = line.text(name);
    if (text === undefined) continue;
    const value = words.value(name, text);
    return name.endsWith('_XII') ? `${value}%` : value;
  }
  return '';
}
