import {
  ConcurrentUpdateError,
  DRILL_TRANSITIONS,
  isDrillUnderWay,
  type CertificateFinding,
  type Drill,
  type DrillId,
  type DrillIn,
  type DrillReport,
  type IdempotencyClaim,
  type InvoiceId,
} from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import { CONTEXT, nextId, NOON } from '../testing/samples.js';
import { Stage } from '../testing/stage.js';

const stage = Stage.forThisFile();
const { inTenant } = stage;
const after = (seconds: number) => NOON.add({ milliseconds: seconds * 1000 });

const aDrill = (more: Partial<DrillIn<'prepared'>> = {}): DrillIn<'prepared'> => ({
  state: 'prepared',
  id: nextId() as DrillId,
  person: 'Zażółć Gęślą',
  actor: 'api-key:1',
  scheduled: false,
  invoicesPerContext: 3,
  requestedAt: NOON,
  version: 0,
  ...more,
});

const certificates: readonly CertificateFinding[] = [
  { type: 'Offline', state: 'expiring', detail: 'Ends soon.', validUntil: '2026-12-10' },
  { type: 'Authentication', state: 'missing', detail: 'There is none.' },
];

const STATES = Object.keys(DRILL_TRANSITIONS) as Drill['state'][];

/** The drill as it would be in another state. */
function inState(prepared: DrillIn<'prepared'>, state: Drill['state'], version = 0): Drill {
  const { state: _state, ...asked } = prepared;
  const request = { ...asked, version };
  const issued = [{ number: 'DRILL/1', invoiceId: nextId() as InvoiceId }];
  const context = { identifier: CONTEXT, name: 'Spółka', certificates, issued, refused: [] };
  const planned = { ...request, contexts: [context], outage: 'ksef-simulator', outageAt: after(1) } as const;
  const detected = { ...planned, detectedAt: NOON.add({ milliseconds: 1500 }) };
  const restored = { ...detected, issuedAt: after(3), restoredAt: after(4) };
  const opened = { ...restored, openedAt: after(3.75) };
  const over = { endedAt: after(60), reason: 'why' };
  switch (state) {
    case 'prepared':
      return { ...request, state };
    case 'outage':
      return { ...planned, state };
    case 'issuing':
      return { ...detected, state };
    case 'restoring':
      return { ...restored, state };
    case 'draining':
      return { ...opened, state };
    case 'checked':
      return { ...opened, state, endedAt: after(60), report: REPORT };
    case 'failed':
    case 'skipped':
      return { ...request, ...over, state };
  }
}

const REPORT: DrillReport = {
  ...{ verdict: 'passed', findings: [], outage: 'ksef-simulator', contexts: [] },
  seconds: { toDetect: 0.5, toIssue: 1.5, toDrain: 5, toProve: 7 },
};

/** Every state, in the order in which a drill passes through them. */
const story = (prepared: DrillIn<'prepared'>): readonly Drill[] =>
  (['outage', 'issuing', 'restoring', 'draining', 'checked'] as const).map((state, at) => inState(prepared, state, at));

const add = (drill: DrillIn<'prepared'>, tenant = stage.tenant, claim?: IdempotencyClaim) =>
  inTenant(tenant, ({ drills }) => drills.add(drill, claim));
const save = (drill: Drill) => inTenant(stage.tenant, ({ drills }) => drills.save(drill));
const find = (id: DrillId, tenant = stage.tenant) => inTenant(tenant, ({ drills }) => drills.find(id));

