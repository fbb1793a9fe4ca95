import { afterEach, describe, expect, it } from '@jest/globals';

import { describeReport, playThrough } from './cli/check-scenario.js';
import { HELP } from './cli/help.js';
import { callControl, controlCall } from './cli/remote.js';
import { loadScenario, readyLine, serve } from './cli/serve.js';
import { INCIDENT_NAMES, ManualClock, ScaledClock, type Simulator } from './index.js';

let simulator: Simulator | undefined;
afterEach(async () => {
  await simulator?.close();
  simulator = undefined;
});

const lines: string[] = [];
const started = async (options: Parameters<typeof serve>[0] = {}): Promise<Simulator> => {
  lines.length = 0;
  simulator = await serve({ port: '0', ...options }, (line) => lines.push(line));
  return simulator;
};

describe('serve', () => {
  it('holds to the published request limits unless told otherwise', async () => {
    expect((await started()).state.settings.rateLimits).toBe('published');
    await simulator?.close();
    expect((await started({ 'rate-limits': 'off' })).state.settings.rateLimits).toBe('off');
  });

  it('prints one line of JSON that says where it is, and that it is the simulator', async () => {
    const ready = JSON.parse(readyLine(await started({ seed: 'abc' }))) as Record<string, unknown>;

    expect(ready).toMatchObject({ ready: true, simulator: 'latarnik-ksef-simulator', seed: 'abc' });
    expect(ready['ksefUrl']).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v2$/);
  });

  it('logs every answer, unless it is to be quiet', async () => {
    const loud = await started();
    await fetch(`${loud.ksefUrl}/security/public-key-certificates`);
    await fetch(`${loud.controlUrl}/state`);
    expect(lines).toContain('GET /v2/security/public-key-certificates 200');
    await loud.close();
    const quiet = await started({ quiet: true });
    await fetch(`${quiet.ksefUrl}/security/public-key-certificates`);
    await fetch(`${quiet.controlUrl}/state`);
    expect(lines).toEqual([]);
  });

  it('takes a clock, a profile and a scenario', async () => {
    const { state } = await started({ clock: 'virtual', faults: 'hostile', scenario: 'failure' });

    expect(state.clock).toBeInstanceOf(ManualClock);
    expect(new Date(state.clock.now()).toISOString()).toBe('2026-11-16T08:00:00.000Z');
    expect(state.faults.profile.name).toBe('hostile');
    expect(state.timeline.report()).toMatchObject({ scenario: 'failure', stepsLeft: 2 });
    await simulator?.close();
    expect((await started({ speed: '60', start: '2026-07-01 12:00' })).state.clock).toBeInstanceOf(ScaledClock);
  });

  it.each([
    [{ port: 'x' }, '--port'],
    [{ clock: 'sundial' }, '--clock'],
    [{ speed: '-1' }, '--speed'],
    [{ start: 'noon' }, '--start'],
    [{ faults: 'cruel' }, '--faults'],
    [{ 'rate-limits': 'some' }, '--rate-limits'],
    [{ scenario: 'no-such' }, 'no scenario no-such'],
  ])('refuses %j with a word about it', async (options, complaint) => {
    await expect(started(options)).rejects.toThrow(complaint);
  });
});

