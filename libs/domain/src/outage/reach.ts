import type { ProbeOutcome } from './ksef-probe.port.js';
import type { Traffic } from './ksef-traffic.port.js';
import type { NeutralAnswer } from './neutral-addresses.port.js';

/** Whether our own connection to the world works, as far as one can tell from here. */
export type NetworkState = 'up' | 'down' | 'unknown';

/** What a look at KSeF goes by. */
export interface Evidence {
  readonly probe: ProbeOutcome;
  readonly traffic: Traffic;
  /** Whether anything at all came back from Latarnia's host, be it an error: it is another host than KSeF. */
  readonly latarniaAnswered: boolean;
  /** `not-asked` where the rest tells already that the network works. */
  readonly neutral: NeutralAnswer | 'not-asked';
}

export interface Reach {
  readonly ksefReachable: boolean;
  readonly network: NetworkState;
  /** For an accountant. */
  readonly detail: string;
}

/** What the calls of a process say together. */
export type TrafficVerdict = 'none' | 'answers' | 'fails' | 'mixed';

/** The latest call says how it is; after earlier answers one failure says too little. */
export function trafficVerdict({ answered, last }: Traffic): TrafficVerdict {
  if (last === undefined) return 'none';
  if (last === 'answered') return 'answers';
  return answered === 0 ? 'fails' : 'mixed';
}

/** Whether nothing came back from either host, so that it takes a third one to tell whose network is lost. */
export function isAllSilent({ probe, traffic, latarniaAnswered }: Omit<Evidence, 'neutral'>): boolean {
  return probe.kind === 'silent' && traffic.answered === 0 && !latarniaAnswered;
}

/**
 * Whether KSeF can be reached: by real calls first, then by the probe. A probe that is answered while calls fail is no
 * reach; a probe that fails while calls are answered is no loss (reliability B4). Where KSeF is silent, other hosts tell
 * whether it is our own network (B3). None of this is a failure in law: only the Ministry announces those (art. 106ne).
 */
export function judgeReach(evidence: Evidence): Reach {
  const { probe, traffic } = evidence;
  const calls = trafficVerdict(traffic);
  const fault = traffic.lastFailure ?? 'no answer';
  if (probe.kind === 'answered') {
    if (calls === 'fails') {
      return unreachable('up', `KSeF answers the test question, but our calls to it fail (${fault}).`);
    }
    return reachable(
      calls === 'mixed' ? `KSeF answers, though a call to it failed just now (${fault}).` : `${probe.detail}.`,
    );
  }
  if (calls === 'answers') return reachable(`KSeF answers our calls, though not the test question (${probe.detail}).`);
  return explainSilence(evidence);
}

function explainSilence(evidence: Evidence): Reach {
  const { probe, neutral } = evidence;
  if (probe.kind === 'unusable') {
    return unreachable(
      'up',
      `What comes from KSeF's address is no usable answer (${probe.detail}): the trouble is there.`,
    );
  }
  if (!isAllSilent(evidence) || neutral === 'answered') {
    return unreachable(
      'up',
      `KSeF does not answer (${probe.detail}), while other addresses do: the trouble is at KSeF or on the way to it.`,
    );
  }
  if (neutral === 'silent') {
    return unreachable(
      'down',
      'Nothing answers from here, neither KSeF nor any other address: it looks like our own network.',
    );
  }
  return unreachable(
    'unknown',
    `Neither KSeF nor Latarnia answers (${probe.detail}), and no other address is set up to ask: it may be our own network.`,
  );
}

const reachable = (detail: string): Reach => ({ ksefReachable: true, network: 'up', detail });
const unreachable = (network: NetworkState, detail: string): Reach => ({ ksefReachable: false, network, detail });
