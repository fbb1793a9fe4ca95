import { QueryFailedError } from 'typeorm';

/** Serialisation failure and deadlock: the transaction left no trace and may be done again. */
const REPEATABLE: readonly string[] = ['40001', '40P01'];
/** Bad values (22), code of our own that raises without a code (P0) and internal errors (XX) may quote data. */
const MAY_QUOTE_DATA = /^(22|P0|XX)/;

/**
 * PostgreSQL refused a statement or could not be reached. Says which rule was broken, never the values: parameters and
 * the server's `detail` hold documents and keys.
 */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  constructor(
    message: string,
    /** Five characters (PostgreSQL appendix A; `LA…` are our own); absent when the server gave no answer. */
    readonly sqlState?: string,
    readonly constraint?: string,
  ) {
    super(message);
  }

  /** Whether the transaction was surely rolled back by a conflict that may not come again. */
  get isRepeatable(): boolean {
    return this.sqlState !== undefined && REPEATABLE.includes(this.sqlState);
  }
}

/** What a failed statement becomes. */
export function databaseErrorOf(error: unknown): DatabaseError {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  if (cause instanceof DatabaseError) return cause;
  const sqlState = textOf(cause, 'severity') === undefined ? undefined : textOf(cause, 'code');
  const message = cause instanceof Error ? cause.message : typeof cause;
  if (sqlState === undefined) return new DatabaseError(`no answer from PostgreSQL: ${message}`);
  const constraint = textOf(cause, 'constraint');
  const where = [textOf(cause, 'table'), constraint].filter((name) => name !== undefined).join('.');
  const said = MAY_QUOTE_DATA.test(sqlState) ? 'a value was not accepted' : message;
  return new DatabaseError(`SQLSTATE ${sqlState}${where === '' ? '' : ` (${where})`}: ${said}`, sqlState, constraint);
}

/** An error of the driver as one without values, any other as it is. */
export function withoutValues(error: unknown): Error {
  const ours = error instanceof Error && !(error instanceof QueryFailedError) && !('code' in error);
  return ours ? error : databaseErrorOf(error);
}

function textOf(error: unknown, property: string): string | undefined {
  const value = (error as Readonly<Record<string, unknown>> | undefined)?.[property];
  return typeof value === 'string' ? value : undefined;
}