describe('a drill in the database', () => {
  it('is read as it was saved, in every state', async () => {
    const drill = aDrill();
    expect(await add(drill)).toBe(true);
    expect(await find(drill.id)).toEqual(drill);
    for (const next of story(drill)) {
      await save(next);
      expect(await find(drill.id)).toEqual({ ...next, version: next.version + 1 });
    }
  });

  it('never changes once it is over', async () => {
    const drill = aDrill();
    await add(drill);
    const failed: Drill = { ...drill, state: 'failed', endedAt: after(9), reason: 'why' };
    await save(failed);
    await expect(save({ ...failed, version: 1 })).rejects.toThrow(ConcurrentUpdateError);
    await expect(
      stage.database.sql(`UPDATE drill SET state = 'prepared' WHERE id = '${drill.id}'`),
    ).rejects.toMatchObject({ code: 'LA001' });
    expect(await find(drill.id)).toEqual({ ...failed, version: 1 });
  });

  it('runs along the table of the domain, and along nothing else', async () => {
    const rows = await stage.database.sql<{ from_state: string; to_state: string }>('SELECT * FROM drill_transition');
    const declared = STATES.flatMap((from) => DRILL_TRANSITIONS[from].map((to) => `${from} -> ${to}`)).sort();
    expect(rows.map((row) => `${row.from_state} -> ${row.to_state}`).sort()).toEqual(declared);
  });

  it.each(STATES)('leaves %s only along it', async (from) => {
    const reached: Drill['state'][] = [];
    for (const to of STATES.filter((state) => state !== from)) {
      const tenant = await stage.database.aTenant();
      const drill = aDrill();
      await add(drill, tenant);
      await stage.database.force('ALTER TABLE drill DISABLE TRIGGER drill_guard');
      const before = inState(drill, from);
      if (from !== 'prepared') await inTenant(tenant, ({ drills }) => drills.save(before));
      await stage.database.force('ALTER TABLE drill ENABLE TRIGGER drill_guard');
      const version = from === 'prepared' ? 0 : 1;
      const sql = `UPDATE drill SET state = '${to}', version = ${String(version + 1)} WHERE id = '${drill.id}'`;
      const error: unknown = await stage.database.sql(sql).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error === undefined) reached.push(to);
      else expect(error).toMatchObject({ code: expect.stringMatching(/^LA00[12]$/) as unknown });
    }
    const declared: readonly Drill['state'][] = DRILL_TRANSITIONS[from];
    expect(reached).toEqual(STATES.filter((to) => to !== from && declared.includes(to)));
  });

  it('begins prepared, and keeps what was asked for', async () => {
    const drill = aDrill();
    await add(drill);
    const change = (set: string) => stage.database.sql(`UPDATE drill SET ${set} WHERE id = '${drill.id}'`);
    await expect(change("person = 'X'")).rejects.toMatchObject({ code: 'LA001' });
    await expect(change("idempotency_key = 'k', fingerprint = 'f'")).rejects.toMatchObject({ code: 'LA001' });
    await expect(
      stage.database.sql(
        `INSERT INTO drill (tenant_id, id, state, scheduled, person, actor, invoices_per_context, requested_at, progress, version)
         SELECT tenant_id, gen_random_uuid(), 'issuing', false, 'p', 'a', 1, now(), '{}', 0 FROM drill WHERE id = '${drill.id}'`,
      ),
    ).rejects.toMatchObject({ code: 'LA002' });
  });

  it('is found by the key it was asked for with, and taken once under one key', async () => {
    const claim = { key: 'k-1', fingerprint: 'f-1' };
    const drill = aDrill();
    const byKey = (key: string, tenant = stage.tenant) => inTenant(tenant, ({ drills }) => drills.findByKey(key));
    expect(await add(drill, stage.tenant, claim)).toBe(true);
    await save({ ...drill, state: 'skipped', endedAt: after(9), reason: 'why' });
    expect(await byKey('k-1')).toMatchObject({ fingerprint: 'f-1', drill: { id: drill.id, state: 'skipped' } });
    expect(await add(aDrill(), stage.tenant, claim)).toBe(false);
    const other = await stage.database.aTenant();
    expect(await byKey('k-1', other)).toBeUndefined();
    expect(await add(aDrill(), other, claim)).toBe(true);
    expect(await add(aDrill())).toBe(true);
  });

  it('of before is read as one whose outage was made up', async () => {
    const drill = aDrill();
    await add(drill);
    const old = (state: Drill['state']) => {
      const { outage: _outage, openedAt: _openedAt, report, ...rest } = inState(drill, state) as DrillIn<'checked'>;
      const { outage: _whose, ...told } = { ...report, contexts: [{ invoices: [{ number: 'DRILL/1' }] }] };
      return { ...rest, ...(state === 'checked' ? { report: told } : {}) } as unknown as Drill;
    };
    await stage.database.force('ALTER TABLE drill DISABLE TRIGGER drill_guard');
    await save(old('draining'));
    expect(await find(drill.id)).toMatchObject({ outage: 'downtime-simulation', openedAt: after(4) });
    await save({ ...old('checked'), version: 1 });
    await stage.database.force('ALTER TABLE drill ENABLE TRIGGER drill_guard');
    expect(await find(drill.id)).toMatchObject({
      openedAt: after(4),
      report: { outage: 'downtime-simulation', contexts: [{ invoices: [{ number: 'DRILL/1', checks: [] }] }] },
    });
  });

  it('is saved by one of two that read the same version', async () => {
    const drill = aDrill();
    await add(drill);
    const [outage] = story(drill);
    if (outage === undefined) throw new Error('no story');
    await save(outage);
    await expect(save(outage)).rejects.toThrow(ConcurrentUpdateError);
  });

  it('is the only one under way of its tenant, and nobody else sees it', async () => {
    const other = await stage.database.aTenant();
    const drill = aDrill();
    expect(
      await Promise.all([add(drill), add(aDrill()), add(aDrill())]).then((all) => all.filter(Boolean)),
    ).toHaveLength(1);
    expect(await add(aDrill(), other)).toBe(true);
    const underWay = await inTenant(stage.tenant, ({ drills }) => drills.underWay());
    expect(underWay === undefined ? undefined : await find(underWay.id, other)).toBeUndefined();
  });

  it('is given to one worker at a time, and again when its time comes', async () => {
    const drill = aDrill();
    await add(drill);
    const claim = () => inTenant(stage.tenant, ({ drills }) => drills.claim(180));
    const due = () => stage.database.unitOfWork.inSystem(({ tenants }) => tenants.withDrills());
    expect(await due()).toContain(stage.tenant);
    const claimed = await Promise.all([claim(), claim(), claim()]);
    expect(claimed.filter((one) => one !== undefined)).toEqual([drill]);
    expect(await due()).not.toContain(stage.tenant);
    await inTenant(stage.tenant, ({ drills }) => drills.postpone(drill.id, 0));
    expect(await claim()).toEqual(drill);
    await save({ ...drill, state: 'failed', endedAt: after(9), reason: 'why' });
    await inTenant(stage.tenant, ({ drills }) => drills.postpone(drill.id, 0));
    expect(await claim()).toBeUndefined();
    expect(await due()).not.toContain(stage.tenant);
    const skipped = aDrill();
    await add(skipped);
    await save({ ...skipped, state: 'skipped', endedAt: after(9), reason: 'why' });
    expect(await due()).not.toContain(stage.tenant);
  });

  it('is listed newest first, a page at a time', async () => {
    const drills = [0, 1, 2].map((at) => aDrill({ requestedAt: after(at) }));
    for (const drill of drills) {
      await add(drill);
      await save({ ...drill, state: 'failed', endedAt: after(9), reason: 'why' });
    }
    const list = (limit: number, last?: DrillId) =>
      inTenant(stage.tenant, async (stores) => (await stores.drills.list(limit, last)).map(({ id }) => id));
    const newest = drills.map(({ id }) => id).reverse();
    expect(await list(2)).toEqual(newest.slice(0, 2));
    expect(await list(2, newest[1])).toEqual(newest.slice(2));
    expect((await inTenant(stage.tenant, (stores) => stores.drills.list(9))).some(isDrillUnderWay)).toBe(false);
  });

  it('counts from the moment it was asked for', async () => {
    const since = (seconds: number) =>
      stage.database.unitOfWork.inSystem(({ tenants }) => tenants.withoutDrillSince(after(seconds)));
    expect(await since(0)).toContain(stage.tenant);
    await add(aDrill({ requestedAt: after(10) }));
    expect(await since(5)).not.toContain(stage.tenant);
    expect(await since(10)).toContain(stage.tenant);
  });
});
