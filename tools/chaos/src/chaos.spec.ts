import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CRASH_POINTS, RESERVED_CRASH_POINTS, type CrashPoint } from '@latarnik/composition';
import { findPlant } from './honesty/run-honesty.js';
import { PLANTS } from './honesty/plants.js';
import { INVARIANTS } from './oracle/verdict.js';
import { planSeed } from './plan.js';
import { runText, runVerdicts, seedText } from './report.js';
import { runSeed, type SeedReport } from './run-seed.js';
import { withArena, type Arena } from './run-seeds.js';

/** Of a small run with a census; the large ones kill at the others (`npm run chaos -- --point NAME`). */
const NOT_IN_A_SMALL_RUN: ReadonlyMap<CrashPoint, string> = new Map([
  ['X.leaseRenew', 'a batch has to be held for five seconds'],
  ['X.keyRotationStep', 'a key has to be rotated'],
]);

let arena: Arena;
let leave: () => void;
let closed: Promise<void>;
beforeAll(async () => {
  const opened = new Promise<Arena>((resolve, reject) => {
    closed = withArena((given) => {
      resolve(given);
      return new Promise<void>((end) => (leave = end));
    });
    closed.catch(reject);
  });
  arena = await opened;
});
afterAll(async () => {
  leave();
  await closed;
});

/** Seeds whose first processes die at a point of issuing, and at one of delivering. */
const SEEDS = [12, 24];

describe('faults and deaths', () => {
  let reports: readonly SeedReport[];
  beforeAll(async () => {
    reports = await Promise.all(
      SEEDS.map((seed) => {
        const plan = { ...planSeed({ seed, invoices: 20, workers: 2, jobs: seed % 24 === 0 }), census: true };
        return runSeed({ ...arena, plan, keep: false });
      }),
    );
  }, 900_000);

  it('break no invariant', () => {
    const failed = reports.filter((report) => report.failed).map(seedText);

    expect(failed.join('\n')).toBe('');
    expect(runText(reports)).toContain('no seed failed');
  });

  it('leave nothing unlooked at', () => {
    const idle = runVerdicts(reports).filter(({ checked }) => checked === 0);

    expect(runVerdicts(reports)).toHaveLength(Object.keys(INVARIANTS).length);
    expect(idle).toEqual([]);
  });

  it('kill at named points, and pass every point that is in the code', () => {
    const met = new Set(reports.flatMap(({ killedAt, passed }) => [...killedAt, ...passed]));
    const missing = (Object.keys(CRASH_POINTS) as CrashPoint[]).filter(
      (point) => !met.has(point) && !RESERVED_CRASH_POINTS.has(point) && !NOT_IN_A_SMALL_RUN.has(point),
    );

    expect(reports.every(({ killedAt }) => killedAt.length > 0)).toBe(true);
    expect(missing).toEqual([]);
  });
});

describe('a judge that finds nothing proves nothing', () => {
  it.each(['two-sessions', 'answer-before-commit'])('and so finds the planted bug "%s"', async (name) => {
    const plant = PLANTS.find((each) => each.name === name);
    if (plant === undefined) throw new Error(`no plant ${name}`);

    expect(await findPlant(arena, plant, 1)).toMatchObject({ isFound: true });
  });
});
