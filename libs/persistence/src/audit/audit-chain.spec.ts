import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { AuditEntry } from '@latarnik/domain';
import { NOON } from '../testing/samples.js';
import { Stage } from '../testing/stage.js';
import { createLogin } from '../testing/test-database.js';
import { verifyAudit, type AuditCheck } from './verify-audit.js';

const stage = Stage.forThisFile();
const entry = (id: string): AuditEntry => ({
  at: NOON.add({ milliseconds: id.length }),
  actor: 'api-key:1',
  action: 'invoice.issued',
  subject: { kind: 'invoice', id },
  facts: { number: `FV/ż"\\\n${id}`, amount: 1.5, isOffline: true, nothing: null },
});
const write = (...ids: string[]) => stage.inTenant(stage.tenant, ({ audit }) => audit.append(ids.map(entry)));
const seal = (most = 100) =>
  stage.database.unitOfWork.inSystem(({ auditSeals }) => auditSeals.seal(stage.tenant, most));
const rows = (text: string) => stage.database.sql<Record<string, unknown>>(text, [stage.tenant]);
const ids = async () =>
  (await rows('SELECT id::text FROM audit_entry WHERE tenant_id = $1 ORDER BY id')).map(({ id }) => String(id));

let auditor: string | undefined;
/** Entries carry a date of their own: to be late is looked for where a test says so. */
const verified = async (more: Partial<AuditCheck> = {}) => {
  auditor ??= await createLogin(stage.database.url, 'latarnik_test_auditor', ['latarnik_auditor']);
  return verifyAudit({ databaseUrl: auditor, unsealedSeconds: 1e9, ...more });
};
const fault = async (more: Partial<AuditCheck> = {}) => {
  const { ok, ...rest } = await verified(more);
  return ok ? 'none' : rest;
};

beforeEach(async () => {
  // Each test breaks the chain of its own tenant: those before are put aside.
  await stage.database.force('TRUNCATE audit_entry, audit_block, audit_unsealed');
});

describe('a chain that nobody touched', () => {
  it('holds, with entries in several blocks and some that wait', async () => {
    await write('1', '2', '3');
    expect(await seal(2)).toBe(2);
    expect(await seal(2)).toBe(1);
    expect(await seal(2)).toBe(0);
    await write('4');

    expect(await verified()).toMatchObject({ ok: true, blocks: 2, entries: 3, unsealed: 1 });
  });

  it('hashes what the entry says, every column of it, in UTC whatever the zone of the database', async () => {
    await write('1');
    const [row] = await rows(
      "SELECT id, encode(sha256, 'hex') AS sha256, audit_entry_text(e) AS text FROM audit_entry AS e WHERE tenant_id = $1",
    );
    const said = [
      `{"at": "2026-11-20T11:00:00.124456+00:00", "id": ${String(row?.['id'])}, "actor": "api-key:1", `,
      `"facts": {"amount": 1.5, "number": "FV/ż\\"\\\\\\n1", "nothing": null, "isOffline": true}, `,
      `"action": "invoice.issued", "tenant_id": "${stage.tenant}", "subject_id": "1", "subject_kind": "invoice"}`,
    ].join('');

    expect(row?.['text']).toBe(said);
    expect(String(row?.['sha256'])).toBe(createHash('sha256').update(said).digest('hex'));
  });

  it('takes in only what was committed, and what was slow in a later block', async () => {
    let inTime: number | undefined;
    await stage.inTenant(stage.tenant, async ({ audit }) => {
      await audit.append([entry('slow')]);
      await write('quick');
      inTime = await seal();
    });
    expect(inTime).toBe(1);
    expect(await seal()).toBe(1);

    const [slow, quick] = await ids();
    expect(await rows('SELECT entry_ids FROM audit_block WHERE tenant_id = $1 ORDER BY number')).toEqual([
      { entry_ids: [quick] },
      { entry_ids: [slow] },
    ]);
    expect(await fault()).toBe('none');
  });

  it('has no entry twice when workers seal at the same time', async () => {
    for (let at = 0; at < 30; at++) await write(String(at));
    while ((await Promise.all([seal(4), seal(4), seal(4)])).some((count) => count > 0));

    expect(await verified()).toMatchObject({ ok: true, entries: 30, unsealed: 0 });
    const sealed = await rows('SELECT unnest(entry_ids)::text AS id FROM audit_block WHERE tenant_id = $1');
    expect(sealed.map(({ id }) => id).sort()).toEqual((await ids()).sort());
  });

  it('still holds when the table got a column since', async () => {
    await write('1');
    await seal();
    await stage.database.sql('ALTER TABLE audit_entry ADD COLUMN later text');
    expect(await fault()).toBe('none');
    await stage.database.sql('ALTER TABLE audit_entry DROP COLUMN later');
  });
});