describe('a command', () => {
  const run = async (command: string, words: readonly string[] = [], options = {}): Promise<string> =>
    callControl(simulator!.controlUrl, controlCall(command, words, options));

  it('of every kind reaches the simulator that runs', async () => {
    const { state } = await started({ clock: 'virtual', start: '2026-11-16 08:00' });

    expect(await run('state')).toContain('"reachable": true');
    await run('outage', ['failure'], { title: 'Awaria', start: '2026-11-16 07:00' });
    await run('outage', ['correct', '1001'], { text: 'Sprostowanie', start: '2026-11-16 06:30' });
    expect(state.board.messages()).toMatchObject([{ title: 'Awaria', version: 2, start: '2026-11-16T05:30:00+00:00' }]);
    await run('outage', ['end', '1001'], { end: '2026-11-16 08:00' });
    expect(state.board.status()).toEqual({ status: 'AVAILABLE' });
    await run('outage', ['maintenance'], { silently: true, reachable: true });
    expect(state.board.events().at(-1)).toMatchObject({ announced: false, unreachable: false });
    await run('ksef', ['html']);
    expect(state.ksefReachability.manner).toBe('html');
    await run('ksef', ['up']);
    await run('latarnia', ['down']);
    expect([state.ksefReachability.manner, state.latarniaReachability.manner]).toEqual([undefined, 'refuse']);
    await run('faults', ['hostile'], { seed: 's' });
    expect(state.faults.draws.seed).toBe('s');
    await run('fault', ['hang-session'], { duration: '2h', times: '3' });
    await run('fault', ['server-error'], { group: ['batch-open'], 'http-status': '502', after: '1' });
    expect(state.faults.armed).toMatchObject([
      { kind: 'hang-session', durationMs: 7_200_000, left: 3 },
      { kind: 'server-error', groups: ['batch-open'], httpStatus: 502, left: 1 },
    ]);
    await run('incident', ['key-withdrawn'], { times: '2' });
    expect(state.faults.armed).toHaveLength(3);
    expect(await run('faults')).toContain('"profile"');
    expect(await run('incidents')).toContain('close-fails-but-is-done');
    expect(await run('journal', [], { after: '0' })).toContain('"entries"');
    await run('faults', ['off']);
    expect(state.faults.armed).toEqual([]);
    const [, before] = state.keys.published;
    await run('keys', ['rotate'], { keep: true });
    expect(state.keys.published).toContain(before);
    expect(state.keys.published).toHaveLength(3);
    await run('keys', ['rotate']);
    expect(state.keys.published).toHaveLength(2);
    await run('settings', ['strictNip=false', 'processingDelayMs=5']);
    expect(state.settings).toMatchObject({ strictNip: false, processingDelayMs: 5 });
    expect(await run('advance', ['1h', '30m'])).toContain('2026-11-16T08:30:00.000Z');
    expect(await run('release')).toContain('"released": []');
    expect(await run('ledger')).toContain('"accepted": []');
    expect(await run('timeline')).toContain('null');
  });

  it('that means nothing, or that the simulator refuses, says so', async () => {
    await started();

    await expect(run('dance')).rejects.toThrow('no command dance');
    await expect(run('outage', ['flood'])).rejects.toThrow('failure, total-failure, maintenance');
    await expect(run('advance', ['soon'])).rejects.toThrow('a duration');
    await expect(run('advance', ['1h'])).rejects.toThrow('409');
    await expect(run('next')).rejects.toThrow('409');
    await expect(run('incident', ['earthquake'])).rejects.toThrow('400');
    await expect(callControl('http://127.0.0.1:9/control', { method: 'GET', path: '/state' })).rejects.toThrow(
      'no simulator answers',
    );
  });
});

it('checks a scenario and tells it to people', async () => {
  const report = await playThrough(loadScenario('failure'));

  expect(describeReport(report).split('\n')).toEqual([
    'failure: A failure of KSeF',
    '2026-11-16 08:00Z  AVAILABLE     KSeF unreachable, Latarnia reachable: KSeF stops answering; nobody says anything',
    '2026-11-16 08:30Z  FAILURE       KSeF unreachable, Latarnia reachable: Latarnia announces the failure',
    '                     outage FAILURE_START v1',
    '2026-11-16 13:00Z  AVAILABLE     KSeF reachable, Latarnia reachable: the failure is over',
    '                     outage FAILURE_END v1',
    '                     outage FAILURE_START v1',
  ]);
});

it('helps with every command', () => {
  for (const word of ['serve', 'scenario check', 'incident NAME', 'journal', '--rate-limits', 'docs/simulator.md']) {
    expect(HELP).toContain(word);
  }
  expect(INCIDENT_NAMES.length).toBeGreaterThan(20);
});
