import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleInvoices } from '@latarnik/demo';
import { drillCommand, type System } from '@latarnik/launcher';
import { call, eventually, issue, today } from './testing/client.js';
import { DescribedAnswers } from './testing/described-answers.js';
import { runningSystem } from './testing/running-system.js';

const DOWNTIME = '/v1/simulations/downtime';
const BANNER = 'Ćwiczymy awarię <KSeF> do południa.';

interface Report {
  readonly verdict: string;
  readonly checks: readonly { readonly name: string; readonly passed: number; readonly failed: number }[];
  readonly seconds: { readonly toDetect: number; readonly toDrain: number; readonly toProve: number };
  readonly findings: readonly string[];
  readonly issued: number;
  readonly accountedFor: number;
  readonly contexts: readonly { readonly invoices: readonly { readonly id: string; readonly ksefNumber: string }[] }[];
}

describe('rehearsals on a test environment', () => {
  let system: System;
  const answers = new DescribedAnswers();
  beforeAll(async () => {
    system = await runningSystem({ env: { LATARNIK_BATCH_LINGER_SECONDS: '1' } });
    await eventually('KSeF was looked at', async () => (await get('/v1/availability'))['mode'] === 'online');
  });
  afterAll(() => system.stop());

  const get = async (path: string) => (await call(system, { path })).json;
  const send = async (method: string, path: string, body?: object, key: string = randomUUID()) =>
    answers.note(
      method,
      path.split('?')[0] ?? path,
      await call(system, {
        ...{ method, path, key },
        ...(body === undefined ? {} : { body: JSON.stringify(body), type: 'application/json' }),
      }),
    );
  const isKsefThere = () =>
    fetch(`${system.simulatorUrl}/v2/security/public-key-certificates`).then(
      ({ ok }) => ok,
      () => false,
    );
  const finished = async (path: string): Promise<Readonly<Record<string, unknown>>> => {
    await eventually('the drill is over', async () => (await get(path))['finished'] === true);
    return get(path);
  };

  it('a downtime is switched on and off: issuing goes offline, a banner says so, and the batch goes after it', async () => {
    const started = await send('POST', DOWNTIME, { banner: BANNER, person: 'Ewa Nowak' });
    expect(started).toMatchObject({ status: 201, json: { category: 'failure', state: 'running', end: null } });
    expect(await get('/v1/availability')).toMatchObject({ mode: 'emergency', sending: false, banner: BANNER });
    expect((await get('/v1/announcements'))['items']).toMatchObject([
      { eventId: started.json['eventId'], simulation: true, source: 'simulation', text: BANNER },
    ]);
    expect((await send('GET', DOWNTIME)).json).toMatchObject({ allowed: true, banner: BANNER, items: [{}] });
    expect(await send('POST', DOWNTIME, { banner: 'x', person: 'y' })).toMatchObject({
      status: 409,
      json: { code: 'DOWNTIME_ALREADY' },
    });
    expect(await send('POST', '/v1/drills', { person: 'Ewa Nowak' })).toMatchObject({
      status: 409,
      json: { code: 'OUTAGE_IN_FORCE' },
    });

    const [example] = await exampleInvoices(1, today());
    if (example === undefined) throw new Error('no example');
    const issued = await issue(system, example);
    expect(issued).toMatchObject({ status: 201, json: { mode: 'emergency', status: 'signed' } });

    expect(await send('DELETE', `${DOWNTIME}?person=Ewa`)).toMatchObject({ status: 200, json: { ended: [{}] } });
    expect(await get('/v1/availability')).toMatchObject({ mode: 'online', banner: null });
    const path = `/v1/invoices/${String(issued.json['id'])}`;
    await eventually('the batch went', async () => (await get(path))['status'] === 'sent');
    expect(await send('DELETE', DOWNTIME)).toMatchObject({ status: 404, json: { code: 'NO_DOWNTIME' } });
  });

  it('a drill accounts for every invoice, in JSON and on a page', async () => {
    const wish = { invoicesPerContext: 2, person: 'Ewa <Nowak>' };
    const key = randomUUID();
    const asked = await send('POST', '/v1/drills', wish, key);
    expect(asked).toMatchObject({ status: 202, json: { finished: false, scheduled: false, report: null } });
    const path = `/v1/drills/${String(asked.json['id'])}`;
    expect(asked.headers.get('location')).toBe(path);
    // The world goes down, for everybody: KSeF refuses calls, and Latarnia says so.
    await eventually('KSeF is down', async () => !(await isKsefThere()));
    await eventually('the failure is known', async () => (await get('/v1/availability'))['mode'] === 'emergency');
    const drill = await finished(path);
    const report = drill['report'] as Report;
    expect(report).toMatchObject({
      verdict: 'passed',
      findings: [],
      issued: 2,
      accountedFor: 2,
      outage: 'ksef-simulator',
    });
    expect(report.checks).toEqual(
      ['stored', 'mode', 'deadline', 'ksef-number', 'upo', 'kod-i', 'kod-ii'].map((name) => ({
        name,
        passed: 2,
        failed: 0,
      })),
    );
    expect(report.seconds.toDetect).toBeGreaterThan(0);
    expect(report.seconds.toProve).toBeGreaterThanOrEqual(report.seconds.toDrain);
    expect(await isKsefThere()).toBe(true);
    const said = (await get('/v1/announcements'))['items'] as readonly {
      readonly source: string;
      readonly title: string;
    }[];
    const ofDrill = said.filter(({ title }) => title.includes(String(asked.json['id'])));
    expect(ofDrill.map(({ source }) => source)).toEqual(['latarnia', 'latarnia']);

    // Asked again with its key it is the same drill; with another request the key is refused, and without one nothing is asked.
    const again = await send('POST', '/v1/drills', wish, key);
    expect(again).toMatchObject({ status: 202, json: { id: asked.json['id'], finished: true } });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await send('POST', '/v1/drills', { ...wish, invoicesPerContext: 1 }, key)).toMatchObject({
      status: 422,
      json: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
    const bare = { method: 'POST', path: '/v1/drills', body: JSON.stringify(wish), type: 'application/json' };
    expect(await call(system, bare)).toMatchObject({ status: 400, json: { code: 'IDEMPOTENCY_KEY_MISSING' } });

    const { accepted, violations } = await system.control.ledger();
    expect(violations).toEqual([]);
    const [context] = report.contexts;
    expect(context?.invoices).toHaveLength(2);
    for (const { id, ksefNumber } of context?.invoices ?? []) {
      expect(await get(`/v1/invoices/${id}`)).toMatchObject({ status: 'sent', mode: 'emergency', ksefNumber });
      expect(accepted.filter((entry) => entry.ksefNumber === ksefNumber)).toMatchObject([{ offlineDeclared: true }]);
    }

    const page = await call(system, { path: `${path}/report.html` });
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.text).toContain('every invoice is accounted for');
    for (const check of ['Deadline', 'UPO', 'KOD I', 'KOD II']) expect(page.text).toContain(`<td>${check}</td>`);
    expect(page.text).not.toContain('<td class="failed">');
    expect(page.text).toContain('Ewa &lt;Nowak&gt;');
    expect(page.text).not.toMatch(/<script|Ewa <Nowak>/);
    expect((await send('GET', '/v1/drills?limit=1')).json).toMatchObject({ items: [{ id: asked.json['id'] }] });
    expect(await get('/v1/availability')).toMatchObject({ mode: 'online', banner: null });
    expect((await call(system, { path: '/v1/drills/none' })).status).toBe(404);
  });

  it('a drill goes on after its worker was killed', async () => {
    const asked = await send('POST', '/v1/drills', { invoicesPerContext: 2, person: 'Ewa Nowak' });
    const path = `/v1/drills/${String(asked.json['id'])}`;
    await eventually('the invoices wait to be sent', async () => (await get(path))['state'] === 'draining');
    await system.worker.kill();
    await system.worker.start();
    expect(await finished(path)).toMatchObject({ report: { verdict: 'passed', issued: 2, accountedFor: 2 } });
  });

  it('a back-dated downtime over the outage of a drill is refused, with its times', async () => {
    const [last] = (await get('/v1/drills?limit=1'))['items'] as readonly { readonly outageAt: string }[];
    const body = { banner: BANNER, person: 'Ewa Nowak', start: last?.outageAt };
    expect(await send('POST', DOWNTIME, body)).toMatchObject({
      status: 409,
      json: { code: 'DOWNTIME_OVERLAPS', detail: expect.stringContaining('Polish time') as unknown },
    });
    expect(await get('/v1/availability')).toMatchObject({ mode: 'online', banner: null });
  });

  it('npm run drill asks this system, and ends with what the drill said', async () => {
    const said: string[] = [];
    const directory = await mkdtemp(join(tmpdir(), 'latarnik-e2e-drill-'));
    const say = (text: string): void => {
      said.push(text);
    };
    const given = ['--api', system.apiUrl, '--invoices', '1'];
    const code = await drillCommand({
      ...{ arguments: given, environment: { LATARNIK_API_KEY: system.apiKey }, directory },
      ...{ say, complain: say },
    });
    expect([code, said.join('\n')]).toEqual([0, expect.stringContaining('A simulated KSeF was taken down')]);
    expect(await readFile(join(directory, 'drill', 'report.html'), 'utf8')).toContain('every invoice is accounted for');
    await rm(directory, { recursive: true });
  });

  it('describes what it answered', async () => {
    expect(answers.misfits(await get('/openapi.json'))).toEqual([]);
    expect(answers.operations).toContain('post /v1/drills 202');
  });
});

