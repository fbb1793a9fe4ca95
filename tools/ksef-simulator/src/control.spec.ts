import { X509Certificate } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { type LatarniaMessage, ManualClock, type Simulator, startSimulator } from './index.js';
import { invoiceOf, loggedIn, SELLER, startQuick } from './testing/setup.js';

const HOUR = 3_600_000;
const START = new Date('2026-11-20T10:00:00Z');

let simulator: Simulator;
let clock: ManualClock;

beforeEach(async () => {
  clock = new ManualClock(START);
  simulator = await startQuick({ clock });
});

afterEach(async () => {
  await simulator.close();
});

/** Every field the tests read from an answer of the control API. */
interface ControlBody {
  readonly eventId: number;
  readonly now: string;
  readonly certificateSerialNumber: string;
  readonly certificatePem: string;
  readonly accepted: readonly unknown[];
  readonly counters: unknown;
}

async function control(method: string, path: string, body?: unknown): Promise<{ status: number; body: ControlBody }> {
  const response = await fetch(`${simulator.controlUrl}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as ControlBody };
}

const latarnia = async (path: string): Promise<unknown> => (await fetch(`${simulator.latarniaUrl}${path}`)).json();
const messages = async () => (await latarnia('/messages')) as LatarniaMessage[];
const latarniaStatus = async () => (await latarnia('/status')) as { status: string; messages?: LatarniaMessage[] };
const ksefAnswers = async (): Promise<number | 'refused'> =>
  fetch(`${simulator.ksefUrl}/security/public-key-certificates`).then(
    ({ status }) => status,
    () => 'refused' as const,
  );

describe('outages', () => {
  it('of the kind failure begin with one message and end with another of the same event', async () => {
    expect(await latarniaStatus()).toEqual({ status: 'AVAILABLE' });
    const { status, body } = await control('POST', '/outages', { category: 'FAILURE' });
    expect(status).toBe(201);

    expect(await latarniaStatus()).toEqual({
      status: 'FAILURE',
      messages: [
        {
          id: 'K/2026/AWR/01',
          eventId: body.eventId,
          category: 'FAILURE',
          type: 'FAILURE_START',
          title: 'Awaria KSeF',
          text: 'Awaria KSeF. Komunikat symulatora testowego.',
          start: '2026-11-20T10:00:00+00:00',
          end: null,
          version: 1,
          published: '2026-11-20T10:00:00+00:00',
        },
      ],
    });
    expect(await ksefAnswers()).toBe('refused');

    clock.advance(3 * HOUR);
    await control('POST', `/outages/${String(body.eventId)}/end`);

    expect(await latarniaStatus()).toEqual({ status: 'AVAILABLE' });
    expect((await messages()).map(({ type, start, end, eventId }) => [type, start, end, eventId])).toEqual([
      ['FAILURE_END', '2026-11-20T10:00:00+00:00', '2026-11-20T13:00:00+00:00', body.eventId],
      ['FAILURE_START', '2026-11-20T10:00:00+00:00', null, body.eventId],
    ]);
    expect(await ksefAnswers()).toBe(200);
  });

  it('of the kind maintenance are announced before they begin, and moved by a higher version', async () => {
    const { body } = await control('POST', '/outages', {
      category: 'MAINTENANCE',
      start: '2026-11-20T12:00:00Z',
      end: '2026-11-20T16:00:00Z',
    });
    expect(await messages()).toMatchObject([
      { type: 'MAINTENANCE_ANNOUNCEMENT', version: 1, end: '2026-11-20T16:00:00+00:00' },
    ]);
    expect(await latarniaStatus()).toEqual({ status: 'AVAILABLE' });
    expect(await ksefAnswers()).toBe(200);

    clock.advance(2 * HOUR);
    expect((await latarniaStatus()).status).toBe('MAINTENANCE');
    expect(await ksefAnswers()).toBe('refused');

    clock.advance(HOUR);
    await control('POST', `/outages/${String(body.eventId)}/end`, { end: '2026-11-20T13:00:00Z' });
    expect(await messages()).toMatchObject([{ version: 2, end: '2026-11-20T13:00:00+00:00' }]);
    expect(await ksefAnswers()).toBe(200);
  });

  it('of the kind maintenance end by themselves at the announced time', async () => {
    await control('POST', '/outages', { category: 'MAINTENANCE', end: '2026-11-20T11:00:00Z' });
    expect(await ksefAnswers()).toBe('refused');

    clock.advance(HOUR);

    expect(await ksefAnswers()).toBe(200);
    expect(await latarniaStatus()).toEqual({ status: 'AVAILABLE' });
  });

  it('may go unannounced, or be announced without effect', async () => {
    await control('POST', '/outages', { category: 'FAILURE', announce: false });
    expect(await latarniaStatus()).toEqual({ status: 'AVAILABLE' });
    expect(await ksefAnswers()).toBe('refused');
    await control('POST', '/ksef', { reachable: true });

    await control('POST', '/outages', { category: 'TOTAL_FAILURE', unreachable: false });
    expect((await latarniaStatus()).status).toBe('TOTAL_FAILURE');
    expect(await ksefAnswers()).toBe(200);
  });

  it('may overlap: the graver shows, and KSeF comes back after the last', async () => {
    const first = await control('POST', '/outages', { category: 'FAILURE', manner: '503' });
    const second = await control('POST', '/outages', { category: 'TOTAL_FAILURE', manner: '503' });
    expect((await latarniaStatus()).status).toBe('TOTAL_FAILURE');

    await control('POST', `/outages/${String(second.body.eventId)}/end`);
    expect((await latarniaStatus()).status).toBe('FAILURE');
    expect(await ksefAnswers()).toBe(503);

    await control('POST', `/outages/${String(first.body.eventId)}/end`);
    expect(await ksefAnswers()).toBe(200);
  });

  it('vanish from the messages after 30 days', async () => {
    await control('POST', '/outages', { category: 'FAILURE', unreachable: false });

    clock.advance(30 * 24 * HOUR - 1);
    expect(await messages()).toHaveLength(1);
    clock.advance(1);
    expect(await messages()).toEqual([]);
  });

  it('are refused when unknown or misspelt', async () => {
    expect((await control('POST', '/outages/1/end')).status).toBe(404);
    expect((await control('POST', '/outages', { category: 'SUNDAY' })).status).toBe(400);
    expect((await control('POST', '/outages', { category: 'FAILURE', anounce: false })).status).toBe(400);
  });
});

describe('reachability', () => {
  it('cuts KSeF off in both manners, storage included, and never the control API', async () => {
    await control('POST', '/ksef', { reachable: false, manner: '503' });
    expect(await ksefAnswers()).toBe(503);
    await control('POST', '/ksef', { reachable: false, manner: 'refuse' });
    expect(await ksefAnswers()).toBe('refused');
    const storage = simulator.ksefUrl.replace('/v2', '/storage/01/x/session-upo/y.xml');
    await expect(fetch(storage)).rejects.toThrow('fetch failed');
    expect((await control('GET', '/state')).body).toMatchObject({ ksef: { reachable: false, manner: 'refuse' } });
    await control('POST', '/ksef', { reachable: true });
    expect(await ksefAnswers()).toBe(200);
  });

  it('cuts Latarnia off too', async () => {
    await control('POST', '/latarnia', { reachable: false });
    await expect(messages()).rejects.toThrow('fetch failed');
    await control('POST', '/latarnia', { reachable: true });
    expect(await messages()).toEqual([]);
  });
});

it.each([
  ['Authentication', 'EC', 0x80],
  ['Offline', 'RSA', 0x40],
] as const)('issues certificates of type %s with a key of type %s', async (type, keyType, keyUsage) => {
  const { status, body } = await control('POST', '/certificates', {
    type,
    keyType,
    nip: SELLER,
    subjectName: 'Latarnia sp. z o.o.',
  });

  expect(status).toBe(201);
  expect(body.certificateSerialNumber).toMatch(/^[0-9A-F]{16}$/);
  const certificate = new X509Certificate(body.certificatePem);
  const authority = new X509Certificate(await (await fetch(`${simulator.controlUrl}/ca`)).text());
  expect(certificate.serialNumber).toBe(body.certificateSerialNumber);
  expect(certificate.subject).toContain(`VATPL-${SELLER}`);
  expect(certificate.verify(authority.publicKey)).toBe(true);
  expect(certificate.publicKey.asymmetricKeyType).toBe(keyType.toLowerCase());
  // Extension 2.5.29.15, critical; then the bit string: seven unused bits, and the one set (domain-rules 5).
  const usage = Buffer.from('0603551d0f0101ff04040302', 'hex');
  const at = certificate.raw.indexOf(usage);
  expect(at).toBeGreaterThan(0);
  expect(certificate.raw[at + usage.length + 1]).toBe(keyUsage);
});

it('moves a manual clock, and changes settings', async () => {
  const { body } = await control('POST', '/clock/advance', { ms: HOUR });
  expect(body.now).toBe('2026-11-20T11:00:00.000Z');

  await control('PATCH', '/settings', { strictNip: false });
  expect((await control('GET', '/state')).body).toMatchObject({ settings: { strictNip: false } });
  expect((await control('PATCH', '/settings', { strictNip: 'no' })).status).toBe(400);
});

it('keeps a ledger of what was accepted', async () => {
  await simulator.close();
  simulator = await startQuick();
  const channel = await (await loggedIn(simulator)).openOnline();
  const { body } = await channel.send(invoiceOf('FV/1'), { offlineMode: true });

  const ledger = await control('GET', '/ledger');

  expect(ledger.body.accepted).toMatchObject([
    {
      ksefNumber: body.ksefNumber,
      invoiceHash: body.invoiceHash,
      sellerNip: SELLER,
      invoiceNumber: 'FV/1',
      kind: 'VAT',
      context: { type: 'Nip', value: SELLER },
      sessionReferenceNumber: channel.reference,
      sessionType: 'Online',
      offlineDeclared: true,
      invoicingMode: 'Offline',
    },
  ]);
  expect(ledger.body.counters).toEqual({ attempts: 1, accepted: 1, duplicates: 0, rejected: 0, violations: 0 });
  expect((await control('POST', '/clock/advance', { ms: 1 })).status).toBe(409);
});

it('lets a context issue for a foreign seller, and takes that back', async () => {
  const grant = { context: { type: 'InternalId', value: `${SELLER}-12345` }, sellerNip: '7762811692' };
  const may = () =>
    simulator.state.permissions.mayIssue({ type: 'InternalId', value: `${SELLER}-12345` }, '7762811692');

  expect((await control('POST', '/issuers', grant)).status).toBe(204);
  expect(may()).toBe(true);
  expect((await control('DELETE', '/issuers', grant)).status).toBe(204);
  expect(may()).toBe(false);
});

it('does not start in production', async () => {
  const before = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = 'production';
  try {
    await expect(startSimulator()).rejects.toThrow('test twin');
  } finally {
    process.env['NODE_ENV'] = before;
  }
});
