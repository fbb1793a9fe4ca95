/** An element of an XML document as its schema sees it: no prefixes, comments or instructions. */
export interface DocumentElement {
  readonly name: string;
  readonly attributes: readonly DocumentAttribute[];
  readonly children: readonly DocumentElement[];
  /** Text of its own with white space collapsed; of an element with children, what stands between them. */
  readonly text: string;
}

export interface DocumentAttribute {
  readonly name: string;
  readonly value: string;
}
