import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import pg from 'pg';
import { DEFAULT_ACCESS } from './access-options.js';
import { AccessWorld, NIP_OF_B } from '../testing/access-world.js';

/** The cases of reliability 3.6 that are about access, by their numbers there. */
let world: AccessWorld;
beforeAll(async () => {
  const patient = { perMinute: 1_000_000, burst: 1_000_000 };
  world = await AccessWorld.start(
    { limits: { ...DEFAULT_ACCESS.limits, failures: patient } },
    { LATARNIK_APPROVALS: 'two-persons', LATARNIK_QUEUE: 'on' },
  );
  await world.importOfflineCertificate(world.a);
  await world.importOfflineCertificate(world.b);
}, 180_000);
afterAll(() => world.stop());

const codeOf = ({ status, json }: { status: number; json: Readonly<Record<string, unknown>> }) => [
  status,
  json['code'],
];

describe('named abuse cases', () => {
  it('1: an invoice of B by its id is not there for A', async () => {
    const { json } = await world.issue(world.b, 'ABUSE/1');
    const id = String(json['id']);
    const answer = await world.ask('GET', `/v1/invoices/${id}`, world.a.key);
    expect(codeOf(answer)).toEqual([404, 'NOT_FOUND']);
    expect(answer.text.replace(id, '')).not.toContain(NIP_OF_B);
  });

  it("2: A's idempotency key in the hands of B gives B an invoice of its own, and nothing of A's", async () => {
    const headers = { 'idempotency-key': `shared ${randomUUID()}`.replace(' ', '-') };
    const ours = await world.issue(world.a, 'ABUSE/2', { headers });
    const theirs = await world.issue(world.b, 'ABUSE/2', { headers });
    expect([ours.status, theirs.status]).toEqual([201, 201]);
    expect(theirs.headers.get('idempotency-replayed')).toBeNull();
    expect(theirs.json['id']).not.toBe(ours.json['id']);
    expect(theirs.json['sellerNip']).toBe(NIP_OF_B);
  });

  it('3: tenant, state, deadline and KSeF number of a request are refused or unread, never taken', async () => {
    const { json } = await world.issue(world.a, 'ABUSE/3');
    const forged = { tenantId: world.b.id, state: 'complete', deadline: '2099-01-01', ksefNumber: 'X' };
    const bodies: readonly [string, string, object][] = [
      ['POST', '/v1/batches', { invoiceIds: [json['id']], ...forged }],
      ['POST', '/v1/contexts', { type: 'Nip', value: '7712345609', name: 'X', ...forged }],
      ['POST', '/v1/api-keys', { client: 'x', scopes: ['read'], expiresAt: '2027-01-01T00:00:00Z', ...forged }],
      ['POST', '/v1/drills', { person: 'Ewa', ...forged }],
      ['PUT', '/v1/sending-rules', { ...forged }],
    ];
    for (const [method, path, body] of bodies) {
      expect([path, ...codeOf(await world.ask(method, path, world.a.key, { body }))]).toEqual([
        path,
        400,
        'REQUEST_INVALID',
      ]);
    }
    const query = await world.issue(world.a, 'ABUSE/3b', { query: `&tenantId=${world.b.id}` });
    expect(query.status).toBe(400);
    const model = await world.ask('POST', '/v1/invoices?mode=offline24', world.a.key, { body: { ...forged } });
    expect(codeOf(model)).toEqual([422, 'DOCUMENT_INVALID']);
    const after = await world.ask('GET', `/v1/invoices/${String(json['id'])}`, world.a.key);
    expect(after.json).toMatchObject({ state: 'issued', ksefNumber: null, deadline: json['deadline'] });
  });

  it('4: an operator does not approve what they proposed, not with another key of theirs nor under another name', async () => {
    const eventId = `total ${randomUUID()}`.replace(' ', '-');
    const notice = {
      ...{ id: eventId, version: 1, category: 'total-failure', type: 'start', title: 'Awaria całkowita', text: 'KSeF' },
      ...{ start: '2026-11-19T10:00:00Z', publishedAt: '2026-11-19T10:00:00Z' },
      ...{ person: 'Ewa Nowak', readAt: 'https://www.gov.pl/web/kas/awaria' },
    };
    const [first, second] = [
      await world.keyOf(world.a, 'desk', ['read', 'resend']),
      await world.keyOf(world.a, 'desk', ['read', 'resend']),
    ];
    const entered = await world.ask('POST', '/v1/announcements', first.token, { body: notice });
    expect(entered.status).toBe(201);
    const event = String(entered.json['eventId']);
    const confirm = (credential: string, person: string) =>
      world.ask('POST', `/v1/announcements/${encodeURIComponent(event)}/confirmations`, credential, {
        body: { person, readAt: notice.readAt },
      });
    expect(codeOf(await confirm(first.token, 'Jan Kowal'))).toEqual([409, 'SAME_PERSON']);
    expect(codeOf(await confirm(second.token, 'Jan Kowal'))).toEqual([409, 'SAME_PERSON']);
    expect(codeOf(await confirm(await world.person(world.a, ['operator'], 'jan'), 'ewa  NOWAK'))).toEqual([
      409,
      'SAME_PERSON',
    ]);
    expect((await confirm(await world.person(world.a, ['operator'], 'jan'), 'Jan Kowal')).status).toBe(200);
  });

  it('4: nor is another reading of the law, or the end of a certificate, for one person to decide', async () => {
    const { a } = world;
    const desk = () => world.keyOf(a, 'admin-desk', ['read', 'administer', 'keys']);
    const [first, second] = [await desk(), await desk()];
    const jan = await world.person(a, ['tenant-admin'], 'jan');
    const policies = (await world.ask('GET', '/v1/deadline-policies', a.key)).json as {
      items: { policy: string; current: string; readings: { reading: string }[] }[];
    };
    const [open] = policies.items;
    const reading = open?.readings.find((other) => other.reading !== open.current)?.reading ?? '';
    const body = { policy: open?.policy, reading, person: 'Ewa Nowak', reason: 'opinia' };
    const asked = await world.ask('POST', '/v1/deadline-policies', first.token, { body });
    expect(codeOf(asked)).toEqual([409, 'APPROVAL_NEEDED']);
    const current = async () =>
      ((await world.ask('GET', '/v1/deadline-policies', a.key)).json as typeof policies).items[0]?.current;
    expect(await current()).toBe(open?.current);
    const path = String(asked.headers.get('location'));
    const approve = (credential: string, person: string) =>
      world.ask('POST', `${path}/approval`, credential, { body: { person } });
    expect(codeOf(await approve(first.token, 'Jan Kowal'))).toEqual([409, 'SAME_PERSON']);
    expect(codeOf(await approve(second.token, 'Jan Kowal'))).toEqual([409, 'SAME_PERSON']);
    expect(codeOf(await approve(jan, 'Ewa Nowak'))).toEqual([409, 'SAME_PERSON']);
    expect((await approve(jan, 'Jan Kowal')).json).toMatchObject({ state: 'done', decided: { actor: 'person:jan' } });
    expect(await current()).toBe(reading);
    expect(codeOf(await approve(jan, 'Jan Kowal'))).toEqual([409, 'APPROVAL_CLOSED']);

    const certificate = await world.importOfflineCertificate(a);
    const retire = () => world.ask('DELETE', `/v1/certificates/${certificate}`, first.token);
    const [once, twice] = [await retire(), await retire()];
    expect([codeOf(once), once.json['approvalId']]).toEqual([[409, 'APPROVAL_NEEDED'], twice.json['approvalId']]);
    const taken = await world.ask('POST', `/v1/approvals/${String(once.json['approvalId'])}/rejection`, first.token, {
      body: { person: 'Ewa Nowak', reason: 'a mistake' },
    });
    expect(taken.json).toMatchObject({ state: 'rejected', reason: 'a mistake' });
    const standing = await world.ask('GET', `/v1/certificates/${certificate}`, a.key);
    expect(standing.json['retiredAt']).toBeNull();
  });

  it('5: a viewer is given no keys, and no route gives a private key to anybody', async () => {
    const viewer = await world.person(world.a, ['viewer']);
    for (const path of ['/v1/api-keys', `/v1/api-keys/${randomUUID()}`]) {
      expect(codeOf(await world.ask('GET', path, viewer))).toEqual([403, 'PERMISSION_MISSING']);
    }
    const made = await world.keyOf(world.a, 'once', ['read']);
    const [keys, certificates] = [
      await world.ask('GET', '/v1/api-keys', world.a.key),
      await world.ask('GET', '/v1/certificates', world.a.key),
    ];
    expect(keys.text).not.toContain(made.token.split('_').at(-1));
    expect(`${keys.text}${certificates.text}`).not.toMatch(/PRIVATE KEY|sealedKey|sha256/);
  });

  it('6: a key for issuing only does not resend', async () => {
    const { token } = await world.keyOf(world.a, 'till', ['issue']);
    expect((await world.issue(world.a, 'ABUSE/6', { credential: token })).status).toBe(201);
    const path = `/v1/batches/${randomUUID()}`;
    for (const route of ['/v1/batches', `${path}/second-delivery`, `${path}/second-delivery/approval`]) {
      expect(codeOf(await world.ask('POST', route, token, { body: {} }))).toEqual([403, 'PERMISSION_MISSING']);
    }
  });

  it('7: tokens that are not of our provider, for us, now, open nothing', async () => {
    const { provider, a } = world;
    const good = { tenant: a.id, roles: ['viewer'] };
    const now = Math.floor(Date.now() / 1000);
    const secret = new TextEncoder().encode(JSON.stringify(provider.publicJwk));
    const shared = (key: Uint8Array) =>
      new SignJWT({ ...good, iss: provider.issuer, aud: provider.audience, sub: 'ewa', iat: now, exp: now + 600 })
        .setProtectedHeader({ alg: 'HS256', kid: 'key-1', typ: 'at+jwt' })
        .sign(key);
    const [, payload = ''] = (await provider.token(good)).split('.');
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
    const hostile: Readonly<Record<string, string>> = {
      'no algorithm': `${none}.${payload}.`,
      'no algorithm, with a signature': `${none}.${payload}.${payload.slice(0, 86)}`,
      'the public key as a secret': await shared(secret),
      'the key id as a secret': await shared(new TextEncoder().encode('key-1')),
      'another audience': await provider.token({ ...good, aud: 'shop' }),
      'another issuer': await provider.token({ ...good, iss: 'https://evil.example' }),
      'a path as key id': await provider.token(good, { kid: '../../../../dev/null' }),
      'SQL as key id': await provider.token(good, { kid: "x' UNION SELECT 'k" }),
      'a key of its own': await provider.token(good, { kid: 'mine', jwk: provider.publicJwk }),
      'a key set of its own': await provider.token(good, { kid: 'mine', jku: 'https://evil.example/keys' }),
      'a critical extension': await provider.token(good, { crit: ['exp'] }).catch(() => 'x.y.z-not-even-made'),
      expired: await provider.token({ ...good, iat: now - 1200, exp: now - 600 }),
      'issued in the far future': await provider.token({ ...good, iat: now + 86_400, exp: now + 90_000 }),
      'not valid yet': await provider.token({ ...good, nbf: now + 600 }),
      'issued long ago': await provider.token({ ...good, iat: now - 10_000 }),
      'without an end': await provider.token({ ...good, exp: undefined } as never),
      'without a subject': await provider.token({ ...good, sub: undefined } as never),
      'a subject with a line break': await provider.token({ ...good, sub: 'ewa\nadmin' }),
      'another kind of token': await provider.token(good, { typ: 'logout+jwt' }),
      'changed after signing': `${(await provider.token(good)).slice(0, -4)}AAAA`,
    };
    for (const [what, token] of Object.entries(hostile)) {
      expect([what, ...codeOf(await world.ask('GET', '/v1/contexts', token))]).toEqual([what, 401, 'UNAUTHENTICATED']);
    }
    expect((await world.ask('GET', '/v1/contexts', await provider.token(good))).status).toBe(200);
    const unknown = await world.ask('GET', '/v1/contexts', await provider.token({ ...good, tenant: randomUUID() }));
    expect(codeOf(unknown)).toEqual([403, 'PERMISSION_MISSING']);
    const both = await provider.token({ tenant: [a.id, world.b.id], roles: ['viewer'] });
    const ofB = await world.ask('GET', '/v1/contexts', both, { headers: { 'latarnik-tenant': world.b.id } });
    expect([ofB.status, ofB.text.includes(NIP_OF_B), ofB.text.includes(a.nip)]).toEqual([200, true, false]);
    expect(codeOf(await world.ask('GET', '/v1/contexts', both))).toEqual([400, 'TENANT_NOT_NAMED']);
  });

  it('18: a document by the seller B is not issued by A, whatever A names', async () => {
    const body = await world.document(NIP_OF_B, 'ABUSE/18');
    const issue = (query: string, credential = world.a.key) =>
      world.ask('POST', `/v1/invoices?mode=offline24${query}`, credential, { body, type: 'application/xml' });
    expect(codeOf(await issue(''))).toEqual([422, 'CONTEXT_NOT_FOUND']);
    expect(codeOf(await issue(`&context=Nip:${NIP_OF_B}`))).toEqual([422, 'CONTEXT_NOT_FOUND']);
    expect(codeOf(await issue(`&context=Nip:${world.a.nip}`))).toEqual([422, 'SELLER_NOT_OF_CONTEXT']);
    const limited = await world.keyOf(world.a, 'limited', ['issue'], { contexts: [`Nip:${world.a.nip}`] });
    const entrusted = `&context=Nip:${world.a.nip}&seller=entrusted`;
    expect(codeOf(await issue(entrusted, limited.token))).toEqual([422, 'SELLER_NOT_OF_CONTEXT']);
  });

  it('20: what waits for a worker holds ids, and no secret and no document; nor does the log', async () => {
    await world.issue(world.a, 'ABUSE/20');
    await world.ask('POST', '/v1/batches', world.a.key, { body: {} });
    const client = new pg.Client({ connectionString: world.databaseUrl });
    await client.connect();
    const { rows } = await client.query<{ data: object }>('SELECT data FROM pgboss.job WHERE data IS NOT NULL');
    await client.end();
    expect(rows.length).toBeGreaterThan(0);
    for (const { data } of rows) {
      for (const value of Object.values(data)) expect(String(value)).toMatch(/^[0-9A-Za-z:_-]{1,64}$/);
    }
    const said = [...rows, ...world.log].map((each) => JSON.stringify(each)).join('\n');
    for (const secret of [world.a.key, 'PRIVATE KEY', '<Faktura', 'Bearer ']) expect(said).not.toContain(secret);
  });

  it('22: pages for debugging are not there, and figures are not for strangers', async () => {
    for (const path of ['/metrics', '/debug', '/v1/debug', '/env', '/actuator', '/.env', '/v1/metrics']) {
      expect([path, (await world.ask('GET', path)).status]).toEqual([path, 404]);
    }
  });
});

