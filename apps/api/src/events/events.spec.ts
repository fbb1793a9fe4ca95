import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Temporal, type OutboxEvent, type PublicEvent, type WebhookId } from '@latarnik/domain';
import { AccessWorld } from '../testing/access-world.js';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly event: PublicEvent;
}

let world: AccessWorld;
let receiver: Server;
let received: Received[];
let answers: (event: PublicEvent) => number;

beforeAll(async () => {
  world = await AccessWorld.start({}, { LATARNIK_WEBHOOK_LOOPBACK: 'allowed' });
  await world.importOfflineCertificate(world.a);
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const event = JSON.parse(body) as PublicEvent;
      received.push({ headers: request.headers, body, event });
      response.writeHead(answers(event)).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => {
  received = [];
  answers = () => 204;
});
afterAll(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await world.stop();
});

const hook = () => `http://127.0.0.1:${String((receiver.address() as AddressInfo).port)}/hook`;
const register = (body: object = {}, headers: Readonly<Record<string, string>> = {}) =>
  world.ask('POST', '/v1/webhooks', world.a.key, { body: { url: hook(), ...body }, headers });
const ask = (method: string, path: string, body?: object) =>
  world.ask(method, path, world.a.key, body === undefined ? {} : { body });

async function aWebhook(types: readonly string[] = []) {
  const { status, json, text } = await register({ types });
  if (status !== 201) throw new Error(text);
  return { id: json['id'] as WebhookId, secret: String(json['secret']) };
}
/** What a worker does in one round. */
async function worker(id: WebhookId) {
  const { fanOutEvents, deliverEvents } = world.composition.useCases;
  await fanOutEvents.execute(world.a.id);
  return deliverEvents.execute(world.a.id, id);
}
const happened = (...subjects: readonly string[]) => {
  const events = subjects.map((subject): OutboxEvent => ({
    at: Temporal.Instant.from('2026-11-20T12:00:00Z'),
    type: 'invoice.accepted',
    subject,
    facts: {},
  }));
  return world.unitOfWork.inTenant(world.a.id, ({ outbox }) => outbox.append(events));
};

/** By the book of Standard Webhooks, and by nothing of ours. */
function isSignedWith(secret: string, { headers, body }: Received): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const mac = createHmac('sha256', key)
    .update(`${String(id)}.${String(timestamp)}.${body}`)
    .digest('base64');
  return String(signatures).split(' ').includes(`v1,${mac}`);
}

/** An open stream; events are taken from it one by one. */
class Stream {
  #text = '';
  constructor(
    readonly response: Response,
    private readonly abort: AbortController,
    private readonly chunks = response.body?.pipeThrough(new TextDecoderStream()).getReader(),
  ) {}

  static async open(query = '', headers: Readonly<Record<string, string>> = {}, key = world.a.key): Promise<Stream> {
    const abort = new AbortController();
    const all = { authorization: `Bearer ${key}`, ...headers };
    return new Stream(await fetch(`${world.url}/v1/events${query}`, { headers: all, signal: abort.signal }), abort);
  }

  /** Fields of the next block; `undefined` at the end. */
  async next(): Promise<Readonly<Record<string, string>> | undefined> {
    while (!this.#text.includes('\n\n')) {
      const { done, value } = (await this.chunks?.read()) ?? { done: true, value: undefined };
      if (done) return undefined;
      this.#text += value;
    }
    const end = this.#text.indexOf('\n\n');
    const block = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 2);
    return Object.fromEntries(
      block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    );
  }

  async nextEvent(): Promise<PublicEvent> {
    for (;;) {
      const block = await this.next();
      if (block === undefined) throw new Error('the stream ended');
      if (block['data'] !== undefined) return JSON.parse(block['data']) as PublicEvent;
    }
  }

  close(): void {
    this.abort.abort();
  }
}

