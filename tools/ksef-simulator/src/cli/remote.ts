import { parseTimestamp } from '../core/time.js';
import { parseDuration } from '../timeline/duration.js';
import { CommandError } from './command-error.js';
import { type Options, text } from './serve.js';

/** One call of the control API. */
export interface ControlCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
}

type Command = (words: readonly string[], options: Options) => ControlCall;

const get =
  (path: string): Command =>
  () => ({ method: 'GET', path });

const COMMANDS: Readonly<Record<string, Command>> = {
  state: get('/state'),
  ledger: get('/ledger'),
  timeline: get('/timeline'),
  incidents: get('/incidents'),
  next: () => ({ method: 'POST', path: '/timeline/next' }),
  advance: (words) => ({ method: 'POST', path: '/clock/advance', body: { ms: duration(words.join(' ')) } }),
  settings: (words) =>
    words.length === 0
      ? { method: 'GET', path: '/state' }
      : { method: 'PATCH', path: '/settings', body: Object.fromEntries(words.map(assignment)) },
  outage: outageCall,
  ksef: (words) => reachCall('/ksef', words),
  latarnia: (words) => reachCall('/latarnia', words),
  faults: faultsCall,
  fault: faultCall,
  incident: ([name], options) => ({
    method: 'POST',
    path: '/incidents',
    body: { name: wanted(name, 'the name of an incident'), ...counts(options, 'times') },
  }),
  journal: (_words, options) => ({ method: 'GET', path: `/journal?after=${text(options, 'after') ?? '0'}` }),
  release: ([name]) => ({ method: 'POST', path: '/holds/release', body: name === undefined ? {} : { name } }),
  keys: ([what], options) => {
    if (what !== 'rotate') throw new CommandError('keys rotate [--keep]');
    return { method: 'POST', path: '/keys/rotate', body: { old: options['keep'] === true ? 'kept' : 'withdrawn' } };
  },
};

/** What a command means to the control API. @throws {CommandError} for one that means nothing */
export function controlCall(command: string, words: readonly string[], options: Options): ControlCall {
  const known = COMMANDS[command];
  if (known === undefined) throw new CommandError(`no command ${command}; see --help`);
  return known(words, options);
}

/** @returns the answer, as JSON text. @throws {CommandError} when the simulator refuses or is not there */
export async function callControl(controlUrl: string, { method, path, body }: ControlCall): Promise<string> {
  const content: RequestInit =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const response = await fetch(`${controlUrl}${path}`, { method, ...content }).catch(() => {
    throw new CommandError(`no simulator answers at ${controlUrl}`);
  });
  const answer = await response.text();
  if (!response.ok) throw new CommandError(`${String(response.status)} ${answer}`);
  return answer === '' ? 'done' : JSON.stringify(JSON.parse(answer), null, 2);
}

const CATEGORIES: Readonly<Record<string, string>> = {
  failure: 'FAILURE',
  'total-failure': 'TOTAL_FAILURE',
  maintenance: 'MAINTENANCE',
};

function outageCall([what = '', event]: readonly string[], options: Options): ControlCall {
  const times = { ...instants(options, 'start', 'end'), ...texts(options, 'title') };
  if (what === 'end') {
    return { method: 'POST', path: `/outages/${wanted(event, 'an event')}/end`, body: instants(options, 'end') };
  }
  if (what === 'correct') {
    const body = { ...times, ...texts(options, 'text') };
    return { method: 'POST', path: `/outages/${wanted(event, 'an event')}/correct`, body };
  }
  const category = wanted(CATEGORIES[what], 'failure, total-failure, maintenance, correct or end');
  const announce = options['silently'] !== true;
  const unreachable = options['reachable'] !== true;
  return {
    method: 'POST',
    path: '/outages',
    body: { category, announce, unreachable, ...times, ...texts(options, 'manner') },
  };
}

function reachCall(path: string, [manner = '']: readonly string[]): ControlCall {
  if (manner === 'up') return { method: 'POST', path, body: { reachable: true } };
  return { method: 'POST', path, body: { reachable: false, manner: manner === 'down' ? 'refuse' : manner } };
}

function faultsCall([profile]: readonly string[], options: Options): ControlCall {
  if (profile === undefined) return { method: 'GET', path: '/faults' };
  if (profile === 'off') return { method: 'DELETE', path: '/faults' };
  return { method: 'PUT', path: '/faults', body: { profile, ...texts(options, 'seed') } };
}

function faultCall([kind]: readonly string[], options: Options): ControlCall {
  const groups = options['group'];
  const hangs = text(options, 'duration');
  const httpStatus = text(options, 'http-status');
  return {
    method: 'POST',
    path: '/faults',
    body: {
      kind: wanted(kind, 'the kind of a fault'),
      ...counts(options, 'times', 'after', 'code'),
      ...(Array.isArray(groups) ? { groups: groups as readonly string[] } : {}),
      ...(httpStatus === undefined ? {} : { httpStatus: Number(httpStatus) }),
      ...(hangs === undefined ? {} : { durationMs: duration(hangs) }),
    },
  };
}

function wanted(word: string | undefined, what: string): string {
  if (word === undefined) throw new CommandError(`missing: ${what}`);
  return word;
}

function duration(words: string): number {
  const ms = parseDuration(words);
  if (ms === undefined || ms < 0) throw new CommandError('a duration, e.g. "1d 4h 30m"');
  return ms;
}

function assignment(word: string): readonly [string, unknown] {
  const [, name = '', value = ''] = /^(\w+)=(.*)$/.exec(word) ?? [];
  if (name === '') throw new CommandError('settings NAME=VALUE');
  if (value === 'true' || value === 'false') return [name, value === 'true'];
  return [name, /^\d+$/.test(value) ? Number(value) : value];
}

function texts(options: Options, ...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => entry(name, text(options, name))));
}

function counts(options: Options, ...names: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = text(options, name);
      return value === undefined ? [] : [[name, Number(value)] as const];
    }),
  );
}

function instants(options: Options, ...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = text(options, name);
      if (value === undefined) return [];
      const at = parseTimestamp(value.replace(' ', 'T'));
      if (at === undefined) throw new CommandError(`--${name}: write "2026-11-16 08:00"`);
      return entry(name, new Date(at).toISOString());
    }),
  );
}

function entry(name: string, value: string | undefined): readonly (readonly [string, string])[] {
  return value === undefined ? [] : [[name, value]];
}
