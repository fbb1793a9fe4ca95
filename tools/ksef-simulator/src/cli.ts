import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { describeReport, playThrough } from './cli/check-scenario.js';
import { CommandError } from './cli/command-error.js';
import { HELP } from './cli/help.js';
import { callControl, controlCall } from './cli/remote.js';
import { loadScenario, type Options, readyLine, serve, text } from './cli/serve.js';
import { stopWith } from './process-end.js';
import { ProductionSettings } from './production-guard.js';
import { SIMULATOR_NAME } from './simulator-name.js';
import { ScenarioError } from './timeline/fields.js';
import { shippedScenarios } from './timeline/scenario-file.js';

/** `npm run simulator -- …`: runs the simulator, or turns one that runs. */

const TEXT = { type: 'string' } as const;
const FLAG = { type: 'boolean' } as const;
const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  port: TEXT,
  'latarnia-port': TEXT,
  clock: TEXT,
  start: TEXT,
  end: TEXT,
  speed: TEXT,
  'rate-limits': TEXT,
  faults: TEXT,
  seed: TEXT,
  scenario: TEXT,
  quiet: FLAG,
  control: TEXT,
  title: TEXT,
  text: TEXT,
  manner: TEXT,
  silently: FLAG,
  reachable: FLAG,
  group: { type: 'string', multiple: true },
  times: TEXT,
  after: TEXT,
  code: TEXT,
  'http-status': TEXT,
  duration: TEXT,
  keep: FLAG,
} as const;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const log = (line: string): void => {
  process.stderr.write(`${SIMULATOR_NAME}: ${line}\n`);
};

try {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const [command = 'serve', ...words] = positionals;
  if (values.help === true || command === 'help') say(HELP);
  else process.exitCode = await run(command, words, values);
} catch (error) {
  const expected = [CommandError, ScenarioError, ProductionSettings, TypeError].some((kind) => error instanceof kind);
  if (!expected || !(error instanceof Error)) throw error;
  log(error.message);
  process.exitCode = 2;
}

async function run(command: string, words: readonly string[], options: Options): Promise<number> {
  if (command === 'serve') return runServer(options);
  if (command === 'scenario') return runScenario(words, options);
  say(await callControl(controlUrl(options), controlCall(command, words, options)));
  return 0;
}

async function runServer(options: Options): Promise<number> {
  const simulator = await serve(options, log);
  log('KSeF and Latarnia TEST TWIN: nothing sent here is issued in law, and nothing survives the end of this process');
  say(readyLine(simulator));
  stopWith(() => simulator.close());
  return 0;
}

async function runScenario([what, name]: readonly string[], options: Options): Promise<number> {
  if (what === 'list') {
    for (const shipped of shippedScenarios()) say(`${shipped.padEnd(26)}${loadScenario(shipped).title}`);
    return 0;
  }
  if (name === undefined) throw new CommandError('scenario list | check NAME|FILE | play NAME|FILE');
  const scenario = loadScenario(name);
  if (what === 'check') {
    const report = await playThrough(scenario);
    say(describeReport(report));
    return report.steps.some(({ breaches }) => breaches.length > 0) ? 1 : 0;
  }
  if (what !== 'play') throw new CommandError('scenario list | check NAME|FILE | play NAME|FILE');
  const body = existsSync(name) ? { yaml: readFileSync(name, 'utf8') } : { name };
  say(await callControl(controlUrl(options), { method: 'POST', path: '/timeline', body }));
  return 0;
}

function controlUrl(options: Options): string {
  return text(options, 'control') ?? process.env['LATARNIK_SIMULATOR_CONTROL'] ?? 'http://127.0.0.1:8085/control';
}
