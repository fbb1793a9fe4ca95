import { describe, expect, it } from '@jest/globals';
import { modeNow, offlineModeNow } from '../legal-situation/mode-now.js';
import { afterLook, type Connection, type Look } from '../outage/connection.js';
import { NO_TRAFFIC } from '../outage/ksef-traffic.port.js';
import { outagesFrom } from '../outage/outage.js';
import { Temporal } from '../shared/instant.js';
import { aBulletin, aMaintenanceBulletin } from '../testing/bulletins.js';
import { isReachable } from './availability.js';
import { explainMode, latarniaNow, type ModeFacts } from './explain-mode.js';
import { sendingNow } from './sending-now.js';

const now = Temporal.Instant.from('2026-11-23T12:00:00+01:00');
const ANSWERED = { kind: 'answered', detail: 'KSeF answers' } as const;
const SILENT = { kind: 'silent', detail: 'ECONNREFUSED' } as const;

/** What looks so many seconds ago gave: `true` reached KSeF, `false` met silence while Latarnia answered. */
function looked(...looks: readonly (readonly [agoSeconds: number, reached: boolean, more?: Partial<Look>])[]) {
  let known: Connection | undefined;
  for (const [agoSeconds, reached, more] of looks) {
    known = afterLook(known, {
      probe: reached ? ANSWERED : SILENT,
      traffic: NO_TRAFFIC,
      latarniaAnswered: true,
      neutral: 'not-asked',
      latarnia: 'available',
      at: now.subtract({ milliseconds: agoSeconds * 1000 }),
      ...more,
    });
  }
  return known;
}

const failure = outagesFrom([aBulletin()]);
const maintenance = outagesFrom([
  aMaintenanceBulletin({ start: '2026-11-23T08:00:00+01:00', end: '2026-11-23T14:00:00+01:00' }),
]);
const total = outagesFrom([aBulletin({ category: 'total-failure' })]);

describe('a look at KSeF', () => {
  it('counts for five minutes', () => {
    expect(isReachable(looked([300, true]), now)).toBe(true);
    expect(isReachable(looked([300.001, true]), now)).toBe(false);
    expect(isReachable(looked([0, false]), now)).toBe(false);
    expect(isReachable(undefined, now)).toBe(false);
  });
});

describe('the mode now', () => {
  it('follows announced periods first, then the connection, unsmoothed', () => {
    expect(modeNow(now, [], looked([0, true])).mode).toBe('online');
    expect(modeNow(now, [], looked([60, true], [30, false])).mode).toBe('offline24');
    expect(modeNow(now, [], looked([30, false], [0, true])).mode).toBe('online');
    expect(modeNow(now, [], undefined).mode).toBe('offline24');
    expect(modeNow(now, failure, looked([0, true])).mode).toBe('emergency');
    expect(modeNow(now, maintenance, looked([0, true])).mode).toBe('unavailability');
    expect(modeNow(now, [...maintenance, ...failure], looked([0, true])).mode).toBe('emergency');
  });

  it('says for an accountant what it rests on', () => {
    expect(modeNow(now, failure, undefined)).toMatchObject({
      evidence: { kind: 'bulletin', bulletinId: 'K/2026/AWR/01', version: 1, eventId: '1001' },
      reason: 'A failure of KSeF is announced since 2026-11-23 09:00 (K/2026/AWR/01).',
    });
    expect(modeNow(now, [], looked([0, true])).reason).toBe(
      'KSeF answers, and no announced outage covers the invoice.',
    );
    expect(offlineModeNow(now, [], 'By choice')).toEqual({
      mode: 'offline24',
      evidence: { kind: 'own-choice', reason: 'By choice' },
      reason: 'By choice: offline24.',
    });
  });
});

