import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from '@jest/globals';

import {
  type LatarniaMessage,
  ManualClock,
  parseScenario,
  readShippedScenario,
  ScaledClock,
  shippedScenarios,
  type Simulator,
} from './index.js';
import { control } from './testing/control.js';
import { startQuick } from './testing/setup.js';
import { SCENARIO_DIRECTORY } from './timeline/scenario-file.js';

const running: Simulator[] = [];
afterEach(async () => {
  for (const simulator of running.splice(0)) await simulator.close();
});

async function start(from: number): Promise<{ simulator: Simulator; clock: ManualClock }> {
  const clock = new ManualClock(new Date(from));
  const simulator = await startQuick({ clock });
  running.push(simulator);
  return { simulator, clock };
}

const textOf = (url: string): Promise<string | undefined> =>
  fetch(url).then(
    async (response) => (response.headers.get('content-type')?.includes('json') === true ? response.text() : undefined),
    () => undefined,
  );

/** What a client sees of Latarnia and KSeF: nothing, or what they say. */
async function look({ ksefUrl, latarniaUrl }: Simulator) {
  const messages = await textOf(`${latarniaUrl}/messages`);
  const status = await textOf(`${latarniaUrl}/status`);
  return {
    messages: messages === undefined ? undefined : (JSON.parse(messages) as LatarniaMessage[]),
    status: status === undefined ? undefined : (JSON.parse(status) as { status: string }).status,
    ksefAnswers: (await textOf(`${ksefUrl}/security/public-key-certificates`)) !== undefined,
  };
}

describe.each(shippedScenarios())('the shipped scenario %s', (name) => {
  const scenario = readShippedScenario(name);

  it('plays to the messages it promises, as a client sees them', async () => {
    const { simulator } = await start(scenario.startAt - 3_600_000);
    let report = await control(simulator, 'POST', '/timeline', { name });
    let looked = 0;

    expect(report.status).toBe(201);
    for (;;) {
      const done = report.body.steps.length;
      const { expect: expected } = scenario.steps[done - 1]!;
      if (expected.ksef !== undefined && !(expected.ksef === 'unreachable' && isSilent(scenario.steps, done))) {
        const seen = await look(simulator);
        expect([seen.ksefAnswers, done]).toEqual([expected.ksef === 'reachable', done]);
        const latarniaAway = expected.latarnia === 'unreachable';
        if (latarniaAway) expect(seen.messages).toBeUndefined();
        else if (expected.messages !== undefined) {
          const versions = seen.messages?.map(({ type, version }) => `${type} v${String(version)}`);
          expect(versions).toEqual(expected.messages.map((message) => message.replace(/^\S+ /, '')));
          expect(seen.status).toBe(expected.status);
        }
        looked += 1;
      }
      if (report.body.stepsLeft === 0) break;
      report = await control(simulator, 'POST', '/timeline/next');
    }

    expect(report.body.steps.flatMap(({ breaches, note }) => breaches.map((breach) => `${note}: ${breach}`))).toEqual(
      [],
    );
    expect(report.body.steps).toHaveLength(scenario.steps.length);
    expect(looked).toBeGreaterThan(1);
  });
});

/** A client would wait for an answer that never comes. */
function isSilent(steps: ReturnType<typeof readShippedScenario>['steps'], done: number): boolean {
  const manners = steps
    .slice(0, done)
    .flatMap(({ actions }) => actions)
    .flatMap((action) => (action.do === 'reach' && action.what === 'ksef' ? [action.manner] : []));
  return manners.at(-1) === 'silent';
}

it('plays a week of outages in one call, in order and with the right times', async () => {
  const { startAt } = readShippedScenario('week-of-outages');
  const { simulator } = await start(startAt);
  await control(simulator, 'POST', '/timeline', { name: 'week-of-outages' });

  const { body } = await control(simulator, 'POST', '/timeline/play');

  expect(body.stepsLeft).toBe(0);
  const { messages } = await look(simulator);
  const tuesday = messages?.filter(({ eventId }) => eventId === 1002);
  expect(tuesday).toMatchObject([
    { type: 'FAILURE_END', start: '2026-11-17T08:30:00+00:00', end: '2026-11-17T17:00:00+00:00', version: 1 },
    { type: 'FAILURE_START', start: '2026-11-17T08:30:00+00:00', end: null, version: 2 },
  ]);
  expect(messages?.[0]).toMatchObject({ type: 'FAILURE_END', end: '2026-11-20T12:00:00+00:00', version: 2 });
  expect((await control(simulator, 'POST', '/timeline/next')).status).toBe(409);
});

