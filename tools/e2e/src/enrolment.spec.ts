import { randomUUID } from 'node:crypto';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleInvoices } from '@latarnik/demo';
import { seedTenant, type System } from '@latarnik/launcher';
import pg from 'pg';
import { call, eventually, issue, today, type Answer } from './testing/client.js';
import { DescribedAnswers } from './testing/described-answers.js';
import { runningSystem } from './testing/running-system.js';

type Json = Readonly<Record<string, unknown>>;

const described = new DescribedAnswers();
let system: System;

beforeAll(async () => {
  const env = { LATARNIK_CERTIFICATE_SECONDS: '1', LATARNIK_ALERT_SECONDS: '1', LATARNIK_BATCH_LINGER_SECONDS: '3600' };
  system = await runningSystem({ offlineCertificate: false, env });
  await eventually('KSeF was looked at', async () => {
    const { json } = await call(system, { path: '/v1/availability' });
    return json['mode'] === 'online';
  });
});
afterAll(() => system.stop());

const ROOT = '/v1/certificates';

async function get(path: string, route: string): Promise<Answer> {
  return described.note('get', route, await call(system, { path }));
}

async function post(path: string, route: string, body?: Json): Promise<Answer> {
  const content = body === undefined ? {} : { body: JSON.stringify(body), type: 'application/json' };
  return described.note('post', route, await call(system, { method: 'POST', path, ...content }));
}

async function enrol(body: Json, key: string = randomUUID()): Promise<Answer> {
  const request = { method: 'POST', path: `${ROOT}/enrolments`, type: 'application/json', key };
  const whole = { context: `Nip:${system.contextNip}`, ...body };
  return described.note('post', `${ROOT}/enrolments`, await call(system, { ...request, body: JSON.stringify(whole) }));
}

/** The enrolment once it is at its end. */
async function ended(id: unknown): Promise<Json> {
  let last: Json = {};
  await eventually('the enrolment ended', async () => {
    last = (await get(`${ROOT}/enrolments/${String(id)}`, `${ROOT}/enrolments/{id}`)).json;
    return last['state'] === 'completed' || last['state'] === 'refused';
  });
  return last;
}

const certificates = async (): Promise<readonly Json[]> => (await get(ROOT, ROOT)).json['items'] as never;
const certificate = async (id: unknown): Promise<Json> => (await get(`${ROOT}/${String(id)}`, `${ROOT}/{id}`)).json;

async function sql<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: system.databaseUrl });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

const audited = async (action: string): Promise<readonly Json[]> =>
  (await sql<{ facts: Json }>('SELECT facts FROM audit_entry WHERE action = $1 ORDER BY id', [action])).map(
    ({ facts }) => facts,
  );

let numbers = 0;
async function issueOffline(): Promise<Answer> {
  const example = (await exampleInvoices(1, today())).find(({ file }) => file === 'domestic-several-rates.xml');
  if (example === undefined) throw new Error('no example');
  numbers += 1;
  const body = new TextDecoder().decode(example.body).replaceAll(example.number, `ENROL/${String(numbers)}`);
  return issue(system, { body: new TextEncoder().encode(body), contentType: example.contentType }, '?mode=offline24');
}

