import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Documents } from './client/documents.js';
import type { ChaosOptions } from './options.js';
import { planSeed } from './plan.js';
import { runSeed, type SeedReport } from './run-seed.js';
import { Cluster } from './world/cluster.js';

/** What all seeds of a run share. */
export interface Arena {
  readonly cluster: Cluster;
  readonly documents: Documents;
  readonly directory: string;
}

export async function withArena<T>(work: (arena: Arena) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'latarnik-chaos-'));
  const documents = await Documents.read();
  const cluster = await Cluster.start(directory);
  try {
    return await work({ cluster, documents, directory });
  } finally {
    await cluster.stop();
  }
}

type SeedOptions = Pick<
  ChaosOptions,
  'firstSeed' | 'seeds' | 'invoices' | 'workers' | 'parallel' | 'minutes' | 'point' | 'jobs' | 'race' | 'keep'
>;

/** Runs the seeds, so many at a time. @param tell hears of each as it ends */
export async function runSeeds(
  arena: Arena,
  options: SeedOptions,
  tell: (report: SeedReport) => void,
): Promise<readonly SeedReport[]> {
  const { firstSeed, invoices, workers, jobs, point, race, keep, minutes } = options;
  const stopAt = minutes === undefined ? Infinity : Date.now() + minutes * 60_000;
  const seeds = Array.from({ length: options.seeds }, (_, at) => firstSeed + at);
  const reports: SeedReport[] = [];
  const lane = async (): Promise<void> => {
    for (let seed = seeds.shift(); seed !== undefined && Date.now() < stopAt; seed = seeds.shift()) {
      const plan = planSeed({ seed, invoices, workers, jobs, point, race });
      const report = await runSeed({ ...arena, plan, keep });
      reports.push(report);
      tell(report);
    }
  };
  await Promise.all(Array.from({ length: options.parallel }, lane));
  return reports.sort((a, b) => a.seed - b.seed);
}
