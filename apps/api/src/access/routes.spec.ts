import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { NEEDS, PUBLIC } from '../http/needs.js';
import { DEFAULT_ACCESS } from './access-options.js';
import { buildGuard } from './build-guard.js';
import { AccessWorld, NIP_OF_B, type Answer, type Ask } from '../testing/access-world.js';
import { CALLERS, ROUTES, UNKNOWN_CALLERS, type CallerName, type ThingOfATenant } from '../testing/route-table.js';

/** Guessing is another test's matter: here nobody is told to wait. */
const PATIENT = { perMinute: 1_000_000, burst: 1_000_000 };

let world: AccessWorld;
let callers: Readonly<Record<CallerName, string | undefined>>;
beforeAll(async () => {
  const limits = { key: PATIENT, tenant: PATIENT, address: PATIENT, failures: PATIENT };
  world = await AccessWorld.start({ limits });
  await world.importOfflineCertificate(world.a);
  const issuing = await world.keyOf(world.a, 'pos', ['issue']);
  const person = (role: string) => world.person(world.a, [role]);
  callers = {
    anonymous: undefined,
    'expired key': await world.expiredKey(world.a),
    'token without algorithm': await withoutSignature(),
    'key for issuing only': issuing.token,
    issuer: await person('issuer'),
    viewer: await person('viewer'),
    auditor: await person('auditor'),
    operator: await person('operator'),
    'tenant-admin': await person('tenant-admin'),
    'platform-admin': await world.provider.token({ sub: 'root', roles: ['platform-admin'], tenant: world.a.id }),
    'platform key': await world.platformKey(),
    'person of no tenant': await world.person(undefined, ['operator', 'tenant-admin', 'issuer']),
  };
}, 180_000);
afterAll(() => world.stop());

async function withoutSignature(): Promise<string> {
  const [, payload = ''] = (await world.person(world.a, ['tenant-admin'])).split('.');
  return `${Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url')}.${payload}.`;
}

