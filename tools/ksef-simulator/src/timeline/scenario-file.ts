import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { parse } from 'yaml';

import { OUTAGE_MANNERS, type OutageManner } from '../core/reachability.js';
import { parseTimestamp } from '../core/time.js';
import { FAULT_PROFILES, type FaultProfileName } from '../faults/fault-profile.js';
import { isIncidentName } from '../faults/incidents.js';
import { parseDuration } from './duration.js';
import { Fields, ScenarioError } from './fields.js';
import type { Action, Expectation, OutageAction, Scenario, Step } from './scenario.js';

/** The scenarios that come with the simulator. */
export const SCENARIO_DIRECTORY = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'scenarios');

/** Names of the shipped scenarios, in alphabetical order. */
export function shippedScenarios(): readonly string[] {
  return readdirSync(SCENARIO_DIRECTORY)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/** Reads a shipped scenario. @throws {ScenarioError} when there is none of that name */
export function readShippedScenario(name: string): Scenario {
  if (!shippedScenarios().includes(name)) {
    throw new ScenarioError(`no scenario ${name}; shipped are ${shippedScenarios().join(', ')}`);
  }
  return parseScenario(readFileSync(join(SCENARIO_DIRECTORY, `${name}.yaml`), 'utf8'));
}

/** Reads a scenario. @throws {ScenarioError} that names the place */
export function parseScenario(yaml: string): Scenario {
  let content: unknown;
  try {
    content = parse(yaml);
  } catch (error) {
    throw new ScenarioError(error instanceof Error ? error.message : String(error));
  }
  const fields = new Fields(content, 'scenario', ['name', 'title', 'start', 'steps']);
  const start = fields.text('start');
  const startAt = parseTimestamp(start.replace(' ', 'T'));
  if (startAt === undefined) throw fields.wrong('start', 'is no time; write 2026-11-16 08:00 (Warsaw)');
  const names = new Set<string>();
  const steps = fields.list('steps').map((step, index) => readStep(step, `step ${String(index + 1)}`, startAt, names));
  const outOfOrder = steps.findIndex(({ atMs }, index) => atMs < (steps[index - 1]?.atMs ?? 0));
  if (outOfOrder >= 0) throw new ScenarioError(`step ${String(outOfOrder + 1)}: comes before the step above it`);
  return { name: fields.text('name'), title: fields.text('title'), startAt, steps };
}

const ACTIONS: Readonly<Record<string, (value: unknown, where: string, startAt: number) => Action>> = {
  maintenance: (value, where, startAt) => readOutage(value, where, startAt, 'MAINTENANCE'),
  failure: (value, where, startAt) => readOutage(value, where, startAt, 'FAILURE'),
  'total-failure': (value, where, startAt) => readOutage(value, where, startAt, 'TOTAL_FAILURE'),
  correct: readCorrection,
  end: readEnd,
  ksef: (value, where) => ({ do: 'reach', what: 'ksef', manner: readManner(value, where) }),
  latarnia: (value, where) => ({ do: 'reach', what: 'latarnia', manner: readManner(value, where) }),
  incident: readIncident,
  faults: readFaults,
  keys: (value, where) => {
    if (value !== 'rotate') throw new ScenarioError(`${where}: keys can only rotate`);
    return { do: 'rotate-keys' };
  },
};

function readStep(value: unknown, where: string, startAt: number, names: Set<string>): Step {
  const fields = new Fields(value, where, ['at', 'note', 'expect', ...Object.keys(ACTIONS)]);
  const actions = fields
    .names()
    .flatMap((name) => ACTIONS[name]?.(fields.value(name), `${where}, ${name}`, startAt) ?? []);
  for (const action of actions) checkName(action, where, names);
  return {
    atMs: offset(fields.text('at'), startAt, `${where}, at`),
    note: fields.optionalText('note') ?? actions.map((action) => action.do).join(', '),
    actions,
    expect: fields.has('expect') ? readExpectation(fields.value('expect'), `${where}, expect`) : {},
  };
}

/** An event is named once, and then meant by its name. */
function checkName(action: Action, where: string, names: Set<string>): void {
  if (action.do === 'outage') {
    if (names.has(action.name)) throw new ScenarioError(`${where}: ${action.name} is taken`);
    names.add(action.name);
  } else if ((action.do === 'correct' || action.do === 'end') && !names.has(action.of)) {
    throw new ScenarioError(`${where}: nothing is called ${action.of} yet`);
  }
}

function readOutage(value: unknown, where: string, startAt: number, category: OutageAction['category']): Action {
  const known = ['name', 'title', 'announce', 'unreachable', 'manner', 'start', 'end'];
  const fields = new Fields(value, where, known);
  const endMs = time(fields, 'end', startAt);
  if (endMs !== undefined && category !== 'MAINTENANCE') throw fields.wrong('end', 'of a failure comes as a step');
  const manner = fields.has('manner') ? readManner(fields.value('manner'), `${where}, manner`) : undefined;
  if (manner === 'up') throw fields.wrong('manner', 'is how it is down');
  return {
    do: 'outage',
    name: fields.text('name'),
    category,
    announce: fields.flag('announce', true),
    unreachable: fields.flag('unreachable', true),
    ...defined({ manner, title: fields.optionalText('title'), startMs: time(fields, 'start', startAt), endMs }),
  };
}

function readCorrection(value: unknown, where: string, startAt: number): Action {
  const fields = new Fields(value, where, ['of', 'start', 'end', 'title', 'text']);
  return {
    do: 'correct',
    of: fields.text('of'),
    ...defined({
      startMs: time(fields, 'start', startAt),
      endMs: time(fields, 'end', startAt),
      title: fields.optionalText('title'),
      text: fields.optionalText('text'),
    }),
  };
}

function readEnd(value: unknown, where: string, startAt: number): Action {
  if (typeof value === 'string') return { do: 'end', of: value };
  const fields = new Fields(value, where, ['of', 'at']);
  return { do: 'end', of: fields.text('of'), ...defined({ endMs: time(fields, 'at', startAt) }) };
}

function readIncident(value: unknown, where: string): Action {
  const fields = new Fields(typeof value === 'string' ? { name: value } : value, where, ['name', 'times']);
  const name = fields.text('name');
  if (!isIncidentName(name)) throw fields.wrong('name', 'is no known incident');
  return { do: 'incident', name, times: fields.count('times', 1) };
}

function readFaults(value: unknown, where: string): Action {
  const fields = new Fields(typeof value === 'string' ? { profile: value } : value, where, ['profile', 'seed']);
  const profile = fields.text('profile');
  if (!(profile in FAULT_PROFILES)) throw fields.wrong('profile', 'is no known profile');
  return { do: 'faults', profile: profile as FaultProfileName, ...defined({ seed: fields.optionalText('seed') }) };
}

function readManner(value: unknown, where: string): OutageManner | 'up' {
  const text = typeof value === 'number' ? String(value) : value;
  if (text === 'down') return 'refuse';
  const manner = (['up', ...OUTAGE_MANNERS] as const).find((known) => known === text);
  if (manner === undefined) throw new ScenarioError(`${where}: one of up, down, ${OUTAGE_MANNERS.join(', ')}`);
  return manner;
}

function readExpectation(value: unknown, where: string): Expectation {
  const fields = new Fields(value, where, ['status', 'ksef', 'latarnia', 'messages']);
  const reach = (name: string): 'reachable' | 'unreachable' | undefined => {
    const text = fields.optionalText(name);
    if (text === undefined || text === 'reachable' || text === 'unreachable') return text;
    throw fields.wrong(name, 'is reachable or unreachable');
  };
  return defined({
    status: fields.optionalText('status'),
    ksef: reach('ksef'),
    latarnia: reach('latarnia'),
    messages: fields.has('messages') ? fields.list('messages').map(String) : undefined,
  });
}

function time(fields: Fields, name: string, startAt: number): number | undefined {
  const text = fields.optionalText(name);
  return text === undefined ? undefined : offset(text, startAt, `${fields.where}, ${name}`);
}

/** `1d 4h`, after the start; or a time in Warsaw. */
function offset(text: string, startAt: number, where: string): number {
  const duration = parseDuration(text);
  if (duration !== undefined) return duration;
  const at = parseTimestamp(text.replace(' ', 'T'));
  if (at === undefined) throw new ScenarioError(`${where}: ${text} is neither 1d 4h 30m nor 2026-11-16 08:00`);
  return at - startAt;
}

function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
