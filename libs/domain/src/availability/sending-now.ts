import { warsawText } from '../calendar/warsaw-time.js';
import { classifyAtIssue } from '../deadline/classify-at-issue.js';
import type { Connection } from '../outage/connection.js';
import type { Outage } from '../outage/outage.js';
import { expireGate, isStale, type SendingGate } from '../outage/sending-gate.js';
import type { Instant } from '../shared/instant.js';

/** Whether batches go out now, and why. */
export interface SendingDecision {
  readonly sending: boolean;
  /** For an accountant. */
  readonly reason: string;
}

/**
 * Batches go out while the gate is open and nothing announced says that KSeF will not work.
 * @param outages those that may be relied on (see `reliableOutages`)
 */
export function sendingNow(
  now: Instant,
  outages: readonly Outage[],
  connection: Connection | undefined,
): SendingDecision {
  const circumstances = classifyAtIssue(now, outages);
  if (circumstances.mode !== 'offline24') {
    const { bulletinId } = circumstances.outage.announcement;
    return held(`${ANNOUNCED[circumstances.mode]} is announced (${bulletinId}): sending waits for its end.`);
  }
  return connection?.gate === undefined ? held('Nobody has looked at KSeF yet.') : throughGate(connection.gate, now);
}

function throughGate(known: SendingGate, now: Instant): SendingDecision {
  const gate = expireGate(known, now);
  if (isStale(gate.lookedAt, now)) {
    return held(`Nobody has looked at KSeF since ${warsawText(gate.lookedAt)}: is a worker running?`);
  }
  const { looks } = gate.against;
  if (gate.state === 'open') {
    return {
      sending: true,
      reason:
        looks === 0
          ? 'KSeF can be reached.'
          : 'The last look did not reach KSeF; sending stops when the next one does not either.',
    };
  }
  return held(
    looks === 0
      ? `KSeF cannot be reached since ${warsawText(gate.since)}; sending starts after two looks in a row that reach it.`
      : 'KSeF answers again; sending starts when the next look reaches it too.',
  );
}

const held = (reason: string): SendingDecision => ({ sending: false, reason });

const ANNOUNCED = {
  emergency: 'A failure of KSeF',
  unavailability: 'Maintenance of KSeF',
  'total-failure': 'A total failure',
} as const;
