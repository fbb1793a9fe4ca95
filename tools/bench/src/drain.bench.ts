import { batchLimitsWithin, limitOf, PUBLISHED_CONTEXT_LIMITS } from '@latarnik/domain';
import { DrainSimulation, type DrainScenario } from './drain-simulation.js';
import { printFigure } from './figure.js';
import { earliestTimes } from './ksef-count.js';

const HOUR_MS = 3_600_000;
/** Rows on a page of a session's list. */
const PAGE_ROWS = 1_000;

/** What is not a limit of KSeF: `npm run bench -- pack` measures the making of a package; KSeF takes its minutes. */
const CALM = { preparationMs: 4_000, processingMs: 120_000 } as const;

export const DRAIN_SCENARIOS: Readonly<Record<string, DrainScenario>> = {
  // KSeF refuses something in every session: each is read by its list.
  'one-context': { ...CALM, contexts: 1, invoicesEach: 1_000_000, lanes: 4, wholePercent: 0 },
  'ten-contexts': { ...CALM, contexts: 10, invoicesEach: 1_000_000, lanes: 20, wholePercent: 0 },
  // KSeF takes everything: each session is read by its collective UPO (ADR 0024). What the last one takes is no limit of
  // KSeF, so that there are enough of them.
  'one-context-whole': { ...CALM, contexts: 1, invoicesEach: 3_000_000, lanes: 4, wholePercent: 100 },
};

/** Invoices an hour, beside what KSeF's limits allow to somebody who loses no moment. */
export interface DrainRates {
  readonly delivered: { readonly value: number; readonly limit: number };
  readonly confirmed: { readonly value: number; readonly limit: number };
  readonly overfilled: number;
  readonly calls: number;
}

/** Runs a scenario. Every context has limits of its own, so what one of them is allowed holds for each. */
export function drainRates(scenario: DrainScenario): DrainRates {
  const { contexts, invoicesEach, wholePercent } = scenario;
  const { deliveredMs, confirmedMs, overfilled, calls } = new DrainSimulation(scenario).run();
  const anHour = (ms: number): number => (contexts * invoicesEach * HOUR_MS) / ms;
  const sessions = Math.ceil(invoicesEach / batchLimitsWithin(PUBLISHED_CONTEXT_LIMITS).invoices);
  const lastOpening = earliestTimes(sessions, limitOf('batch-open')).at(-1) ?? 0;
  const listed = (invoicesEach * (100 - wholePercent)) / 100;
  const lastPage = earliestTimes(Math.ceil(listed / PAGE_ROWS), limitOf('session-invoices')).at(-1) ?? 0;
  return {
    delivered: { value: anHour(deliveredMs), limit: anHour(lastOpening) },
    confirmed: { value: anHour(confirmedMs), limit: anHour(Math.max(lastOpening, lastPage)) },
    overfilled,
    calls,
  };
}

/** Backlogs of a million invoices and more in simulated time, against the limits that KSeF publishes. */
export function drainBench(): Promise<void> {
  for (const [name, scenario] of Object.entries(DRAIN_SCENARIOS)) {
    const { delivered, confirmed, overfilled, calls } = drainRates(scenario);
    printFigure({ name: `drain.${name}.delivered`, unit: 'invoices/h', ...delivered });
    printFigure({ name: `drain.${name}.confirmed`, unit: 'invoices/h', ...confirmed });
    printFigure({
      name: `drain.${name}.overfilled`,
      value: overfilled,
      unit: `windows of KSeF in ${String(calls)} calls`,
    });
  }
  return Promise.resolve();
}
