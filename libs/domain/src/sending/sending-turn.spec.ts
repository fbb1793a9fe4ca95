import { describe, expect, it } from '@jest/globals';
import { Temporal } from '../shared/instant.js';
import { latestSafeOpening, spread, turnOf, type Waiting } from './sending-turn.js';

const at = (text: string) => Temporal.Instant.from(text);
const SPEED = { preparationSeconds: 300, processingSeconds: 600 };

describe('latest safe opening (reliability C4)', () => {
  it('leaves the upload window and the processing twice before the target', () => {
    // Two parts: 40 minutes of uploads and 10 of processing, twice. Fifty: 1,000 and 10, twice.
    expect(latestSafeOpening(at('2026-11-23T12:00Z'), 2, SPEED)).toEqual(at('2026-11-23T10:20Z'));
    expect(latestSafeOpening(at('2026-11-23T12:00Z'), 50, SPEED)).toEqual(at('2026-11-22T02:20Z'));
  });
});

describe('whose turn it is', () => {
  const nightly = { schedule: { kind: 'daily', times: ['18:00'] } as const, hoursBeforeTarget: 6 };
  const waiting: Waiting = { oldestAt: at('2026-11-23T09:00Z'), rule: nightly };
  const turn = (change: Partial<Waiting>, parts = 1) =>
    turnOf({ ...waiting, ...change }, { lingerSeconds: 120, speed: SPEED, parts });

  it('goes by the schedule while no target is near', () => {
    const far = { firstTargetAt: at('2026-11-24T22:59:59.999Z') };
    expect(turn(far)).toMatchObject({ at: at('2026-11-23T17:00Z'), because: 'schedule' });
    expect(turnOf({ oldestAt: waiting.oldestAt }, { lingerSeconds: 120, speed: SPEED, parts: 1 })).toEqual({
      at: at('2026-11-23T09:02Z'),
      because: 'schedule',
    });
  });

  it('goes hours before the target even when the schedule says later', () => {
    const near = { firstTargetAt: at('2026-11-23T18:00Z') };
    expect(turn(near)).toEqual({
      ...{ at: at('2026-11-23T12:00Z'), because: 'hours-before-target' },
      pressingFrom: at('2026-11-23T12:00Z'),
    });
  });

  it('goes earlier still when so many parts take that long twice', () => {
    // Twelve parts: 240 + 10 minutes, twice, and 5 to prepare: 8 h 25 min before the target.
    expect(turn({ firstTargetAt: at('2026-11-23T18:00Z') }, 12)).toMatchObject({
      ...{ at: at('2026-11-23T09:35Z'), because: 'latest-safe-opening' },
    });
  });

  it('goes at once by order, for what was there when it was given', () => {
    expect(turn({ orderedAt: at('2026-11-23T09:30Z') })).toEqual({ at: at('2026-11-23T09:30Z'), because: 'ordered' });
    expect(turn({ orderedAt: at('2026-11-23T08:59Z') }).because).toBe('schedule');
  });
});

it('spreads names evenly, each always to the same place', () => {
  const places = Array.from({ length: 1_000 }, (_, n) => Math.floor(10 * spread(`tenant-${String(n)}/Nip:5265877635`)));
  for (let place = 0; place < 10; place++) expect(places.filter((each) => each === place).length).toBeGreaterThan(60);
  expect(spread('a')).toBe(spread('a'));
});
