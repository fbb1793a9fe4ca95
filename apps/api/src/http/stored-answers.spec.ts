import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccessWorld, NIP_OF_A, type Answer } from '../testing/access-world.js';

let world: AccessWorld;
beforeAll(async () => {
  world = await AccessWorld.start();
  await world.importOfflineCertificate(world.a);
}, 180_000);
afterAll(() => world.stop());

const withKey = (key: string) => ({ headers: { 'idempotency-key': key } });
const seen = ({ status, json, headers }: Answer) => ({ status, json, location: headers.get('location') });
const codeOf = ({ status, json }: Answer) => [status, json['code']];

/** So many copies of a request at once. */
const atOnce = (copies: number, ask: () => Promise<Answer>) => Promise.all(Array.from({ length: copies }, ask));

const NOTICE = {
  ...{ version: 1, category: 'maintenance', type: 'announcement', title: 'Prace', text: 'Prace serwisowe.' },
  ...{ start: '2026-12-20T20:00:00Z', end: '2026-12-20T23:00:00Z', publishedAt: '2026-11-19T08:00:00Z' },
  ...{ person: 'Ewa', readAt: 'https://www.gov.pl/web/finanse/bip' },
};
const DOWNTIME = { category: 'maintenance', banner: 'Test', person: 'Ewa', ...later(48, 50) };

function later(from: number, to: number) {
  const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
  return { start: at(from), end: at(to) };
}

/** What creates something and keeps its answer, with a body, and the same route with another one. */
const CREATING: readonly [route: string, body: () => Promise<object> | object, other: object][] = [
  ['/v1/batches', () => ({}), { context: `Nip:${NIP_OF_A}` }],
  ['/v1/announcements', () => ({ ...NOTICE, id: 'N/1' }), { ...NOTICE, id: 'N/2' }],
  ['/v1/simulations/downtime', () => DOWNTIME, { ...DOWNTIME, ...later(60, 61) }],
  [
    '/v1/contexts',
    () => ({ type: 'Nip', value: '1111111111', name: 'X' }),
    { type: 'Nip', value: NIP_OF_A, name: 'Y' },
  ],
];

describe.each(CREATING)('POST %s with an Idempotency-Key', (route, body, other) => {
  it('answers a repeat as the first request, and another request with 422', async () => {
    if (route === '/v1/batches') await world.issue(world.a, `S/${randomUUID()}`);
    const more = withKey(randomUUID());
    const first = await world.ask('POST', route, world.a.key, { body: await body(), ...more });
    expect([first.status < 300, first.text]).toEqual([true, first.text]);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    const again = await world.ask('POST', route, world.a.key, { body: await body(), ...more });
    expect(seen(again)).toEqual(seen(first));
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const different = await world.ask('POST', route, world.a.key, { body: other, ...more });
    expect(codeOf(different)).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });
});

describe('many copies of one request at once', () => {
  it('carry it out once: the others get its answer, or are told to wait', async () => {
    await world.issue(world.a, `S/${randomUUID()}`);
    const more = withKey(randomUUID());
    const before = (await world.ask('GET', '/v1/batches', world.a.key)).json['items'] as readonly object[];
    const answers = await atOnce(12, () => world.ask('POST', '/v1/batches', world.a.key, { body: {}, ...more }));
    const done = answers.filter(({ status }) => status === 202);
    const waiting = answers.filter(({ status }) => status === 409);
    expect(done.length + waiting.length).toBe(12);
    expect(done.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
    for (const answer of waiting) {
      expect([...codeOf(answer), answer.headers.get('retry-after')]).toEqual([409, 'REQUEST_IN_PROGRESS', '2']);
    }
    const after = (await world.ask('GET', '/v1/batches', world.a.key)).json['items'] as readonly object[];
    expect(after.length).toBe(before.length + 1);
    const last = await world.ask('POST', '/v1/batches', world.a.key, { body: {}, ...more });
    expect(seen(last)).toEqual(done.slice(0, 1).map(seen)[0]);
  });

  it('issue one invoice; a repeat gets the same answer, status and body', async () => {
    const more = withKey(randomUUID());
    const body = await world.document(NIP_OF_A, `S/${randomUUID()}`);
    const issue = () =>
      world.ask('POST', '/v1/invoices?mode=offline24', world.a.key, { body, type: 'application/xml', ...more });
    const answers = await atOnce(12, issue);
    const done = answers.filter(({ status }) => status === 201);
    const waiting = answers.filter(({ status }) => status !== 201);
    expect(new Set(done.map(({ json }) => json['id'])).size).toBe(1);
    for (const answer of waiting) {
      expect([...codeOf(answer), answer.headers.get('retry-after')]).toEqual([409, 'REQUEST_IN_PROGRESS', '2']);
    }
    expect(seen(await issue())).toEqual(done.slice(0, 1).map(seen)[0]);
  });

  it('with different invoices on one key issue one of them, and refuse the rest', async () => {
    const more = withKey(randomUUID());
    const numbers = Array.from({ length: 6 }, () => `S/${randomUUID()}`);
    const send = async (number: string) => world.issue(world.a, number, more);
    const answers = await Promise.all(numbers.map(send));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status !== 201).map(({ json }) => json['code']);
    expect(refused.filter((code) => code !== 'IDEMPOTENCY_KEY_REUSED' && code !== 'REQUEST_IN_PROGRESS')).toEqual([]);
    const repeated = await Promise.all(numbers.map(send));
    expect(repeated.map(({ status }) => status).sort()).toEqual([201, 422, 422, 422, 422, 422]);
  });

  it('with one number on different keys issue one invoice, and name it to the others', async () => {
    const number = `S/${randomUUID()}`;
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => world.issue(world.a, number, withKey(randomUUID()))),
    );
    const [first] = answers.filter(({ status }) => status === 201);
    const others = answers.filter(({ status }) => status !== 201);
    expect(others).toHaveLength(5);
    for (const other of others) {
      expect([...codeOf(other), other.json['invoiceId']]).toEqual([409, 'INVOICE_NUMBER_TAKEN', first?.json['id']]);
    }
  });
});

describe('a key', () => {
  it('of a request that was refused is free again', async () => {
    const more = withKey(randomUUID());
    const refused = await world.ask('POST', '/v1/announcements', world.a.key, { body: { id: 'N/9' }, ...more });
    expect(refused.status).toBe(400);
    const body = { ...NOTICE, id: 'N/10' };
    expect((await world.ask('POST', '/v1/announcements', world.a.key, { body, ...more })).status).toBe(201);
  });

  it('of one tenant is nothing to another', async () => {
    const more = withKey(randomUUID());
    const body = { ...NOTICE, id: 'N/11' };
    expect((await world.ask('POST', '/v1/announcements', world.a.key, { body, ...more })).status).toBe(201);
    const theirs = await world.ask('POST', '/v1/announcements', world.b.key, { body, ...more });
    expect([theirs.status, theirs.headers.get('idempotency-replayed')]).toEqual([201, null]);
  });

  it('that is no key is refused, and one that is needed is missed', async () => {
    const bad = await world.ask('POST', '/v1/batches', world.a.key, { body: {}, ...withKey('a b') });
    expect(codeOf(bad)).toEqual([400, 'IDEMPOTENCY_KEY_MISSING']);
    const missing = await world.ask('POST', '/v1/contexts', world.a.key, { body: {}, ...withKey('') });
    expect(codeOf(missing)).toEqual([400, 'IDEMPOTENCY_KEY_MISSING']);
  });
});