describe('a key that is limited to contexts', () => {
  it('issues and reads in them, and nowhere else', async () => {
    const { a } = world;
    const other = '7712345609';
    expect(
      (await world.ask('POST', '/v1/contexts', a.key, { body: { type: 'Nip', value: other, name: 'Filia' } })).status,
    ).toBe(201);
    const contexts = [`Nip:${other}`];
    const { token } = await world.keyOf(a, 'branch', ['issue', 'read'], { contexts });
    const ours = String((await world.issue(a, 'LIMITED/1')).json['id']);
    expect(codeOf(await world.issue(a, 'LIMITED/2', { credential: token }))).toEqual([422, 'CONTEXT_NOT_FOUND']);
    expect(codeOf(await world.ask('GET', `/v1/invoices/${ours}`, token))).toEqual([404, 'NOT_FOUND']);
    expect(codeOf(await world.ask('GET', `/v1/invoices/${ours}/xml`, token))).toEqual([404, 'NOT_FOUND']);
    expect(codeOf(await world.ask('GET', '/v1/invoices', token))).toEqual([403, 'CONTEXT_LIMITED']);
    const same = await world.keyOf(a, 'main', ['read'], { contexts: [`Nip:${a.nip}`] });
    expect((await world.ask('GET', `/v1/invoices/${ours}/xml`, same.token)).status).toBe(200);
  });
});

