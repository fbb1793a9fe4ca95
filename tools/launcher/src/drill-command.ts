import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MOST_INVOICES_PER_CONTEXT } from '@latarnik/domain';
import { messageOf, nameOf } from './http.js';
import { runDrill, type DrillAnswer } from './run-drill.js';
import { startSystem } from './start-system.js';

/** What `npm run drill` ends with. */
export const DRILL_EXIT = { passed: 0, failed: 1, usage: 2, attention: 3, notCarriedOut: 4 } as const;

export const DRILL_USAGE = `npm run drill -- [--api URL --key API-KEY] [--invoices N] [--person NAME]

Rehearses an outage of KSeF: makes one, issues N invoices (3) in every context, ends it, has them sent, checks every one.
Without --api it starts a system of its own with a simulated KSeF, which really falls silent. With --api it asks a running
test system, which takes its simulated KSeF down if it has one, and else simulates a downtime; the report says which. The key
may be in LATARNIK_API_KEY instead. The report is printed and kept in .latarnik/drill/ as report.json and report.html.

Ends with
  0  passed: every invoice is accounted for, and everything else is in order
  1  failed: an invoice is not accounted for
  2  the command was not understood
  3  attention: every invoice is accounted for, but a person has something to do; or there was nothing to rehearse
  4  the drill could not be carried out
`;

export interface DrillCommand {
  readonly arguments: readonly string[];
  /** LATARNIK_API_KEY is read. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Reports go into its folder `drill`; a system of its own into a new one beside it. */
  readonly directory: string;
  readonly say: (text: string) => void;
  readonly complain: (text: string) => void;
  readonly start?: typeof startSystem;
}

interface Wish {
  readonly api?: { readonly url: string; readonly key: string } | undefined;
  readonly invoices: number;
  readonly person: string;
}

class UsageError extends Error {}

/** @returns what the process is to end with; see DRILL_EXIT */
export async function drillCommand(command: DrillCommand): Promise<number> {
  const { say, complain } = command;
  try {
    const wish = readWish(command);
    if (wish === 'help') {
      say(DRILL_USAGE);
      return DRILL_EXIT.passed;
    }
    const drill = wish.api === undefined ? await onOwnSystem(command, wish) : await on(wish.api, command, wish);
    tell(drill, command);
    return exitOf(drill);
  } catch (error) {
    if (error instanceof UsageError) {
      complain(`${error.message}\n\n${DRILL_USAGE}`);
      return DRILL_EXIT.usage;
    }
    complain(`The drill could not be carried out: ${wordsOf(error)}`);
    return DRILL_EXIT.notCarriedOut;
  }
}

const OPTIONS = {
  api: { type: 'string' },
  key: { type: 'string' },
  invoices: { type: 'string', default: '3' },
  person: { type: 'string', default: 'npm run drill' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** @throws UsageError */
function readWish({ arguments: args, environment }: DrillCommand): Wish | 'help' {
  const { api, key, invoices, person, help } = optionsIn(args);
  if (help) return 'help';
  const count = Number(invoices);
  if (!/^\d+$/.test(invoices) || count < 1 || count > MOST_INVOICES_PER_CONTEXT) {
    throw new UsageError(`--invoices: a whole number from 1 to ${String(MOST_INVOICES_PER_CONTEXT)}`);
  }
  if (person.trim() === '') throw new UsageError('--person: who asks for the drill?');
  const given = apiIn(api, key, environment);
  return { invoices: count, person, ...(given === undefined ? {} : { api: given }) };
}

/** @throws UsageError */
function apiIn(
  url: string | undefined,
  key: string | undefined,
  environment: DrillCommand['environment'],
): Wish['api'] {
  if (url === undefined) {
    if (key === undefined) return undefined;
    throw new UsageError('--key belongs to --api: without it the drill runs on a system of its own');
  }
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw new UsageError('--api: an http address');
  const apiKey = key ?? environment['LATARNIK_API_KEY'];
  if (apiKey === undefined || apiKey === '') throw new UsageError('give the API key: --key, or LATARNIK_API_KEY');
  return { url, key: apiKey };
}

function optionsIn(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

/** Its folder is new and its own; after a drill that went wrong it stays, with the logs. */
async function onOwnSystem(command: DrillCommand, wish: Wish): Promise<DrillAnswer> {
  const { directory, say, start = startSystem } = command;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const own = await mkdtemp(join(directory, 'drill-system-'));
  const starting = start({
    directory: own,
    onProgress: (what) => {
      say(`  ${what} is up`);
    },
  });
  const onSignal = (): void => {
    void starting.then((system) => system.stop()).finally(() => process.exit(130));
  };
  for (const signal of SIGNALS) process.once(signal, onSignal);
  let isFine = false;
  try {
    const system = await starting;
    try {
      const drill = await on({ url: system.apiUrl, key: system.apiKey }, command, wish);
      isFine = exitOf(drill) === DRILL_EXIT.passed || exitOf(drill) === DRILL_EXIT.attention;
      return drill;
    } finally {
      await system.stop();
    }
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    if (isFine) await rm(own, { recursive: true, force: true });
    else say(`Logs: ${join(own, 'logs')}`);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

async function on(api: NonNullable<Wish['api']>, { directory, say }: DrillCommand, wish: Wish): Promise<DrillAnswer> {
  const run = { apiUrl: api.url, apiKey: api.key, invoicesPerContext: wish.invoices, person: wish.person, onStep: say };
  const { drill, page } = await runDrill(run);
  const reports = join(directory, 'drill');
  await mkdir(reports, { recursive: true, mode: 0o700 });
  await writeFile(join(reports, 'report.json'), `${JSON.stringify(drill, null, 2)}\n`);
  await writeFile(join(reports, 'report.html'), page);
  return drill;
}

function exitOf({ report, state }: DrillAnswer): number {
  if (report !== null) return DRILL_EXIT[report.verdict];
  return state === 'skipped' ? DRILL_EXIT.attention : DRILL_EXIT.notCarriedOut;
}

function tell({ report, failure }: DrillAnswer, { directory, say }: DrillCommand): void {
  if (report === null) {
    say(`There is no report: ${failure ?? 'the drill did not say why'}`);
    return;
  }
  const { toDetect, toIssue, toDrain, toProve } = report.seconds;
  const inTime = (count: number | null): string => (count === null ? 'not in time' : `${String(count)} s`);
  say(`\nVerdict: ${report.verdict}`);
  say(`Issued ${String(report.issued)}, accounted for ${String(report.accountedFor)}.`);
  say(`To detect ${String(toDetect)} s, to issue ${String(toIssue)} s.`);
  say(`To drain ${inTime(toDrain)} (KSeF gave the last number), to prove ${inTime(toProve)} (all UPOs are here).`);
  say(report.measured);
  say(
    `Checks: ${report.checks.map(({ name, passed, failed }) => `${name} ${String(passed)}/${String(passed + failed)}`).join(', ')}.`,
  );
  for (const finding of report.findings) say(`  - ${finding}`);
  say(`Report: ${join(directory, 'drill', 'report.html')}`);
}

/** A failed connection is a TypeError of fetch that says nothing by itself. */
function wordsOf(error: unknown): string {
  if (nameOf(error) === 'TypeError') return 'nothing answers there: is Latarnik running at that address?';
  return messageOf(error);
}