/** What the page says that somebody sees who scans KOD II: its words, without the markup. */
async function scanned(issued: Json): Promise<string> {
  const { url } = (issued['codes'] as { certificate: { url: string } }).certificate;
  const { pathname } = new URL(url);
  const page = await (await fetch(`${system.simulatorUrl}${pathname}`)).text();
  return page.replaceAll(/<style>[\s\S]*?<\/style>|<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
}

describe('an enrolment', () => {
  it('is refused for what is wrong with it, and nothing is applied for', async () => {
    const good = { type: 'signing', name: 'Kasa nr 1' };
    const body = JSON.stringify({ ...good, context: `Nip:${system.contextNip}` });
    const noKey = { method: 'POST', path: `${ROOT}/enrolments`, body, type: 'application/json' };
    expect(await call(system, noKey)).toMatchObject({ status: 400, json: { code: 'IDEMPOTENCY_KEY_MISSING' } });
    expect(await enrol({ ...good, type: 'Signature' })).toMatchObject({ status: 400 });
    expect(await enrol({ ...good, name: 'Kasa' })).toMatchObject({
      status: 422,
      json: { code: 'INVALID_CERTIFICATE_NAME' },
    });
    expect(await enrol({ ...good, context: 'Nip:7335255579' })).toMatchObject({
      status: 422,
      json: { code: 'CONTEXT_NOT_FOUND', contexts: [`Nip:${system.contextNip}`] },
    });
    expect((await get(`${ROOT}/enrolments`, `${ROOT}/enrolments`)).json).toEqual({ items: [], next: null });
  });

  it('gives certificates of both types, with keys of both kinds; a repeat of the request changes nothing', async () => {
    const login = { type: 'Authentication', name: 'Logowanie żółte' };
    const first = await enrol(login, 'login-1');
    expect(first).toMatchObject({
      status: 202,
      json: { type: 'Authentication', keyAlgorithm: 'ec-p256', serial: null },
    });
    expect(first.headers.get('location')).toBe(`${ROOT}/enrolments/${String(first.json['id'])}`);
    const repeat = await enrol(login, 'login-1');
    expect([repeat.status, repeat.json['id'], repeat.headers.get('idempotency-replayed')]).toEqual([
      ...[202, first.json['id'], 'true'],
    ]);
    expect(await enrol({ ...login, name: 'Inne logowanie' }, 'login-1')).toMatchObject({
      status: 422,
      json: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
    const signing = await enrol({ type: 'signing', name: 'Kasa nr 1', keyAlgorithm: 'rsa' });

    for (const [started, type, keyAlgorithm] of [
      [first, 'Authentication', 'ec-p256'],
      [signing, 'Offline', 'rsa'],
    ] as const) {
      const { id } = started.json;
      const end = await ended(id);
      expect(end).toMatchObject({ state: 'completed', sendings: 1, certificate: `${ROOT}/${String(id)}` });
      expect(await certificate(id)).toMatchObject({
        ...{ id, type, keyAlgorithm, serial: end['serial'], context: `Nip:${system.contextNip}`, retiredAt: null },
        ...{ daysLeft: expect.any(Number), revocation: null, warnings: [] },
        subject: expect.stringContaining(system.contextNip),
      });
    }
    const { items } = (await get(`${ROOT}/enrolments`, `${ROOT}/enrolments`)).json as { items: readonly Json[] };
    expect(items.map(({ id }) => id)).toEqual([signing.json['id'], first.json['id']]);
    expect(await audited('certificate.enrolment-started')).toMatchObject([
      { purpose: 'authentication', keyAlgorithm: 'ec-p256', keyFingerprint: expect.any(String) },
      { purpose: 'offline', keyAlgorithm: 'rsa' },
    ]);
    expect(await sql('SELECT state, csr, sealed_key FROM enrolment')).toEqual([
      ...[1, 2].map(() => ({ state: 'completed', csr: null, sealed_key: null })),
    ]);
  });

  it('has KSeF’s words when it comes to nothing', async () => {
    await system.control.settings({ enrolmentOutcome: 'cancelled' });
    const { json } = await enrol({ type: 'Offline', name: 'Kasa nr 2' });
    const end = await ended(json['id']);
    await system.control.settings({ enrolmentOutcome: 'issued' });
    expect(end).toMatchObject({
      ...{ state: 'refused', sendings: 3, certificate: null, serial: null },
      refusal: { code: 'SENDINGS_EXHAUSTED' },
    });
  });

  it('is nobody else’s', async () => {
    const { apiKey } = await seedTenant(system.apiEnv, 'Another company', '7335255579');
    const [mine] = (await get(`${ROOT}/enrolments`, `${ROOT}/enrolments`)).json['items'] as readonly Json[];
    const [own] = await certificates();
    for (const [method, path] of [
      ['GET', `${ROOT}/enrolments/${String(mine?.['id'])}`],
      ['GET', `${ROOT}/enrolments/1`],
      ['GET', `${ROOT}/${String(own?.['id'])}/remote`],
      ['GET', `${ROOT}/${String(own?.['id'])}/invoices`],
    ] as const) {
      expect((await call(system, { method, path, apiKey })).status).toBe(404);
    }
    const body = JSON.stringify({ reason: 'Unspecified', person: 'Obcy' });
    const revoke = { method: 'POST', path: `${ROOT}/${String(own?.['id'])}/revoke`, body, type: 'application/json' };
    expect((await call(system, { ...revoke, apiKey })).status).toBe(404);
    expect((await certificate(own?.['id']))['revocation']).toBeNull();
  });
});

describe('an enrolled certificate', () => {
  const ofType = async (type: string): Promise<Json> => {
    const found = (await certificates()).find((one) => one['type'] === type && one['retiredAt'] === null);
    if (found === undefined) throw new Error(`no certificate of type ${type}`);
    return found;
  };

  it('of type Authentication logs in, and each login leaves an audit row', async () => {
    const [imported] = (await certificates()).filter(({ type }) => type === 'Authentication');
    expect(imported?.['subject']).toBeDefined();
    await call(system, { method: 'DELETE', path: `${ROOT}/${String(imported?.['id'])}` });
    const enrolled = await ofType('Authentication');

    const { json } = await call(system, { method: 'POST', path: '/v1/availability/retry' });

    expect(json).toMatchObject({ contexts: [{ authorization: { outcome: 'authorized' } }] });
    expect((await audited('certificate.login-signed')).at(-1)).toEqual({
      ...{ serial: enrolled['serial'], context: `Nip:${system.contextNip}` },
    });
  });

  it('of type Offline signs KOD II, which verifies when it is scanned', async () => {
    const enrolled = await ofType('Offline');
    const { status, json } = await issueOffline();

    expect([status, json['certificateSerial']]).toEqual([201, enrolled['serial']]);
    expect((await audited('invoice.issued')).at(-1)).toMatchObject({ certificateSerial: enrolled['serial'] });
    expect(await scanned(json)).toMatch(/Podpis jest poprawny/);
  });

  it('is looked for at KSeF, at once and on demand', async () => {
    await eventually('KSeF’s list was read', async () => (await certificates()).some(({ remote }) => remote !== null));
    const { status, json } = await post(`${ROOT}/sync`, `${ROOT}/sync`, { context: `Nip:${system.contextNip}` });
    expect([status, (await post(`${ROOT}/sync`, `${ROOT}/sync`)).status]).toEqual([200, 200]);
    const [report] = json['items'] as readonly Json[];
    expect(report).toMatchObject({ outcome: 'synced', code: null, notHere: [] });

    const { id, serial } = await ofType('Offline');
    expect((await get(`${ROOT}/${String(id)}/remote`, `${ROOT}/{id}/remote`)).json).toEqual({
      ...{ id, serial },
      remote: {
        ...{ state: 'Active', type: 'Offline', typeDiffers: false },
        ...{ lastSyncedAt: expect.any(String), notAfter: expect.any(String) },
      },
    });
  });

  it('is revoked: what carries its serial number is listed, its codes fail, and the invoices are sent', async () => {
    const { id, serial } = await ofType('Offline');
    const issued = (await issueOffline()).json;
    expect(await scanned(issued)).not.toMatch(/unieważniony/i);
    const path = `${ROOT}/${String(id)}/revoke`;
    const body = { reason: 'KeyCompromise', person: 'Ewa Żak' };
    expect(await post(path, `${ROOT}/{id}/revoke`, { ...body, person: ' ' })).toMatchObject({
      status: 422,
      json: { code: 'PERSON_MISSING' },
    });

    const revoked = await post(path, `${ROOT}/{id}/revoke`, body);

    const invoices = revoked.json['invoices'] as { count: number; items: readonly Json[] };
    expect(revoked).toMatchObject({
      status: 200,
      json: {
        certificate: { serial, revocation: { state: 'done', ...body } },
        meaning: expect.stringMatching(/no longer verifies.*still sent/),
      },
    });
    expect(invoices.count).toBe(2);
    expect(invoices.items.map(({ link }) => link)).toContain(`/v1/invoices/${String(issued['id'])}`);
    expect((await get(`${ROOT}/${String(id)}/invoices`, `${ROOT}/{id}/invoices`)).json).toEqual(invoices);
    expect((await post(path, `${ROOT}/{id}/revoke`, { ...body, person: 'Jan' })).json).toMatchObject({
      certificate: { revocation: { state: 'done', person: 'Ewa Żak' } },
    });
    expect(await audited('certificate.revocation-requested')).toMatchObject([{ person: 'Ewa Żak', unsentInvoices: 2 }]);
    expect(await audited('certificate.revoked')).toHaveLength(1);
    expect(await issueOffline()).toMatchObject({ status: 409, json: { code: 'NO_OFFLINE_CERTIFICATE' } });
    await eventually('KSeF says so', async () => {
      await post(`${ROOT}/sync`, `${ROOT}/sync`);
      return ((await certificate(id))['remote'] as Json)['state'] === 'Revoked';
    });
    expect(await scanned(issued)).toMatch(/unieważniony|cofnięty|odwołany/i);

    await call(system, { method: 'POST', path: '/v1/batches' });
    await eventually('it was sent', async () => {
      const { json } = await call(system, { path: `/v1/invoices/${String(issued['id'])}` });
      return json['status'] === 'sent';
    });
    expect((await get(`${ROOT}/${String(id)}/invoices`, `${ROOT}/{id}/invoices`)).json).toEqual({
      count: 0,
      items: [],
    });
  });

  it('overlaps with another: the one that lives longest is used', async () => {
    const ends = [20, 5, 400];
    const serials: unknown[] = [];
    for (const days of ends) serials.push((await importEndingIn(days))['serial']);
    expect((await issueOffline()).json['certificateSerial']).toBe(serials[2]);
    const longest = (await certificates()).find(({ serial }) => serial === serials[2]);
    await call(system, { method: 'DELETE', path: `${ROOT}/${String(longest?.['id'])}` });
    expect((await issueOffline()).json['certificateSerial']).toBe(serials[0]);
  });

  it('is warned of before its end, once a stage', async () => {
    const short = await importEndingIn(5);
    const warned = async (): Promise<readonly unknown[]> =>
      ((await certificate(short['id']))['warnings'] as readonly Json[]).map(({ stage }) => stage);
    await eventually('it was warned of', async () => (await warned()).length > 0);

    expect(await warned()).toEqual(['7d']);
    const events = await sql<{ stage: string; successor: string | null }>(
      `SELECT facts ->> 'stage' AS stage, facts ->> 'successor' AS successor FROM outbox_event
       WHERE type = 'certificate.expiring' AND subject = $1 ORDER BY id`,
      [short['id']],
    );
    expect(events.map(({ stage }) => stage)).toEqual(['7d']);
    expect(events[0]?.successor).toMatch(/^[0-9A-F]{16}$/);
    const metrics = await (await fetch(`${system.workerUrl}/metrics`)).text();
    expect(metrics).toMatch(/^latarnik_certificate_days_left\{purpose="offline"\} 19$/m);
    expect(metrics).toMatch(/^latarnik_certificates_expiring\{within="30d"\} 1$/m);
    expect(metrics).toMatch(/^latarnik_certificate_warnings_total\{stage="7d"\} [12]$/m);
  });

  it('that was revoked at KSeF by others is no longer used once that is seen', async () => {
    const used = String((await issueOffline()).json['certificateSerial']);
    await fetch(`${system.simulatorUrl}/control/certificates/${used}/revoke`, { method: 'POST' });
    await post(`${ROOT}/sync`, `${ROOT}/sync`);
    const next = (await issueOffline()).json['certificateSerial'];
    expect(next).toEqual(expect.stringMatching(/^[0-9A-F]{16}$/));
    expect(next).not.toBe(used);
    expect((await certificates()).find(({ serial }) => serial === used)).toMatchObject({
      ...{ remote: { state: 'Revoked' }, revocation: null },
    });
  });
});

describe('the only certificate of type Authentication', () => {
  const own = async (): Promise<Json> => {
    const found = (await certificates()).filter((one) => one['type'] === 'Authentication' && one['retiredAt'] === null);
    expect(found).toHaveLength(1);
    return found[0] ?? {};
  };
  const logins = () => join(system.directory, 'spool', '.logins');
  const kept = async () => (await readdir(logins())).filter((name) => name.endsWith('.login'));
  const retry = async () => (await call(system, { method: 'POST', path: '/v1/availability/retry' })).json;

  it('has a login that outlives processes: the next one takes it up without signing', async () => {
    const before = (await audited('certificate.login-signed')).length;
    await system.worker.stop();
    await system.api.stop();
    expect(await kept()).toHaveLength(1);
    await system.api.start();
    await post(`${ROOT}/sync`, `${ROOT}/sync`);

    expect(await audited('certificate.login-signed')).toHaveLength(before);
    const log = await readFile(join(system.directory, 'logs', 'api.log'), 'utf8');
    expect(log).toContain('LOGIN_RESUMED');
  });

  it('is revoked, which takes a login with it by a process that has none; then nothing of it stays', async () => {
    const { id, serial } = await own();
    await system.api.stop();
    await rm(logins(), { recursive: true });
    await system.api.start();
    const before = (await audited('certificate.login-signed')).length;

    const body = { reason: 'Superseded', person: 'Ewa Żak' };
    const revoked = await post(`${ROOT}/${String(id)}/revoke`, `${ROOT}/{id}/revoke`, body);

    expect(revoked).toMatchObject({ status: 200, json: { certificate: { revocation: { state: 'done', ...body } } } });
    expect((await audited('certificate.login-signed')).slice(before)).toMatchObject([{ serial }]);
    await post(`${ROOT}/sync`, `${ROOT}/sync`);
    expect((await certificate(id))['remote']).toMatchObject({ state: expect.stringMatching(/^(Blocked|Revoked)$/) });

    await system.api.stop();
    expect(await kept()).toHaveLength(1);
    await system.api.start();
    await post(`${ROOT}/sync`, `${ROOT}/sync`);
    expect(await kept()).toEqual([]);
    expect(await retry()).toMatchObject({ contexts: [{ authorization: { outcome: 'no-certificate' } }] });
  });
});

async function importEndingIn(days: number): Promise<Json> {
  const validTo = new Date(Date.now() + days * 86_400_000).toISOString();
  const response = await fetch(`${system.simulatorUrl}/control/certificates`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'Offline', nip: system.contextNip, validTo }),
  });
  const { certificatePem, privateKeyPem: keyPem } = (await response.json()) as Record<string, string>;
  const imported = await post(ROOT, ROOT, { context: `Nip:${system.contextNip}`, certificatePem, keyPem });
  expect(imported.status).toBe(201);
  return imported.json;
}

describe('the API', () => {
  it('answers as it describes itself', async () => {
    const { json } = await call(system, { path: '/openapi.json' });
    expect(described.misfits(json)).toEqual([]);
    expect(described.operations.length).toBeGreaterThan(8);
  });

  it('shows no key: none is in a log', async () => {
    const logs = join(system.directory, 'logs');
    const texts = await Promise.all((await readdir(logs)).map((name) => readFile(join(logs, name), 'utf8')));
    for (const text of texts) expect(text).not.toMatch(/PRIVATE KEY|sealedKey|sealed_key|"csr"/);
  });
});
