/** Makes identifiers of our own rows: UUIDs, unpredictable, unique. */
export interface IdSource {
  next(): string;
}