describe('a webhook', () => {
  it('gets an issued invoice, signed; the stream tells the same', async () => {
    const { id, secret } = await aWebhook(['invoice.*']);
    const stream = await Stream.open();
    expect(await stream.next()).toMatchObject({ retry: '3000', id: expect.stringMatching(/^evt_[0-9a-f]{12}_\d+$/) });
    const issued = await world.issue(world.a, 'EVENTS/1');
    expect(issued.status).toBe(201);
    expect(await worker(id)).toEqual({ delivered: 1, failed: 0, unknown: 0 });
    const [got] = received;
    expect(got?.event).toMatchObject({
      ...{ type: 'invoice.issued', subject: issued.json['id'] },
      data: {
        number: 'EVENTS/1',
        mode: 'offline24',
        sellerNip: world.a.nip,
        context: `Nip:${world.a.nip}`,
        sha256: issued.json['sha256'],
      },
    });
    expect(got?.headers['webhook-id']).toBe(got?.event.id);
    expect(isSignedWith(secret, got!)).toBe(true);
    expect(await stream.nextEvent()).toEqual(got?.event);
    stream.close();
    await ask('DELETE', `/v1/webhooks/${id}`);
  });

  it('shows its secret once, and is made once for an Idempotency-Key', async () => {
    const key = { 'idempotency-key': 'webhook-1' };
    const first = await register({ description: 'ERP' }, key);
    expect(first).toMatchObject({
      status: 201,
      json: { secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/), state: 'enabled' },
    });
    expect(first.headers.get('cache-control')).toBe('no-store');
    const again = await register({ description: 'ERP' }, key);
    expect(again).toMatchObject({ status: 201, json: { id: first.json['id'], secret: null } });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await register({ description: 'other' }, key)).toMatchObject({
      status: 422,
      json: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
    const { id } = first.json;
    for (const path of ['/v1/webhooks', `/v1/webhooks/${String(id)}`]) {
      const { status, text } = await ask('GET', path);
      expect(status).toBe(200);
      expect(text).not.toContain('whsec_');
    }
    expect(JSON.stringify(world.log)).not.toContain('whsec_');
    expect((await ask('DELETE', `/v1/webhooks/${String(id)}`)).status).toBe(204);
    expect((await ask('GET', `/v1/webhooks/${String(id)}`)).status).toBe(404);
  });

  it.each([
    ...[
      'https://169.254.169.254/latest/meta-data',
      'https://10.0.0.1/',
      'https://[fd00::1]/',
      'https://[::ffff:10.0.0.1]/',
    ],
    ...[
      'https://100.64.0.1/',
      'https://0.0.0.0/',
      'https://[64:ff9b::a00:1]/',
      'https://224.0.0.1/',
      'https://167772161/',
    ],
  ])('is not made for %s', async (url) => {
    expect(await register({ url })).toMatchObject({ status: 422, json: { code: 'WEBHOOK_URL_PRIVATE' } });
  });

  it.each([
    [{ url: 'http://erp.example/' }, 422, 'WEBHOOK_URL_INVALID'],
    [{ url: 'https://nobody.invalid/' }, 422, 'WEBHOOK_HOST_UNKNOWN'],
    [{ types: ['invoice.gone'] }, 422, 'UNKNOWN_EVENT_TYPES'],
    [{ secret: 'mine' }, 400, 'REQUEST_INVALID'],
    [{ url: 7 }, 400, 'REQUEST_INVALID'],
  ])('is not made from %j', async (body, status, code) => {
    expect(await register(body)).toMatchObject({ status, json: { code } });
  });

  it('is a missing one to another tenant, whatever it asks', async () => {
    const { id } = await aWebhook();
    const foreign = (method: string, path: string, body?: object) =>
      world.ask(method, `/v1/webhooks/${id}${path}`, world.b.key, body === undefined ? {} : { body });
    const asked = await Promise.all([
      ...[
        foreign('GET', ''),
        foreign('DELETE', ''),
        foreign('PATCH', '', { enabled: false }),
        foreign('GET', '/deliveries'),
      ],
      ...[foreign('POST', '/secret', {}), foreign('POST', '/replay', { after: null })],
    ]);
    expect(asked.map(({ status }) => status)).toEqual(Array(6).fill(404));
    expect((await world.ask('GET', '/v1/webhooks', world.b.key)).json).toEqual({ items: [] });
    expect(await ask('GET', `/v1/webhooks/${id}`)).toMatchObject({ json: { state: 'enabled' } });
    await ask('DELETE', `/v1/webhooks/${id}`);
  });

  it('tells how its deliveries stand, takes a new secret, rests while disabled, and is delivered to again by hand', async () => {
    const { id, secret } = await aWebhook();
    answers = ({ subject }) => (subject === 'poison' ? 500 : 204);
    await happened('poison', 'sound', 'poison');
    expect(await worker(id)).toEqual({ delivered: 1, failed: 1, unknown: 0 });
    const { json } = await ask('GET', `/v1/webhooks/${id}/deliveries`);
    expect(json['items']).toMatchObject([
      { event: { subject: 'poison' }, state: 'pending', attempts: 0, lastFailure: null },
      { event: { subject: 'sound' }, state: 'delivered', attempts: 1, nextAttemptAt: null },
      {
        event: { subject: 'poison' },
        state: 'pending',
        attempts: 1,
        lastFailure: { outcome: 'failed', cause: 'HTTP 500', httpStatus: 500 },
      },
    ]);
    expect(await ask('GET', `/v1/webhooks/${id}/deliveries?state=delivered`)).toMatchObject({
      json: { items: [{ event: { subject: 'sound' } }] },
    });
    expect(await ask('GET', `/v1/webhooks/${id}`)).toMatchObject({ json: { pending: 2 } });
    const rotated = await ask('POST', `/v1/webhooks/${id}/secret`, { overlapHours: 1 });
    expect(rotated.status).toBe(201);
    expect(await ask('PATCH', `/v1/webhooks/${id}`, { enabled: false })).toMatchObject({
      status: 200,
      json: { state: 'disabled', disabled: { cause: 'person' } },
    });
    expect(await ask('POST', `/v1/webhooks/${id}/replay`, { after: null })).toMatchObject({
      status: 409,
      json: { code: 'WEBHOOK_NOT_ENABLED' },
    });
    answers = () => 204;
    received = [];
    expect(await worker(id)).toEqual({ delivered: 0, failed: 0, unknown: 0 });
    expect(await ask('PATCH', `/v1/webhooks/${id}`, { enabled: true })).toMatchObject({
      status: 200,
      json: { state: 'enabled' },
    });
    const [, , oldest] = json['items'] as { event: { id: string } }[];
    const before = oldest!.event.id.replace(/\d+$/, (place) => String(Number(place) - 1));
    const replayed = await ask('POST', `/v1/webhooks/${id}/replay`, { after: before });
    // The event of its being disabled has no delivery yet.
    expect(replayed).toMatchObject({ status: 202, json: { pending: 3 } });
    expect(await worker(id)).toEqual({ delivered: 4, failed: 0, unknown: 0 });
    const got = received.map(({ event }) => event);
    expect(got.filter(({ subject }) => subject === 'poison').map(({ id: each }) => each)).toEqual(
      got
        .filter(({ subject }) => subject === 'poison')
        .map(({ id: each }) => each)
        .sort(),
    );
    expect(got.map(({ type }) => type)).toContain('webhook.disabled');
    expect(
      received.every((each) => isSignedWith(secret, each) && isSignedWith(String(rotated.json['secret']), each)),
    ).toBe(true);
    await ask('DELETE', `/v1/webhooks/${id}`);
  });
});