describe('rehearsals where KSeF cannot be taken down', () => {
  let system: System;
  beforeAll(async () => {
    const env = { LATARNIK_BATCH_LINGER_SECONDS: '1', LATARNIK_SIMULATOR_CONTROL_URL: '' };
    system = await runningSystem({ env });
  });
  afterAll(() => system.stop());

  it('simulate a downtime for the tenant, and say that it was not the world that was measured', async () => {
    const body = JSON.stringify({ invoicesPerContext: 1, person: 'Ewa Nowak' });
    const wish = { method: 'POST', path: '/v1/drills', body, type: 'application/json', key: randomUUID() };
    await eventually('KSeF was looked at', async () => {
      const now = await call(system, { path: '/v1/availability' });
      return now.json['mode'] === 'online';
    });
    const asked = await call(system, wish);
    const path = `/v1/drills/${String(asked.json['id'])}`;
    await eventually('the drill is over', async () => (await call(system, { path })).json['finished'] === true);
    expect((await call(system, { path })).json).toMatchObject({
      report: {
        ...{ verdict: 'passed', outage: 'downtime-simulation', accountedFor: 1 },
        measured: expect.stringContaining('was not measured') as unknown,
      },
    });
    const page = await call(system, { path: `${path}/report.html` });
    expect(page.text).toContain('How soon an outage in the world would be noticed was not measured.');
  });
});

