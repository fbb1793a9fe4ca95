import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleInvoices } from '@latarnik/demo';
import type { System } from '@latarnik/launcher';
import pg from 'pg';
import { call, eventually, issue, today } from './testing/client.js';
import { runningSystem } from './testing/running-system.js';

/** Nothing goes by itself: only what a test sends. */
const PATIENT = { LATARNIK_BATCH_LINGER_SECONDS: '3600', LATARNIK_SHUTDOWN_SECONDS: '1' };

async function issueOffline(system: System, count: number, prefix: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const { body, contentType, number } of (await exampleInvoices(count, today())).slice(0, count)) {
    const text = new TextDecoder().decode(body).replaceAll(number, `${prefix}/${number}`);
    const issued = await issue(system, { body: new TextEncoder().encode(text), contentType }, '?mode=offline24');
    expect(issued.status).toBe(201);
    const { id, sellerNip } = issued.json as { id: string; sellerNip: string };
    if (sellerNip !== system.contextNip) await system.control.allowIssuing(system.contextNip, sellerNip);
    ids.push(id);
  }
  return ids;
}

async function sendNow(system: System, body = '{}'): Promise<string> {
  const { status, json } = await call(system, { method: 'POST', path: '/v1/batches', body, type: 'application/json' });
  expect(status).toBe(202);
  return (json as { batches: readonly { id: string }[] }).batches[0]!.id;
}

interface Told {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Reads a stream of server-sent events to its end. @param onFirst called once something was told */
async function eventsOf(system: System, path: string, onFirst: () => void = () => undefined): Promise<readonly Told[]> {
  const response = await fetch(`${system.apiUrl}${path}`, {
    headers: { authorization: `Bearer ${system.apiKey}`, accept: 'text/event-stream' },
  });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.includes('event: ')) onFirst();
  }
  return text.split('\n\n').flatMap((block) => {
    const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
    return event === undefined || data === undefined ? [] : [{ event, data: JSON.parse(data) as Told['data'] }];
  });
}

