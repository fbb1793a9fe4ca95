import { expect, it } from '@jest/globals';
import { invoiceHashFromBytes, type BatchId, type UpoReference } from '@latarnik/domain';
import { aPlannedBatch, bytesOf, NOON, SESSION } from '../testing/samples.js';
import { Stage } from '../testing/stage.js';

const stage = Stage.forThisFile();
const FULL = 10_000;
const PAGE = '20261120-EU-1234567890-ABCDEF0123-45' as UpoReference;

/** A batch whose 10,000 invoices are in its session, and KSeF's rows on them; no statistics were ever gathered. */
async function fullSession(): Promise<BatchId> {
  const batch = aPlannedBatch(FULL);
  await stage.inTenant(stage.tenant, ({ batches }) => batches.add(batch));
  const sample = await stage.issued({}, '2026-11-23');
  const columns = await stage.database.sql<{ name: string }>(
    `SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'invoice' AND is_generated = 'NEVER'`,
  );
  const own = ['id', 'number', 'sha256', 'state', 'channel', 'batch_id', 'session_reference'];
  const copied = columns.map(({ name }) => name).filter((name) => !own.includes(name));
  const hash = `sha256(('invoice ' || at)::bytea)`;
  await stage.database.force(
    `INSERT INTO invoice (${own.join(', ')}, ${copied.join(', ')})
     SELECT gen_random_uuid(), 'N/' || at, ${hash}, 'in-session', 'batch', $2, $3, ${copied.join(', ')}
     FROM invoice, generate_series(1, ${String(FULL)}) AS at WHERE id = $1`,
    [sample.invoice.id, batch.id, SESSION],
  );
  await stage.database.force(
    `INSERT INTO delivery_attempt (tenant_id, invoice_id, channel, batch_id)
     SELECT tenant_id, id, 'batch', batch_id FROM invoice WHERE batch_id = $1`,
    [batch.id],
  );
  await stage.database.force(
    `INSERT INTO session_row (tenant_id, session_reference, invoice_reference, sha256, code, description, details,
       invoicing_date, ksef_number)
     SELECT $1, $2, 'R-' || at, ${hash}, 200, '', '[]', $3, 'KSEF-' || at FROM generate_series(1, ${String(FULL)}) AS at`,
    [stage.tenant, SESSION, NOON.toString()],
  );
  return batch.id;
}

it('a full session is compared, settled and proven in a few statements, by indexes', async () => {
  const id = await fullSession();
  const { inTenant, tenant } = stage;
  expect(await inTenant(tenant, ({ tracking }) => tracking.rows.tally(id, SESSION))).toEqual({
    rows: FULL,
    accepted: FULL,
    unfinished: 0,
    missing: 0,
    foreign: 0,
  });
  const answered = await inTenant(tenant, ({ tracking }) =>
    tracking.rows.answered(id, SESSION, { except: [440] }, 1000),
  );
  expect(answered).toHaveLength(1000);

  await stage.database.force(
    `UPDATE invoice SET state = 'accepted', ksef_number = row.ksef_number, accepted_session_reference = $2,
       accepted_invoice_reference = row.invoice_reference, invoicing_date = row.invoicing_date
     FROM session_row AS row WHERE row.sha256 = invoice.sha256 AND invoice.batch_id = $1`,
    [id, SESSION],
  );
  const rows = await stage.database.sql<{ ksef_number: string; sha256: Buffer }>(
    'SELECT ksef_number, sha256 FROM session_row WHERE session_reference = $1',
    [SESSION],
  );
  const entries = rows.map(({ ksef_number: ksefNumber, sha256 }) => ({
    ksefNumber,
    hash: invoiceHashFromBytes(new Uint8Array(sha256)),
  }));
  const completed = await inTenant(tenant, async ({ tracking }) => {
    await tracking.upos.addPage(SESSION, PAGE, { bytes: bytesOf('<page/>'), entries: [] });
    return tracking.upos.completeByPage(SESSION, PAGE, entries);
  });
  expect(completed).toHaveLength(FULL);
  const counts = await inTenant(tenant, ({ invoices }) => invoices.countByState(id));
  expect(Object.fromEntries(counts)).toEqual({ complete: FULL });
});
