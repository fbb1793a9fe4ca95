import type { DocumentLanguage } from '@latarnik/domain';

/**
 * A document as it is read, before anybody decides about HTML or paper. Both are made from it, so they say the same. All
 * text is plain: whoever renders it escapes it. A line feed in a value starts a new line.
 */
export interface PrintDocument {
  readonly language: DocumentLanguage;
  readonly title: string;
  /** What each page and the file name refer to: the number of the invoice, mostly. */
  readonly reference: string;
  /** What a reader must know before all else: that it is no invoice, that it was not issued. */
  readonly notice?: string;
  /** Beside the title: dates, numbers. */
  readonly facts: readonly Field[];
  readonly sections: readonly Section[];
}

export interface Section {
  readonly heading?: string;
  readonly blocks: readonly Block[];
}

export type Block = FieldsBlock | CardsBlock | TableBlock | TotalBlock | TextBlock | CodesBlock | SectionBlock;

export interface Field {
  readonly label: string;
  readonly value: string;
}

/** Names and values, in the order they are to be read. */
export interface FieldsBlock {
  readonly kind: 'fields';
  readonly fields: readonly Field[];
}

/** Side by side, two in a row: the parties. */
export interface CardsBlock {
  readonly kind: 'cards';
  readonly cards: readonly Card[];
}

export interface Card {
  readonly heading: string;
  /** First and in bold: a name. */
  readonly title?: string;
  readonly fields: readonly Field[];
}

export interface TableBlock {
  readonly kind: 'table';
  readonly caption?: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** Sums beneath. */
  readonly foot?: readonly (readonly Cell[])[];
}

export interface Column {
  readonly header: string;
  /** Numbers stand at the end, and are not broken while there is room. */
  readonly align: 'start' | 'end';
}

export interface Cell {
  readonly text: string;
  /** Beneath, in small letters. */
  readonly notes?: readonly Field[];
}

/** An amount that the eye must find. */
export interface TotalBlock {
  readonly kind: 'total';
  readonly label: string;
  readonly value: string;
}

export interface TextBlock {
  readonly kind: 'text';
  readonly text: string;
  readonly tone?: 'small' | 'strong';
}

/** Verification codes (ksef-docs kody-qr.md): image, label within it, and the link as text beneath. */
export interface CodesBlock {
  readonly kind: 'codes';
  readonly codes: readonly PrintCode[];
}

export interface PrintCode {
  readonly heading: string;
  readonly label: string;
  readonly link: string;
  /** What a screen reader says in place of the image. */
  readonly alternative: string;
  /** One bit per pixel, 8 pixels to a module. */
  readonly png: Uint8Array;
}

export interface SectionBlock {
  readonly kind: 'section';
  readonly heading: string;
  readonly blocks: readonly Block[];
}

/** Every text of a document, in reading order: for those who compare it with its source. */
export function textsOf(document: PrintDocument): readonly string[] {
  return [
    document.title,
    document.reference,
    ...(document.notice === undefined ? [] : [document.notice]),
    ...document.facts.flatMap(fieldTexts),
    ...document.sections.flatMap(({ heading, blocks }) => [...optional(heading), ...blocks.flatMap(blockTexts)]),
  ];
}

function blockTexts(block: Block): readonly string[] {
  switch (block.kind) {
    case 'fields':
      return block.fields.flatMap(fieldTexts);
    case 'cards':
      return block.cards.flatMap(({ heading, title, fields }) => [
        heading,
        ...optional(title),
        ...fields.flatMap(fieldTexts),
      ]);
    case 'table':
      return tableTexts(block);
    case 'total':
      return fieldTexts(block);
    case 'text':
      return [block.text];
    case 'codes':
      return block.codes.flatMap(({ heading, label, link }) => [heading, label, link]);
    case 'section':
      return [block.heading, ...block.blocks.flatMap(blockTexts)];
  }
}

function tableTexts({ caption, columns, rows, foot = [] }: TableBlock): readonly string[] {
  const cells = [...rows, ...foot].flat();
  return [
    ...optional(caption),
    ...columns.map(({ header }) => header),
    ...cells.flatMap(({ text, notes = [] }) => [text, ...notes.flatMap(fieldTexts)]),
  ];
}

const fieldTexts = ({ label, value }: Field): readonly string[] => [label, value];
const optional = (text: string | undefined): readonly string[] => (text === undefined ? [] : [text]);
