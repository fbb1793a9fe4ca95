import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { compose, readConfiguration, type UseCases } from '@latarnik/composition';
import { PORTS, type TenantId, type UnitOfWork } from '@latarnik/domain';
import { startSystem, type System } from '@latarnik/launcher';
import { printFigure } from './figure.js';
import { heapInUse, peakMemory } from './memory.js';
import { storeWaiting, withClient } from './waiting-invoices.js';

const INVOICES = 1_000_000;
/** The worker of the system stays out of the way: it looks and sweeps once, at its start. */
const IDLE_WORKER = { LATARNIK_WATCH_SECONDS: '240', LATARNIK_SWEEP_SECONDS: '600', LATARNIK_ALERT_SECONDS: '600' };

/**
 * A million waiting invoices planned into batches by the planner itself, one transaction a batch, with what the sweeper and
 * the forecast ask meanwhile. The limit is a bare UPDATE of the same columns and a bare INSERT of one audit row each.
 */
export async function planBench(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'latarnik-bench-'));
  const env = { ...IDLE_WORKER, LATARNIK_BATCH_LINGER_SECONDS: '3600', LATARNIK_QUEUE: 'off' };
  const system = await startSystem({ directory, env });
  try {
    await storeWaiting(system, INVOICES);
    const limit = await bareSeconds(system);
    const composition = await compose(readConfiguration(system.env, 'bench'), () => undefined);
    try {
      const unitOfWork = composition.container.get<UnitOfWork>(PORTS.unitOfWork);
      await plan(composition.useCases, unitOfWork, system.tenantId as TenantId, limit);
    } finally {
      await composition.close();
    }
  } finally {
    await system.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function plan(
  { sendWhenDue, readForecast, planBatches }: UseCases,
  unitOfWork: UnitOfWork,
  tenant: TenantId,
  limit: number,
): Promise<void> {
  printFigure({ name: 'plan.sweep', value: await secondsOf(() => sendWhenDue.tenantsDue()), unit: 's for 1 look' });
  printFigure({ name: 'plan.forecast', value: await secondsOf(() => readForecast.execute(tenant)), unit: 's for 1' });
  const [own] = await unitOfWork.inTenant(tenant, (stores) => stores.contexts.all());
  if (own === undefined) throw new Error('the tenant has no context');
  const context = own.identifier;
  const order = { context, actor: 'bench', mostBatches: 1 };
  const heapBefore = heapInUse();
  let [invoices, batches, slowest, heapAtMost] = [0, 0, 0, 0];
  const start = performance.now();
  for (;;) {
    const begun = performance.now();
    const [batch] = await planBatches.inContext(tenant, order);
    if (batch === undefined) break;
    invoices += batch.invoiceCount;
    batches += 1;
    slowest = Math.max(slowest, (performance.now() - begun) / 1000);
    if (batches % 10 === 0) heapAtMost = Math.max(heapAtMost, heapInUse() - heapBefore);
  }
  const seconds = (performance.now() - start) / 1000;
  if (invoices !== INVOICES) throw new Error(`planned ${String(invoices)} of ${String(INVOICES)} invoices`);
  printFigure({ name: 'plan.all', value: seconds, unit: `s for ${String(invoices)} in ${String(batches)}`, limit });
  printFigure({ name: 'plan.slowest-batch', value: slowest, unit: 's for 10000' });
  printFigure({ name: 'plan.heap-growth', value: heapAtMost, unit: 'MB' });
  printFigure({ name: 'plan.peak-memory', value: peakMemory(), unit: 'MB' });
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** What storing as much costs without triggers or anything of ours: rolled back, so that it changes nothing. */
async function bareSeconds({ databaseUrl, tenantId }: System): Promise<number> {
  return withClient(databaseUrl, async (client) => {
    await client.query('BEGIN');
    await client.query('SET LOCAL session_replication_role = replica');
    const start = performance.now();
    await client.query(
      `UPDATE invoice SET state = 'planned', channel = 'batch', batch_id = id, version = version + 1
       WHERE tenant_id = $1 AND state = 'issued'`,
      [tenantId],
    );
    await client.query(
      `INSERT INTO audit_entry (tenant_id, at, actor, action, subject_kind, subject_id, facts, sha256)
       SELECT tenant_id, now(), 'bench', 'invoice.planned', 'invoice', id::text, '{}', sha256
       FROM invoice WHERE tenant_id = $1`,
      [tenantId],
    );
    const seconds = (performance.now() - start) / 1000;
    await client.query('ROLLBACK');
    await client.query('VACUUM ANALYZE invoice');
    return seconds;
  });
}
