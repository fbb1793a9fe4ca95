import type { DocumentElement } from '@latarnik/domain';
import { fieldsWithin, generalBlocks } from '../model/general-blocks.js';
import { Part } from '../model/part.js';
import type { Block, Cell, Column, Field, TableBlock } from '../model/print-document.js';
import type { Words } from '../model/words.js';

/** Types of columns whose values are numbers (FA(3), attribute `Typ`). */
const NUMERIC = ['dec', 'int'];

/** Blocks of data as their issuer laid them out: heading, metadata, text, tables. */
export function attachmentBlocks(attachment: DocumentElement, words: Words): readonly Block[] {
  const part = new Part(attachment);
  const blocks = part.takeAll('BlokDanych').map((block, index): Block => {
    const data = new Part(block);
    const heading = data.text('ZNaglowek') ?? `${words.label('BlokDanych')} ${String(index + 1)}`;
    return { kind: 'section', heading, blocks: dataBlocks(data, words) };
  });
  return [...blocks, ...generalBlocks(part.rest(), words)];
}

function dataBlocks(data: Part, words: Words): readonly Block[] {
  const texts = data
    .takeAll('Tekst')
    .flatMap(({ children }) => children)
    .flatMap((child): readonly Block[] =>
      child.name === 'Akapit' ? [{ kind: 'text', text: child.text }] : generalBlocks([child], words),
    );
  return [
    ...keyedFields(data.takeAll('MetaDane'), 'ZKlucz', 'ZWartosc', words),
    ...texts,
    ...data.takeAll('Tabela').flatMap((table) => tableBlocks(new Part(table), words)),
    ...generalBlocks(data.rest(), words),
  ];
}

/** Key and value of the issuer's own choosing: the key is the label. */
function keyedFields(pairs: readonly DocumentElement[], key: string, value: string, words: Words): readonly Block[] {
  const fields = pairs.flatMap((pair): readonly Field[] => {
    const part = new Part(pair);
    const field = { label: part.text(key) ?? '', value: part.text(value) ?? '' };
    return [field, ...part.rest().flatMap((element) => fieldsWithin(element, words))];
  });
  return fields.length === 0 ? [] : [{ kind: 'fields', fields }];
}

function tableBlocks(table: Part, words: Words): readonly Block[] {
  const caption = table.text('Opis');
  const metadata = keyedFields(table.takeAll('TMetaDane'), 'TKlucz', 'TWartosc', words);
  const columns = columnsOf(table.take('TNaglowek'));
  const rows = table.takeAll('Wiersz').map((row) => cellsOf(row, 'WKom'));
  const foot = table.takeAll('Suma').map((row) => cellsOf(row, 'SKom'));
  const width = Math.max(columns.length, ...[...rows, ...foot].map(({ length }) => length));
  const block: TableBlock = {
    kind: 'table',
    ...(caption === undefined ? {} : { caption }),
    columns: filledUp(columns, width, { header: '', align: 'start' }),
    rows: rows.map((row) => filledUp(row, width, { text: '' })),
    ...(foot.length === 0 ? {} : { foot: foot.map((row) => filledUp(row, width, { text: '' })) }),
  };
  return [...metadata, block, ...generalBlocks(table.rest(), words)];
}

const columnsOf = (header: DocumentElement | undefined): readonly Column[] =>
  (header?.children ?? []).map(({ text, children, attributes }) => ({
    header: [text, ...children.map((name) => name.text)].filter((part) => part !== '').join(' '),
    align: attributes.some(({ name, value }) => name === 'Typ' && NUMERIC.includes(value)) ? 'end' : 'start',
  }));

/** A cell of another name than expected counts as one: nothing is left out. */
const cellsOf = (row: DocumentElement, name: string): readonly Cell[] =>
  row.children.map((cell) => ({ text: cell.name === name ? cell.text : `${cell.name}: ${cell.text}` }));

const filledUp = <T>(row: readonly T[], width: number, filler: T): readonly T[] => [
  ...row,
  ...Array.from({ length: width - row.length }, () => filler),
];