describe('sending', () => {
  let system: System;
  beforeAll(async () => {
    system = await runningSystem({ env: PATIENT });
    await eventually(
      'KSeF was looked at',
      async () => (await call(system, { path: '/v1/availability' })).json['sending'] === true,
    );
  });
  afterAll(() => system.stop());

  it('follows a rule that the tenant decides, with its author', async () => {
    const rules = () => call(system, { path: '/v1/sending-rules' });
    expect((await rules()).json).toMatchObject({ decided: false, rule: { schedule: { kind: 'as-they-come' } } });
    const decide = (schedule: unknown) =>
      call(system, {
        ...{ method: 'PUT', path: '/v1/sending-rules', type: 'application/json' },
        body: JSON.stringify({ schedule, hoursBeforeTarget: 2, person: 'Anna', reason: 'At the end of the day.' }),
      });
    expect((await decide({ kind: 'every', minutes: 1 })).json['code']).toBe('SENDING_RULE_REFUSED');
    expect((await decide({ kind: 'daily', times: ['18:00', '06:30'] })).status).toBe(200);
    expect((await rules()).json).toMatchObject({
      decided: true,
      rule: { schedule: { kind: 'daily', times: ['06:30', '18:00'] }, hoursBeforeTarget: 2 },
      history: [{ person: 'Anna', reason: 'At the end of the day.' }],
    });
    expect((await decide({ kind: 'as-they-come' })).status).toBe(200);
  });

  it('tells until when everything will be in KSeF, and streams a batch to its end', async () => {
    const ids = await issueOffline(system, 5, 'ONE');
    const context = `Nip:${system.contextNip}`;
    expect((await call(system, { path: '/v1/forecast' })).json).toMatchObject({
      sending: true,
      late: { afterStatutoryEnd: 0 },
      contexts: [{ context, waiting: { invoices: 5 }, sessions: 1, clearsAt: expect.any(String) }],
    });
    const elsewhere = JSON.stringify({ dueBefore: '2026-01-01T00:00:00Z' });
    const none = await call(system, { method: 'POST', path: '/v1/batches', body: elsewhere, type: 'application/json' });
    expect(none.json).toEqual({ batches: [], passedOver: [], moreFollow: false });

    const id = await sendNow(system, JSON.stringify({ context }));
    const told = await eventsOf(system, `/v1/batches/${id}/events`);
    expect(told.at(-1)).toEqual({ event: 'end', data: {} });
    const states = told.slice(0, -1).map(({ data }) => data['state']);
    expect(states.at(-1)).toBe('done');
    expect(told.at(-2)?.data).toMatchObject({ counts: { sent: 5 }, next: { code: 'NOTHING' } });

    const batch = await call(system, { path: `/v1/batches/${id}` });
    expect(batch.json).toMatchObject({
      ...{ state: 'done', invoiceCount: 5, counts: { sent: 5 }, states: { complete: 5 } },
      parts: [{ ordinal: 1, state: 'uploaded', uploaded: true, attempts: 1 }],
      next: { code: 'NOTHING', at: null },
    });
    const page = (await call(system, { path: `/v1/batches/${id}/invoices?limit=3` })).json;
    const rest = (await call(system, { path: `/v1/batches/${id}/invoices?limit=3&after=${String(page['next'])}` }))
      .json;
    const shown = [...(page['items'] as { id: string }[]), ...(rest['items'] as { id: string }[])];
    expect(shown.map((item) => item.id).sort()).toEqual([...ids].sort());
    expect(rest['next']).toBeNull();

    const history = (await call(system, { path: `/v1/batches/${id}/history` })).json as {
      items: readonly { action: string }[];
      attempts: readonly unknown[];
    };
    expect(history.items.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['batch.planned', 'batch.packed', 'batch.open', 'batch.processing', 'batch.done']),
    );
    expect(history.attempts).toMatchObject([{ call: 'open', state: 'done' }, { call: 'close' }]);

    const list = async (query: string) =>
      ((await call(system, { path: `/v1/batches?${query}` })).json['items'] as { id: string }[]).map((item) => item.id);
    expect(await list(`state=done&context=${context}`)).toEqual([id]);
    expect(await list('state=dead')).toEqual([]);
    expect((await call(system, { path: '/v1/batches' })).json).toMatchObject({ forecast: { sending: true, text: [] } });
    expect((await call(system, { path: '/v1/batches?state=lost' })).status).toBe(400);
    expect((await call(system, { method: 'POST', path: `/v1/batches/${id}/resume` })).json['code']).toBe(
      'BATCH_NOT_HELD',
    );
  });

  it('shows a session live, and as stored while KSeF does not answer', async () => {
    const [batch] = (await call(system, { path: '/v1/batches' })).json['items'] as Record<string, string>[];
    const path = `/v1/sessions/${String(batch?.['sessionReferenceNumber'])}`;
    const live = await call(system, { path });
    expect(live.json).toMatchObject({ source: 'ksef', status: { code: 200 }, batchId: batch?.['id'], next: null });
    expect(live.json['invoices']).toHaveLength(5);
    const page = (await call(system, { path: `${path}?limit=2` })).json;
    expect([(page['invoices'] as unknown[]).length, page['next']]).toEqual([2, expect.any(String)]);
    await system.control.setReachable(false);
    try {
      const stored = await call(system, { path });
      expect(stored.json).toMatchObject({ source: 'stored', batchId: batch?.['id'], status: { code: 200 } });
      expect(stored.json['invoices']).toHaveLength(5);
    } finally {
      await system.control.setReachable(true);
    }
  });

  it('hands a batch back within the grace period, and another worker goes on at once', async () => {
    await issueOffline(system, 4, 'TWO');
    const client = new pg.Client({ connectionString: system.databaseUrl });
    await client.connect();
    try {
      // Whoever packs waits for the documents, for as long as this transaction is open: a step that does not end.
      await client.query('BEGIN');
      await client.query('LOCK TABLE invoice_document IN ACCESS EXCLUSIVE MODE');
      const id = await sendNow(system);
      const lease = async () =>
        (await client.query<{ owner: string | null }>('SELECT lease_owner AS owner FROM batch WHERE id = $1', [id]))
          .rows[0]?.owner;
      await eventually('a worker has it in hand', async () => typeof (await lease()) === 'string');

      await system.worker.stop();
      expect(await lease()).toBeNull();

      await client.query('ROLLBACK');
      await system.worker.start();
      await eventually('it is done', async () => {
        const { json } = await call(system, { path: `/v1/batches/${id}` });
        return json['state'] === 'done';
      });
      expect((await system.control.ledger()).counters).toMatchObject({ duplicates: 0, rejected: 0 });
    } finally {
      await client.end();
    }
  });

  it('ends its streams of events when the API stops', async () => {
    await issueOffline(system, 1, 'THREE');
    await system.worker.stop();
    const id = await sendNow(system);
    const first = Promise.withResolvers<undefined>();
    const streaming = eventsOf(system, `/v1/batches/${id}/events`, () => {
      first.resolve(undefined);
    });
    await first.promise;
    await system.api.stop();
    const told = await streaming;
    expect(told.map(({ event }) => event)).toEqual(['batch']);
    expect(told[0]?.data).toMatchObject({ state: 'planned', next: { code: 'PACK' } });
  });
});
