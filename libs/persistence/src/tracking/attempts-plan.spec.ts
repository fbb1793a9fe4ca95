import { expect, it } from '@jest/globals';
import pg from 'pg';
import { ENTER_SESSION } from '../invoice/invoice-sql.js';
import { nextId } from '../testing/samples.js';
import { Stage } from '../testing/stage.js';

const stage = Stage.forThisFile();
const INVOICES = 12;

/** What PostgreSQL did inside a statement, triggers and all, told to the client by its extension auto_explain. */
async function plansOf(text: string, values: readonly unknown[], tenant: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: stage.database.url });
  const plans: string[] = [];
  client.on('notice', ({ message }) => plans.push(message ?? ''));
  await client.connect();
  try {
    await client.query(`LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0;
      SET auto_explain.log_nested_statements = on; SET auto_explain.log_analyze = on;
      SET auto_explain.log_level = notice; SET ROLE latarnik_worker`);
    await client.query('BEGIN');
    await client.query("SELECT set_config('latarnik.tenant_id', $1, true)", [tenant]);
    await client.query(text, [...values]);
    await client.query('ROLLBACK');
    return plans;
  } finally {
    await client.end();
  }
}

const timesRead = (plans: readonly string[]): readonly string[] =>
  plans.flatMap((plan) => [...plan.matchAll(/Named Tuplestore Scan.*loops=(\d+)/g)].map(([, loops]) => loops ?? ''));

it('reads the rows that a statement changed once for each question, not once for each of them', async () => {
  const issued = [];
  for (let at = 0; at < INVOICES; at++) issued.push(await stage.issued());
  const ids = issued.map(({ invoice }) => invoice.id);
  const batch = await stage.planned(issued);

  const entering = await plansOf(ENTER_SESSION, [stage.tenant, batch, `20261120-SB-${nextId()}`], stage.tenant);
  const ending = await plansOf(
    `UPDATE invoice SET state = 'issued', channel = NULL, batch_id = NULL, version = version + 1
     WHERE tenant_id = $1 AND id = ANY ($2::uuid[])`,
    [stage.tenant, ids],
    stage.tenant,
  );

  for (const plans of [entering, ending]) {
    const loops = timesRead(plans);
    expect(loops.length).toBeGreaterThan(0);
    expect([...new Set(loops)]).toEqual(['1']);
  }
});