describe('a scenario of one’s own', () => {
  const own = (steps: string): string => `name: own\ntitle: Own\nstart: 2026-11-16 08:00\nsteps:\n${steps}`;

  it('reports what is not as expected', async () => {
    const { simulator } = await start(Date.parse('2026-11-16T07:00:00Z'));
    const yaml = own('  - at: 0m\n    failure: { name: a }\n    expect: { status: AVAILABLE, messages: [] }\n');

    const { status, body } = await control(simulator, 'POST', '/timeline', { yaml });

    expect(status).toBe(201);
    expect(body.steps[0]?.breaches).toEqual([
      'status is "FAILURE", not "AVAILABLE"',
      'messages is ["a FAILURE_START v1"], not []',
    ]);
  });

  it('stops where it stands when it is taken away', async () => {
    const { simulator, clock } = await start(Date.parse('2026-11-16T07:00:00Z'));
    await control(simulator, 'POST', '/timeline', { yaml: own('  - at: 1h\n    ksef: down\n') });
    await control(simulator, 'DELETE', '/timeline');

    clock.advance(7_200_000);

    expect((await look(simulator)).ksefAnswers).toBe(true);
  });

  it.each([
    ['  - at: soon\n    ksef: down\n', 'step 1, at: soon is neither 1d 4h 30m nor 2026-11-16 08:00'],
    ['  - at: 1h\n    ksef: gone\n', 'step 1, ksef: one of up, down, refuse, silent, 503, html'],
    ['  - at: 1h\n    kzef: down\n', 'step 1: kzef is none of at, note, expect'],
    ['  - at: 2h\n    ksef: down\n  - at: 1h\n    ksef: up\n', 'step 2: comes before the step above it'],
    ['  - at: 1h\n    end: a\n', 'step 1: nothing is called a yet'],
    ['  - at: 1h\n    incident: earthquake\n', 'step 1, incident: name is no known incident'],
    ['  - at: 1h\n    failure: { name: a, end: 2h }\n', 'step 1, failure: end of a failure comes as a step'],
    ['  - at: 1h\n    faults: cruel\n', 'step 1, faults: profile is no known profile'],
    ['  - at: 1h\n    failure: { name: a, announce: perhaps }\n', 'step 1, failure: announce is true or false'],
    ['  - [', 'Flow sequence'],
  ])('that says %j is refused with a word about the place', async (steps, complaint) => {
    const { simulator } = await start(0);

    const { status, body } = await control(simulator, 'POST', '/timeline', { yaml: own(steps) });

    expect(status).toBe(400);
    expect(body.error).toContain(complaint);
  });
});

it('plays on a clock that runs fast, by itself', async () => {
  const started = Date.parse('2026-11-16T07:00:00Z');
  const simulator = await startQuick({ clock: new ScaledClock(started, 100_000) });
  running.push(simulator);
  await control(simulator, 'POST', '/timeline', { name: 'second-failure' });

  let report = await control(simulator, 'GET', '/timeline');
  while (report.body.stepsLeft > 0) report = await control(simulator, 'GET', '/timeline');

  expect(report.body.steps.flatMap(({ breaches }) => breaches)).toEqual([]);
});

it('ships every file of the folder, each readable', () => {
  for (const name of shippedScenarios()) {
    const scenario = parseScenario(readFileSync(join(SCENARIO_DIRECTORY, `${name}.yaml`), 'utf8'));
    expect(scenario.name).toBe(name);
  }
  expect(shippedScenarios().length).toBeGreaterThanOrEqual(9);
  expect(() => readShippedScenario('../package')).toThrow('no scenario ../package');
});
