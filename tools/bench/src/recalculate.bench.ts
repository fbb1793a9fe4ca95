import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { compose, readConfiguration } from '@latarnik/composition';
import { exampleInvoices } from '@latarnik/demo';
import {
  PORTS,
  Temporal,
  type AvailabilityBulletin,
  type RecalculateDeadlines,
  type TenantId,
  type UnitOfWork,
} from '@latarnik/domain';
import { startSystem, type System } from '@latarnik/launcher';
import pg from 'pg';
import { printFigure } from './figure.js';

const INVOICES = 1_000_000;
/** The invoices were issued over so many hours of an announced failure, one every few hundred milliseconds. */
const HOURS = 96;
/** The worker of the system stays out of the way: it looks and sweeps once, at its start. */
const IDLE_WORKER = { LATARNIK_WATCH_SECONDS: '240', LATARNIK_SWEEP_SECONDS: '600', LATARNIK_ALERT_SECONDS: '600' };

/**
 * Deadlines of a million waiting invoices derived anew, twice: a failure is announced that all of them were issued in,
 * then it ends. The limit is a bare UPDATE of the same columns and a bare INSERT of one audit row each, one statement.
 */
export async function recalculateBench(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'latarnik-bench-'));
  const system = await startSystem({ directory, env: { ...IDLE_WORKER, LATARNIK_BATCH_LINGER_SECONDS: '3600' } });
  try {
    const id = await issueOne(system);
    await multiply(system, id);
    const announced = await recalculate(system, [failureStart()]);
    printFigure({ name: 'recalculate.announced', value: announced.seconds, unit: `s for ${String(announced.moved)}` });
    const ended = await recalculate(system, [failureEnd()]);
    const limit = await bareSeconds(system);
    printFigure({ name: 'recalculate.ended', value: ended.seconds, unit: `s for ${String(ended.moved)}`, limit });
    const again = await recalculate(system, []);
    printFigure({ name: 'recalculate.unchanged', value: again.seconds, unit: `s for ${String(INVOICES)}` });
    printFigure({ name: 'recalculate.peak-memory', value: process.resourceUsage().maxRSS / 1024, unit: 'MB' });
  } finally {
    await system.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** A real invoice, issued through the API: the row that the others are copies of. */
export async function issueOne(system: System): Promise<string> {
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Warsaw' }).format(new Date());
  const [example] = await exampleInvoices(1, today);
  if (example === undefined) throw new Error('no example to issue');
  const response = await fetch(`${system.apiUrl}/v1/invoices?mode=offline24`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${system.apiKey}`,
      'content-type': example.contentType,
      'idempotency-key': randomUUID(),
    },
    body: example.body,
  });
  if (response.status !== 201) throw new Error(`issuing answered ${String(response.status)}`);
  return ((await response.json()) as { id: string }).id;
}

/** Copies rows without their documents, which play no part: the checks that demand them are off for this statement. */
async function multiply({ databaseUrl }: System, id: string): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ column_name: string }>(
      `SELECT column_name FROM information_schema.columns WHERE table_name = 'invoice' AND table_schema = 'public'`,
    );
    const own = ['id', 'number', 'issued_at', 'issue_date'];
    const copied = rows.map(({ column_name: name }) => name).filter((name) => !own.includes(name));
    await client.query(`SET session_replication_role = replica`);
    await client.query(
      `INSERT INTO invoice (id, number, issued_at, issue_date, ${copied.join(', ')})
       SELECT gen_random_uuid(), 'BENCH/' || at, moment, (moment AT TIME ZONE 'Europe/Warsaw')::date,
         ${copied.map((name) => `template.${name}`).join(', ')}
       FROM generate_series(1, $2::integer - 1) AS at,
         LATERAL (SELECT now() - make_interval(secs => at * $3::double precision / $2)) AS issued (moment),
         invoice AS template
       WHERE template.id = $1`,
      [id, INVOICES, HOURS * 3600],
    );
    await client.query(
      `INSERT INTO invoice_term (tenant_id, invoice_id, context_type, context_value, issue_date, mode, issued_at, waits_for)
       SELECT tenant_id, id, context_type, context_value, issue_date, mode, issued_at, 'sending'
       FROM invoice WHERE id <> $1`,
      [id],
    );
    await client.query(`SET session_replication_role = DEFAULT`);
    await client.query('VACUUM ANALYZE invoice, invoice_term');
  });
}

async function recalculate(system: System, bulletins: readonly AvailabilityBulletin[]) {
  const composition = await compose(readConfiguration(system.env, 'bench'), () => undefined);
  try {
    const unitOfWork = composition.container.get<UnitOfWork>(PORTS.unitOfWork);
    await unitOfWork.inSystem(async (stores) => {
      for (const { id } of await stores.bulletins.add(bulletins)) await stores.recalculations.request(id);
    });
    const use: RecalculateDeadlines = composition.useCases.recalculateDeadlines;
    const start = performance.now();
    const moved = await use.execute(system.tenantId as TenantId);
    return { moved, seconds: (performance.now() - start) / 1000 };
  } finally {
    await composition.close();
  }
}

/** What storing as much costs without anything of ours: rolled back, so that it changes nothing. */
async function bareSeconds({ databaseUrl, tenantId }: System): Promise<number> {
  return withClient(databaseUrl, async (client) => {
    await client.query('BEGIN');
    const start = performance.now();
    await client.query(`UPDATE invoice_term SET ends_at = ends_at + interval '1 day' WHERE tenant_id = $1`, [tenantId]);
    await client.query(
      `INSERT INTO audit_entry (tenant_id, at, actor, action, subject_kind, subject_id, facts)
       SELECT tenant_id, now(), 'bench', 'deadline.moved', 'invoice', id::text, '{}' FROM invoice WHERE tenant_id = $1`,
      [tenantId],
    );
    const seconds = (performance.now() - start) / 1000;
    await client.query('ROLLBACK');
    return seconds;
  });
}

async function withClient<T>(databaseUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function failureStart(): AvailabilityBulletin {
  const start = Temporal.Now.instant().subtract({ hours: HOURS + 1 });
  return {
    id: 'BENCH/1',
    version: 1,
    eventId: 'BENCH',
    category: 'failure',
    type: 'start',
    title: 'Failure',
    text: 'Failure',
    start,
    publishedAt: start,
    source: 'latarnia',
    fetchedAt: start,
  };
}

function failureEnd(): AvailabilityBulletin {
  const end = Temporal.Now.instant();
  return { ...failureStart(), id: 'BENCH/2', type: 'end', end, publishedAt: end, fetchedAt: end };
}
