import { describe, expect, it } from '@jest/globals';
import { Temporal, type Instant } from '../shared/instant.js';
import { afterAuthorization, afterFailedCall, afterLook, type Look } from './connection.js';
import { NO_TRAFFIC } from './ksef-traffic.port.js';

const at = (seconds: number): Instant => Temporal.Instant.from('2026-11-23T11:00:00Z').add({ seconds });
const aLook = (seconds: number, more: Partial<Look> = {}): Look => ({
  probe: { kind: 'answered', detail: 'KSeF answers' },
  traffic: NO_TRAFFIC,
  latarniaAnswered: true,
  neutral: 'not-asked',
  latarnia: 'available',
  at: at(seconds),
  ...more,
});
const SILENT: Partial<Look> = { probe: { kind: 'silent', detail: 'ECONNREFUSED' } };

describe('the connection after a look', () => {
  it('is what the look gave', () => {
    expect(afterLook(undefined, aLook(0))).toEqual({
      ksefReachable: true,
      ksefDetail: 'KSeF answers.',
      ksefCheckedAt: at(0),
      lastLook: { at: at(0), probe: aLook(0).probe, traffic: NO_TRAFFIC, network: 'up' },
      latarnia: 'available',
      latarniaCheckedAt: at(0),
      gate: { state: 'open', since: at(0), lookedAt: at(0), against: { looks: 0 } },
    });
  });

  it('is unreachable at once, while sending waits for a second look', () => {
    const first = afterLook(afterLook(undefined, aLook(0)), aLook(30, SILENT));
    expect(first).toMatchObject({ ksefReachable: false, gate: { state: 'open' } });
    expect(afterLook(first, aLook(60, SILENT))).toMatchObject({ ksefReachable: false, gate: { state: 'closed' } });
  });

  it('does not change by a look that is written late', () => {
    const known = afterLook(undefined, aLook(30));
    expect(afterLook(known, aLook(29, SILENT))).toBe(known);
  });
});

describe('a call that failed outside of any look', () => {
  const failed = afterFailedCall(afterLook(undefined, aLook(0)), 'HTTP 503', at(10));

  it('makes KSeF unreachable at once and leaves sending alone', () => {
    expect(failed).toMatchObject({
      ksefReachable: false,
      ksefDetail: 'KSeF did not answer a call (HTTP 503).',
      ksefCheckedAt: at(10),
      gate: { state: 'open', against: { looks: 0 } },
    });
    expect(afterFailedCall(undefined, 'HTTP 503', at(10))).toEqual({
      ksefReachable: false,
      ksefDetail: 'KSeF did not answer a call (HTTP 503).',
      ksefCheckedAt: at(10),
      failedCall: { cause: 'HTTP 503', at: at(10) },
      latarnia: 'unknown',
    });
  });

  it('counts in the next look as a call of its own, and in none after that', () => {
    const next = afterLook(failed, aLook(30));
    expect(next).toMatchObject({
      ksefReachable: false,
      lastLook: { traffic: { answered: 0, failed: 1, last: 'failed', lastFailure: 'HTTP 503' } },
    });
    expect(afterLook(next, aLook(60))).toMatchObject({ ksefReachable: true, lastLook: { traffic: NO_TRAFFIC } });
  });

  it('says little against calls that were answered, and nothing after a minute', () => {
    const answered = { answered: 2, failed: 0, last: 'answered' } as const;
    expect(afterLook(failed, aLook(30, { traffic: answered }))).toMatchObject({
      ksefReachable: true,
      lastLook: { traffic: { answered: 2, failed: 1, last: 'answered' } },
    });
    expect(afterLook(failed, aLook(70))).toMatchObject({ ksefReachable: false });
    expect(afterLook(failed, aLook(71))).toMatchObject({ ksefReachable: true });
  });

  it('does not count against what was learnt later', () => {
    const known = afterLook(undefined, aLook(30));
    expect(afterFailedCall(known, 'HTTP 503', at(29))).toBe(known);
  });
});

describe('an authorization', () => {
  const open = afterLook(undefined, aLook(0));
  const closed = afterLook(afterLook(open, aLook(30, SILENT)), aLook(60, SILENT));

  it('makes KSeF reachable and lets batches out at once', () => {
    expect(closed.gate?.state).toBe('closed');
    expect(afterAuthorization(closed, at(61))).toMatchObject({
      ksefReachable: true,
      ksefDetail: 'KSeF answers: it has just let us in.',
      ksefCheckedAt: at(61),
      gate: { state: 'open', since: at(61) },
    });
  });

  it('that a look has overtaken opens the gate only', () => {
    const known = afterLook(closed, aLook(90, SILENT));
    expect(afterAuthorization(known, at(80))).toMatchObject({
      ksefReachable: false,
      gate: { state: 'open', since: at(80), lookedAt: at(90) },
    });
  });
});
