import { beforeEach, describe, expect, it } from '@jest/globals';
import { EnterNotice } from '../outage/enter-notice.js';
import { Temporal } from '../shared/instant.js';
import { TENANT } from '../testing/builders.js';
import { aBulletin, aMaintenanceBulletin, anEndBulletin } from '../testing/bulletins.js';
import { JURISDICTION } from '../testing/issuing-world.js';
import { downtimesOf } from './downtime.js';
import { StartDowntime, type DowntimeRequest } from './switch-downtime.js';
import { DrillWorld } from './testing/drill-world.js';

const at = (text: string) => Temporal.Instant.from(text);
const FAILURE: DowntimeRequest = {
  id: 'one',
  category: 'failure',
  banner: 'Ćwiczymy awarię do 12:00.',
  person: 'Ewa Nowak',
  actor: 'api-key:1',
};
const PLANNED: DowntimeRequest = {
  ...FAILURE,
  id: 'two',
  category: 'maintenance',
  start: at('2026-11-23T13:00:00+01:00'),
  end: at('2026-11-23T15:00:00+01:00'),
};
const BY = { actor: 'api-key:2' };

let world: DrillWorld;
beforeEach(async () => {
  world = new DrillWorld();
  await world.ready();
});
const start = (request: DowntimeRequest) => world.startDowntime.execute(TENANT, request);
const end = () => world.endDowntime.execute(TENANT, BY);
const now = () => world.availability.execute(TENANT);
const known = async () => downtimesOf((await world.database.legal.read()).bulletins, world.clock.now());

