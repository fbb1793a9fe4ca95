import { describe, expect, it } from '@jest/globals';
import { NO_TRAFFIC, type Traffic } from './ksef-traffic.port.js';
import { isAllSilent, judgeReach, trafficVerdict, type Evidence } from './reach.js';

const ANSWERED = { kind: 'answered', detail: 'KSeF answers' } as const;
const SILENT = { kind: 'silent', detail: 'ECONNREFUSED' } as const;
const UNUSABLE = { kind: 'unusable', detail: 'HTTP 503' } as const;
const FAILING: Traffic = { answered: 0, failed: 3, last: 'failed', lastFailure: 'no answer in time' };
const ANSWERING: Traffic = { answered: 3, failed: 1, last: 'answered', lastFailure: 'ECONNRESET' };
const MIXED: Traffic = { answered: 3, failed: 1, last: 'failed', lastFailure: 'ECONNRESET' };

const judge = (evidence: Partial<Evidence>) =>
  judgeReach({ probe: SILENT, traffic: NO_TRAFFIC, latarniaAnswered: false, neutral: 'none-set', ...evidence });

describe('what calls say together', () => {
  it.each<[Traffic, string]>([
    [NO_TRAFFIC, 'none'],
    [FAILING, 'fails'],
    [ANSWERING, 'answers'],
    [MIXED, 'mixed'],
  ])('%j: %s', (traffic, verdict) => {
    expect(trafficVerdict(traffic)).toBe(verdict);
  });
});

describe('whether KSeF can be reached', () => {
  it('goes by real calls before the probe (B4)', () => {
    expect(judge({ probe: ANSWERED, traffic: FAILING })).toEqual({
      ksefReachable: false,
      network: 'up',
      detail: 'KSeF answers the test question, but our calls to it fail (no answer in time).',
    });
    expect(judge({ probe: SILENT, traffic: ANSWERING })).toEqual({
      ksefReachable: true,
      network: 'up',
      detail: 'KSeF answers our calls, though not the test question (ECONNREFUSED).',
    });
  });

  it('goes by the probe where there are no calls, or they say both', () => {
    expect(judge({ probe: ANSWERED })).toEqual({ ksefReachable: true, network: 'up', detail: 'KSeF answers.' });
    expect(judge({ probe: ANSWERED, traffic: MIXED })).toMatchObject({
      ksefReachable: true,
      detail: 'KSeF answers, though a call to it failed just now (ECONNRESET).',
    });
    expect(judge({ probe: SILENT, traffic: MIXED })).toMatchObject({ ksefReachable: false, network: 'up' });
  });
});

describe('whose network is lost (B3)', () => {
  const DETAIL = {
    ksef: 'KSeF does not answer (ECONNREFUSED), while other addresses do: the trouble is at KSeF or on the way to it.',
    ours: 'Nothing answers from here, neither KSeF nor any other address: it looks like our own network.',
    unknown:
      'Neither KSeF nor Latarnia answers (ECONNREFUSED), and no other address is set up to ask: it may be our own network.',
  };

  it.each<[string, Partial<Evidence>, string, string]>([
    ['Latarnia answers', { latarniaAnswered: true, neutral: 'not-asked' }, 'up', DETAIL.ksef],
    ['a neutral address answers', { neutral: 'answered' }, 'up', DETAIL.ksef],
    ['nobody answers', { neutral: 'silent' }, 'down', DETAIL.ours],
    ['there is nobody else to ask', { neutral: 'none-set' }, 'unknown', DETAIL.unknown],
    [
      'something at its address answers',
      { probe: UNUSABLE, neutral: 'not-asked' },
      'up',
      "What comes from KSeF's address is no usable answer (HTTP 503): the trouble is there.",
    ],
  ])('when KSeF is silent and %s', (_what, evidence, network, detail) => {
    expect(judge(evidence)).toEqual({ ksefReachable: false, network, detail });
  });

  it('is asked of a third host only when nothing came back from the two', () => {
    const silent = { probe: SILENT, traffic: FAILING, latarniaAnswered: false };
    expect(isAllSilent(silent)).toBe(true);
    expect(isAllSilent({ ...silent, latarniaAnswered: true })).toBe(false);
    expect(isAllSilent({ ...silent, probe: UNUSABLE })).toBe(false);
    expect(isAllSilent({ ...silent, traffic: MIXED })).toBe(false);
  });
});
