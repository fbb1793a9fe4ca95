import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleInvoices, type ExampleInvoice } from '@latarnik/demo';
import { seedTenant, type System } from '@latarnik/launcher';
import { call, eventually, issue, today } from './testing/client.js';
import { runningSystem } from './testing/running-system.js';

const sawKsef = (system: System): Promise<void> =>
  eventually(
    'KSeF was looked at',
    async () => (await call(system, { path: '/v1/availability' })).json['mode'] === 'online',
  );

describe('the API', () => {
  let system: System;
  let examples: readonly ExampleInvoice[];
  let used = 0;
  beforeAll(async () => {
    system = await runningSystem({ env: { LATARNIK_BATCH_LINGER_SECONDS: '3600' } });
    examples = (await exampleInvoices(60, today())).filter(({ contentType }) => contentType === 'application/xml');
    await sawKsef(system);
  });
  afterAll(() => system.stop());

  /** An example that no test has used yet, of the context's own seller. */
  const fresh = (): ExampleInvoice => {
    for (;;) {
      const example = examples[used++];
      if (example === undefined) throw new Error('out of examples');
      if (
        new TextDecoder().decode(example.body).includes(`<NIP>${system.contextNip}</NIP>`) &&
        !/self|samofakt/i.test(example.file)
      )
        return example;
    }
  };

  it('answers an issue with 201, codes, a deadline and a place to find it again', async () => {
    const example = fresh();
    const { status, json, headers } = await issue(system, example, '?mode=offline24');

    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/v1/invoices/${String(json['id'])}`);
    expect(json).toMatchObject({
      number: example.number,
      mode: 'offline24',
      status: 'signed',
      sha256: createHash('sha256').update(example.body).digest('base64'),
      deadline: { kind: 'due', basis: 'art. 106nda(2)', overdue: false },
    });
  });

  it('gives back exactly the bytes it was given', async () => {
    const example = fresh();
    const { json } = await issue(system, example, '?mode=offline24');
    const response = await fetch(`${system.apiUrl}/v1/invoices/${String(json['id'])}/xml`, {
      headers: { authorization: `Bearer ${system.apiKey}` },
    });

    expect(Buffer.from(await response.arrayBuffer()).equals(Buffer.from(example.body))).toBe(true);
  });

  // Before any other online issue: no session is open yet, so that KSeF surely gets nothing.
  it('falls back to offline24 in the same call when KSeF stops answering without a word', async () => {
    await system.control.setReachable(false);
    try {
      const { status, json } = await issue(system, fresh());

      expect(status).toBe(201);
      expect(json).toMatchObject({ mode: 'offline24', status: 'signed', modeEvidence: { kind: 'own-choice' } });
      expect(json['codes']).toMatchObject({ certificate: { label: 'CERTYFIKAT' } });
    } finally {
      await system.control.setReachable(true);
    }
  });

  it('issues online when KSeF answers, and ends with number and UPO', async () => {
    await sawKsef(system);
    const { status, json } = await issue(system, fresh());
    expect(status).toBe(201);
    expect(json).toMatchObject({ mode: 'online', codes: { certificate: null }, deadline: null });
    const path = `/v1/invoices/${String(json['id'])}`;

    await eventually('it is sent', async () => (await call(system, { path })).json['status'] === 'sent');
    expect((await call(system, { path })).json).toMatchObject({
      ksefNumber: expect.stringMatching(/^\d{10}-\d{8}-[0-9A-F]{12}-[0-9A-F]{2}$/),
    });
    expect((await call(system, { path: `${path}/upo` })).text).toContain('Potwierdzenie');
  });

  it('issues a document dated before today as offline24, overdue from the start, and never as online', async () => {
    const example = fresh();
    const text = new TextDecoder().decode(example.body).replace(/<P_1>[^<]*<\/P_1>/, '<P_1>2026-09-01</P_1>');
    const old = { body: new TextEncoder().encode(text), contentType: example.contentType };
    const insisted = await issue(system, old, '?mode=online');
    const { status, json } = await issue(system, old);

    expect([insisted.status, insisted.json['code']]).toEqual([422, 'NOT_ISSUABLE_ONLINE']);
    expect(status).toBe(201);
    expect(json).toMatchObject({
      mode: 'offline24',
      deadline: { day: '2026-09-02', overdue: true, late: true, deliveredAt: null },
    });
  });

  it('sends a blocked invoice again, with the same bytes, once it is named', async () => {
    const selfBilled = (await exampleInvoices(60, today())).filter(({ file }) => file === 'self-billing.xml').at(-1);
    if (selfBilled === undefined) throw new Error('no self-billed example');
    const { json } = await issue(system, selfBilled, '?mode=offline24');
    const path = `/v1/invoices/${String(json['id'])}`;
    const body = JSON.stringify({ invoiceIds: [json['id']] });
    const send = () => call(system, { method: 'POST', path: '/v1/batches', body, type: 'application/json' });
    const status = async () => (await call(system, { path })).json['state'];

    await send();
    await eventually('it is blocked', async () => (await status()) === 'blocked');
    await system.control.allowIssuing(system.contextNip, String(json['sellerNip']));
    expect((await send()).json).toMatchObject({ batches: [{ invoiceCount: 1 }], passedOver: [] });
    await eventually('it is sent', async () => (await status()) === 'complete');
    expect((await send()).json).toMatchObject({ batches: [], passedOver: [{ reason: 'It is in state complete.' }] });
  });

  it('repeats the answer for the same key and body, and refuses the key for another body', async () => {
    const [example, other, key] = [fresh(), fresh(), randomUUID()];
    const request = { method: 'POST', path: '/v1/invoices?mode=offline24', key };
    const first = await call(system, { ...request, body: example.body });
    const again = await call(system, { ...request, body: example.body });
    const changed = await call(system, { ...request, body: other.body });

    expect(again.status).toBe(201);
    expect(again.json['id']).toBe(first.json['id']);
    expect(again.json['codes']).toEqual(first.json['codes']);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(changed.status).toBe(422);
    expect(changed.json['code']).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  it('issues once when the same request comes ten times at once', async () => {
    const [example, key] = [fresh(), randomUUID()];
    const request = { method: 'POST', path: '/v1/invoices?mode=offline24', key, body: example.body };
    const answers = await Promise.all(Array.from({ length: 10 }, () => call(system, request)));
    const issued = answers.filter(({ status }) => status === 201);

    expect(issued.length).toBeGreaterThanOrEqual(1);
    expect(new Set(issued.map(({ json }) => json['id'])).size).toBe(1);
    expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
  });

  it('names the first invoice when the number comes again under another key', async () => {
    const example = fresh();
    const first = await issue(system, example, '?mode=offline24');
    const second = await issue(system, example, '?mode=offline24');

    expect(second.status).toBe(409);
    expect(second.json).toMatchObject({ code: 'INVOICE_NUMBER_TAKEN', invoiceId: first.json['id'] });
  });

  it('names every finding of a bad document and stores nothing', async () => {
    const bad = new TextDecoder()
      .decode(fresh().body)
      .replace('<KodWaluty>PLN</KodWaluty>', '<KodWaluty>ZŁOTY</KodWaluty>')
      .replace(/<NIP>\d{10}<\/NIP>/, '<NIP>5265877636</NIP>');
    const before = (await call(system, { path: '/v1/invoices?limit=500' })).json['items'] as unknown[];
    const { status, json, headers } = await issue(system, {
      body: new TextEncoder().encode(bad),
      contentType: 'application/xml',
    });
    const after = (await call(system, { path: '/v1/invoices?limit=500' })).json['items'] as unknown[];

    expect(status).toBe(422);
    expect(headers.get('content-type')).toBe('application/problem+json');
    const findings = json['findings'] as readonly { line?: number; element?: string; message: string }[];
    expect(findings.length).toBeGreaterThanOrEqual(2);
    expect(findings.every(({ line, message }) => line !== undefined && message.length > 10)).toBe(true);
    expect(after).toHaveLength(before.length);
  });

  it.each([
    ['no key at all', { path: '/v1/invoices', apiKey: '' }, 401],
    ['an unknown API key', { path: '/v1/invoices', apiKey: `lk_${'x'.repeat(43)}` }, 401],
    ['an issue without Idempotency-Key', { method: 'POST', path: '/v1/invoices', body: '<a/>' }, 400],
    ['an unknown query parameter', { path: '/v1/invoices?sort=evil' }, 400],
    ['a NUL in a filter', { path: '/v1/invoices?number=%00' }, 400],
    ['a moment that is none', { path: '/v1/invoices?dueBefore=2026-11-20T00:00:00.1234567890123Z' }, 400],
    [
      'a charset that is not UTF-8',
      { method: 'POST', path: '/v1/invoices', body: '<a/>', type: 'text/xml; charset=iso-8859-2', key: 'k-3' },
      415,
    ],
    [
      'a body that is not JSON',
      { method: 'POST', path: '/v1/invoices', body: '{', type: 'application/json', key: 'k-1' },
      400,
    ],
    ['an unknown content type', { method: 'POST', path: '/v1/invoices', body: 'x', type: 'text/csv', key: 'k-2' }, 415],
    ['an invoice that is not there', { path: `/v1/invoices/${'0'.repeat(8)}-0000-7000-8000-${'0'.repeat(12)}` }, 404],
    ['an id that is none', { path: '/v1/invoices/..%2f..%2fetc' }, 404],
    ['a route that is not there', { path: '/v1/nothing' }, 404],
  ])('answers %s with a problem document', async (_what, request, status) => {
    const answer = await call(system, request);

    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.json).toMatchObject({
      status,
      type: expect.stringMatching(/^urn:latarnik:problem:/),
      title: expect.any(String),
    });
  });

  it('keeps tenants apart: foreign invoices are missing ones, and numbers are their own', async () => {
    const example = fresh();
    const own = await issue(system, example, '?mode=offline24');
    const { apiKey } = await seedTenant(system.apiEnv, 'Another company', '5265877635');
    const foreign = await call(system, { path: `/v1/invoices/${String(own.json['id'])}`, apiKey });
    const missing = await call(system, { path: `/v1/invoices/${randomUUID()}`, apiKey });

    expect(foreign.status).toBe(404);
    expect({ ...foreign.json, instance: '' }).toEqual({ ...missing.json, instance: '' });
    expect((await call(system, { path: '/v1/invoices', apiKey })).json['items']).toEqual([]);
    const refused = await issue({ ...system, apiKey }, example, '?mode=offline24');
    expect(refused.json['code']).toBe('NO_OFFLINE_CERTIFICATE');
  });

  it('draws both codes as PNG and SVG', async () => {
    const { json } = await issue(system, fresh(), '?mode=offline24');
    for (const name of ['invoice', 'certificate']) {
      const png = await call(system, { path: `/v1/invoices/${String(json['id'])}/qr/${name}.png` });
      const svg = await call(system, { path: `/v1/invoices/${String(json['id'])}/qr/${name}.svg` });
      expect([png.status, png.headers.get('content-type')]).toEqual([200, 'image/png']);
      expect([svg.status, svg.headers.get('content-type')]).toEqual([200, 'image/svg+xml']);
    }
  });

  it('describes itself as OpenAPI 3.1, every route of it', async () => {
    const { status, json } = await call(system, { path: '/openapi.json' });

    expect(status).toBe(200);
    expect(json['openapi']).toBe('3.1.0');
    expect(Object.keys(json['paths'] as object)).toEqual(
      expect.arrayContaining([
        '/v1/invoices',
        '/v1/invoices/{id}',
        '/v1/invoices/{id}/xml',
        '/v1/batches/{id}',
        '/v1/sessions/{referenceNumber}',
        '/v1/availability',
        '/v1/announcements',
        '/v1/certificates',
        '/health/ready',
      ]),
    );
  });

  it('shows no secret in its logs', async () => {
    const { readFile } = await import('node:fs/promises');
    const logs = await Promise.all(
      ['api', 'worker'].map((name) => readFile(`${system.directory}/logs/${name}.log`, 'utf8')),
    );

    for (const log of logs) {
      expect(log).not.toContain(system.apiKey);
      expect(log).not.toMatch(/PRIVATE KEY|Bearer |<Faktura/);
    }
  });
});

describe('without a certificate of type Offline', () => {
  let system: System;
  beforeAll(async () => {
    system = await runningSystem({ offlineCertificate: false });
    await sawKsef(system);
  });
  afterAll(() => system.stop());

  it('refuses to issue offline, says what is missing, and stores nothing', async () => {
    const [example] = await exampleInvoices(1, today());
    if (example === undefined) throw new Error('no example');
    const { status, json } = await issue(system, example, '?mode=offline24');

    expect(status).toBe(409);
    expect(json).toMatchObject({
      type: 'urn:latarnik:problem:no-offline-certificate',
      code: 'NO_OFFLINE_CERTIFICATE',
      context: `Nip:${system.contextNip}`,
      certificatesPresent: [{ purpose: 'authentication' }],
    });
    expect((await call(system, { path: '/v1/invoices' })).json['items']).toEqual([]);
  });

  it('still issues online', async () => {
    const [example] = await exampleInvoices(1, today());
    if (example === undefined) throw new Error('no example');

    expect((await issue(system, example)).json).toMatchObject({ mode: 'online', status: 'processing' });
  });

  it('can issue offline once one is imported', async () => {
    await system.importCertificate('Offline', 'RSA');
    const [, example] = await exampleInvoices(2, today());
    if (example === undefined) throw new Error('no example');

    expect((await issue(system, example, '?mode=offline24')).status).toBe(201);
  });
});
