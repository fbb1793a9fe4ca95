import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ModulesContainer } from '@nestjs/core';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { PROBLEMS } from '../problems/catalogue.js';
import { AccessWorld, NIP_OF_A, type Answer, type Ask } from '../testing/access-world.js';
import { BODY_EXAMPLES } from './open-api-examples.js';

interface Content {
  readonly schema?: object;
  readonly example?: unknown;
}
interface ResponsePart {
  readonly $ref?: string;
  readonly description?: string;
  readonly content?: Readonly<Record<string, Content>>;
}
interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema?: object }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<Record<string, ResponsePart>>;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses: Readonly<Record<string, ResponsePart>> };
}

/** The routes of the design (section 5 of it), each by the address it has here. */
const DESIGNED = [
  ...['POST /v1/invoices', 'GET /v1/invoices', 'GET /v1/invoices/{id}', 'GET /v1/invoices/{id}/xml'],
  ...['GET /v1/invoices/{id}/evidence', 'GET /v1/invoices/{id}/qr/{name}', 'GET /v1/invoices/{id}/preview'],
  ...['GET /v1/invoices/{id}/pdf', 'GET /v1/invoices/{id}/upo', 'GET /v1/invoices/{id}/timeline'],
  ...['DELETE /v1/invoices/{id}', 'POST /v1/invoices/{id}/technical-correction', 'POST /v1/invoices/bulk'],
  ...['POST /v1/batches', 'GET /v1/batches', 'GET /v1/batches/{id}', 'GET /v1/sessions/{referenceNumber}'],
  ...['GET /v1/availability', 'POST /v1/availability/retry', 'GET /v1/announcements', 'POST /v1/announcements'],
  ...['POST /v1/simulations/downtime', 'DELETE /v1/simulations/downtime', 'GET /v1/deadlines', 'GET /v1/deadlines.ics'],
  ...['POST /v1/certificates', 'GET /v1/certificates', 'DELETE /v1/certificates/{id}'],
  ...['POST /v1/api-keys', 'GET /v1/api-keys', 'DELETE /v1/api-keys/{id}'],
  ...['POST /v1/contexts', 'GET /v1/contexts', 'DELETE /v1/contexts/{id}'],
  ...['POST /v1/webhooks', 'GET /v1/webhooks', 'DELETE /v1/webhooks/{id}'],
  ...['GET /v1/events', 'GET /health/live', 'GET /health/ready', 'GET /v1/invoices/{id}/evidence-package'],
];

let world: AccessWorld;
let api: Document;
let ajv: Ajv2020;
const answered = new Set<string>();
beforeAll(async () => {
  world = await AccessWorld.start();
  api = (await world.ask('GET', '/openapi.json')).json as unknown as Document;
  ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
  formats.default(ajv);
  ajv.addFormat('base64', /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/);
  ajv.addSchema(api, 'api');
}, 180_000);
afterAll(() => world.stop());

const operations = () =>
  Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      route: `${method.toUpperCase()} ${path}`,
      operation,
      pointer: `#/paths/${path.replaceAll('/', '~1')}/${method}`,
    })),
  );

type Route = ReturnType<typeof operations>[number];

/** The described route that a request went to: the one with the fewest placeholders that fits. */
function routeOf(method: string, path: string) {
  const [address = ''] = path.split('?');
  const fits = operations().filter(({ route }) => {
    const [verb = '', template = ''] = route.split(' ');
    return (
      verb === method &&
      new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(address)
    );
  });
  return fits.sort((a, b) => a.route.split('{').length - b.route.split('{').length)[0];
}

const schemaAt = (pointer: string): ValidateFunction => {
  const validate = ajv.getSchema(`api${encodeURI(pointer).replaceAll('%23', '#')}`);
  if (validate === undefined) throw new Error(`no schema at ${pointer}`);
  return validate;
};

/** Where an answer with this status is described; a problem is described once for all routes. */
function describedAt({ operation, pointer }: Route, status: string): { part: ResponsePart | undefined; at: string } {
  const part = operation.responses[status];
  if (part?.$ref === undefined) return { part, at: `${pointer}/responses/${status}` };
  return { part: api.components.responses['Problem'], at: part.$ref };
}

/** What is wrong with an answer by the description: its status, media type or body. */
function faultsOf({ status, headers, text, json }: Answer, route: Route): readonly unknown[] {
  const { part, at } = describedAt(route, String(status));
  if (part === undefined || status >= 500) return [`status ${String(status)}`, text];
  if (part.content === undefined) return text === '' ? [] : ['body'];
  const [media = ''] = String(headers.get('content-type')).split(';');
  if (!(media in part.content)) return [`media type ${media}`];
  if (!/[/+]json$/.test(media)) return [];
  const validate = schemaAt(`${at}/content/${media.replaceAll('/', '~1')}/schema`);
  validate(json);
  return validate.errors ?? [];
}