describe('the stream', () => {
  it('goes on behind the event that its reader had last, without a gap and without a repetition', async () => {
    const first = await Stream.open();
    await first.next();
    await happened('a', 'b');
    const seen = [await first.nextEvent(), await first.nextEvent()];
    first.close();
    await happened('c', 'd');
    const second = await Stream.open('?after=start', { 'last-event-id': seen[0]!.id });
    const rest = [await second.nextEvent(), await second.nextEvent(), await second.nextEvent()];
    second.close();
    expect([...seen.slice(0, 1), ...rest].map(({ subject }) => subject)).toEqual(['a', 'b', 'c', 'd']);
    expect(rest[0]).toEqual(seen[1]);
  });

  it('lets through what was asked for', async () => {
    const stream = await Stream.open('?types=invoice.rejected,deadline.*');
    await stream.next();
    await happened('not wanted');
    await world.unitOfWork.inTenant(world.a.id, ({ outbox }) =>
      outbox.append([
        { at: Temporal.Instant.from('2026-11-20T12:00:00Z'), type: 'deadline.alert', subject: 'wanted', facts: {} },
      ]),
    );
    expect(await stream.nextEvent()).toMatchObject({ type: 'deadline.alert', subject: 'wanted' });
    stream.close();
  });

  it.each([
    ['?types=invoice.gone', 400, 'UNKNOWN_EVENT_TYPES'],
    ['?after=evt_000000000000_1', 400, 'EVENT_ID_UNKNOWN'],
    ['?after=1', 400, 'EVENT_ID_UNKNOWN'],
    ['?type=invoice.issued', 400, 'REQUEST_INVALID'],
  ])('does not begin with %s', async (query, status, code) => {
    expect(await ask('GET', `/v1/events${query}`)).toMatchObject({ status, json: { code } });
  });

  it('tells another tenant nothing', async () => {
    const theirs = await Stream.open('?after=start', {}, world.b.key);
    await theirs.next();
    await happened('ours');
    await world.unitOfWork.inTenant(world.b.id, ({ outbox }) =>
      outbox.append([
        { at: Temporal.Instant.from('2026-11-20T12:00:00Z'), type: 'invoice.accepted', subject: 'theirs', facts: {} },
      ]),
    );
    expect(await theirs.nextEvent()).toMatchObject({ subject: 'theirs' });
    theirs.close();
  });

  it('has ten readers of a tenant at most, and ends when the process does', async () => {
    const streams: Stream[] = [];
    let refused: Stream | undefined;
    while (refused === undefined && streams.length < 20) {
      const stream = await Stream.open();
      if (stream.response.status === 200) streams.push(stream);
      else refused = stream;
    }
    expect(refused?.response.status).toBe(429);
    expect(streams.length).toBeLessThanOrEqual(10);
    await world.app.close();
    for (const stream of streams) while ((await stream.next()) !== undefined);
  });
});
