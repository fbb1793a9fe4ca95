import type { EntityTarget, ObjectLiteral } from 'typeorm';
import { prepared, type Transaction } from './transactions.js';

/**
 * Records by a statement that each connection parses once: for what every issue reads. It names the columns: a prepared
 * `*` fails on every connection that knows it as soon as another version of the program adds a column (reliability X7).
 *
 * @param rest what follows the table, such as `WHERE …`
 */
export async function selectRecords<R extends ObjectLiteral>(
  transaction: Transaction,
  record: EntityTarget<R> & (new () => R),
  rest = '',
  values: readonly unknown[] = [],
): Promise<readonly R[]> {
  const { columns, tableName } = transaction.manager.dataSource.getMetadata(record);
  const names = columns.map(({ databaseName }) => `"${databaseName}"`).join(', ');
  const statement = prepared(`SELECT ${names} FROM ${tableName} ${rest}`);
  const { rows } = await transaction.sql<Readonly<Record<string, unknown>>>(statement, values);
  return recordsOf(transaction, record, rows);
}

function recordsOf<R extends ObjectLiteral>(
  { manager }: Transaction,
  record: EntityTarget<R> & (new () => R),
  rows: readonly Readonly<Record<string, unknown>>[],
): readonly R[] {
  const { columns } = manager.dataSource.getMetadata(record);
  const { driver } = manager.dataSource;
  return rows.map((row) => {
    const values = columns.map((column): [string, unknown] => [
      column.propertyName,
      driver.prepareHydratedValue(row[column.databaseName], column),
    ]);
    return Object.assign(new record(), Object.fromEntries(values));
  });
}
