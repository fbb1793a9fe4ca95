import type pg from 'pg';
import { logsOf, type Evidence } from './evidence.js';
import { Check, type Finding } from './verdict.js';

/** Larger databases are searched without the documents, whose bytes came from outside. */
const MOST_DOCUMENTS = 2_000;

/** I11: no secret in a log or in the database, as text or as bytes. */
export async function noSecretIsOut(client: pg.Client, { system, invoices }: Evidence): Promise<Finding> {
  const check = new Check('I11');
  const logs = await logsOf(system.directory);
  for (const { what, text } of system.canaries) {
    for (const log of logs) check.that(!log.text.includes(text), () => `${what} is in ${log.file}`);
  }
  const { rows: tables } = await client.query<{ name: string }>(TABLES);
  for (const { name } of tables) {
    if (name.endsWith('invoice_document') && invoices.length > MOST_DOCUMENTS) continue;
    const { rows } = await client.query<{ what: string }>(
      `SELECT DISTINCT what FROM ${name} AS row_, unnest($1::text[], $2::text[]) AS canary (what, secret)
       WHERE position(secret IN row_::text) > 0`,
      [system.canaries.map(({ what }) => what), system.canaries.map(({ text }) => text)],
    );
    check.that(rows.length === 0, () => `${rows.map(({ what }) => what).join(', ')} in ${name}`);
  }
  return check.finding;
}

const TABLES = `
  SELECT format('%I.%I', schemaname, relname) AS name FROM pg_stat_user_tables WHERE relname NOT LIKE 'bam%'`;