describe('somebody with all rights over the database', () => {
  const force = (text: string) => stage.database.force(text, [stage.tenant]);
  const SECOND = 'tenant_id = $1 AND id = (SELECT min(id) + 1 FROM audit_entry WHERE tenant_id = $1)';
  const OWN_HASH = "sha256(convert_to(audit_entry_text(audit_entry), 'UTF8'))";
  beforeEach(async () => {
    await write('1', '2');
    await seal();
    await write('3', '4');
    await seal();
  });

  it.each([
    ['changed what an entry says', `UPDATE audit_entry SET facts = '{"number": "other"}' WHERE ${SECOND}`],
    ['changed who it was', `UPDATE audit_entry SET actor = 'worker' WHERE ${SECOND}`],
    ['changed when it was', `UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE ${SECOND}`],
  ])('%s: found, also with a fitting hash beside it', async (_what, change) => {
    await force(change);
    const second = (await ids())[1];
    expect(await fault()).toMatchObject({ tenant: stage.tenant, fault: 'entry-changed', entry: second });
    await force(`UPDATE audit_entry SET sha256 = ${OWN_HASH} WHERE ${SECOND}`);
    expect(await fault()).toMatchObject({ fault: 'entry-changed', entry: second });
  });

  it('took an entry out', async () => {
    const second = (await ids())[1];
    await force(`DELETE FROM audit_entry WHERE ${SECOND}`);
    expect(await fault()).toMatchObject({ fault: 'entry-missing', entry: second });
  });

  it('made a block fit to a changed entry, and then the one after it', async () => {
    const hashes = "sha256(convert_to('other', 'UTF8')) || substring(entry_hashes FROM 33)";
    await force(`UPDATE audit_block SET entry_hashes = ${hashes} WHERE tenant_id = $1 AND number = 1`);
    expect(await fault()).toMatchObject({ fault: 'block-changed', block: 1 });
    const own = `sha256(convert_to(concat_ws(E'\\n', 'latarnik-audit-block-1', tenant_id, number,
      (extract(epoch FROM sealed_at) * 1000000)::bigint, encode(previous_sha256, 'hex'),
      array_to_string(entry_ids, ','), encode(entry_hashes, 'hex')), 'UTF8'))`;
    await force(
      `UPDATE audit_block SET entry_hashes = decode(repeat('00', 64), 'hex') WHERE tenant_id = $1 AND number = 1`,
    );
    await force(`UPDATE audit_entry SET facts = '{}' WHERE ${SECOND}`);
    await force(`UPDATE audit_block SET entry_hashes = (
        SELECT string_agg(${OWN_HASH}, ''::bytea ORDER BY id) FROM audit_entry
        WHERE tenant_id = $1 AND id = ANY (entry_ids)) WHERE tenant_id = $1 AND number = 1`);
    await force(`UPDATE audit_block SET sha256 = ${own} WHERE tenant_id = $1 AND number = 1`);
    expect(await fault()).toMatchObject({ fault: 'block-not-chained', block: 2 });
  });

  it('took a block out of the middle, or the first', async () => {
    await force('DELETE FROM audit_block WHERE tenant_id = $1 AND number = 1');
    expect(await fault()).toMatchObject({ fault: 'block-missing', block: 1 });
  });

  it('put an entry into the past', async () => {
    await force(
      `INSERT INTO audit_entry (tenant_id, id, at, actor, action, subject_kind, subject_id, facts, sha256)
      OVERRIDING SYSTEM VALUE SELECT tenant_id, -1, at, actor, action, subject_kind, 'forged', facts, ''
      FROM audit_entry WHERE ${SECOND}`.replace("''\n", "decode(repeat('00', 32), 'hex')\n"),
    );
    await force(`UPDATE audit_entry SET sha256 = ${OWN_HASH} WHERE tenant_id = $1 AND id = -1`);
    expect(await fault()).toBe('none');
    await stage.database.passTime(400 * 24 * 3600);
    expect(await fault({ unsealedSeconds: 300 })).toMatchObject({ fault: 'entry-not-sealed', entry: '-1' });
    await stage.database.passTime(0);
  });

  it('cut the end off: found by what the worker noted outside the database', async () => {
    const noted = await stage.database.unitOfWork.inSystem(({ auditSeals }) => auditSeals.checkpoints());
    const checkpoints = noted.filter(({ tenant }) => tenant === stage.tenant);
    expect(checkpoints).toMatchObject([{ block: 2, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
    expect(await fault({ checkpoints })).toBe('none');
    await force(
      'DELETE FROM audit_entry WHERE tenant_id = $1 AND id = ANY (SELECT unnest(entry_ids) FROM audit_block WHERE number = 2)',
    );
    await force('DELETE FROM audit_block WHERE tenant_id = $1 AND number = 2');
    expect(await fault()).toBe('none');
    expect(await fault({ checkpoints })).toMatchObject({ fault: 'checkpoint-not-met', block: 2 });
  });

  it('took out an entry that was not sealed yet', async () => {
    await write('5');
    const fifth = (await ids()).at(-1);
    await force(`DELETE FROM audit_entry WHERE tenant_id = $1 AND id = ${String(fifth)}`);
    expect(await fault()).toMatchObject({ fault: 'entry-missing', entry: fifth });
  });
});
