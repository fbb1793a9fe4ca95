import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createApi } from '@latarnik/api';
import { compose, readConfiguration } from '@latarnik/composition';
import { exampleInvoices } from '@latarnik/demo';
import type { System } from '@latarnik/launcher';
import fc from 'fast-check';
import { call, eventually, today, type Answer } from './testing/client.js';
import { routesOf, type DescribedRoute } from './testing/described-routes.js';
import { runningSystem } from './testing/running-system.js';
import { nearly } from './testing/schema-arbitrary.js';

const NOBODY = '00000000-0000-7000-8000-000000000000';
const STRAY = 'zzUnknownField';
/** Documents that streams or persons read; a stream would not end. */
const isStream = ({ path }: DescribedRoute): boolean => path.endsWith('/events');

describe('what the API takes, and how much of it', () => {
  let system: System;
  let routes: readonly DescribedRoute[];
  beforeAll(async () => {
    system = await runningSystem({ env: { LATARNIK_BATCH_LINGER_SECONDS: '3600' } });
    // Those of the platform are closed to the key of a tenant, whatever is sent.
    const described = routesOf((await call(system, { path: '/openapi.json' })).json);
    routes = described.filter(({ path }) => !path.startsWith('/v1/tenants'));
  });
  afterAll(() => system.stop());

  const concrete = ({ path }: DescribedRoute): string => path.replaceAll(/\{\w+\}/g, NOBODY);
  const send = (route: DescribedRoute, more: { body?: string; type?: string; query?: string }): Promise<Answer> => {
    const { body, type = 'application/json', query = '' } = more;
    const what = body === undefined ? {} : { body, type };
    return call(system, { method: route.method, path: `${concrete(route)}${query}`, key: randomUUID(), ...what });
  };
  /** One question about each route; a failure names the route. */
  async function of<T>(asked: readonly DescribedRoute[], ask: (route: DescribedRoute) => Promise<T>) {
    const said: Record<string, T> = {};
    for (const route of asked) said[`${route.method} ${route.path}`] = await ask(route);
    return said;
  }
  const all = <T>(asked: readonly DescribedRoute[], value: T): Record<string, T> =>
    Object.fromEntries(asked.map(({ method, path }) => [`${method} ${path}`, value]));
  const withJson = (): readonly DescribedRoute[] => routes.filter(({ bodies }) => 'application/json' in bodies);

  it('describes no JSON body that takes unknown fields', async () => {
    expect(withJson().length).toBeGreaterThan(10);
    const loose = await of(withJson(), ({ bodies }) => {
      const schema = bodies['application/json'] ?? {};
      const shapes = schema.anyOf ?? schema.oneOf ?? [schema];
      return Promise.resolve(shapes.every(({ additionalProperties }) => additionalProperties === false));
    });
    expect(loose).toEqual(all(withJson(), true));
  });

  it('refuses an unknown field in each JSON body', async () => {
    const answers = await of(withJson(), async (route) => {
      const { status } = await send(route, { body: JSON.stringify({ [STRAY]: 1 }) });
      return [400, 404, 409, 422].includes(status) ? 'refused' : status;
    });
    expect(answers).toEqual(all(withJson(), 'refused'));
  });

  it('refuses an unknown parameter in each query', async () => {
    const asked = routes.filter((route) => route.path.startsWith('/v1/') && !isStream(route));
    const answers = await of(asked, async (route) => {
      const body = 'application/json' in route.bodies ? { body: '{}' } : {};
      const { status } = await send(route, { ...body, query: `?${STRAY}=1` });
      return [400, 415].includes(status) ? 'refused' : status;
    });
    expect(answers).toEqual(all(asked, 'refused'));
  });

  it('takes only the media types that it describes', async () => {
    const asked = routes.filter(({ bodies }) => Object.keys(bodies).length > 0);
    const answers = await of(asked, async (route) => {
      const types = ['text/csv', 'application/x-www-form-urlencoded', 'application/json; charset=utf-16', ''];
      const others = ['application/json', 'application/xml', 'application/zip', 'application/x-ndjson'];
      const refused = [...types, ...others.filter((type) => !(type in route.bodies))];
      const statuses = await Promise.all(refused.map(async (type) => (await send(route, { body: 'x', type })).status));
      return statuses.every((status) => status === 415) ? 'refused' : statuses.join();
    });
    expect(answers).toEqual(all(asked, 'refused'));
  });

  it('takes no body where none is described', async () => {
    const asked = routes.filter(({ bodies, method }) => Object.keys(bodies).length === 0 && method !== 'GET');
    const answers = await of(asked, async (route) => (await send(route, { body: '{}' })).json['code']);
    expect(answers).toEqual(all(asked, 'BODY_NOT_TAKEN'));
  });

  it.each([
    ['a document of more than 4 MB', '/v1/invoices', 'application/xml', 4_000_001, 413],
    ['JSON of more than 256 kB', '/v1/announcements', 'application/json', 262_145, 413],
  ])('refuses %s, before any of it is sent', async (_what, path, type, bytes, status) => {
    const answer = await headersAlone(system, path, { 'content-type': type, 'content-length': bytes });
    expect([answer.status, JSON.parse(answer.said)]).toEqual([
      status,
      expect.objectContaining({ code: 'BODY_TOO_LARGE' }),
    ]);
  });

  it.each([
    ['two members of one name', '{"number":"1","number":"2"}', 'JSON_REFUSED'],
    ['__proto__', '{"__proto__":{"number":"1"}}', 'JSON_REFUSED'],
    ['deep nesting', `${'['.repeat(33)}${']'.repeat(33)}`, 'JSON_REFUSED'],
    ['very deep nesting', '['.repeat(3_000_000), 'JSON_REFUSED'],
    ['half a value', '{"number":', 'MALFORMED_JSON'],
    ['another encoding', '\ufeff{}', undefined],
  ])('refuses JSON with %s', async (_what, body, code) => {
    const answer = await call(system, {
      method: 'POST',
      path: '/v1/invoices',
      type: 'application/json',
      key: randomUUID(),
      body,
    });
    expect([400, 422]).toContain(answer.status);
    if (code !== undefined) expect(answer.json['code']).toBe(code);
  });

  it('refuses headers of more than 16 kB, what is no HTTP, and two readings of one length', async () => {
    const { hostname, port } = new URL(system.apiUrl);
    const raw = (text: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const said: Buffer[] = [];
        const socket = connect(Number(port), hostname, () => socket.end(text));
        socket.on('data', (chunk) => said.push(chunk));
        socket.once('close', () => {
          resolve(Buffer.concat(said).toString());
        });
        socket.once('error', reject);
      });
    const head = 'POST /v1/invoices HTTP/1.1\r\nhost: a\r\n';
    const answers = [
      await raw(`GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`),
      await raw('nonsense\r\n\r\n'),
      await raw(
        `${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /openapi.json HTTP/1.1\r\n\r\n`,
      ),
      await raw(`${head}content-length: 5\r\ncontent-length: 6\r\n\r\nabcdef`),
      await raw(`${head}x: a\nb\r\n c: d\r\n\r\n`),
    ];
    expect(answers.map((answer) => answer.split('\r\n')[0])).toEqual([
      'HTTP/1.1 431 Request Header Fields Too Large',
      ...Array<string>(4).fill('HTTP/1.1 400 Bad Request'),
    ]);
    expect(answers.every((answer) => answer.includes('application/problem+json'))).toBe(true);
  });

  it('answers with headers that let nothing be run, framed, sniffed or kept', async () => {
    for (const path of ['/v1/invoices', `/v1/invoices/${NOBODY}`, '/health/live', '/nowhere']) {
      const { headers } = await call(system, { path });
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'strict-transport-security': expect.stringContaining('max-age=31536000'),
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      });
      expect(headers.get('x-powered-by')).toBeNull();
    }
  });

  it('names each request in the answer, in the problem and in the log, and takes no name that is none', async () => {
    const own = `order-${randomUUID()}`;
    const url = `${system.apiUrl}/v1/invoices/${NOBODY}?x=secret`;
    const answerTo = (id: string): Promise<Response> =>
      fetch(url.split('?')[0] ?? '', { headers: { authorization: `Bearer ${system.apiKey}`, 'x-request-id': id } });
    const answer = await answerTo(own);
    expect(answer.headers.get('x-request-id')).toBe(own);
    expect(await answer.json()).toMatchObject({ instance: `/v1/invoices/${NOBODY}#${own}` });
    expect((await answerTo('="x",1')).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    await eventually('it is in the log', async () => {
      const log = await readFile(`${system.directory}/logs/api.log`, 'utf8');
      const line = log.split('\n').find((each) => each.includes(own)) ?? '{}';
      return (JSON.parse(line) as { route?: string; status?: number }).route === '/v1/invoices/:id';
    });
  });

  it('never answers 5xx, whatever is sent to whatever route, and shows no stack', async () => {
    const targets = routes.filter((route) => !isStream(route));
    const [example] = (await exampleInvoices(1, today())).filter(
      ({ contentType }) => contentType === 'application/xml',
    );
    const issued = await call(system, {
      method: 'POST',
      path: '/v1/invoices?mode=offline24',
      key: randomUUID(),
      ...example,
    });
    expect(issued.status).toBe(201);
    const id = fc.oneof(fc.constant(String(issued.json['id'])), fc.constant(system.contextNip));
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.uuid(),
      fc.constantFrom('%', '..%2f', 'Nip:1', '\u0000'),
    );
    const attempt = fc.constantFrom(...targets).chain((route) => {
      const [media, schema] = Object.entries(route.bodies)[0] ?? [undefined, {}];
      const isJson = media === 'application/json';
      const body =
        media === undefined
          ? fc.constant(undefined)
          : isJson
            ? nearly(schema).map((value) => JSON.stringify(value))
            : text;
      const query = fc.dictionary(
        fc.constantFrom(...route.parameters.map(({ name }) => name), 'limit', 'after'),
        text,
        { maxKeys: 2 },
      );
      return fc.record({
        route: fc.constant(route),
        media: fc.constant(media),
        body,
        query,
        ids: fc.array(fc.oneof(id, text), { minLength: 4, maxLength: 4 }),
      });
    });
    const property = fc.asyncProperty(attempt, async ({ route, media, body, query, ids }) => {
      let at = 0;
      const path = route.path.replaceAll(/\{\w+\}/g, () => encoded(ids[at++] ?? ''));
      const search = Object.entries(query)
        .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
        .join('&');
      const { status, said } = await bare(system, `${path}?${search}`, route.method, media, body);
      expect([status >= 500 ? said : '', status]).toEqual(['', expect.any(Number)]);
      expect(said).not.toMatch(/node_modules|\.js:\d+|at [\w.]+ \(/);
    });
    await fc.assert(property, { numRuns: 400, seed: 20_261_120, endOnFailure: true });
  });

  it('refuses more at once than it was told to take with 503 and Retry-After, and answers again afterwards', async () => {
    const examples = (await exampleInvoices(60, today())).filter(
      ({ contentType }) => contentType === 'application/xml',
    );
    const spoolDirectory = `${system.directory}/small`;
    const errors: unknown[] = [];
    const composition = await compose(
      readConfiguration({ ...system.apiEnv, LATARNIK_SPOOL_DIRECTORY: spoolDirectory }, 'small'),
      () => undefined,
    );
    const limits = {
      mostRequests: 2,
      mostBodyBytes: 8_000_000,
      mostConnections: 100,
      bulk: { mostBodies: 1, mostBytesEach: 1000 },
    };
    const app = await createApi(composition, ({ error }) => error === undefined || errors.push(error), {
      spoolDirectory,
      limits,
    });
    try {
      await app.listen({ host: '127.0.0.1', port: 0 });
      const small = { apiUrl: await app.getUrl(), apiKey: system.apiKey };
      const asked = examples
        .slice(0, 30)
        .map(
          (example) => () =>
            call(small, { method: 'POST', path: '/v1/invoices?mode=offline24', key: randomUUID(), body: example.body }),
        );
      const answers = await Promise.all(asked.map((ask) => ask()));
      const refused = answers.filter(({ status }) => status === 503);
      expect(refused.length).toBeGreaterThan(0);
      expect(
        refused.every(({ json, headers }) => json['code'] === 'OVERLOADED' && headers.get('retry-after') === '1'),
      ).toBe(true);
      expect(errors).toEqual([]);
      expect((await call(small, { path: '/v1/invoices?limit=1' })).status).toBe(200);
      const tooMuch = await call(small, {
        ...{ method: 'POST', path: '/v1/invoices/bulk', type: 'application/x-ndjson', key: randomUUID() },
        body: `{"a":"${'x'.repeat(2000)}"}\n`,
      });
      expect(tooMuch.text).toContain('"complete":false');
      expect(tooMuch.text).toContain('BODY_TOO_LARGE');
    } finally {
      await app.close();
      await composition.close();
    }
  });
});

const encoded = (text: string): string => encodeURIComponent(Buffer.from(text).toString());

/** Says that a body comes, and waits for the answer to that. */
function headersAlone(
  { apiUrl, apiKey }: System,
  path: string,
  more: Readonly<Record<string, string | number>>,
): Promise<{ readonly status: number; readonly said: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${apiKey}`, 'idempotency-key': randomUUID(), ...more };
    const sending = request(`${apiUrl}${path}`, { method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, said: Buffer.concat(chunks).toString() });
        sending.destroy();
      });
    });
    sending.once('error', reject);
    sending.flushHeaders();
  });
}

/** fetch mends addresses and sends no body with GET; this does not. */
function bare(
  { apiUrl, apiKey }: System,
  path: string,
  method: string,
  media: string | undefined,
  body: string | undefined,
): Promise<{ readonly status: number; readonly said: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...{ authorization: `Bearer ${apiKey}`, 'idempotency-key': randomUUID() },
      ...(media === undefined ? {} : { 'content-type': media }),
      ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
    };
    const { hostname, port } = new URL(apiUrl);
    const sending = request({ hostname, port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, said: Buffer.concat(chunks).toString() });
      });
    });
    sending.once('error', reject);
    sending.end(body);
  });
}
