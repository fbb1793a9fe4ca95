import { isCrashPoint, type CrashPoint } from '@latarnik/composition';
import { parseArgs } from 'node:util';

/** What a run is told on the command line. */
export interface ChaosOptions {
  readonly firstSeed: number;
  readonly seeds: number;
  readonly invoices: number;
  readonly workers: number;
  /** Seeds at a time. */
  readonly parallel: number;
  /** No further seed is begun after so long. */
  readonly minutes: number | undefined;
  /** In every seed some process dies there. */
  readonly point: CrashPoint | undefined;
  /** Without the job queue: the sweeper alone drains. */
  readonly jobs: boolean;
  /** No faults and no outage: workers race for one backlog. */
  readonly race: boolean;
  /** Plants bugs and looks whether they are found. */
  readonly honesty: boolean;
  readonly plant: string | undefined;
  readonly json: string | undefined;
  /** Logs and plans of seeds that went well are kept too. */
  readonly keep: boolean;
}

export const USAGE = `npm run chaos -- [options]
  --seeds N      seeds to run (3)                   --seed S      the first one (1)
  --invoices M   invoices of a seed (25)            --workers K   worker processes (2)
  --parallel P   seeds at a time (1)                --minutes T   begin no further seed after so long
  --point NAME   some process dies there in every seed; --point list names them all
  --no-jobs      without the job queue: the sweeper alone drains
  --race         no faults: K workers race for one backlog of M invoices, one is killed
  --honesty      plants bugs one after another, and ends with 1 unless each is found; --plant NAME: this one
  --json FILE    the verdicts as JSON too           --keep        keep the logs of good seeds
`;

/** The command line cannot be used. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError */
export function readOptions(args: readonly string[]): ChaosOptions {
  const values = parse(args);
  const point = values.point;
  if (point !== undefined && !isCrashPoint(point)) throw new UsageError(`--point: there is no crash point ${point}`);
  const race = values.race;
  return {
    firstSeed: whole('--seed', values.seed, 1),
    seeds: whole('--seeds', values.seeds, race ? 1 : 3),
    invoices: whole('--invoices', values.invoices, race ? 30_000 : 25),
    workers: whole('--workers', values.workers, race ? 3 : 2),
    parallel: whole('--parallel', values.parallel, 1),
    minutes: values.minutes === undefined ? undefined : whole('--minutes', values.minutes, 1),
    point,
    jobs: !values['no-jobs'],
    race,
    honesty: values.honesty,
    plant: values.plant,
    json: values.json,
    keep: values.keep,
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        ...{ seeds: text, seed: text, invoices: text, workers: text, parallel: text, minutes: text },
        ...{ point: text, plant: text, json: text },
        ...{ 'no-jobs': flag, race: flag, honesty: flag, keep: flag },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'not understood');
  }
}

function whole(name: string, given: string | undefined, fallback: number): number {
  if (given === undefined) return fallback;
  const value = Number(given);
  if (!Number.isInteger(value) || value < 1 || value > 1_000_000) {
    throw new UsageError(`${name} must be a whole number from 1 to 1000000`);
  }
  return value;
}
