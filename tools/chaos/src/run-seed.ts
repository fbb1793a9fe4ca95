import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { callJson } from '@latarnik/launcher';
import { setTimeout as pause } from 'node:timers/promises';
import { Corrector } from './client/corrector.js';
import { issueAll } from './client/issuing-client.js';
import type { Documents } from './client/documents.js';
import { endDeaths, endFaults, strike } from './nemesis.js';
import { gather, logsOf } from './oracle/evidence.js';
import { groupBy } from './oracle/issued.js';
import { judge } from './oracle/judge.js';
import type { Verdict } from './oracle/verdict.js';
import type { SeedPlan } from './plan.js';
import { comeToRest, type Rest } from './quiesce.js';
import { withClient, type Cluster } from './world/cluster.js';
import { insist, startChaosSystem, type ChaosSystem } from './world/system.js';

export interface SeedRun {
  readonly cluster: Cluster;
  readonly documents: Documents;
  /** Of the whole run; this seed makes a folder in it. */
  readonly directory: string;
  readonly plan: SeedPlan;
  readonly plants?: readonly string[];
  /** Tells seeds with the same number apart. */
  readonly label?: string;
  readonly keep: boolean;
}

export interface SeedReport {
  readonly seed: number;
  readonly verdicts: readonly Verdict[];
  readonly failed: boolean;
  readonly rest: Rest;
  readonly invoices: number;
  readonly accepted: number;
  /** Invoices that ended with a person, by state. */
  readonly withPeople: Readonly<Record<string, number>>;
  readonly faults: number;
  /** Crash points at which a process died. */
  readonly killedAt: readonly string[];
  /** Crash points that were passed, where a census was taken. */
  readonly passed: readonly string[];
  /** What became of the technical corrections that were asked for, by invoice. */
  readonly corrections: Readonly<Record<string, string>>;
  /** Deaths of API and workers, of whatever kind. */
  readonly deaths: number;
  readonly seconds: number;
  /** Logs and plan; gone when the seed went well and was not kept. */
  readonly directory: string;
  /** Why there is no verdict: the run itself broke. */
  readonly trouble?: string;
}

/** One seed from an empty database to its verdict. */
export async function runSeed(run: SeedRun): Promise<SeedReport> {
  const beganAt = Date.now();
  const name = `chaos_${String(run.plan.seed)}${run.label === undefined ? '' : `_${run.label.replaceAll('-', '_')}`}`;
  const directory = join(run.directory, name);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(join(directory, 'plan.json'), JSON.stringify(run.plan, undefined, 2));
  const report = await attempt(run, name, directory, beganAt);
  await writeFile(join(directory, 'report.json'), JSON.stringify(report, undefined, 2));
  if (!report.failed && !run.keep) await rm(directory, { recursive: true, force: true });
  return report;
}

/** A run that breaks is a failed seed, and the others go on. */
async function attempt(run: SeedRun, name: string, directory: string, beganAt: number): Promise<SeedReport> {
  try {
    return await inDatabase(run, name, directory, beganAt);
  } catch (error) {
    return {
      ...{ seed: run.plan.seed, verdicts: [], failed: true, invoices: 0, accepted: 0, withPeople: {}, faults: 0 },
      ...{ corrections: {}, killedAt: [], passed: [], deaths: 0, seconds: (Date.now() - beganAt) / 1000, directory },
      rest: { settled: false, realSeconds: 0, shiftedSeconds: 0, open: [] },
      trouble: error instanceof Error ? (error.stack ?? error.message) : 'not an error object',
    };
  }
}

async function inDatabase(run: SeedRun, name: string, directory: string, beganAt: number): Promise<SeedReport> {
  const { plan, cluster, plants = [] } = run;
  const databases = await cluster.create(name);
  try {
    const system = await startChaosSystem({ plan, databases, directory, plants });
    try {
      return await play(system, run, beganAt);
    } finally {
      await system.stop();
    }
  } finally {
    await cluster.drop(name);
  }
}

async function play(system: ChaosSystem, run: SeedRun, beganAt: number): Promise<SeedReport> {
  const { plan, documents } = run;
  const startedAt = Date.now();
  const { tenants, api } = system;
  const corrector = await Corrector.with({ databaseUrl: system.databaseUrl, tenants, apiUrl: () => api.url });
  const peace = new AbortController();
  const correcting = correctMeanwhile(system.databaseUrl, corrector, peace.signal);
  if (plan.unattended === true) await system.ksef.cut('refuse');
  const [journal, { outage }] = await Promise.all([
    issueAll({ plan, tenants, documents, apiUrl: () => api.url }, startedAt),
    strike(system, plan, startedAt),
  ]);
  await endFaults(system);
  if (plan.unattended !== true) {
    await sendNow(system);
    await endDeaths(system);
  }
  peace.abort();
  await correcting;
  const rest = await comeToRest(system, plan.restPatienceSeconds, corrector);
  return withClient(system.databaseUrl, async (client) => {
    const evidence = await gather(client, system, { plan, journal, outage, rest });
    const verdicts = await judge(client, evidence);
    const logs = await logsOf(system.directory);
    const people = groupBy(
      evidence.invoices.filter(({ refusal }) => refusal !== null),
      ({ state }) => state,
    );
    return {
      seed: plan.seed,
      verdicts,
      failed: verdicts.some(({ breaches }) => breaches.length > 0),
      rest,
      invoices: evidence.invoices.length,
      accepted: evidence.accepted.length,
      withPeople: Object.fromEntries([...people].map(([state, rows]) => [state, rows.length])),
      faults: evidence.faults.length,
      corrections: corrector.answers,
      killedAt: pointsIn(logs, 'killed'),
      passed: [...new Set(pointsIn(logs, 'passed'))].sort(),
      deaths: system.lives().length - 1 - system.workers.length,
      seconds: (Date.now() - beganAt) / 1000,
      directory: system.directory,
    };
  });
}

function pointsIn(logs: readonly { readonly text: string }[], what: 'killed' | 'passed'): readonly string[] {
  const line = new RegExp(`"crash-point.${what}","point":"([^"]+)"`, 'g');
  return logs.flatMap(({ text }) => [...text.matchAll(line)].map(([, point]) => point ?? ''));
}

/** Under faults too, as people would. */
async function correctMeanwhile(databaseUrl: string, corrector: Corrector, until: AbortSignal): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    while (!until.aborted) {
      await corrector.tend(client);
      await pause(500);
    }
  });
}

/** As somebody who presses the button when it is over; what waits for people is not named and stays with them. */
async function sendNow({ tenants, api }: ChaosSystem): Promise<void> {
  for (const { apiKey } of tenants) {
    const headers = { authorization: `Bearer ${apiKey}` };
    await insist(() => callJson('POST', `${api.url}/v1/batches`, undefined, headers));
  }
}
