import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleInvoices } from '@latarnik/demo';
import type { System } from '@latarnik/launcher';
import { call, eventually, issue, today } from './testing/client.js';
import { DescribedAnswers } from './testing/described-answers.js';
import { runningSystem } from './testing/running-system.js';

const DOWNTIME = '/v1/simulations/downtime';
const BANNER = 'Ćwiczymy awarię <KSeF> do południa.';

interface Report {
  readonly verdict: string;
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
  const send = async (method: string, path: string, body?: object) =>
    answers.note(
      method,
      path.split('?')[0] ?? path,
      await call(system, {
        method,
        path,
        ...(body === undefined ? {} : { body: JSON.stringify(body), type: 'application/json' }),
      }),
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
    const asked = await send('POST', '/v1/drills', { invoicesPerContext: 2, person: 'Ewa <Nowak>' });
    expect(asked).toMatchObject({ status: 202, json: { finished: false, scheduled: false, report: null } });
    const path = `/v1/drills/${String(asked.json['id'])}`;
    expect(asked.headers.get('location')).toBe(path);
    const drill = await finished(path);
    const report = drill['report'] as Report;
    expect(report).toMatchObject({ verdict: 'passed', findings: [], issued: 2, accountedFor: 2 });

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

  it('describes what it answered', async () => {
    expect(answers.misfits(await get('/openapi.json'))).toEqual([]);
    expect(answers.operations).toContain('post /v1/drills 202');
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
      return call(system, { method: 'POST', path, body, type: 'application/json' });
    };
    for (const path of [DOWNTIME, '/v1/drills']) {
      expect(await post(path)).toMatchObject({ status: 409, json: { code: 'SIMULATION_ON_PRODUCTION' } });
    }
    expect((await call(system, { path: DOWNTIME })).json).toMatchObject({ allowed: false, banner: null, items: [] });
    expect((await call(system, { path: '/v1/announcements' })).json['items']).toEqual([]);
    expect((await call(system, { path: '/v1/drills' })).json['items']).toEqual([]);
  });
});
