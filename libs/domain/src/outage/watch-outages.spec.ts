import { describe, expect, it } from '@jest/globals';
import { Temporal } from '../shared/instant.js';
import { MONDAY_11, TENANT } from '../testing/builders.js';
import { aBulletin, anEndBulletin } from '../testing/bulletins.js';
import { FixedClock } from '../testing/fixed-clock.js';
import { InMemoryDatabase } from '../testing/in-memory-database.js';
import type { AvailabilityBulletin } from './availability-bulletin.js';
import { LatarniaUnreachableError, type Latarnia, type LatarniaState } from './latarnia.port.js';
import { WatchOutages } from './watch-outages.js';

/** Latarnia with these messages, or out of reach. */
class ScriptedLatarnia implements Latarnia {
  messages: readonly AvailabilityBulletin[] = [];
  now: LatarniaState = 'available';
  trouble: Error | undefined;

  bulletins(): Promise<readonly AvailabilityBulletin[]> {
    return this.trouble === undefined ? Promise.resolve(this.messages) : Promise.reject(this.trouble);
  }

  state(): Promise<LatarniaState> {
    return Promise.resolve(this.now);
  }
}

function watch(reachable = true) {
  const clock = new FixedClock(MONDAY_11);
  const database = new InMemoryDatabase(clock);
  const latarnia = new ScriptedLatarnia();
  const probe = { probe: () => Promise.resolve({ reachable, detail: 'HTTP 200' }) };
  const jobs = () => database.jobs.queued.map(({ job }) => job);
  return { database, latarnia, jobs, look: () => new WatchOutages(database, latarnia, probe, clock).execute() };
}

describe('WatchOutages', () => {
  it('stores new messages, and in the same transaction the wish to recalculate deadlines', async () => {
    const { database, latarnia, jobs, look } = watch();
    latarnia.messages = [aBulletin()];
    latarnia.now = 'failure';
    expect(await look()).toEqual({ ksefReachable: true, latarnia: 'failure', newBulletins: 1 });
    expect(await database.bulletins.all()).toEqual([aBulletin()]);
    expect(jobs()).toEqual([{ kind: 'recalculate-deadlines', tenant: TENANT }]);
    expect(await database.connection.read()).toEqual({
      ksefReachable: true,
      ksefDetail: 'HTTP 200',
      ksefCheckedAt: Temporal.Instant.from(MONDAY_11),
      latarnia: 'failure',
      latarniaCheckedAt: Temporal.Instant.from(MONDAY_11),
    });
  });

  it('does nothing about messages it has, and something about a new version', async () => {
    const { database, latarnia, jobs, look } = watch();
    latarnia.messages = [aBulletin()];
    await look();
    expect(await look()).toMatchObject({ newBulletins: 0 });
    expect(jobs()).toHaveLength(1);

    latarnia.messages = [aBulletin(), aBulletin({ version: 2 }), anEndBulletin({ end: '2026-11-23T15:00:00+01:00' })];
    expect(await look()).toMatchObject({ newBulletins: 2 });
    expect(jobs()).toHaveLength(2);
    expect(await database.bulletins.all()).toHaveLength(3);
  });

  it('takes Latarnia out of reach for "unknown", keeps the messages it has, and looks at KSeF all the same', async () => {
    const { database, latarnia, jobs, look } = watch(false);
    latarnia.messages = [aBulletin()];
    await look();
    latarnia.trouble = new LatarniaUnreachableError('HTTP 503');
    expect(await look()).toEqual({ ksefReachable: false, latarnia: 'unknown', newBulletins: 0 });
    expect(await database.bulletins.all()).toHaveLength(1);
    expect(jobs()).toHaveLength(1);
    expect(await database.connection.read()).toMatchObject({ latarnia: 'unknown', ksefReachable: false });
  });

  it('does not take a bug for an outage', async () => {
    const { latarnia, look } = watch();
    latarnia.trouble = new TypeError('not a function');
    await expect(look()).rejects.toThrow(TypeError);
  });
});
