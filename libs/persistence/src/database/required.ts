/** A value that the row's state promises; its absence is corruption that the CHECKs of the table exclude. */
export function required<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Error(`the stored row has no ${what}`);
  return value;
}