describe('API keys', () => {
  it('are shown once, live two at a time for a client, and end at once', async () => {
    const [first, second] = [
      await world.keyOf(world.a, 'rota', ['read']),
      await world.keyOf(world.a, 'rota', ['read']),
    ];
    expect(first.token).toMatch(/^ltk_[0-9a-f-]{36}_[A-Za-z0-9_-]{43}$/);
    await expect(world.keyOf(world.a, 'rota', ['read'])).rejects.toThrow('TOO_MANY_LIVE_KEYS');
    expect((await world.ask('GET', '/v1/contexts', first.token)).status).toBe(200);
    const revoked = await world.ask('DELETE', `/v1/api-keys/${first.id}`, world.a.key);
    expect(revoked.json).toMatchObject({ id: first.id, live: false });
    expect((await world.ask('GET', '/v1/contexts', first.token)).status).toBe(401);
    expect((await world.ask('GET', '/v1/contexts', second.token)).status).toBe(200);
    await world.keyOf(world.a, 'rota', ['read']);
  });

  it('repeat their making without being shown again, and keep a request to its key', async () => {
    const body = { client: 'again', scopes: ['read'], expiresAt: new Date(Date.now() + 3_600_000).toISOString() };
    const headers = { 'idempotency-key': randomUUID() };
    const make = (more = {}) => world.ask('POST', '/v1/api-keys', world.a.key, { body: { ...body, ...more }, headers });
    const [first, again, other] = [await make(), await make(), await make({ client: 'another' })];
    expect([first.status, typeof first.json['token']]).toEqual([201, 'string']);
    expect([again.status, again.json['token'], again.json['id']]).toEqual([201, null, first.json['id']]);
    expect(codeOf(other)).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('may be bound to where they are used from', async () => {
    const here = await world.keyOf(world.a, 'here', ['read'], { ipRanges: ['127.0.0.0/8'] });
    const elsewhere = await world.keyOf(world.a, 'elsewhere', ['read'], {
      ipRanges: ['203.0.113.0/24', '2001:db8::/32'],
    });
    expect((await world.ask('GET', '/v1/contexts', here.token)).status).toBe(200);
    expect((await world.ask('GET', '/v1/contexts', elsewhere.token)).status).toBe(401);
    expect((await world.refusals(world.a, 'credential')).at(-1)).toMatchObject({ facts: { reason: 'address' } });
  });

  it('are never more than the rules of keys allow', async () => {
    const make = (more: object) =>
      world.ask('POST', '/v1/api-keys', world.a.key, {
        body: { client: 'x', scopes: ['read'], expiresAt: new Date(Date.now() + 3_600_000).toISOString(), ...more },
      });
    expect(codeOf(await make({ scopes: ['platform'] }))).toEqual([400, 'REQUEST_INVALID']);
    expect(codeOf(await make({ scopes: ['administer', 'resend'] }))).toEqual([422, 'SCOPES_CONFLICT']);
    expect(codeOf(await make({ scopes: ['keys'], contexts: [`Nip:${world.a.nip}`] }))).toEqual([
      422,
      'SCOPES_BEYOND_CONTEXTS',
    ]);
    expect(codeOf(await make({ contexts: [`Nip:${NIP_OF_B}`] }))).toEqual([422, 'CONTEXT_NOT_FOUND']);
    expect(codeOf(await make({ expiresAt: '2199-01-01T00:00:00Z' }))).toEqual([422, 'EXPIRY_INVALID']);
    expect(codeOf(await make({ client: 'Kasa 1' }))).toEqual([422, 'CLIENT_INVALID']);
    expect(codeOf(await make({ ipRanges: ['10.0.0.0/33'] }))).toEqual([400, 'REQUEST_INVALID']);
  });
});

describe('contexts', () => {
  it('stay while something was made in them', async () => {
    const list = async () =>
      (await world.ask('GET', '/v1/contexts', world.b.key)).json['items'] as { id: string; value: string }[];
    const used = (await list()).find(({ value }) => value === NIP_OF_B)?.id ?? '';
    expect(codeOf(await world.ask('DELETE', `/v1/contexts/${used}`, world.b.key))).toEqual([409, 'CONTEXT_IN_USE']);
    const body = { type: 'InternalId', value: `${NIP_OF_B}-00001`, name: 'Oddział' };
    const [added, again] = [
      await world.ask('POST', '/v1/contexts', world.b.key, { body }),
      await world.ask('POST', '/v1/contexts', world.b.key, { body }),
    ];
    expect([added.status, again.status, again.json['id']]).toEqual([201, 200, added.json['id']]);
    expect((await world.ask('DELETE', `/v1/contexts/${String(added.json['id'])}`, world.b.key)).status).toBe(204);
    expect((await list()).map(({ id }) => id)).toEqual([used]);
  });
});

describe('the platform admin', () => {
  it('makes a tenant whose first key makes the others, and sees nothing of it', async () => {
    const platform = await world.platformKey();
    const headers = { 'idempotency-key': randomUUID() };
    const body = { name: 'Nowa', contexts: [{ context: 'Nip:7712345609', name: 'Nowa' }] };
    const made = await world.ask('POST', '/v1/tenants', platform, { body, headers });
    expect(made.status).toBe(201);
    const again = await world.ask('POST', '/v1/tenants', platform, { body, headers });
    expect([again.json['id'], again.json['token']]).toEqual([made.json['id'], null]);
    const admin = { id: made.json['id'] as never, nip: '7712345609', key: String(made.json['token']) };
    expect((await world.issue(admin, 'NEW/1')).status).toBe(403);
    const till = await world.keyOf(admin, 'till', ['issue', 'read']);
    expect(codeOf(await world.issue(admin, 'NEW/1', { credential: till.token }))).toEqual([
      409,
      'NO_OFFLINE_CERTIFICATE',
    ]);
    const listed = await world.ask('GET', '/v1/tenants?limit=500', platform);
    expect((listed.json['items'] as { id: string }[]).map(({ id }) => id)).toContain(made.json['id']);
    expect(listed.text).not.toContain('7712345609');
  });
});
