import { beforeEach, describe, expect, it } from '@jest/globals';
import type { KsefEnvironment } from '../verification-code/environment.js';
import { situationOf } from '../legal-situation/legal-situation.js';
import { Temporal } from '../shared/instant.js';
import { TENANT } from '../testing/builders.js';
import { aBulletin } from '../testing/bulletins.js';
import { IssuingWorld, JURISDICTION } from '../testing/issuing-world.js';
import type { AvailabilityBulletin, EnteredBy } from './availability-bulletin.js';
import { ConfirmTotalFailure } from './confirm-total-failure.js';

const EWA: EnteredBy = { person: 'Ewa Nowak', actor: 'api-key:1', readAt: 'Polskie Radio, 12:00' };
const JAN: EnteredBy = { person: 'Jan Kowal', actor: 'api-key:2', readAt: 'TVP Info, 12:05' };
const LONG_AFTER = Temporal.Instant.from('2026-12-31T00:00:00Z');
const START = '2026-11-23T09:00:00+01:00';
const LATER = '2026-11-23T10:00:00+01:00';
const total = { eventId: '1003', category: 'total-failure' } as const;
const TOTAL = aBulletin({ ...total, id: 'K/2026/AWC/01' });

let world: IssuingWorld;
beforeEach(async () => {
  world = new IssuingWorld();
  await world.announced(TOTAL, aBulletin());
});

const confirm = (environment: KsefEnvironment, by: EnteredBy, eventId = '1003') =>
  new ConfirmTotalFailure(world.database, world.clock, environment).execute(TENANT, eventId, by);
async function reliedOn(environment: KsefEnvironment): Promise<readonly string[]> {
  const records = await world.database.legal.read();
  const { outages } = situationOf(records, { ...JURISDICTION, environment });
  return outages.map(({ category }) => category);
}

