import {
  ConcurrentUpdateError,
  isDrillUnderWay,
  type CertificateFinding,
  type Drill,
  type DrillId,
  type DrillIn,
  type InvoiceId,
} from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import { CONTEXT, nextId, NOON } from '../testing/samples.js';
import { Stage } from '../testing/stage.js';

const stage = Stage.forThisFile();
const { inTenant } = stage;
const after = (seconds: number) => NOON.add({ seconds });

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

/** Every state, in the order in which a drill passes through them. */
function story(prepared: DrillIn<'prepared'>): readonly Drill[] {
  const { state: _state, ...request } = prepared;
  const issued = [{ number: 'DRILL/1', invoiceId: nextId() as InvoiceId }];
  const context = { identifier: CONTEXT, name: 'Spółka', certificates, issued, refused: [] };
  const planned = { ...request, contexts: [context], outageAt: after(1) };
  const detected = { ...planned, detectedAt: NOON.add({ milliseconds: 1500 }) };
  const restored = { ...detected, issuedAt: after(3), restoredAt: after(4) };
  const report = { verdict: 'passed', findings: [], seconds: { toDetect: 0.5, toIssue: 1.5 }, contexts: [] } as const;
  const all: readonly Drill[] = [
    { ...planned, state: 'outage' },
    { ...detected, state: 'issuing' },
    { ...restored, state: 'restoring' },
    { ...restored, state: 'draining' },
    { ...restored, state: 'checked', endedAt: after(60), report },
  ];
  return all.map((drill, at) => ({ ...drill, version: at }));
}

const add = (drill: DrillIn<'prepared'>, tenant = stage.tenant) => inTenant(tenant, ({ drills }) => drills.add(drill));
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
