/** One thing that is wrong with a document; all of them are reported at once. */
export interface Finding {
  /** Stable, `SCREAMING_SNAKE`, for programs. */
  readonly code: string;
  /** A sentence a programmer understands: what is wrong and what would be right. */
  readonly message: string;
  /** 1-based line in the given file, where one is known. */
  readonly line?: number;
  /** Path of the element or field, such as `/Faktura/Fa/P_1` or `lines[3].quantity`. */
  readonly element?: string;
}
