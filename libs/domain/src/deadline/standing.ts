import type { BulletinVersion, Outage } from '../outage/outage.js';
import type { Instant, PlainDate } from '../shared/instant.js';
import type { OfflineRegime } from './deadline.js';

/** A day; or `open`, while the end that it counts from is not known; or `none`, when nothing is to be sent. */
export type Due = PlainDate | 'open' | 'none';

/** How a deadline stands after some of the messages: what governs, until when, and how it came to that. */
export interface Standing {
  readonly regime: OfflineRegime;
  readonly due: Due;
  /** The end of the outage that `due` counts from. */
  readonly restoredAt?: Instant;
  /** The article that gave `due`. */
  readonly basis: string;
  readonly steps: readonly string[];
  /** What the steps rest on. */
  readonly outages: readonly Outage[];
  /** What stood when a total failure lifted the duty to send. */
  readonly lifted?: Pick<Standing, 'regime' | 'due'>;
}

/** The standing after one more step, which may rest on an outage. */
export function withStep(
  standing: Standing,
  step: string,
  {
    outage,
    ...changes
  }: Partial<Pick<Standing, 'regime' | 'due' | 'restoredAt' | 'basis' | 'lifted'>> & { outage?: Outage } = {},
): Standing {
  return {
    ...standing,
    ...changes,
    steps: [...standing.steps, step],
    outages:
      outage === undefined || standing.outages.includes(outage) ? standing.outages : [...standing.outages, outage],
  };
}

/** The message versions behind the steps: what announced each outage, first and last, and what ended it. */
export function evidenceOf({ outages }: Standing): readonly BulletinVersion[] {
  return outages.flatMap(({ announcedBy, announcement, ending }) =>
    [announcedBy, announcement, ending].filter((version) => version !== undefined),
  );
}
