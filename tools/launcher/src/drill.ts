import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runDrill, type DrillAnswer } from './run-drill.js';
import { startSystem } from './start-system.js';

const USAGE = `npm run drill -- [--api URL --key API-KEY] [--invoices N] [--person NAME]

Rehearses an outage of KSeF: simulates one, issues N invoices (3) in every context, ends it, has them sent, checks
every one. Without --api on a system of its own with a simulated KSeF; with it on a running one, which must not be
production (the key may be in LATARNIK_API_KEY instead). The report is printed and kept in .latarnik/drill/ as
report.json and report.html. Ends with 1 unless every invoice is accounted for.
`;

const { values } = parseArgs({
  options: {
    api: { type: 'string' },
    key: { type: 'string' },
    invoices: { type: 'string', default: '3' },
    person: { type: 'string', default: 'npm run drill' },
    help: { type: 'boolean', default: false },
  },
});
const directory = join(import.meta.dirname, '..', '..', '..', '.latarnik', 'drill');

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

if (values.help) say(USAGE);
else process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const drill = values.api === undefined ? await onOwnSystem() : await on(values.api, keyGiven());
    tell(drill);
    return drill.report !== null && drill.report.verdict !== 'failed' ? 0 : 1;
  } catch (error) {
    say(`The drill could not be carried out: ${wordsOf(error)}`);
    return 1;
  }
}

/** A failed connection is a TypeError of fetch that says nothing by itself. */
function wordsOf(error: unknown): string {
  if (error instanceof TypeError) return `${values.api ?? 'the API'} does not answer: is Latarnik running there?`;
  return error instanceof Error ? error.message : 'unknown error';
}

function keyGiven(): string {
  const key = values.key ?? process.env['LATARNIK_API_KEY'];
  if (key === undefined) throw new Error('give the API key: --key, or LATARNIK_API_KEY');
  return key;
}

async function onOwnSystem(): Promise<DrillAnswer> {
  await rm(directory, { recursive: true, force: true });
  const starting = startSystem({
    directory,
    onProgress: (what) => {
      say(`  ${what} is up`);
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void starting.then((system) => system.stop()).finally(() => process.exit(130));
    });
  }
  const system = await starting;
  try {
    return await on(system.apiUrl, system.apiKey);
  } finally {
    await system.stop();
  }
}

async function on(apiUrl: string, apiKey: string): Promise<DrillAnswer> {
  const { invoices, person } = values;
  const { drill, page } = await runDrill({ apiUrl, apiKey, invoicesPerContext: Number(invoices), person, onStep: say });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(join(directory, 'report.json'), `${JSON.stringify(drill, null, 2)}\n`);
  await writeFile(join(directory, 'report.html'), page);
  return drill;
}

function tell({ report, failure }: DrillAnswer): void {
  if (report === null) {
    say(`The drill failed: ${failure ?? 'no report'}`);
    return;
  }
  const { toDetect, toIssue, toDrain } = report.seconds;
  say(`\nVerdict: ${report.verdict}`);
  say(`Issued ${String(report.issued)}, accounted for ${String(report.accountedFor)}.`);
  const drained = toDrain === null ? 'not in time' : `${String(toDrain)} s`;
  say(`To detect ${String(toDetect)} s, to issue ${String(toIssue)} s, to drain ${drained}.`);
  for (const finding of report.findings) say(`  - ${finding}`);
  say(`Report: ${join(directory, 'report.html')}`);
}