describe('sending', () => {
  it('waits for a connection and for the end of announced outages', () => {
    expect(sendingNow(now, [], looked([0, true])).sending).toBe(true);
    expect(sendingNow(now, [], looked([0, false])).sending).toBe(false);
    expect(sendingNow(now, [], undefined).sending).toBe(false);
    expect(sendingNow(now, failure, looked([0, true])).sending).toBe(false);
    expect(sendingNow(now, maintenance, looked([0, true])).sending).toBe(false);
  });

  it('is smoothed: one look changes nothing, two in a row do', () => {
    const hiccup = looked([60, true], [30, false]);
    expect([isReachable(hiccup, now), sendingNow(now, [], hiccup).sending]).toEqual([false, true]);
    const back = looked([90, true], [60, false], [30, false], [0, true]);
    expect([isReachable(back, now), sendingNow(now, [], back).sending]).toEqual([true, false]);
    expect(sendingNow(now, [], looked([120, true], [90, false], [60, false], [30, true], [0, true])).sending).toBe(
      true,
    );
  });

  it.each<[string, Parameters<typeof sendingNow>[1], Connection | undefined, string]>([
    ['goes on', [], looked([0, true]), 'KSeF can be reached.'],
    [
      'survives one look',
      [],
      looked([60, true], [30, false]),
      'The last look did not reach KSeF; sending stops when the next one does not either.',
    ],
    [
      'has stopped',
      [],
      looked([0, false]),
      'KSeF cannot be reached since 2026-11-23 12:00; sending starts after two looks in a row that reach it.',
    ],
    [
      'is about to start',
      [],
      looked([30, false], [0, true]),
      'KSeF answers again; sending starts when the next look reaches it too.',
    ],
    ['knows nothing yet', [], undefined, 'Nobody has looked at KSeF yet.'],
    [
      'knows nothing any more',
      [],
      looked([360, true]),
      'Nobody has looked at KSeF since 2026-11-23 11:54: is a worker running?',
    ],
    [
      'waits for the Ministry',
      failure,
      looked([0, true]),
      'A failure of KSeF is announced (K/2026/AWR/01): sending waits for its end.',
    ],
  ])('says why, for an accountant: it %s', (_what, outages, connection, reason) => {
    expect(sendingNow(now, outages, connection).reason).toBe(reason);
  });
});

describe('why an invoice would get its mode', () => {
  const explained = (facts: Partial<ModeFacts>): string =>
    explainMode(now, {
      mode: 'offline24',
      reason: 'R.',
      connection: looked([0, true]),
      inForce: [],
      relied: [],
      ...facts,
    });
  const LAW = 'and a connection that fails is not a failure in law (art. 106ne): the invoice would be offline24.';
  const BIP = 'Latarnia, which announces outages, does not answer: check the announcements in BIP by hand.';

  it('is that nothing stands against online, or what is announced', () => {
    expect(explained({ mode: 'online' })).toBe('R.');
    expect(explained({ mode: 'emergency', inForce: failure, relied: failure })).toBe('R.');
  });

  it('tells KSeF from our own network, and neither from a failure in law', () => {
    expect(explained({ connection: looked([0, false]) })).toBe(
      `KSeF does not answer (ECONNREFUSED), while other addresses do: the trouble is at KSeF or on the way to it. No outage is announced, ${LAW}`,
    );
    const nobody = { latarniaAnswered: false, latarnia: 'unknown', neutral: 'silent' } as const;
    expect(explained({ connection: looked([0, false, nobody]) })).toBe(
      `Nothing answers from here, neither KSeF nor any other address: it looks like our own network. No outage is known to be announced, ${LAW} ${BIP}`,
    );
  });

  it('asks for a look into BIP while Latarnia is unknown, also when KSeF answers', () => {
    const silent = { latarniaAnswered: false, latarnia: 'unknown' } as const;
    expect(explained({ mode: 'online', connection: looked([0, true, silent]) })).toBe(`R. ${BIP}`);
    expect(explained({ connection: undefined })).toContain(BIP);
    expect(explained({ connection: looked([301, true]) })).toBe(
      `Nobody has looked at KSeF since 2026-11-23 11:54: is a worker running? No outage is known to be announced, ${LAW} ${BIP}`,
    );
  });

  it('shows a total failure nobody relies on, and what Latarnia says without a message', () => {
    expect(explained({ mode: 'online', inForce: total })).toBe(
      'R. A total failure is announced (K/2026/AWR/01); it decides nothing until people have confirmed it.',
    );
    expect(explained({ connection: looked([0, false]), inForce: total })).toContain(
      'No announced outage counts yet, and',
    );
    expect(explained({ mode: 'online', connection: looked([0, true, { latarnia: 'failure' }]) })).toBe(
      'R. Latarnia says "failure" without a message that covers this moment: check BIP by hand.',
    );
  });

  it('believes Latarnia for five minutes', () => {
    expect(latarniaNow(now, looked([300, true]))).toBe('available');
    expect(latarniaNow(now, looked([300.001, true]))).toBe('unknown');
    expect(latarniaNow(now, undefined)).toBe('unknown');
  });
});
