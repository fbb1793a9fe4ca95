import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleInvoices, type ExampleInvoice } from '@latarnik/demo';
import type { System } from '@latarnik/launcher';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { call, eventually, issue, today, type Answer } from './testing/client.js';
import { HeldProxy } from './testing/held-proxy.js';
import { runningSystem } from './testing/running-system.js';

interface Row {
  readonly id: string;
  readonly number: string;
  readonly status: string;
  readonly state: string;
  readonly mode: string | null;
  readonly sha256: string;
  readonly ksefNumber: string | null;
  readonly sessionReferenceNumber: string | null;
}

const SEND = /^\/v2\/sessions\/online\/[^/]+\/invoices$/;

describe('issuing online', () => {
  let system: System;
  let proxy: HeldProxy;
  let origin = '';
  beforeAll(async () => {
    proxy = await HeldProxy.before(() => origin);
    system = await runningSystem({
      restart: true,
      env: {
        LATARNIK_KSEF_URL: `${proxy.url}/v2`,
        LATARNIK_CALL_LIMITS: 'none',
        LATARNIK_ONLINE_IDLE_SECONDS: '20',
      },
    });
    origin = system.simulatorUrl;
    await eventually(
      'KSeF is seen',
      async () => (await call(system, { path: '/v1/availability' })).json['mode'] === 'online',
    );
  });
  afterAll(async () => {
    await system.stop();
    await proxy.close();
  });
  afterEach(() => system.control.endFaults());

  const rows = async (): Promise<readonly Row[]> =>
    (await call(system, { path: '/v1/invoices?limit=500' })).json['items'] as Row[];
  const get = async (id: string): Promise<Row & Answer['json']> =>
    (await call(system, { path: `/v1/invoices/${id}` })).json as Row & Answer['json'];
  const settled = ({ status }: Row): boolean => status === 'sent' || status === 'signed' || status === 'error';
  const allSettled = async (): Promise<boolean> => (await rows()).every(settled);

  /** The same document under other numbers, of a seller that this context may issue for. */
  async function documents(prefix: string, count: number): Promise<readonly ExampleInvoice[]> {
    const all = await exampleInvoices(1, today());
    const example = all.find(({ file }) => file === 'domestic-several-rates.xml');
    if (example === undefined) throw new Error('no example');
    const text = new TextDecoder().decode(example.body);
    const sellerNip = /<NIP>(\d{10})<\/NIP>/.exec(text)?.[1] ?? '';
    if (sellerNip !== system.contextNip) await system.control.allowIssuing(system.contextNip, sellerNip);
    return Array.from({ length: count }, (_, at) => {
      const number = `${prefix}/${String(at + 1)}`;
      return { ...example, number, body: new TextEncoder().encode(text.replaceAll(example.number, number)) };
    });
  }

  async function document(prefix: string): Promise<ExampleInvoice> {
    const [one] = await documents(prefix, 1);
    if (one === undefined) throw new Error('no document');
    return one;
  }

  /** Nothing lost and nothing twice: KSeF's ledger holds just the files of ours that are sent. */
  async function agreesWithKsef(): Promise<void> {
    const { accepted, counters } = await system.control.ledger();
    const sent = (await rows()).filter(({ ksefNumber }) => ksefNumber !== null);
    expect(new Map(accepted.map(({ ksefNumber, invoiceHash }) => [ksefNumber, invoiceHash]))).toEqual(
      new Map(sent.map(({ ksefNumber, sha256 }) => [ksefNumber, sha256])),
    );
    expect(counters).toMatchObject({ duplicates: 0 });
  }

  it('shares few sessions among two hundred invoices that come at once, and closes them when they are idle', async () => {
    const issued = await Promise.all((await documents('MANY', 200)).map((one) => issue(system, one, '?mode=online')));
    expect(new Set(issued.map(({ status }) => status))).toEqual(new Set([201]));
    const sessions = new Set(issued.map(({ json }) => json['sessionReferenceNumber']));
    expect(sessions.size).toBeLessThanOrEqual(2);
    await eventually('every invoice is sent', async () => (await rows()).every(({ status }) => status === 'sent'));
    await agreesWithKsef();
    await eventually('its sessions are closed', async () =>
      (await sessionStates()).every((state) => state === 'closed'),
    );
  });

  async function sessionStates(): Promise<readonly string[]> {
    const client = new pg.Client({ connectionString: system.databaseUrl });
    await client.connect();
    try {
      const { rows: found } = await client.query<{ state: string }>('SELECT state FROM interactive_session');
      return found.map(({ state }) => state);
    } finally {
      await client.end();
    }
  }

  it.each([
    ['request', 'between the intent and the posting'],
    ['answer', 'between the posting and its commit'],
  ] as const)('loses nothing and sends nothing twice when the API is killed (%s: %s)', async (at, _when) => {
    const one = await document(`KILLED-${at}`);
    const key = randomUUID();
    const request = { method: 'POST', path: '/v1/invoices', body: one.body, type: one.contentType, key };
    const caught = proxy.catchNext(SEND, at);
    const first = call(system, request).catch(() => undefined);
    await caught;
    await system.api.kill();
    expect(await first).toBeUndefined();
    await eventually(
      'the API is back',
      async () => (await call(system, { path: '/v1/availability' }).catch(() => undefined))?.status === 200,
    );

    const again = await call(system, request);
    expect(again.status).toBe(201);
    const id = again.json['id'] as string;
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    await eventually('it is sent', async () => (await get(id)).status === 'sent');
    const sent = await get(id);
    expect(sent.mode).toBe(at === 'request' ? 'offline24' : 'online');
    expect((await rows()).filter(({ number }) => number === one.number)).toHaveLength(1);
    await agreesWithKsef();
  });

  it('finds by its hash what KSeF took without an answer, in the same call', async () => {
    await system.control.playIncident('send-times-out');
    const answer = await issue(system, await document('LOST'), '?mode=online');
    expect(answer).toMatchObject({ status: 201, json: { mode: 'online' } });
    await eventually('it is sent', async () => (await get(answer.json['id'] as string)).status === 'sent');
    await agreesWithKsef();
  });

  it('takes another session when KSeF refuses this one (21184), and offline24 with both codes when it lets nobody in', async () => {
    await system.control.playIncident('session-temporarily-unavailable');
    expect(await issue(system, await document('BUSY'), '?mode=online')).toMatchObject({
      status: 201,
      json: { mode: 'online', requestedMode: 'online' },
    });
    await system.control.playIncident('session-temporarily-unavailable');
    await system.control.playIncident('throttled-at-opening');
    const answer = await issue(system, await document('THROTTLED'));
    expect(answer).toMatchObject({
      status: 201,
      json: {
        mode: 'offline24',
        status: 'signed',
        codes: { invoice: { label: 'OFFLINE' }, certificate: { label: 'CERTYFIKAT' } },
        modeEvidence: { kind: 'own-choice', reason: expect.stringContaining('Online issue failed') },
      },
    });
    await system.control.endFaults();
    await eventually('everything is settled', allSettled);
  });

  it('gives the stored answer to a key whose invoice KSeF refused after 201', async () => {
    const one = await document('REFUSED');
    const key = randomUUID();
    await system.control.playIncident('invoice-cancelled-by-system');
    const request = { method: 'POST', path: '/v1/invoices?mode=online', body: one.body, type: one.contentType, key };
    const first = await call(system, request);
    expect(first.status).toBe(201);
    const id = first.json['id'] as string;
    await eventually('a person is asked', async () => (await get(id)).state === 'needs-review');
    expect(await get(id)).toMatchObject({ status: 'error', error: { ksefStatus: 550 } });
    expect(await call(system, request)).toMatchObject({ status: 201, json: { id, state: 'needs-review' } });

    const decide = (decision: string) =>
      call(system, {
        ...{ method: 'POST', path: `/v1/invoices/${id}/review`, type: 'application/json' },
        body: JSON.stringify({ decision, person: 'Anna Nowak', reason: 'the buyer waits' }),
      });
    expect(await decide('issue-offline')).toMatchObject({ status: 200, json: { mode: 'offline24', state: 'issued' } });
    expect(await decide('give-up')).toMatchObject({ status: 409, json: { code: 'NOT_UNDER_REVIEW' } });
    await eventually('it is sent', async () => (await get(id)).status === 'sent');
    const { items } = (await call(system, { path: `/v1/invoices/${id}/timeline` })).json as {
      items: readonly { action: string; facts: Readonly<Record<string, unknown>> }[];
    };
    expect(items.find(({ action }) => action === 'invoice.review-settled')).toMatchObject({
      facts: { decision: 'issue-offline', person: 'Anna Nowak' },
    });
    await agreesWithKsef();
  });

  it('closes the sessions of a process that was killed, and those of one that is told to stop at once', async () => {
    await eventually('no session is left open', async () =>
      (await sessionStates()).every((state) => state === 'closed'),
    );
    expect((await issue(system, await document('LAST'), '?mode=online')).status).toBe(201);
    expect(await sessionStates()).toContain('open');
    await system.api.stop();
    expect(new Set(await sessionStates())).toEqual(new Set(['closed']));
  });
});