describe('rehearsals by the clock', () => {
  let system: System;
  beforeAll(async () => {
    const env = { LATARNIK_BATCH_LINGER_SECONDS: '1', LATARNIK_DRILL_EVERY_HOURS: '24' };
    system = await runningSystem({ env });
  });
  afterAll(() => system.stop());

  it('are asked for by the worker, and the last result is in the API', async () => {
    const last = async () =>
      ((await call(system, { path: '/v1/drills?limit=1' })).json['items'] as readonly object[])[0] as
        { readonly finished: boolean } | undefined;
    await eventually('a drill is over', async () => (await last())?.finished === true);
    expect(await last()).toMatchObject({ scheduled: true, person: 'schedule', report: expect.anything() });
    expect((await call(system, { path: '/v1/drills' })).json['items']).toHaveLength(1);
  });
});

describe('rehearsals on production', () => {
  let system: System;
  beforeAll(async () => {
    system = await runningSystem({ env: { LATARNIK_ENVIRONMENT: 'production' } });
  });
  afterAll(() => system.stop());

  it('are refused, and nothing is entered', async () => {
    const post = (path: string) => {
      const body = JSON.stringify({ person: 'Ewa Nowak', ...(path === DOWNTIME ? { banner: BANNER } : {}) });
      return call(system, { method: 'POST', path, body, type: 'application/json', key: randomUUID() });
    };
    for (const path of [DOWNTIME, '/v1/drills']) {
      expect(await post(path)).toMatchObject({ status: 409, json: { code: 'SIMULATION_ON_PRODUCTION' } });
    }
    expect((await call(system, { path: DOWNTIME })).json).toMatchObject({ allowed: false, banner: null, items: [] });
    expect((await call(system, { path: '/v1/announcements' })).json['items']).toEqual([]);
    expect((await call(system, { path: '/v1/drills' })).json['items']).toEqual([]);
  });
});
