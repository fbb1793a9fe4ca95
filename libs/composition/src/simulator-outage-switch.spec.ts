import { OutageSwitchError, Temporal } from '@latarnik/domain';
import { startSimulator, type Simulator } from '@latarnik/ksef-simulator';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readConfiguration } from './configuration.js';
import { SimulatorOutageSwitch } from './simulator-outage-switch.js';

const TITLE = 'Próba awarii KSeF (drill 1)';
let simulator: Simulator;
beforeEach(async () => {
  simulator = await startSimulator();
});
afterEach(() => simulator.close());

const now = () => Temporal.Now.instant().round({ smallestUnit: 'second', roundingMode: 'floor' });
const isReachable = async () =>
  (await fetch(`${simulator.ksefUrl}/security/public-key-certificates`).catch(() => undefined))?.ok === true;
const messages = async () =>
  (await (await fetch(`${simulator.latarniaUrl}/messages`)).json()) as readonly {
    readonly type: string;
    readonly title: string;
    readonly start: string;
    readonly end: string | null;
  }[];

describe('the switch of a simulated KSeF', () => {
  it('makes it refuse calls and Latarnia announce a failure, once however often, and ends both', async () => {
    const controls = new SimulatorOutageSwitch(simulator.controlUrl);
    const start = now();
    await controls.begin(TITLE, start);
    await controls.begin(TITLE, start.add({ seconds: 5 }));
    expect(await isReachable()).toBe(false);
    expect(await messages()).toMatchObject([{ type: 'FAILURE_START', title: TITLE, end: null }]);
    expect(Temporal.Instant.from((await messages())[0]?.start ?? '').equals(start)).toBe(true);

    const end = start.add({ seconds: 60 });
    await controls.end('another outage', end);
    expect(await isReachable()).toBe(false);
    await controls.end(TITLE, end);
    await controls.end(TITLE, end.add({ seconds: 60 }));
    expect(await isReachable()).toBe(true);
    const [ending, ...others] = await messages();
    expect(ending).toMatchObject({ type: 'FAILURE_END', title: TITLE });
    expect(Temporal.Instant.from(ending?.end ?? '').equals(end)).toBe(true);
    expect(others).toHaveLength(1);
  });

  it('turns nothing while somebody else’s outage is on, and takes its own for over when KSeF answers', async () => {
    const controls = new SimulatorOutageSwitch(simulator.controlUrl);
    const other = 'Próba awarii KSeF (drill 2)';
    const start = now();
    expect(await controls.heldBy(TITLE)).toBeUndefined();
    expect(await controls.begin(other, start)).toMatchObject({ ok: true });
    expect(await controls.heldBy(TITLE)).toBe(other);
    expect(await controls.heldBy(other)).toBeUndefined();
    expect(await controls.begin(TITLE, start)).toEqual({ ok: false, error: other });
    expect(await messages()).toHaveLength(1);

    // Begun by hand meanwhile: the drill's own end is announced once, and stays owed until KSeF answers.
    const order = { category: 'FAILURE', announce: false, unreachable: true, title: 'by hand' };
    const headers = { 'content-type': 'application/json' };
    const byHand = (path: string, body: object) =>
      fetch(`${simulator.controlUrl}/outages${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    const { eventId } = (await (await byHand('', order)).json()) as { readonly eventId: number };
    const end = start.add({ seconds: 1 });
    for (let time = 0; time < 2; time += 1) await expect(controls.end(other, end)).rejects.toThrow('by hand');
    expect(await isReachable()).toBe(false);
    await byHand(`/${String(eventId)}/end`, {});
    await controls.end(other, end);
    expect(await isReachable()).toBe(true);
    expect((await messages()).map(({ type }) => type).sort()).toEqual(['FAILURE_END', 'FAILURE_START']);
    expect(await controls.begin(TITLE, now())).toMatchObject({ ok: true });
    await controls.end(TITLE, now().add({ seconds: 1 }));
    expect(await isReachable()).toBe(true);
  });

  it('finds what was done when the answer was lost', async () => {
    let lost = 0;
    const losing: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      if (init?.method !== 'POST') return response;
      lost += 1;
      throw new TypeError('fetch failed');
    };
    const controls = new SimulatorOutageSwitch(simulator.controlUrl, losing);
    await expect(controls.begin(TITLE, now())).rejects.toThrow(OutageSwitchError);
    await controls.begin(TITLE, now());
    expect(lost).toBe(1);
    expect(await messages()).toHaveLength(1);
  });

  it('says when nothing answers, or something else does', async () => {
    const { latarniaUrl, controlUrl } = simulator;
    await expect(new SimulatorOutageSwitch(latarniaUrl).begin(TITLE, now())).rejects.toThrow('its controls answer 404');
    await simulator.close();
    await expect(new SimulatorOutageSwitch(controlUrl).begin(TITLE, now())).rejects.toThrow('do not answer');
    simulator = await startSimulator();
  });
});

describe('LATARNIK_SIMULATOR_CONTROL_URL', () => {
  const read = (environment: string, url: string) =>
    readConfiguration(
      {
        DATABASE_URL: 'postgres://db/latarnik',
        LATARNIK_ENVIRONMENT: environment,
        LATARNIK_KSEF_URL: 'http://127.0.0.1:1/v2',
        LATARNIK_LATARNIA_URL: 'http://127.0.0.1:2',
        LATARNIK_SPOOL_DIRECTORY: '/var/spool/latarnik',
        LATARNIK_SIMULATOR_CONTROL_URL: url,
      },
      'worker',
    );

  it('is taken on a test environment, and refused on production', () => {
    expect(read('test', 'http://127.0.0.1:8085/control').simulatorControlUrl).toBe('http://127.0.0.1:8085/control');
    expect(read('test', '')).not.toHaveProperty('simulatorControlUrl');
    expect(() => read('production', 'http://127.0.0.1:8085/control')).toThrow(/LATARNIK_SIMULATOR_CONTROL_URL/);
    expect(() => read('test', 'http://elsewhere/control')).toThrow(/LATARNIK_SIMULATOR_CONTROL_URL/);
  });
});
