import { describe, expect, it } from '@jest/globals';
import { outagesFrom } from '../outage/outage.js';
import type { Connection } from '../outage/connection.js';
import { Temporal } from '../shared/instant.js';
import { aBulletin, aMaintenanceBulletin } from '../testing/bulletins.js';
import { isReachable, maySend, modeNow, offlineModeNow, reliableOutages } from './availability.js';

const now = Temporal.Instant.from('2026-11-23T12:00:00+01:00');
const connection = (ksefReachable: boolean, ageMs = 0): Connection => ({
  ksefReachable,
  ksefDetail: 'a look',
  ksefCheckedAt: now.subtract({ milliseconds: ageMs }),
  latarnia: 'available',
});
const failure = outagesFrom([aBulletin()]);
const maintenance = outagesFrom([
  aMaintenanceBulletin({ start: '2026-11-23T08:00:00+01:00', end: '2026-11-23T14:00:00+01:00' }),
]);
const total = outagesFrom([aBulletin({ category: 'total-failure' })]);

describe('a look at KSeF', () => {
  it('counts for five minutes', () => {
    expect(isReachable(connection(true, 300_000), now)).toBe(true);
    expect(isReachable(connection(true, 300_001), now)).toBe(false);
    expect(isReachable(connection(false), now)).toBe(false);
    expect(isReachable(undefined, now)).toBe(false);
  });
});

describe('the mode now', () => {
  it('follows announced periods first, then the connection', () => {
    expect(modeNow(now, [], connection(true)).mode).toBe('online');
    expect(modeNow(now, [], connection(false)).mode).toBe('offline24');
    expect(modeNow(now, [], undefined).mode).toBe('offline24');
    expect(modeNow(now, failure, connection(true)).mode).toBe('emergency');
    expect(modeNow(now, maintenance, connection(true)).mode).toBe('unavailability');
    expect(modeNow(now, [...maintenance, ...failure], connection(true)).mode).toBe('emergency');
  });

  it('says for an accountant what it rests on', () => {
    expect(modeNow(now, failure, undefined)).toMatchObject({
      evidence: { kind: 'bulletin', bulletinId: 'K/2026/AWR/01', version: 1, eventId: '1001' },
      reason: 'A failure of KSeF is announced since 2026-11-23 09:00 (K/2026/AWR/01).',
    });
    expect(modeNow(now, [], connection(true)).reason).toBe('KSeF answers and no outage is announced.');
    expect(offlineModeNow(now, [], 'By choice')).toEqual({
      mode: 'offline24',
      evidence: { kind: 'own-choice', reason: 'By choice' },
      reason: 'By choice: offline24.',
    });
  });

  it('is never that of a total failure: even one that were relied on gives no invoice of that mode', () => {
    expect(offlineModeNow(now, total, 'By choice').mode).toBe('offline24');
  });
});

describe('sending', () => {
  it('waits for a connection and for the end of announced outages', () => {
    expect(maySend(now, [], connection(true))).toBe(true);
    expect(maySend(now, [], connection(false))).toBe(false);
    expect(maySend(now, [], undefined)).toBe(false);
    expect(maySend(now, failure, connection(true))).toBe(false);
    expect(maySend(now, maintenance, connection(true))).toBe(false);
  });
});

it('relies on no total failure, and on everything else', () => {
  expect(reliableOutages([...failure, ...maintenance, ...total])).toEqual([...failure, ...maintenance]);
});
