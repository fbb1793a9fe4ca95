/**
 * Differences between two files that say nothing about the business, each with the reason why (reliability D2). What is
 * not in this table is content.
 */
export const TECHNICAL_DIFFERENCES = {
  PROLOG: 'The XML declaration tells a parser how to read the file; it is no part of the invoice.',
  BYTE_ORDER_MARK: 'A byte order mark tells how the text is encoded; it is no part of the text.',
  WHITE_SPACE: 'The schema collapses white space (xsd:token): both spell the same value.',
  NUMBER_SPELLING: 'The schema types the field as a number (xsd:decimal): both spell the same value.',
  LAYOUT: 'Line ends, indentation, quotation marks and character references of the same fields.',
  COMMENT: 'Comments are no part of the document that the schema describes.',
  PROCESSING_INSTRUCTION: 'An instruction to software; KSeF takes none.',
  NAMESPACE_PREFIX: 'A prefix stands for its namespace, which is the same.',
  SCHEMA_LOCATION: 'A hint to parsers where a schema could be found; nobody relies on it.',
  CONTROL_CHARACTER:
    'Characters that may not stand in an invoice and print nothing; the rest of the value is the same.',
  EMPTY_ELEMENT: 'An element without text, children and attributes says as much as none.',
  CREATION_TIME: 'Naglowek/DataWytworzeniaFa: when the file was made, not the invoice.',
  SYSTEM_INFO: 'Naglowek/SystemInfo: the software that made the file.',
} as const;

export type TechnicalDifference = keyof typeof TECHNICAL_DIFFERENCES;

/** One place where two files differ. */
export interface FieldDifference {
  /** Such as `/Faktura/Fa/FaWiersz[2]/P_11`, or `(file)` for what stands in no element. */
  readonly path: string;
  /** `content`: the business of the invoice, which a technical correction never changes. */
  readonly kind: 'content' | TechnicalDifference;
  /** What stood in the file that was issued; absent where there was nothing. */
  readonly before?: string;
  /** What stands in the new file. */
  readonly after?: string;
}

/** The file that was issued, held against one that shall take its place. */
export interface FieldComparison {
  /**
   * `full`: every element and attribute of both files was compared. `partial`: the issued file is not readable as XML,
   * so only the facts stored at issue and what a plain search of its text gives were.
   */
  readonly scope: 'full' | 'partial';
  /** Why it is partial. */
  readonly unread?: string;
  readonly differences: readonly FieldDifference[];
  /** Differences beyond those listed. */
  readonly unlisted: number;
}

/** What keeps a comparison from being one of the same business content. */
export function contentDifferences({ differences }: FieldComparison): readonly FieldDifference[] {
  return differences.filter(({ kind }) => kind === 'content');
}
