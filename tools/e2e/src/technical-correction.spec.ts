import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleInvoices, type ExampleInvoice } from '@latarnik/demo';
import type { System } from '@latarnik/launcher';
import pg from 'pg';
import { call, eventually, issue, today, type Answer } from './testing/client.js';
import { DescribedAnswers } from './testing/described-answers.js';
import { runningSystem } from './testing/running-system.js';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

interface Refused {
  readonly id: string;
  readonly number: string;
  readonly text: string;
  readonly sha256: string;
  readonly json: Answer['json'];
}

describe('a technical correction', () => {
  let system: System;
  let secondKey: string;
  let examples: readonly ExampleInvoice[];
  let used = 0;
  const described = new DescribedAnswers();

  beforeAll(async () => {
    system = await runningSystem({ restart: true, env: { LATARNIK_BATCH_LINGER_SECONDS: '3600' } });
    secondKey = await anotherKey();
    examples = (await exampleInvoices(60, today())).filter(({ contentType }) => contentType === 'application/xml');
    await eventually(
      'KSeF was looked at',
      async () => (await call(system, { path: '/v1/availability' })).json['mode'] === 'online',
    );
  });
  afterAll(() => system.stop());

  /** Another person's API key of the same tenant. */
  async function anotherKey(): Promise<string> {
    const key = `lk_${randomBytes(32).toString('base64url')}`;
    const client = new pg.Client({ connectionString: system.databaseUrl });
    await client.connect();
    await client.query(
      `INSERT INTO api_key (tenant_id, id, sha256, client, expires_at)
       SELECT tenant_id, $1, decode($2, 'base64'), $1, now() + interval '1 day' FROM tenant_context
       WHERE value = $3 LIMIT 1`,
      [randomUUID(), createHash('sha256').update(key).digest('base64'), system.contextNip],
    );
    await client.end();
    return key;
  }

  /** An example of the context's own seller that no test has used yet. */
  const fresh = (): ExampleInvoice => {
    for (;;) {
      const example = examples[used++];
      if (example === undefined) throw new Error('out of examples');
      const text = textOf(example.body);
      const isOwn = text.includes(`<NIP>${system.contextNip}</NIP>`) && !/self|samofakt/i.test(example.file);
      if (isOwn && text.includes('<RodzajFaktury>VAT<')) return example;
    }
  };

  const stateOf = async (id: string) => (await call(system, { path: `/v1/invoices/${id}` })).json['state'];
  const send = (ids: readonly string[]) =>
    call(system, {
      method: 'POST',
      path: '/v1/batches',
      body: JSON.stringify({ invoiceIds: ids }),
      type: 'application/json',
    });

  /** Invoices that KSeF refused with 450 in a batch, though we found nothing wrong with them. */
  async function refused(count: number): Promise<readonly Refused[]> {
    const issued: Refused[] = [];
    for (let at = 0; at < count; at++) {
      const example = fresh();
      const { status, json } = await issue(system, example, '?mode=offline24');
      expect(status).toBe(201);
      const { id, number } = json as { id: string; number: string };
      issued.push({ id, number, text: textOf(example.body), sha256: sha256(example.body), json });
    }
    await system.control.orderFault('invoice-refused', count);
    await send(issued.map(({ id }) => id));
    for (const { id, number } of issued) {
      await eventually(`${number} is rejected`, async () => (await stateOf(id)) === 'rejected');
    }
    return issued;
  }

  /** The same document as a mended generator would write it. */
  const mended = (text: string): string =>
    text
      .replaceAll('\r\n', '\n')
      .replace(/<DataWytworzeniaFa>[^<]*</, '<DataWytworzeniaFa>2026-11-20T10:11:12Z<')
      .replace('<Podmiot1>', '\n  <Podmiot1>');

  const propose = async (id: string, body: string, more: { key?: string; query?: string; apiKey?: string } = {}) =>
    described.note(
      'POST',
      '/v1/invoices/{id}/technical-correction',
      await call(system, {
        method: 'POST',
        path: `/v1/invoices/${id}/technical-correction?person=Ewa%20Nowak${more.query ?? ''}`,
        body: bytesOf(body),
        key: more.key ?? randomUUID(),
        ...(more.apiKey === undefined ? {} : { apiKey: more.apiKey }),
      }),
    );
  const decide = async (
    path: string,
    what: 'approval' | 'rejection' | 'resumption',
    body: object,
    apiKey = secondKey,
  ) =>
    described.note(
      'POST',
      `/v1/invoices/{id}/technical-correction/{correctionId}/${what}`,
      await call(system, {
        method: 'POST',
        path: `${path}/${what}`,
        body: JSON.stringify(body),
        type: 'application/json',
        apiKey,
      }),
    );
  const get = async (route: string, path: string) => described.note('GET', route, await call(system, { path }));

  it('brings in what KSeF refused in a batch: proposed by one, approved by another, accepted with UPO', async () => {
    const [invoice] = await refused(1);
    if (invoice === undefined) throw new Error('none');
    const { id, text } = invoice;
    const key = randomUUID();
    const proposed = await propose(id, mended(text), { key, query: '&reason=generator' });
    expect(proposed.status).toBe(202);
    expect(proposed.json).toMatchObject({
      state: 'proposed',
      file: 2,
      ksefStatus: 450,
      sha256: sha256(bytesOf(mended(text))),
      proposed: { person: 'Ewa Nowak', reason: 'generator' },
      comparison: { scope: 'full', unlisted: 0 },
    });
    const { comparison } = proposed.json as { comparison: { differences: readonly { kind: string; path: string }[] } };
    expect(comparison.differences).toContainEqual(
      expect.objectContaining({ kind: 'CREATION_TIME', path: '/Faktura/Naglowek/DataWytworzeniaFa' }),
    );
    expect(comparison.differences.filter(({ kind }) => kind === 'content')).toEqual([]);
    const path = proposed.headers.get('location') ?? '';
    const again = await propose(id, mended(text), { key, query: '&reason=generator' });
    expect([again.status, again.headers.get('idempotency-replayed'), again.json['id']]).toEqual([
      ...[202, 'true', proposed.json['id']],
    ]);
    expect((await system.control.ledger()).accepted).toEqual([]);

    const alone = await decide(path, 'approval', { person: 'Jan Kowal' }, system.apiKey);
    expect([alone.status, alone.json['code']]).toEqual([409, 'SAME_PERSON']);
    const sameName = await decide(path, 'approval', { person: 'ewa nowak' });
    expect([sameName.status, sameName.json['code']]).toEqual([409, 'SAME_PERSON']);
    expect(await stateOf(id)).toBe('rejected');

    expect(await decide(path, 'approval', { person: 'Jan Kowal' })).toMatchObject({
      status: 202,
      json: { state: 'approved', approved: { person: 'Jan Kowal' } },
    });
    await eventually('it is complete', async () => (await stateOf(id)) === 'complete');

    const { accepted, counters } = await system.control.ledger();
    expect(accepted).toMatchObject([
      {
        invoiceNumber: invoice.number,
        invoiceHash: sha256(bytesOf(mended(text))),
        hashOfCorrectedInvoice: invoice.sha256,
        offlineDeclared: true,
      },
    ]);
    expect(counters).toMatchObject({ duplicates: 0, rejected: 1 });
    const now = (await call(system, { path: `/v1/invoices/${id}` })).json;
    expect(now).toMatchObject({
      status: 'sent',
      sha256: invoice.sha256,
      ksefNumber: accepted[0]?.ksefNumber,
      codes: { invoice: { url: (invoice.json['codes'] as { invoice: { url: string } }).invoice.url } },
      technicalCorrection: { id: proposed.json['id'], deliveredSha256: sha256(bytesOf(mended(text))) },
      error: null,
    });
    expect((now['deadline'] as { endsAt: string }).endsAt).toBe(
      (invoice.json['deadline'] as { endsAt: string }).endsAt,
    );
    const upo = (await call(system, { path: `/v1/invoices/${id}/upo` })).text;
    expect(upo).toContain(sha256(bytesOf(mended(text))));
    expect(upo).toContain(String(now['ksefNumber']));
    const original = await call(system, { path: `/v1/invoices/${id}/xml` });
    expect(sha256(bytesOf(original.text))).toBe(invoice.sha256);
    const corrected = await call(system, { path: `${path}/xml` });
    expect(corrected.text).toBe(mended(text));
    expect((await get('/v1/invoices/{id}/technical-correction/{correctionId}', path)).json).toMatchObject({
      state: 'complete',
      ksefNumber: now['ksefNumber'],
      acceptedFile: 2,
    });
    const lineage = await get('/v1/invoices/{id}/technical-corrections', `/v1/invoices/${id}/technical-corrections`);
    expect(lineage.json).toMatchObject({
      hashOfCorrectedInvoice: invoice.sha256,
      files: [
        { file: 1, heldByKsef: false },
        { file: 2, heldByKsef: true },
      ],
      corrections: [{ state: 'complete' }],
    });
    const link = new URL((invoice.json['codes'] as { invoice: { url: string } }).invoice.url);
    const page = await fetch(`${system.simulatorUrl}${link.pathname}`).then((answer) => answer.text());
    expect(page).toContain(String(now['ksefNumber']));
    const timeline = (await call(system, { path: `/v1/invoices/${id}/timeline` })).json as {
      items: readonly { action: string }[];
    };
    expect(timeline.items.map(({ action }) => action)).toEqual(
      expect.arrayContaining([
        ...['invoice.rejected', 'technical-correction.proposed', 'technical-correction.approved'],
        ...['technical-correction.sending', 'technical-correction.accepted', 'invoice.accepted', 'invoice.complete'],
      ]),
    );
  });

  it('is refused for changed content, with every difference, for the same bytes, and without a person', async () => {
    const [invoice] = await refused(1);
    if (invoice === undefined) throw new Error('none');
    const { id, text, number } = invoice;
    const changed = text.replace(`<P_2>${number}<`, `<P_2>${number}/A<`).replace('<KodWaluty>PLN<', '<KodWaluty>EUR<');
    const answer = await propose(id, changed);
    expect([answer.status, answer.json['code']]).toEqual([422, 'CONTENT_CHANGED']);
    expect(answer.json['differences']).toEqual([
      { path: '/Faktura/Fa/KodWaluty', kind: 'content', before: 'PLN', after: 'EUR', why: null },
      { path: '/Faktura/Fa/P_2', kind: 'content', before: number, after: `${number}/A`, why: null },
    ]);
    expect((await propose(id, text)).json['code']).toBe('BYTES_UNCHANGED');
    const broken = await propose(id, text.replace('</Faktura>', ''));
    expect([broken.status, broken.json['code']]).toEqual([422, 'DOCUMENT_INVALID']);
    const nobody = await call(system, {
      method: 'POST',
      path: `/v1/invoices/${id}/technical-correction`,
      body: bytesOf(mended(text)),
      key: randomUUID(),
    });
    expect([nobody.status, nobody.json['code']]).toEqual([400, 'REQUEST_INVALID']);
    const noKey = await call(system, {
      method: 'POST',
      path: `/v1/invoices/${id}/technical-correction?person=Ewa`,
      body: bytesOf(mended(text)),
    });
    expect([noKey.status, noKey.json['code']]).toEqual([400, 'IDEMPOTENCY_KEY_MISSING']);
    expect((await propose(randomUUID(), text)).status).toBe(404);

    const first = await propose(id, mended(text));
    const second = await propose(id, mended(text).replace('\n  <Podmiot1>', '\n<Podmiot1>'));
    expect([second.status, second.json['code'], second.json['correctionId']]).toEqual([
      ...[409, 'CORRECTION_UNDER_WAY', first.json['id']],
    ]);
    const path = first.headers.get('location') ?? '';
    const waiting = await get('/v1/technical-corrections', '/v1/technical-corrections?state=proposed');
    expect(waiting.json).toMatchObject({ items: [{ id: first.json['id'], state: 'proposed' }] });
    expect(await decide(path, 'rejection', { person: 'Jan Kowal', reason: 'wrong file' })).toMatchObject({
      status: 200,
      json: { state: 'declined', declined: { person: 'Jan Kowal', reason: 'wrong file' } },
    });
    expect((await decide(path, 'approval', { person: 'Jan Kowal' })).json['code']).toBe('CORRECTION_NOT_TO_BE_DECIDED');
    expect((await decide(path, 'resumption', { person: 'Jan Kowal' })).json['code']).toBe(
      'CORRECTION_NOT_TO_BE_DECIDED',
    );
  });

  it('is not for an invoice that waits, was issued online, or is blocked by a missing right', async () => {
    const code = async (id: string, text: string) => (await propose(id, mended(text))).json;
    const waiting = fresh();
    const { json } = await issue(system, waiting, '?mode=offline24');
    expect(await code(String(json['id']), textOf(waiting.body))).toMatchObject({
      code: 'CORRECTION_NOT_ALLOWED',
      state: 'issued',
    });
    const online = fresh();
    const issued = (await issue(system, online)).json;
    await eventually('it is sent', async () => (await stateOf(String(issued['id']))) === 'complete');
    expect(await code(String(issued['id']), textOf(online.body))).toMatchObject({
      code: 'CORRECTION_NOT_ALLOWED',
      state: 'complete',
    });
    const selfBilled = (await exampleInvoices(60, today())).find(({ file }) => file === 'self-billing.xml');
    if (selfBilled === undefined) throw new Error('no self-billed example');
    const blocked = (await issue(system, selfBilled, '?mode=offline24')).json;
    await send([String(blocked['id'])]);
    await eventually('it is blocked', async () => (await stateOf(String(blocked['id']))) === 'blocked');
    expect(await code(String(blocked['id']), textOf(selfBilled.body))).toMatchObject({
      code: 'CORRECTION_NOT_ALLOWED',
      ksefStatus: 410,
    });
  });

  it('may be refused itself; the next one quotes the document that the buyer holds', async () => {
    const [invoice] = await refused(1);
    if (invoice === undefined) throw new Error('none');
    const { id, text } = invoice;
    const approveNext = async (body: string) => {
      const path = (await propose(id, body)).headers.get('location') ?? '';
      expect((await decide(path, 'approval', { person: 'Jan Kowal' })).status).toBe(202);
    };
    await system.control.orderFault('invoice-refused');
    await approveNext(mended(text));
    const refusedAgain = async () => {
      const { json } = await call(system, { path: `/v1/invoices/${id}/technical-corrections` });
      return (json['corrections'] as readonly { state: string }[])[0]?.state === 'refused';
    };
    await eventually('the second file is refused', refusedAgain);
    const third = mended(text).replace('\n  <Podmiot1>', '\n\t<Podmiot1>');
    await approveNext(third);
    await eventually('the third file is accepted', async () => (await stateOf(id)) === 'complete');
    const entry = (await system.control.ledger()).accepted.find(
      ({ invoiceNumber }) => invoiceNumber === invoice.number,
    );
    expect(entry).toMatchObject({ invoiceHash: sha256(bytesOf(third)), hashOfCorrectedInvoice: invoice.sha256 });
  });

  it('is accepted once whenever its worker is killed, or KSeF does not answer the post', async () => {
    const invoices = await refused(6);
    const before = (await system.control.ledger()).accepted.length;
    const paths: string[] = [];
    for (const { id, text } of invoices) {
      paths.push((await propose(id, mended(text))).headers.get('location') ?? '');
    }
    await system.control.settings({ processingDelayMs: 800 });
    await system.control.playIncident('send-times-out');
    for (const path of paths) expect((await decide(path, 'approval', { person: 'Jan Kowal' })).status).toBe(202);
    let kills = 0;
    const seen = new Set<string>();
    await eventually('all are complete', async () => {
      const { items } = (await call(system, { path: '/v1/technical-corrections' })).json as {
        items: readonly { state: string }[];
      };
      const state = items
        .map((item) => item.state)
        .sort()
        .join(' ');
      if (items.length > 0 && kills < 2 && !seen.has(state)) {
        seen.add(state);
        kills += 1;
        await system.worker.kill();
      }
      return items.length === 0;
    });
    await system.control.settings({ processingDelayMs: 0 });
    expect(kills).toBe(2);
    const { accepted, counters } = await system.control.ledger();
    const mine = accepted.slice(before);
    expect(mine.map(({ invoiceHash }) => invoiceHash).toSorted()).toEqual(
      invoices.map(({ text }) => sha256(bytesOf(mended(text)))).toSorted(),
    );
    expect(counters['duplicates']).toBe(0);
    for (const { id } of invoices) expect(await stateOf(id)).toBe('complete');
  }, 400_000);

  it('answers as its description says', async () => {
    const openApi = JSON.parse((await call(system, { path: '/openapi.json' })).text) as unknown;
    expect(described.misfits(openApi)).toEqual([]);
    expect(described.operations).toEqual(
      expect.arrayContaining([
        'post /v1/invoices/{id}/technical-correction 202',
        'post /v1/invoices/{id}/technical-correction/{correctionId}/approval 202',
        'post /v1/invoices/{id}/technical-correction/{correctionId}/rejection 200',
        'get /v1/invoices/{id}/technical-correction/{correctionId} 200',
        'get /v1/invoices/{id}/technical-corrections 200',
        'get /v1/technical-corrections 200',
      ]),
    );
  });
});