describe('a downtime simulation', () => {
  it('makes issuing offline and holds sending, says so, and lets everything go when it ends', async () => {
    expect(await now()).toMatchObject({ mode: 'online', sending: { sending: true } });
    expect(await start(FAILURE)).toMatchObject({ ok: true, value: { state: 'running', banner: FAILURE.banner } });
    expect(await now()).toMatchObject({
      mode: 'emergency',
      sending: { sending: false },
      banner: FAILURE.banner,
      deadline: { basis: expect.any(String) },
    });
    world.clock.advance(60);
    await world.looked();
    expect(await end()).toMatchObject({ ok: true, value: [{ end: world.clock.now() }] });
    const after = await now();
    expect(after).toMatchObject({ mode: 'online', sending: { sending: true } });
    expect(after).not.toHaveProperty('banner');
    expect(await known()).toEqual([]);
  });

  it('is announced as simulated, and audited with its person', async () => {
    await start(FAILURE);
    const { bulletins } = await world.database.legal.read();
    expect(bulletins).toMatchObject([
      { source: 'simulation', text: FAILURE.banner, enteredBy: { person: 'Ewa Nowak' } },
    ]);
    expect(world.database.audit.entries).toMatchObject([
      { action: 'notice.entered', facts: { simulation: true, person: 'Ewa Nowak' } },
    ]);
  });

  it('can be planned: it begins and ends by itself', async () => {
    expect(await start(PLANNED)).toMatchObject({ ok: true, value: { state: 'planned' } });
    expect((await now()).mode).toBe('online');
    world.clock.set('2026-11-23T13:00:00+01:00');
    await world.looked();
    expect(await now()).toMatchObject({ mode: 'unavailability', banner: PLANNED.banner });
    world.clock.set('2026-11-23T15:00:00+01:00');
    await world.looked();
    expect((await now()).mode).toBe('online');
  });

  it('that is planned is taken back, and one that runs is shortened', async () => {
    await start(PLANNED);
    expect(await end()).toMatchObject({ ok: true });
    expect(await known()).toEqual([]);
    await start({ ...PLANNED, id: 'three', start: world.clock.now() });
    world.clock.advance(60);
    await world.looked();
    expect((await now()).mode).toBe('unavailability');
    await end();
    expect((await now()).mode).toBe('online');
    expect(await end()).toEqual({ ok: false, error: { code: 'NO_DOWNTIME' } });
  });

  it('is one at a time, and never on top of a real outage', async () => {
    await start(FAILURE);
    expect(await start({ ...FAILURE, id: 'again' })).toMatchObject({
      ok: false,
      error: { code: 'DOWNTIME_ALREADY', eventId: 'notice:downtime/one' },
    });
    world.clock.advance(1);
    await end();
    await world.database.bulletins.add([aBulletin()]);
    expect(await start({ ...FAILURE, id: 'third' })).toMatchObject({ ok: false, error: { code: 'OUTAGE_IN_FORCE' } });
  });

  describe('on top of something else', () => {
    const [TEN, HALF] = ['2026-11-23T10:00:00+01:00', '2026-11-23T10:30:00+01:00'] as const;
    const [ten, half] = [at(TEN), at(HALF)];
    const [TWO, FOUR] = ['2026-11-23T14:00:00+01:00', '2026-11-23T16:00:00+01:00'] as const;
    /** A real failure that is over before the test begins at 11:00. */
    const failed = () =>
      world.database.bulletins.add([aBulletin({ start: TEN }), anEndBulletin({ start: TEN, end: HALF })]);
    const maintained = () => world.database.bulletins.add([aMaintenanceBulletin({ start: TWO, end: FOUR })]);

    it('is refused where it is back-dated into a real outage that is over, by its name and times', async () => {
      await failed();
      for (const start of [ten.subtract({ minutes: 5 }), ten, half.subtract({ milliseconds: 1 })]) {
        expect(await world.startDowntime.execute(TENANT, { ...FAILURE, start })).toEqual({
          ok: false,
          error: { code: 'DOWNTIME_OVERLAPS', eventId: aBulletin().eventId, start: ten, end: half },
        });
      }
      expect(await known()).toEqual([]);
      expect(await start({ ...FAILURE, start: half })).toMatchObject({ ok: true, value: { state: 'running' } });
    });

    it('is refused where it is back-dated into a simulation that is over', async () => {
      await start(FAILURE);
      world.clock.advance(600);
      await end();
      world.clock.advance(600);
      const back = world.clock.now().subtract({ minutes: 15 });
      expect(await start({ ...FAILURE, id: 'again', start: back })).toMatchObject({
        ok: false,
        error: { code: 'DOWNTIME_OVERLAPS', eventId: 'notice:downtime/one' },
      });
      expect(await start({ ...FAILURE, id: 'later', start: world.clock.now().subtract({ minutes: 5 }) })).toMatchObject(
        {
          ok: true,
        },
      );
    });

    it('is refused while a real outage is in force, also where it was to begin before that', async () => {
      const now = world.clock.now();
      await world.database.bulletins.add([aBulletin({ start: now.toString() })]);
      for (const start of [now, now.subtract({ minutes: 30 })]) {
        expect(await world.startDowntime.execute(TENANT, { ...FAILURE, start })).toMatchObject({
          error: { code: 'OUTAGE_IN_FORCE', eventId: aBulletin().eventId },
        });
      }
    });

    it('is refused where it is planned into announced maintenance, and not where it ends before', async () => {
      await maintained();
      expect(await start(PLANNED)).toMatchObject({
        error: { code: 'DOWNTIME_OVERLAPS', start: at(TWO), end: at(FOUR) },
      });
      expect(await start({ ...PLANNED, end: at(TWO) })).toMatchObject({ ok: true });
      expect(await start(FAILURE)).toMatchObject({ error: { code: 'DOWNTIME_ALREADY' } });
    });

    it('does not mind what is announced for later: it ends when it is ended', async () => {
      await maintained();
      expect(await start(FAILURE)).toMatchObject({ ok: true, value: { state: 'running' } });
    });
  });

  it('may follow a planned one only where they do not overlap', async () => {
    await start(PLANNED);
    const [until12, until14] = ['2026-11-23T12:00:00+01:00', '2026-11-23T14:00:00+01:00'].map(at);
    const sooner = { ...PLANNED, start: world.clock.now() };
    expect(await start({ ...sooner, id: 'long', end: until14! })).toMatchObject({
      error: { code: 'DOWNTIME_ALREADY' },
    });
    expect(await start({ ...sooner, id: 'short', end: until12! })).toMatchObject({ ok: true });
  });

  it('keeps the rules of notices: a failure is never planned, and maintenance has its end', async () => {
    const tomorrow = at('2026-11-24T09:00:00+01:00');
    expect(await start({ ...FAILURE, start: tomorrow })).toMatchObject({
      error: { code: 'NOTICE_INVALID', findings: [{ field: 'start' }] },
    });
    expect(await start({ ...FAILURE, category: 'maintenance' })).toMatchObject({
      error: { code: 'NOTICE_INVALID', findings: [{ field: 'end' }] },
    });
    expect(await start({ ...FAILURE, banner: '  ' })).toMatchObject({ error: { code: 'BANNER_MISSING' } });
    expect(await start({ ...FAILURE, person: '' })).toMatchObject({ error: { code: 'NOTICE_INVALID' } });
    expect(await known()).toEqual([]);
  });

  it('is refused on production, and enters nothing', async () => {
    const jurisdiction = { ...JURISDICTION, environment: 'production' } as const;
    const notices = new EnterNotice(world.database, world.clock, 'production');
    const onProduction = new StartDowntime(world.database, notices, world.clock, jurisdiction);
    expect(await onProduction.execute(TENANT, FAILURE)).toEqual({
      ok: false,
      error: { code: 'SIMULATION_ON_PRODUCTION' },
    });
    expect((await world.database.legal.read()).bulletins).toEqual([]);
  });
});
