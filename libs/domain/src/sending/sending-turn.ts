import { UPLOAD_WINDOW_PER_PART } from '../batch/batch-limits.js';
import { isBefore } from '../calendar/warsaw-time.js';
import type { Instant } from '../shared/instant.js';
import { DEFAULT_SENDING_RULE, scheduledAt, type SendingRule } from './sending-rule.js';

/** How long the steps of a delivery take at worst (the 99th percentile of the last ones), in whole seconds. */
export interface DeliverySpeed {
  /** From planning to an open session. */
  readonly preparationSeconds: number;
  /** From the opening of a session to its last KSeF number. */
  readonly processingSeconds: number;
}

/** Until deliveries were measured: what KSeF took in its slow hours, and a package of 5 GB on a slow disk. */
export const CAUTIOUS_SPEED: DeliverySpeed = { preparationSeconds: 600, processingSeconds: 3_600 };

/**
 * Last moment to open a session that still leaves room for its whole upload window, for KSeF, and for doing all of it
 * once more (reliability C4).
 */
export function latestSafeOpening(target: Instant, parts: number, { processingSeconds }: DeliverySpeed): Instant {
  const onceSeconds = UPLOAD_WINDOW_PER_PART.minutes * 60 * parts + processingSeconds;
  return target.subtract({ seconds: 2 * onceSeconds });
}

/** What waits in one context, as far as it decides when to send. */
export interface Waiting {
  /** When the oldest of those that may go was issued. */
  readonly oldestAt: Instant;
  /** The earliest target; absent where none is due. */
  readonly firstTargetAt?: Instant;
  /** The tenant's own rule. */
  readonly rule?: SendingRule;
  /** Somebody said "send now" at this moment, and it is not all sent. */
  readonly orderedAt?: Instant;
}

/** Whether it is time, and why. */
export interface SendingTurn {
  /** Not before this moment. */
  readonly at: Instant;
  readonly because: 'ordered' | 'schedule' | 'hours-before-target' | 'latest-safe-opening';
  /** From then on a target is in danger, whatever the turn is for. */
  readonly pressingFrom?: Instant;
}

/**
 * When what waits in a context is to be sent: by order, by schedule, or so early that the target is safe, whichever is
 * first.
 *
 * @param parts that the first batch would be split into
 */
export function turnOf(
  waiting: Waiting,
  {
    lingerSeconds,
    speed,
    parts,
  }: { readonly lingerSeconds: number; readonly speed: DeliverySpeed; readonly parts: number },
): SendingTurn {
  const { schedule, hoursBeforeTarget } = waiting.rule ?? DEFAULT_SENDING_RULE;
  const { oldestAt, firstTargetAt, orderedAt } = waiting;
  const isOrdered = orderedAt !== undefined && !isBefore(orderedAt, oldestAt);
  const scheduled: SendingTurn = { at: scheduledAt(schedule, oldestAt, lingerSeconds), because: 'schedule' };
  const chosen = isOrdered ? first(scheduled, { at: orderedAt, because: 'ordered' }) : scheduled;
  if (firstTargetAt === undefined) return chosen;
  const safe = latestSafeOpening(firstTargetAt, parts, speed).subtract({ seconds: speed.preparationSeconds });
  const pressing = first(
    { at: firstTargetAt.subtract({ hours: hoursBeforeTarget }), because: 'hours-before-target' },
    { at: safe, because: 'latest-safe-opening' },
  );
  return { ...first(chosen, pressing), pressingFrom: pressing.at };
}

const first = (turn: SendingTurn, other: SendingTurn): SendingTurn => (isBefore(other.at, turn.at) ? other : turn);

/**
 * A number from 0 up to (not including) 1 that is always the same for one text and spread evenly over many: contexts that
 * wait for the same moment do not all begin in it (reliability B8).
 */
export function spread(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
