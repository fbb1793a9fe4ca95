import type { PastDelivery } from '../sending/sending-book.port.js';
import { CAUTIOUS_SPEED, type DeliverySpeed } from '../sending/sending-turn.js';

/** How long deliveries of a context take: in the middle, and at worst. */
export interface MeasuredSpeed {
  readonly typical: DeliverySpeed;
  readonly worst: DeliverySpeed;
  /** Deliveries it was measured by; below `LEAST_DELIVERIES` both are what is assumed of any context. */
  readonly deliveries: number;
}

const LEAST_DELIVERIES = 3;

/** What is assumed of a context before it was measured. */
export const TYPICAL_SPEED: DeliverySpeed = { preparationSeconds: 60, processingSeconds: 300 };

/** The median, and the slowest of those looked at (of twenty or so that is the 99th percentile). */
export function measuredSpeed(past: readonly PastDelivery[]): MeasuredSpeed {
  if (past.length < LEAST_DELIVERIES) {
    return { typical: TYPICAL_SPEED, worst: CAUTIOUS_SPEED, deliveries: past.length };
  }
  const preparation = past.map(({ plannedAt, openedAt }) => secondsBetween(plannedAt, openedAt)).sort(ascending);
  const processing = past.map(({ openedAt, finishedAt }) => secondsBetween(openedAt, finishedAt)).sort(ascending);
  return {
    typical: { preparationSeconds: median(preparation), processingSeconds: median(processing) },
    worst: { preparationSeconds: preparation.at(-1) ?? 0, processingSeconds: processing.at(-1) ?? 0 },
    deliveries: past.length,
  };
}

/** Whole seconds, rounded up. */
const secondsBetween = (from: PastDelivery['plannedAt'], to: PastDelivery['plannedAt']): number =>
  Math.max(0, Math.ceil((to.epochMilliseconds - from.epochMilliseconds) / 1000));

const ascending = (a: number, b: number): number => a - b;

/** The upper one of two middles. */
const median = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length / 2)] ?? 0;
