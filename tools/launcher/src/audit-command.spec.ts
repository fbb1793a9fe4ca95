import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { migrate } from '@latarnik/composition';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@latarnik/embedded-postgres';
import pg from 'pg';
import { auditCommand } from './audit-command.js';

const TENANT = '01920000-0000-7000-8000-000000000001';
let server: EmbeddedPostgres;
let root: pg.Client;
let auditor: string;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latarnik-audit-'));
  server = await startEmbeddedPostgres({ durable: false });
  const url = await server.createDatabase('audited');
  await migrate(url);
  auditor = await server.createLogin(url, ['latarnik_auditor']);
  root = new pg.Client({ connectionString: url });
  await root.connect();
  await root.query(`INSERT INTO tenant (id, name) VALUES ('${TENANT}', 'Sample')`);
  await root.query(`
    INSERT INTO audit_entry (tenant_id, at, actor, action, subject_kind, subject_id, facts)
    SELECT '${TENANT}', now(), 'worker', 'invoice.issued', 'invoice', at::text, '{}' FROM generate_series(1, 3) AS at`);
  await root.query(`SELECT seal_audit_entries('${TENANT}', 2)`);
});
afterAll(async () => {
  await root.end();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function run(...args: string[]): Promise<{ readonly code: number; readonly text: string }> {
  let text = '';
  const code = await auditCommand(args, {}, (said) => (text += said));
  return { code, text };
}
const log = async (sha256: string): Promise<string> => {
  const file = join(folder, 'worker.log');
  const line = {
    at: '2026-11-20T12:00:00Z',
    process: 'worker',
    event: 'audit.checkpoint',
    tenant: TENANT,
    block: 1,
    sha256,
  };
  await writeFile(
    file,
    `not JSON\n{"event":"worker.stopped"}\n2026-11-20 ${JSON.stringify(line)}\n{"event":"audit.checkpoint"\n`,
  );
  return file;
};

it('says how much holds, as the auditor, and ends with 0', async () => {
  expect(await run('verify', '--database', auditor)).toEqual({
    code: 0,
    text: 'The audit trail holds: 2 entries in 1 blocks of 1 tenants, 1 wait to be sealed; 0 checkpoints met.\n',
  });
});

it('compares with what the worker logged', async () => {
  const { rows } = await root.query<{ hash: string }>("SELECT encode(sha256, 'hex') AS hash FROM audit_block");
  const met = await run('verify', '--database', auditor, '--checkpoints', await log(rows[0]?.hash ?? ''));
  expect(met).toMatchObject({ code: 0, text: expect.stringContaining('1 checkpoints met') });

  const unmet = await run('verify', '--database', auditor, '--checkpoints', await log('0'.repeat(64)));
  expect(unmet).toEqual({
    code: 1,
    text: `BROKEN: tenant ${TENANT}: block 1 is not the one that was noted outside the database\n`,
  });
});

it('names the first broken place, and ends with 1', async () => {
  await root.query('BEGIN; SET LOCAL session_replication_role = replica');
  const { rows } = await root.query<{ id: string }>(
    `UPDATE audit_entry SET actor = 'somebody else' WHERE subject_id = '2' RETURNING id::text`,
  );
  await root.query('COMMIT');
  expect(await run('verify', '--database', auditor)).toEqual({
    code: 1,
    text: `BROKEN: tenant ${TENANT}: entry ${String(rows[0]?.id)} was changed\n`,
  });
});

it('ends with 2 when it cannot be asked, without a password in what it says', async () => {
  expect((await run('verify')).code).toBe(2);
  expect((await run('mend', '--database', auditor)).text).toContain('usage');
  const away = await run('verify', '--database', 'postgres://someone:TOP-SECRET@127.0.0.1:1/none');
  expect(away.code).toBe(2);
  expect(away.text).not.toContain('TOP-SECRET');
});
