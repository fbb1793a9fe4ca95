import type { ChaosOptions } from '../options.js';
import { UsageError } from '../options.js';
import { planSeed, type SeedPlan } from '../plan.js';
import { seedText } from '../report.js';
import { runSeed, type SeedReport } from '../run-seed.js';
import type { Arena } from '../run-seeds.js';
import { ownFile } from '../world/own-file.js';
import { PLANTS, type Plant } from './plants.js';

/** Tried so often; a bug that three seeds do not show is not found. */
const MOST_SEEDS = 3;
const INVOICES = 12;
const REST_PATIENCE_SECONDS = 40;

/**
 * Plants each bug in a quiet system and looks for the breach it must cause; first of all the same system without one must
 * be found in order.
 * @returns 0 when all were found
 */
export async function runHonesty(arena: Arena, options: ChaosOptions, say: (text: string) => void): Promise<number> {
  const chosen = PLANTS.filter(({ name }) => options.plant === undefined || name === options.plant);
  if (chosen.length === 0) throw new UsageError(`--plant: one of ${PLANTS.map(({ name }) => name).join(', ')}`);
  const control = await runSeed({ ...arena, plan: quietPlan(options.firstSeed), label: 'control', keep: false });
  if (control.failed) {
    say(`without any bug the judge complains:\n${seedText(control)}`);
    return 1;
  }
  say('without a bug  nothing is found');
  const queue = [...chosen];
  let missed = 0;
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const found = await findPlant(arena, next, options.firstSeed);
      if (!found.isFound) missed += 1;
      say(found.text);
    }
  };
  await Promise.all(Array.from({ length: options.parallel }, lane));
  say(
    missed === 0
      ? `all ${String(chosen.length)} bugs were found`
      : `${String(missed)} of ${String(chosen.length)} bugs were NOT found`,
  );
  return missed === 0 ? 0 : 1;
}

export async function findPlant(
  arena: Arena,
  plant: Plant,
  firstSeed: number,
): Promise<{ readonly isFound: boolean; readonly text: string }> {
  const name = plant.name.padEnd(20);
  for (let seed = firstSeed; seed < firstSeed + MOST_SEEDS; seed++) {
    const quiet = quietPlan(seed);
    const plan = { ...quiet, ...plant.during?.(quiet) };
    const plants = [ownFile(`honesty/plants/${plant.name}.js`)];
    const report = await runSeed({ ...arena, plan, plants, label: plant.name, keep: false });
    const breach = breachOf(report, plant);
    if (breach !== undefined) return { isFound: true, text: `${name} found by seed ${String(seed)}: ${breach}` };
  }
  return { isFound: false, text: `${name} NOT FOUND in ${String(MOST_SEEDS)} seeds: ${plant.what}` };
}

function breachOf({ verdicts }: SeedReport, { breaks }: Plant): string | undefined {
  const broken = verdicts.find(({ invariant, breaches }) => breaks.includes(invariant) && breaches.length > 0);
  return broken === undefined ? undefined : `${broken.invariant} ${broken.breaches[0] ?? ''}`;
}

/** No faults, no outage and no deaths: what is found is the bug's doing. */
function quietPlan(seed: number): SeedPlan {
  const plan = planSeed({ seed, invoices: INVOICES, workers: 2, jobs: true });
  return {
    ...plan,
    profile: 'calm',
    lingerSeconds: 1,
    ksefTimeoutSeconds: 5,
    processingDelayMs: 300,
    invoices: plan.invoices.map((invoice) => ({
      ...invoice,
      ...{ mode: 'offline24', rival: false, firstPatienceMs: 20_000 },
      tenant: invoice.index % 3 === 0 ? 1 : 0,
    })),
    outage: undefined,
    blows: [],
    processes: {},
    chaosEndsMs: 3_000,
    restPatienceSeconds: REST_PATIENCE_SECONDS,
  };
}
