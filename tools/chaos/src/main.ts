import { CRASH_POINTS, RESERVED_CRASH_POINTS, type CrashPoint } from '@latarnik/composition';
import { writeFile } from 'node:fs/promises';
import { runHonesty } from './honesty/run-honesty.js';
import { readOptions, USAGE, UsageError, type ChaosOptions } from './options.js';
import { runText, runVerdicts, seedText } from './report.js';
import { runSeeds, withArena } from './run-seeds.js';

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** `npm run chaos`: 0 when every invariant held in every seed, 1 when one was broken, 2 when it was called wrongly. */
async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    say(USAGE);
    return 0;
  }
  if (args[0] === '--point' && args[1] === 'list') {
    for (const [name, what] of Object.entries(CRASH_POINTS)) {
      const reserved = RESERVED_CRASH_POINTS.get(name as CrashPoint);
      say(`${name.padEnd(26)} ${what}${reserved === undefined ? '' : ` [not here: ${reserved}]`}`);
    }
    return 0;
  }
  const options = readOptions(args);
  return withArena((arena) => (options.honesty ? runHonesty(arena, options, say) : chaos(arena, options)));
}

async function chaos(arena: Parameters<Parameters<typeof withArena>[0]>[0], options: ChaosOptions): Promise<number> {
  say(
    `${String(options.seeds)} seeds of ${String(options.invoices)} invoices, ${String(options.workers)} workers; logs in ${arena.directory}`,
  );
  const reports = await runSeeds(arena, options, (report) => {
    say(seedText(report));
  });
  say(`\n${runText(reports)}`);
  if (options.json !== undefined) {
    await writeFile(options.json, JSON.stringify({ verdicts: runVerdicts(reports), seeds: reports }, undefined, 2));
  }
  return reports.length > 0 && reports.every(({ failed }) => !failed) ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n${USAGE}`);
  process.exitCode = 2;
}
