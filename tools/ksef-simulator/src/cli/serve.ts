import { existsSync, readFileSync } from 'node:fs';

import { type Clock, ManualClock, SystemClock } from '../core/clock.js';
import { ScaledClock } from '../core/scaled-clock.js';
import { parseTimestamp } from '../core/time.js';
import { FAULT_PROFILES, type FaultProfileName } from '../faults/fault-profile.js';
import { SIMULATOR_NAME } from '../simulator-name.js';
import { type Simulator, startSimulator } from '../start-simulator.js';
import type { Scenario } from '../timeline/scenario.js';
import { parseScenario, readShippedScenario } from '../timeline/scenario-file.js';
import { CommandError } from './command-error.js';

export type Options = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

const DEFAULT_PORT = 8085;

/** A shipped scenario by its name, or one in a file. @throws {ScenarioError} */
export function loadScenario(nameOrFile: string): Scenario {
  return existsSync(nameOrFile) ? parseScenario(readFileSync(nameOrFile, 'utf8')) : readShippedScenario(nameOrFile);
}

/** Starts the simulator as the command line says. @throws {CommandError} */
export async function serve(options: Options, log: (line: string) => void): Promise<Simulator> {
  const scenario = text(options, 'scenario') === undefined ? undefined : loadScenario(text(options, 'scenario') ?? '');
  const profile = profileOf(options);
  const seed = text(options, 'seed');
  const port = portOf(options, 'port', DEFAULT_PORT);
  const simulator = await startSimulator({
    port,
    latarniaPort: portOf(options, 'latarnia-port', port === 0 ? 0 : port + 1),
    clock: clockOf(options, scenario),
    rateLimits: rateLimitsOf(options),
    log: (line) => {
      if (options['quiet'] !== true || !/^[A-Z]+ \//.test(line)) log(line);
    },
    ...(seed === undefined ? {} : { seed }),
  });
  simulator.state.faults.use(FAULT_PROFILES[profile]);
  if (scenario !== undefined) simulator.state.timeline.begin(scenario);
  return simulator;
}

/** What a program that starts the simulator waits for. */
export function readyLine({ ksefUrl, latarniaUrl, controlUrl, state }: Simulator): string {
  return JSON.stringify({
    ready: true,
    simulator: SIMULATOR_NAME,
    ksefUrl,
    latarniaUrl,
    controlUrl,
    seed: state.faults.draws.seed,
  });
}

function clockOf(options: Options, scenario: Scenario | undefined): Clock {
  const startAt = startOf(options) ?? scenario?.startAt ?? Date.now();
  const speed = speedOf(options);
  const kind = text(options, 'clock') ?? 'real';
  if (kind === 'virtual') return new ManualClock(new Date(startAt));
  if (kind !== 'real') throw new CommandError('--clock: real or virtual');
  return speed === 1 && options['start'] === undefined ? new SystemClock() : new ScaledClock(startAt, speed);
}

function speedOf(options: Options): number {
  const speed = Number(text(options, 'speed') ?? '1');
  if (speed > 0) return speed;
  throw new CommandError('--speed: a number above 0');
}

function startOf(options: Options): number | undefined {
  const start = text(options, 'start');
  if (start === undefined) return undefined;
  const at = parseTimestamp(start.replace(' ', 'T'));
  if (at === undefined) throw new CommandError('--start: write "2026-11-16 08:00"');
  return at;
}

function rateLimitsOf(options: Options): 'published' | 'off' {
  const wanted = text(options, 'rate-limits') ?? 'published';
  if (wanted === 'published' || wanted === 'off') return wanted;
  throw new CommandError('--rate-limits: published or off');
}

function profileOf(options: Options): FaultProfileName {
  const wanted = text(options, 'faults') ?? 'calm';
  if (wanted in FAULT_PROFILES) return wanted as FaultProfileName;
  throw new CommandError(`--faults: one of ${Object.keys(FAULT_PROFILES).join(', ')}`);
}

function portOf(options: Options, name: string, fallback: number): number {
  const port = Number(text(options, name) ?? fallback);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new CommandError(`--${name}: a port`);
}

export function text(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}
