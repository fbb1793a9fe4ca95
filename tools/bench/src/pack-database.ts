import { hash, randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { compose, readConfiguration } from '@latarnik/composition';
import {
  type BatchId,
  type InvoiceId,
  PORTS,
  type PackageEntry,
  type TenantId,
  type UnitOfWork,
} from '@latarnik/domain';
import { startSystem, type System } from '@latarnik/launcher';
import pg from 'pg';
import { printFigure } from './figure.js';
import { invoiceSeries } from './pack-invoices.js';
import { packagerIn } from './pack-packager.js';
import { issueOne } from './recalculate.bench.js';

/** As many as the product asks for at a time. */
const PAGE = 200;

/** Reads a batch from PostgreSQL, page by page, and packs it: alone, and the next page while one is packed. */
export async function packFromDatabase(directory: string, count: number): Promise<void> {
  const system = await startSystem({ directory, env: { LATARNIK_BATCH_LINGER_SECONDS: '3600' } });
  try {
    const batchId = randomUUID() as string as BatchId;
    await fillBatch(system, await issueOne(system), batchId, count);
    const composition = await compose(readConfiguration(system.env, 'bench'), () => undefined);
    try {
      const unitOfWork = composition.container.get<UnitOfWork>(PORTS.unitOfWork);
      const entries = () => storedEntries(unitOfWork, system.tenantId as TenantId, batchId);
      const packager = packagerIn(directory, 'tar.gz');
      await secondsOf(() => drain(entries()));
      const reading = await secondsOf(() => drain(entries()));
      const packing = await secondsOf(() => packager.seal(batchId, entries()));
      printFigure({ name: 'pack.database.read', value: reading, unit: `s for ${String(count)}` });
      printFigure({ name: 'pack.database.packed', value: packing, unit: `s for ${String(count)}`, limit: reading });
    } finally {
      await composition.close();
    }
  } finally {
    await system.stop();
  }
}

/** Rows are copies of a real one, with documents of their own; the checks between tables are off for these statements. */
async function fillBatch({ databaseUrl }: System, template: string, batchId: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ column_name: string }>(
      `SELECT column_name FROM information_schema.columns
       WHERE table_name = 'invoice' AND table_schema = 'public' AND is_generated = 'NEVER'`,
    );
    const own = ['id', 'number', 'batch_id', 'sha256', 'size_bytes', 'state', 'channel'];
    const copied = rows.map(({ column_name: name }) => name).filter((name) => !own.includes(name));
    const next = invoiceSeries(7);
    await client.query('SET session_replication_role = replica');
    for (let at = 0; at < count; at++) {
      const [id, bytes] = [randomUUID(), Buffer.from(next(at))];
      const sha256 = hash('sha256', bytes, 'buffer');
      await client.query(
        `INSERT INTO invoice (id, number, batch_id, sha256, size_bytes, state, channel, ${copied.join(', ')})
         SELECT $2, $3, $4, $5, $6, 'planned', 'batch', ${copied.join(', ')} FROM invoice WHERE id = $1`,
        [template, id, `PACK/${String(at)}`, batchId, sha256, bytes.length],
      );
      await client.query(
        `INSERT INTO invoice_document (tenant_id, invoice_id, sha256, size_bytes, bytes)
         SELECT tenant_id, $2, $3, $4, $5 FROM invoice WHERE id = $1`,
        [template, id, sha256, bytes.length, bytes],
      );
    }
    await client.query('SET session_replication_role = DEFAULT');
    await client.query('VACUUM ANALYZE invoice, invoice_document');
  } finally {
    await client.end();
  }
}

/** As the product does it: the next page is on its way while one is packed. */
async function* storedEntries(
  unitOfWork: UnitOfWork,
  tenant: TenantId,
  batchId: BatchId,
): AsyncGenerator<PackageEntry> {
  const page = (after?: InvoiceId) =>
    unitOfWork.inTenant(tenant, ({ invoices }) => invoices.documentsOfBatch(batchId, PAGE, after));
  for (let next = page(); ;) {
    const documents = await next;
    const last = documents.at(-1);
    if (last === undefined) return;
    next = page(last.id);
    for (const { id, hash: stored, bytes } of documents) yield { invoiceId: id, hash: stored, bytes };
  }
}

async function drain(entries: AsyncIterable<PackageEntry>): Promise<void> {
  let bytes = 0;
  for await (const entry of entries) bytes += entry.bytes.length;
  if (bytes === 0) throw new Error('the batch is empty');
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
