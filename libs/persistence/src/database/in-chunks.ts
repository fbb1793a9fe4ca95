/** Rows of one statement: few statements for 10,000 rows, and parameters of a few megabytes at most. */
const ROWS_PER_STATEMENT = 2_000;

export function* inChunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += ROWS_PER_STATEMENT) yield items.slice(at, at + ROWS_PER_STATEMENT);
}