/** `GET /v1/…` of everything that the API says it has. */
async function describedRoutes(): Promise<readonly string[]> {
  const { paths } = (await world.ask('GET', '/openapi.json')).json as { paths: Record<string, object> };
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

/** The address of a route; what is not given is something that nobody has. */
const addressOf = (route: string, parts: Readonly<Record<string, string>> = {}): [method: string, path: string] => {
  const [method = '', template = ''] = route.split(' ');
  const missing: Readonly<Record<string, string>> = {
    ...{ name: 'invoice.png', contextType: 'Nip', contextValue: NIP_OF_B, referenceNumber: '20261120-SB-0000000000' },
  };
  const path = template.replace(/\{(\w+)\}/g, (_all, name: string) =>
    encodeURIComponent(parts[name] ?? missing[name] ?? randomUUID()),
  );
  return [method, `${path}${ROUTES[route]?.query ?? ''}`];
};

/** What an answer says, apart from what names the question. */
const said = ({ status, json, text, headers }: Answer): object => {
  const { instance: _instance, requestId: _request, ...body } = json;
  return { status, type: headers.get('content-type'), body: Object.keys(json).length === 0 ? text : body };
};

const bodyOf = (route: string): Ask => {
  const { body = {}, type } = ROUTES[route] ?? {};
  if (/^(GET|DELETE)/.test(route) || body === 'none') return {};
  return { body, ...(type === undefined ? {} : { type }) };
};

/** Every handler of every controller, with what it is marked with, or its controller. */
function handlers(): readonly { readonly name: string; readonly isMarked: boolean }[] {
  return [...world.app.get(ModulesContainer).values()]
    .flatMap(({ controllers }) => [...controllers.values()])
    .flatMap(({ metatype, name }) => {
      const controller = metatype as { readonly prototype: Readonly<Record<string, object>> };
      return Object.getOwnPropertyNames(controller.prototype)
        .filter((method) => method !== 'constructor' && Reflect.hasMetadata('path', controller.prototype[method] ?? {}))
        .map((method) => {
          const marked = [controller.prototype[method] ?? {}, controller];
          const isMarked = marked.some((one) => Reflect.hasMetadata(NEEDS, one) || Reflect.hasMetadata(PUBLIC, one));
          return { name: `${String(name)}.${method}`, isMarked };
        });
    });
}

describe('a route', () => {
  it('is marked with the permission it needs, or as public, without exception', () => {
    const all = handlers();
    expect(all.length).toBeGreaterThan(70);
    expect(all.filter(({ isMarked }) => !isMarked).map(({ name }) => name)).toEqual([]);
  });

  it('that is not marked is closed to everybody', async () => {
    const { guard } = buildGuard(world.composition, () => undefined, DEFAULT_ACCESS);
    const forgotten = (): string => 'nobody said who may call it';
    const request = {
      ...{ method: 'GET', ip: '127.0.0.1', params: {}, routeOptions: { url: '/v1/forgotten' } },
      headers: { authorization: `Bearer ${world.a.key}` },
    };
    const context = {
      getHandler: () => forgotten,
      getClass: () => AccessWorld,
      switchToHttp: () => ({ getRequest: () => request }),
    } as unknown as ExecutionContext;
    await expect(guard.canActivate(context)).rejects.toMatchObject({ problem: { status: 403, code: 'ROUTE_CLOSED' } });
    expect((await world.refusals(world.a, 'GET /v1/forgotten')).at(-1)).toMatchObject({
      facts: { reason: 'ROUTE_CLOSED', permission: null },
    });
  });
});

describe('the table of routes', () => {
  it('has a row for every route, and no row without one', async () => {
    expect([...(await describedRoutes())].sort()).toEqual(Object.keys(ROUTES).sort());
  });
});

describe.each(Object.keys(CALLERS) as CallerName[])('%s', (caller) => {
  it('may do what the table says, on every route, and nothing else', async () => {
    const permissions: readonly string[] = CALLERS[caller];
    const wrong: object[] = [];
    for (const [route, { needs }] of Object.entries(ROUTES)) {
      const [method, path] = addressOf(route);
      const answer = await world.ask(method, path, callers[caller], bodyOf(route));
      const allowed = needs === 'nobody-in-particular' || permissions.includes(needs);
      const refusal = UNKNOWN_CALLERS.includes(caller) ? 401 : 403;
      const isRight = allowed ? ![401, 403, 429, 500].includes(answer.status) : answer.status === refusal;
      if (!isRight)
        wrong.push({ route, expected: allowed ? 'allowed' : refusal, status: answer.status, text: answer.text });
    }
    expect(wrong).toEqual([]);
  }, 120_000);
});

describe('a refusal', () => {
  it('is audited with who, what and why in the tenant of the caller', async () => {
    await world.ask('POST', '/v1/batches', callers.viewer, { body: {} });
    const entries = await world.refusals(world.a, 'POST /v1/batches');
    expect(entries.at(-1)).toMatchObject({
      ...{ actor: 'person:viewer', action: 'access.denied' },
      facts: { reason: 'PERMISSION_MISSING', permission: 'resend', address: '127.0.0.1' },
    });
  });

  it('of somebody without a tenant is in the log', async () => {
    await world.ask('GET', '/v1/invoices', callers['platform key']);
    expect(world.log.filter(({ event }) => event === 'api.access-denied').at(-1)).toMatchObject({
      ...{ route: 'GET /v1/invoices', reason: 'PERMISSION_MISSING', permission: 'read' },
    });
  });

  it('of a key that has ended is audited, and says nothing that an unknown key does not say', async () => {
    const before = (await world.refusals(world.a, 'credential')).length;
    const ended = await world.ask('GET', '/v1/invoices', callers['expired key']);
    const unknown = await world.ask('GET', '/v1/invoices', `ltk_${randomUUID()}_${'A'.repeat(43)}`);
    expect(said(ended)).toEqual(said(unknown));
    const entries = await world.refusals(world.a, 'credential');
    expect(entries).toHaveLength(before + 1);
    expect(entries.at(-1)).toMatchObject({ action: 'access.refused', facts: { reason: 'expired' } });
  });
});

describe('what another tenant has', () => {
  const things: Partial<Record<ThingOfATenant, string>> = {};
  const mustExist = [
    ...([
      'invoice',
      'batch',
      'certificate',
      'drill',
      'api-key',
      'context',
      'enrolment',
      'webhook',
      'approval',
    ] as const),
  ];
  beforeAll(async () => {
    const { b } = world;
    things.certificate = await world.importOfflineCertificate(b);
    const issued = await world.issue(b, 'B/1');
    things.invoice = String(issued.json['id']);
    const sent = await world.ask('POST', '/v1/batches', b.key, { body: {} });
    things.batch = (sent.json['batches'] as { id: string }[])[0]?.id ?? '';
    await world.issue(b, 'B/2');
    const drill = await world.ask('POST', '/v1/drills', b.key, { body: { person: 'Jan' } });
    things.drill = String(drill.json['id']);
    things['api-key'] = (await world.keyOf(b, 'shop', ['read'])).id;
    const { json } = await world.ask('GET', '/v1/contexts', b.key);
    things.context = (json['items'] as { id: string }[])[0]?.id ?? '';
    await world.importAuthenticationCertificate(b);
    const enrolment = await world.ask('POST', '/v1/certificates/enrolments', b.key, {
      body: { context: `Nip:${b.nip}`, type: 'signing', name: 'Podpis B' },
    });
    things.enrolment = String(enrolment.json['id']);
    const hook = await world.ask('POST', '/v1/webhooks', b.key, { body: { url: 'https://93.184.215.14/b' } });
    things.webhook = String(hook.json['id']);
    const voice = { tenant: b.id, actor: 'api-key:b', person: 'Jan' };
    const approval = await world.composition.useCases.proposeApproval.execute(voice, {
      ...{ kind: 'deadline-policy', policy: 'x', reading: 'y', author: 'Jan', reason: 'z' },
    });
    things.approval = approval.id;
  }, 120_000);

  it('is there, for them', async () => {
    for (const thing of mustExist)
      expect([thing, things[thing]]).toEqual([thing, expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    for (const path of [`/v1/invoices/${things.invoice ?? ''}`, `/v1/batches/${things.batch ?? ''}`]) {
      expect((await world.ask('GET', path, world.b.key)).status).toBe(200);
    }
  });

  it('answers in the path exactly like what nobody has, on every route, and stays as it was', async () => {
    const picture = async () => {
      const paths = ['/v1/invoices', '/v1/batches', '/v1/certificates', '/v1/drills', '/v1/api-keys', '/v1/contexts'];
      return Promise.all(paths.map(async (path) => (await world.ask('GET', path, world.b.key)).json['items']));
    };
    const before = await picture();
    const wrong: object[] = [];
    let tried = 0;
    for (const [route, { id: kind }] of Object.entries(ROUTES)) {
      if (!/\{(id|eventId)\}/.test(route) || kind === undefined) continue;
      const foreign = things[kind];
      if (foreign === undefined) continue;
      const query = route.endsWith('technical-correction') ? '?person=Ewa' : '';
      const ask = (id: string) => {
        const [method, path] = addressOf(route, { id, correctionId: '01a1fa30-5ec2-742e-86df-97c798020d01' });
        const body = route.endsWith('technical-correction') ? { body: '<a/>', type: 'application/xml' } : bodyOf(route);
        return world.ask(method, `${path}${query}`, world.a.key, body);
      };
      const [theirs, nobodys] = [await ask(foreign), await ask(randomUUID())];
      tried += 1;
      const isRefused = [404, 409].includes(theirs.status);
      const isRight = isRefused && JSON.stringify(said(theirs)) === JSON.stringify(said(nobodys));
      if (!isRight) wrong.push({ route, theirs: said(theirs), nobodys: said(nobodys) });
    }
    expect(wrong).toEqual([]);
    expect(tried).toBeGreaterThan(30);
    expect(await picture()).toEqual(before);
  }, 120_000);

  it('answers in a query, a body and a header like what nobody has', async () => {
    const pairs: readonly [string, string, (id: string) => object | undefined, string][] = [
      ['GET', '/v1/invoices?limit=5&after=', () => undefined, things.invoice ?? ''],
      ['GET', '/v1/batches?limit=5&after=', () => undefined, things.batch ?? ''],
      ['GET', '/v1/drills?limit=5&after=', () => undefined, things.drill ?? ''],
      ['GET', '/v1/api-keys?limit=5&after=', () => undefined, things['api-key'] ?? ''],
    ];
    for (const [method, path, , foreign] of pairs) {
      const [theirs, nobodys] = [
        await world.ask(method, `${path}${foreign}`, world.a.key),
        await world.ask(method, `${path}${randomUUID()}`, world.a.key),
      ];
      expect(theirs.text).not.toContain(NIP_OF_B);
      expect([path, Object.keys(theirs.json)]).toEqual([path, Object.keys(nobodys.json)]);
    }
    const send = (id: string) => world.ask('POST', '/v1/batches', world.a.key, { body: { invoiceIds: [id] } });
    const blank = (answer: Answer, id: string) => JSON.stringify(said(answer)).replaceAll(id, 'ID');
    const [foreign, missing] = [things.invoice ?? '', randomUUID()];
    expect(blank(await send(foreign), foreign)).toBe(blank(await send(missing), missing));
    const named = await world.ask('GET', '/v1/invoices', await world.person(world.a, ['viewer']), {
      headers: { 'latarnik-tenant': world.b.id },
    });
    expect([named.status, named.json['code']]).toEqual([400, 'TENANT_NOT_NAMED']);
  });

  it('has the same numbers without anybody noticing', async () => {
    const [ours, theirs] = [await world.issue(world.a, 'FV/1'), await world.issue(world.b, 'FV/1')];
    expect([ours.status, theirs.status]).toEqual([201, 201]);
    const { json } = await world.ask('GET', '/v1/invoices?number=FV%2F1', world.a.key);
    expect((json['items'] as { sellerNip: string }[]).map(({ sellerNip }) => sellerNip)).toEqual([world.a.nip]);
  });
});