/** Asks, and holds the answer against the description. */
async function ask(method: string, path: string, more: Ask = {}, credential = world.a.key): Promise<Answer> {
  const answer = await world.ask(method, path, credential, more);
  const route = routeOf(method, path);
  if (route === undefined) throw new Error(`${method} ${path} is not described`);
  const { status } = answer;
  answered.add(`${route.route} ${String(status)}`);
  expect({ route: route.route, status, faults: faultsOf(answer, route) }).toEqual({
    ...{ route: route.route, status, faults: [] },
  });
  return answer;
}

describe('the description of the API', () => {
  it('is OpenAPI 3.1, by its meta-schema', async () => {
    expect(api.openapi).toMatch(/^3\.1/);
    const { valid, errors } = await new Validator().validate(
      structuredClone(api) as unknown as Record<string, unknown>,
    );
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
  });

  it('has every route of the design, and /docs and itself beside them', async () => {
    const routes = operations().map(({ route }) => route);
    expect(DESIGNED.filter((route) => !routes.includes(route))).toEqual([]);
    for (const path of ['/openapi.json', '/docs']) expect((await world.ask('GET', path)).status).toBe(200);
  });

  it('has every route that is there, each under a name of its own', () => {
    const handlers = [...world.app.get(ModulesContainer).values()]
      .flatMap(({ controllers }) => [...controllers.values()])
      .flatMap(({ metatype }) => {
        const { prototype } = metatype as { readonly prototype: Readonly<Record<string, object>> };
        return Object.getOwnPropertyNames(prototype).filter(
          (name) => name !== 'constructor' && Reflect.hasMetadata('path', prototype[name] ?? {}),
        );
      });
    const names = operations().map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toHaveLength(handlers.length);
  });

  it('says of every route who may use it, what it may answer, and in what form', () => {
    const wrong = operations().flatMap(({ route, operation: { security, responses, parameters = [] } }) => {
      const isOpen = route.startsWith('GET /health');
      const success = Object.entries(responses).filter(([status]) => /^[23]/.test(status));
      const problems = Object.entries(responses).filter(([status]) => /^[45d]/.test(status));
      const faults = [
        ...(isOpen || (security.length === 1 && security[0]?.['bearer']?.length === 1) ? [] : ['no permission']),
        ...(success.length > 0 ? [] : ['no success']),
        ...success
          .filter(([status, part]) => !['204', '304'].includes(status) && part.content === undefined)
          .map(([status]) => `${status} without a form`),
        ...problems
          .filter(([, part]) => part.$ref === undefined && part.content?.['application/problem+json'] === undefined)
          .map(([status]) => `${status} is no problem document`),
        ...parameters.filter(({ schema }) => schema === undefined).map(({ name }) => `${name} without a schema`),
      ];
      return faults.length === 0 ? [] : [[route, faults]];
    });
    expect(wrong).toEqual([]);
  });

  it('has an example for every JSON body, which fits its schema', () => {
    const taking = operations().filter(({ operation }) => operation.requestBody?.content['application/json']);
    expect(Object.keys(BODY_EXAMPLES).sort()).toEqual(taking.map(({ route }) => route).sort());
    const wrong = taking.flatMap(({ route, operation, pointer }) => {
      const validate = schemaAt(`${pointer}/requestBody/content/application~1json/schema`);
      const example = operation.requestBody?.content['application/json']?.example;
      return validate(example) ? [] : [[route, validate.errors]];
    });
    expect(wrong).toEqual([]);
  });

  it('says of everything that takes an Idempotency-Key that it does, and of everything that creates', () => {
    const named = operations()
      .filter(({ operation }) => operation.parameters?.some(({ name }) => name === 'Idempotency-Key'))
      .map(({ route }) => route);
    const creating = [
      ...['POST /v1/invoices', 'POST /v1/invoices/bulk', 'POST /v1/batches', 'POST /v1/certificates'],
      ...['POST /v1/certificates/enrolments', 'POST /v1/drills', 'POST /v1/webhooks', 'POST /v1/api-keys'],
      ...['POST /v1/contexts', 'POST /v1/tenants', 'POST /v1/invoices/{id}/technical-correction'],
      ...['POST /v1/invoices/{id}/handovers', 'POST /v1/invoices/{id}/emails', 'POST /v1/announcements'],
      ...['POST /v1/simulations/downtime', 'POST /v1/deadline-policies'],
    ];
    expect(creating.filter((route) => !named.includes(route))).toEqual([]);
  });
});

