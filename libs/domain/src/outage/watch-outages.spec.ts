import { describe, expect, it } from '@jest/globals';
import { Temporal } from '../shared/instant.js';
import { MONDAY_11, TENANT } from '../testing/builders.js';
import { aBulletin, anEndBulletin } from '../testing/bulletins.js';
import { FixedClock } from '../testing/fixed-clock.js';
import { InMemoryDatabase } from '../testing/in-memory-database.js';
import type { AvailabilityBulletin } from './availability-bulletin.js';
import type { ProbeOutcome } from './ksef-probe.port.js';
import { NO_TRAFFIC, type Traffic } from './ksef-traffic.port.js';
import { LatarniaUnreachableError, type Latarnia, type LatarniaState } from './latarnia.port.js';
import type { NeutralAnswer } from './neutral-addresses.port.js';
import { WatchOutages } from './watch-outages.js';

/** Latarnia with these messages, or out of reach. */
class ScriptedLatarnia implements Latarnia {
  messages: readonly AvailabilityBulletin[] = [];
  now: LatarniaState = 'available';
  trouble: Error | undefined;
  statusTrouble: Error | undefined;

  bulletins(): Promise<readonly AvailabilityBulletin[]> {
    return this.trouble === undefined ? Promise.resolve(this.messages) : Promise.reject(this.trouble);
  }

  state(): Promise<LatarniaState> {
    return this.statusTrouble === undefined ? Promise.resolve(this.now) : Promise.reject(this.statusTrouble);
  }
}

function watch(probe: ProbeOutcome = { kind: 'answered', detail: 'KSeF answers' }) {
  const clock = new FixedClock(MONDAY_11);
  const database = new InMemoryDatabase(clock);
  const latarnia = new ScriptedLatarnia();
  const asked: string[] = [];
  const world: { traffic: Traffic; neutral: NeutralAnswer } = { traffic: NO_TRAFFIC, neutral: 'none-set' };
  const ports = {
    latarnia,
    probe: { probe: () => Promise.resolve(probe) },
    traffic: { take: () => world.traffic },
    neutral: {
      ask: () => {
        asked.push('neutral');
        return Promise.resolve(world.neutral);
      },
    },
  };
  const jobs = () => database.jobs.queued.map(({ job }) => job);
  return { database, latarnia, world, asked, jobs, look: () => new WatchOutages(database, ports, clock).execute() };
}

const SILENT: ProbeOutcome = { kind: 'silent', detail: 'ECONNREFUSED' };

describe('WatchOutages', () => {
  it('stores new messages, and in the same transaction the wish to recalculate deadlines', async () => {
    const { database, latarnia, jobs, look } = watch();
    latarnia.messages = [aBulletin()];
    latarnia.now = 'failure';
    expect(await look()).toEqual({ ksefReachable: true, latarnia: 'failure', newBulletins: 1 });
    expect(await database.bulletins.all()).toEqual([aBulletin()]);
    expect(jobs()).toEqual([{ kind: 'recalculate-deadlines', tenant: TENANT }]);
    expect(await database.connection.read()).toMatchObject({
      ksefReachable: true,
      ksefDetail: 'KSeF answers.',
      ksefCheckedAt: Temporal.Instant.from(MONDAY_11),
      latarnia: 'failure',
      latarniaCheckedAt: Temporal.Instant.from(MONDAY_11),
      gate: { state: 'open' },
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
    const { database, latarnia, jobs, look } = watch(SILENT);
    latarnia.messages = [aBulletin()];
    await look();
    latarnia.trouble = new LatarniaUnreachableError('HTTP 503');
    expect(await look()).toEqual({ ksefReachable: false, latarnia: 'unknown', newBulletins: 0 });
    expect(await database.bulletins.all()).toHaveLength(1);
    expect(jobs()).toHaveLength(1);
    expect(await database.connection.read()).toMatchObject({ latarnia: 'unknown', ksefReachable: false });
  });

  it('believes calls that fail more than an answer to the probe', async () => {
    const { world, look } = watch();
    world.traffic = { answered: 0, failed: 1, last: 'failed', lastFailure: 'HTTP 503' };
    expect(await look()).toMatchObject({ ksefReachable: false });
  });

  it('asks neutral addresses only when neither KSeF nor Latarnia gave any sign', async () => {
    const { database, latarnia, world, asked, look } = watch(SILENT);
    const network = async () => (await database.connection.read())?.lastLook?.network;
    await look();
    latarnia.trouble = new LatarniaUnreachableError('HTTP 503', { from: 'its-host' });
    await look();
    expect([asked, await network()]).toEqual([[], 'up']);

    latarnia.trouble = new LatarniaUnreachableError('no answer in time');
    latarnia.statusTrouble = latarnia.trouble;
    await look();
    expect([asked, await network()]).toEqual([['neutral'], 'unknown']);
    world.neutral = 'silent';
    await look();
    expect(await network()).toBe('down');
    world.neutral = 'answered';
    await look();
    expect(await network()).toBe('up');
  });

  it('keeps the messages it read when the status cannot be read', async () => {
    const { database, latarnia, look } = watch();
    latarnia.messages = [aBulletin()];
    latarnia.statusTrouble = new LatarniaUnreachableError('HTTP 503');
    expect(await look()).toMatchObject({ latarnia: 'unknown', newBulletins: 1 });
    expect(await database.bulletins.all()).toEqual([aBulletin()]);
  });

  it('does not take a bug for an outage', async () => {
    const { latarnia, look } = watch();
    latarnia.trouble = new TypeError('not a function');
    await expect(look()).rejects.toThrow(TypeError);
  });
});