describe('an announced total failure', () => {
  it('is relied on nowhere before a person vouches for it', async () => {
    expect(await reliedOn('test')).toEqual(['failure']);
    expect(await reliedOn('production')).toEqual(['failure']);
  });

  it('is relied on outside production when one person does', async () => {
    expect(await confirm('test', EWA)).toEqual({
      ok: true,
      value: { eventId: '1003', confirmedBy: ['Ewa Nowak'], missing: 0 },
    });
    expect(await reliedOn('test')).toEqual(['failure', 'total-failure']);
    expect(await reliedOn('demo')).toEqual(['failure', 'total-failure']);
  });

  it('is relied on in production when two persons do', async () => {
    expect(await confirm('production', EWA)).toMatchObject({ value: { missing: 1 } });
    expect(await reliedOn('production')).toEqual(['failure']);
    expect(await confirm('production', JAN)).toEqual({
      ok: true,
      value: { eventId: '1003', confirmedBy: ['Ewa Nowak', 'Jan Kowal'], missing: 0 },
    });
    expect(await reliedOn('production')).toEqual(['failure', 'total-failure']);
  });

  it.each([
    ['the same person again', EWA],
    ['the same name with another key', { ...EWA, actor: 'api-key:2', person: ' ewa  NOWAK' }],
    ['another name with the same key', { ...EWA, person: 'Jan Kowal' }],
  ])('is not confirmed by %s', async (_who, second) => {
    await confirm('production', EWA);
    expect(await confirm('production', second)).toEqual({
      ok: false,
      error: { code: 'SAME_PERSON', by: 'Ewa Nowak' },
    });
    expect(await reliedOn('production')).toEqual(['failure']);
  });

  it('is not vouched for by whoever withdrew a notice of it, nor by whom the notice was, nor by an end', async () => {
    const notice = aBulletin({ ...total, id: 'notice:1', source: 'bip', start: START, enteredBy: EWA });
    const reliesOn = async (...notices: readonly AvailabilityBulletin[]) => {
      world = new IssuingWorld();
      await world.announced(TOTAL);
      for (const each of notices) await world.database.legal.addNotice(each);
      return reliedOn('test');
    };
    expect(await reliesOn(notice)).toEqual(['total-failure']);
    expect(await reliesOn(notice, { ...notice, version: 2, type: 'withdrawal', enteredBy: JAN })).toEqual([]);
    expect(await reliesOn({ ...notice, type: 'end' })).toEqual([]);
  });

  it('is not vouched for any more by who had a notice before them that was withdrawn', async () => {
    const notice = aBulletin({
      ...total,
      id: 'notice:1',
      source: 'bip',
      start: START,
      publishedAt: LATER,
      enteredBy: EWA,
    });
    await world.database.legal.addNotice(notice);
    await world.database.legal.addConfirmation({
      ...JAN,
      eventId: '1003',
      bulletinId: 'notice:1',
      version: 1,
      confirmedAt: world.clock.now(),
    });
    expect(await reliedOn('production')).toContain('total-failure');
    await world.database.legal.addNotice({ ...notice, version: 2, type: 'withdrawal' });
    expect(await reliedOn('production')).not.toContain('total-failure');
  });

  it('is not widened by one person, neither by correcting what two vouched for nor by a further message', async () => {
    const notice = aBulletin({
      ...total,
      id: 'notice:1',
      source: 'bip',
      start: LATER,
      publishedAt: LATER,
      enteredBy: EWA,
    });
    world = new IssuingWorld();
    await world.database.legal.addNotice(notice);
    await confirm('production', JAN);
    expect(await reliedOn('production')).toEqual(['total-failure']);
    await world.database.legal.addNotice({
      ...notice,
      version: 2,
      start: Temporal.Instant.from('2026-11-02T09:00:00Z'),
    });
    expect(await reliedOn('production')).toEqual([]);
    await confirm('production', JAN);
    expect(await reliedOn('production')).toEqual(['total-failure']);

    const longAgo = Temporal.Instant.from('2026-11-01T09:00:00Z');
    const further = { ...notice, id: 'notice:2', publishedAt: longAgo, start: longAgo };
    await world.database.legal.addNotice(further);
    await world.database.legal.addNotice({ ...further, id: 'notice:3', type: 'end', end: LONG_AFTER });
    const records = await world.database.legal.read();
    const { outages } = situationOf(records, { ...JURISDICTION, environment: 'production' });
    expect(outages).toMatchObject([
      { start: Temporal.Instant.from('2026-11-02T09:00:00Z'), announcedAt: Temporal.Instant.from(LATER) },
    ]);
  });

  it('is nothing by an end message alone', async () => {
    world = new IssuingWorld();
    await world.database.legal.addNotice(
      aBulletin({ ...total, id: 'notice:1', source: 'bip', type: 'end', end: LATER, enteredBy: EWA }),
    );
    expect(await reliedOn('production')).toEqual([]);
    expect(await reliedOn('test')).toEqual([]);
  });

  it('leaves a trail: who, when, on what ground; deadlines are derived anew', async () => {
    await confirm('production', EWA);
    expect(world.database.audit.entries).toMatchObject([
      {
        actor: 'api-key:1',
        action: 'total-failure.confirmed',
        subject: { kind: 'outage', id: '1003' },
        facts: { person: 'Ewa Nowak', readAt: 'Polskie Radio, 12:00', bulletin: 'K/2026/AWC/01', missing: 1 },
      },
    ]);
    expect(world.database.recalculations.causes).toEqual(['total failure 1003 confirmed']);
    expect(world.database.jobs.queued.at(-1)?.job).toEqual({ kind: 'recalculate-deadlines', tenant: TENANT });
  });

  it('is the only thing to be confirmed', async () => {
    expect(await confirm('test', EWA, '1001')).toEqual({
      ok: false,
      error: { code: 'NOTHING_TO_CONFIRM', category: 'failure' },
    });
    expect(await confirm('test', EWA, 'no such')).toEqual({
      ok: false,
      error: { code: 'EVENT_UNKNOWN', eventId: 'no such' },
    });
    expect(await confirm('test', { ...EWA, person: ' ' })).toEqual({ ok: false, error: { code: 'PERSON_MISSING' } });
  });
});