describe('every answer of a day', () => {
  it('is as described', async () => {
    await world.importOfflineCertificate(world.a);
    await world.importAuthenticationCertificate(world.a);
    const issued = await ask('POST', '/v1/invoices?mode=offline24', {
      body: await world.document(NIP_OF_A, 'C/1'),
      type: 'application/xml',
    });
    expect(issued.status).toBe(201);
    const invoice = `/v1/invoices/${String(issued.json['id'])}`;
    await ask('POST', '/v1/invoices?mode=offline24', {
      body: await world.document(NIP_OF_A, 'C/1'),
      type: 'application/xml',
    });
    await ask('POST', '/v1/invoices', { body: { number: 'x' } });
    await ask('POST', '/v1/invoices?mode=never', { body: {} });
    const files = ['xml', 'evidence', 'qr/invoice.png', 'qr/certificate.svg', 'preview', 'pdf', 'documents/copy.html'];
    for (const file of files) {
      const first = await ask('GET', `${invoice}/${file}`);
      if (first.status !== 200) continue;
      const again = await ask('GET', `${invoice}/${file}`, {
        headers: { 'if-none-match': first.headers.get('etag') ?? 'none' },
      });
      if (!file.endsWith('pdf')) expect([file, again.status, again.text]).toEqual([file, 304, '']);
    }
    const reading = [
      ...['', '/timeline', '/deadline', '/documents', '/handovers', '/emails', '/technical-corrections', '/upo'],
      ...['/upo.html', '/evidence-package'],
    ];
    for (const what of reading) await ask('GET', `${invoice}${what}`);
    await ask('DELETE', `${invoice}?person=Ewa&reason=because`, {}, await world.person(world.a, ['operator']));
    await ask('DELETE', invoice, {}, await world.person(world.a, ['operator']));
    const sent = await ask('POST', '/v1/batches', { body: {} });
    const [batch] = sent.json['batches'] as readonly { readonly id: string }[];
    for (const what of ['', '/invoices', '/history', '/deliveries'])
      await ask('GET', `/v1/batches/${batch?.id ?? ''}${what}`);
    const lists = [
      ...['/health/live', '/health/ready', '/v1/invoices', '/v1/batches', '/v1/forecast', '/v1/sending-rules'],
      ...['/v1/availability', '/v1/announcements', '/v1/deadlines', '/v1/deadlines.ics', '/v1/alerts', '/v1/drills'],
      ...['/v1/deadline-policies', '/v1/house-policies', '/v1/certificates', '/v1/certificates/enrolments'],
      ...['/v1/simulations/downtime', '/v1/events/types', '/v1/webhooks', '/v1/api-keys', '/v1/approvals'],
      ...['/v1/contexts', '/v1/technical-corrections', '/v1/email-settings', '/v1/invoices?sort=colour'],
      ...['/v1/invoices?sort=number&limit=1', '/v1/sessions/none', '/v1/invoices?page=2', '/v1/tenants'],
    ];
    for (const list of lists) await ask('GET', list);
    const statuses = ['sort=colour', 'sort=sha256%20desc', 'page=2', 'sort=deadline&limit=1'].map(async (query) => {
      return (await ask('GET', `/v1/invoices?${query}`)).status;
    });
    expect(await Promise.all(statuses)).toEqual([400, 400, 400, 200]);
    await ask('POST', '/v1/contexts', { body: BODY_EXAMPLES['POST /v1/contexts'] });
    const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
    await ask('POST', '/v1/api-keys', { body: { client: 'erp', scopes: ['read'], expiresAt } });
    await ask('POST', '/v1/drills', { body: { person: 'Ewa Nowak' } });
    await ask('POST', '/v1/simulations/downtime', { body: BODY_EXAMPLES['POST /v1/simulations/downtime'] });
    await ask('DELETE', '/v1/simulations/downtime');
    await ask('POST', '/v1/webhooks', { body: { url: 'https://93.184.215.14/x' } });
    await ask('POST', '/v1/availability/retry');
    await ask('POST', '/v1/announcements', { body: BODY_EXAMPLES['POST /v1/announcements'] });
    await ask('POST', `${invoice}/handovers`, {
      body: { ...(BODY_EXAMPLES['POST /v1/invoices/{id}/handovers'] as object) },
    });
    await ask('POST', '/v1/invoices/bulk', { body: '{}\n', type: 'application/x-ndjson' });
    await ask('GET', '/v1/invoices', {}, 'nobody');
    expect(answered.size).toBeGreaterThan(60);
  }, 180_000);
});

describe('/docs', () => {
  it('explains every type of problem, and runs nothing', async () => {
    const { text, headers } = await world.ask('GET', '/docs');
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(text).not.toMatch(/<script|src=|@import|url\(/i);
    for (const { route } of operations()) expect(text).toContain(`<code>${route}</code>`);
    expect(Object.keys(PROBLEMS).filter((code) => !text.includes(`<tr id="${code}">`))).toEqual([]);
  });
});
