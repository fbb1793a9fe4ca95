import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleInvoices, type ExampleInvoice } from '@latarnik/demo';
import type { System } from '@latarnik/launcher';
import { ZipFile } from 'yazl';
import { call, today, type Answer } from './testing/client.js';
import { runningSystem } from './testing/running-system.js';

const NDJSON = 'application/x-ndjson';
const PATH = '/v1/invoices/bulk?mode=offline24';

interface BulkLine {
  readonly line?: number;
  readonly entry?: string;
  readonly status?: number;
  readonly replayed?: boolean;
  readonly invoice?: { readonly id: string; readonly number: string; readonly mode: string };
  readonly problem?: { readonly code: string };
  readonly summary?: Readonly<Record<string, unknown>>;
}

const linesIn = (text: string): readonly BulkLine[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as BulkLine);

const wrapped = ({ body }: ExampleInvoice, more: object = {}): string =>
  JSON.stringify({ xml: Buffer.from(body).toString('base64'), ...more });

async function zipOf(entries: readonly { readonly name: string; readonly bytes: Uint8Array }[]): Promise<Buffer> {
  const archive = new ZipFile();
  for (const { name, bytes } of entries) archive.addBuffer(Buffer.from(bytes), name);
  archive.end();
  const chunks: Buffer[] = [];
  for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe('issuing in bulk', () => {
  let system: System;
  let xml: readonly ExampleInvoice[];
  let json: readonly ExampleInvoice[];
  let used = 0;
  beforeAll(async () => {
    system = await runningSystem({ env: { LATARNIK_BATCH_LINGER_SECONDS: '3600' } });
    const own = (await exampleInvoices(300, today())).filter(({ body }) => {
      const text = new TextDecoder().decode(body);
      const sellerNip = /<NIP>(\d{10})<\/NIP>/.exec(text)?.[1] ?? /"nip":\s*"(\d{10})"/.exec(text)?.[1];
      return sellerNip === system.contextNip;
    });
    xml = own.filter(({ contentType, file }) => contentType === 'application/xml' && !/self|correct/.test(file));
    json = own.filter(({ contentType }) => contentType === 'application/json');
  });
  afterAll(() => system.stop());

  const fresh = (count: number): readonly ExampleInvoice[] => {
    const taken = xml.slice(used, used + count);
    used += count;
    if (taken.length < count) throw new Error('out of examples');
    return taken;
  };
  const bulk = (body: string | Uint8Array, key: string = randomUUID(), type = NDJSON): Promise<Answer> =>
    call(system, { method: 'POST', path: PATH, body, type, key });
  const issuedCount = async (): Promise<number> => {
    const { items } = (await call(system, { path: '/v1/invoices?limit=500' })).json as { items: readonly unknown[] };
    return items.length;
  };

  it('answers each line in its place: issued, refused, malformed; the others are issued all the same', async () => {
    const [first, second, third] = fresh(3);
    const model = json[0];
    if (first === undefined || second === undefined || third === undefined || model === undefined) throw new Error();
    const text = new TextDecoder().decode(model.body);
    const body = [
      wrapped(first),
      '{"xml":',
      JSON.stringify(JSON.parse(text)),
      '',
      wrapped(first),
      JSON.stringify({ xml: Buffer.from('<Faktura/>').toString('base64') }),
      '{"a":1,"a":2}',
      wrapped(second, { state: 'complete' }),
      wrapped(second, { mode: 'auto', context: 'Nip:nonsense' }),
      wrapped(third),
    ].join('\n');
    const { status, headers, text: answer } = await bulk(body);

    expect([status, headers.get('content-type')]).toEqual([200, NDJSON]);
    const lines = linesIn(answer);
    expect(lines.slice(0, -1).map(({ line, status: of, problem }) => [line, of, problem?.code])).toEqual([
      [1, 201, undefined],
      [2, 400, 'MALFORMED_JSON'],
      [3, 201, undefined],
      [5, 409, 'INVOICE_NUMBER_TAKEN'],
      [6, 422, 'DOCUMENT_INVALID'],
      [7, 400, 'JSON_REFUSED'],
      [8, 400, 'REQUEST_INVALID'],
      [9, 400, 'CONTEXT_INVALID'],
      [10, 201, undefined],
    ]);
    expect(lines.at(-1)).toEqual({ summary: { lines: 9, issued: 3, replayed: 0, refused: 6, complete: true } });
    expect(lines[0]?.invoice).toMatchObject({ number: first.number, mode: 'offline24', status: 'signed' });
  });

  it('answers the same request again with what was stored, and issues nothing twice', async () => {
    const [body, key] = [
      fresh(6)
        .map((example) => wrapped(example))
        .join('\n'),
      randomUUID(),
    ];
    const once = linesIn((await bulk(body, key)).text);
    const before = await issuedCount();
    const again = linesIn((await bulk(body, key)).text);

    expect(again.slice(0, -1).map(({ invoice }) => invoice?.id)).toEqual(
      once.slice(0, -1).map(({ invoice }) => invoice?.id),
    );
    expect(again.every(({ replayed, summary }) => replayed === true || summary !== undefined)).toBe(true);
    expect(again.at(-1)?.summary).toEqual({ lines: 6, issued: 0, replayed: 6, refused: 0, complete: true });
    expect(await issuedCount()).toBe(before);
  });

  it('goes on after a cut connection: every line is issued once, whenever it was cut', async () => {
    const examples = fresh(24);
    const [body, key] = [examples.map((example) => `${wrapped(example)}\n`).join(''), randomUUID()];
    const before = await issuedCount();
    await cutAfter(system, body.slice(0, Math.floor(body.length / 2)), key);
    const answer = linesIn((await bulk(body, key)).text);

    expect(answer.slice(0, -1).map(({ line, status }) => [line, status])).toEqual(
      examples.map((_example, at) => [at + 1, 201]),
    );
    const { issued, replayed } = answer.at(-1)?.summary as { issued: number; replayed: number };
    expect(issued + replayed).toBe(24);
    expect(replayed).toBeGreaterThanOrEqual(1);
    expect(await issuedCount()).toBe(before + 24);
  });

  it('refuses another invoice in the place of one that was issued under the key', async () => {
    const [one, other] = fresh(2);
    if (one === undefined || other === undefined) throw new Error();
    const key = randomUUID();
    await bulk(wrapped(one), key);
    const [line] = linesIn((await bulk(wrapped(other), key)).text);
    expect(line).toMatchObject({ status: 422, problem: { code: 'IDEMPOTENCY_KEY_REUSED' } });
  });

  it('takes a line with a key of its own for the same request as a single one', async () => {
    const [example] = fresh(1);
    if (example === undefined) throw new Error();
    const idempotencyKey = randomUUID();
    const [line] = linesIn((await bulk(wrapped(example, { idempotencyKey }))).text);
    const single = await call(system, {
      method: 'POST',
      path: '/v1/invoices?mode=offline24',
      key: idempotencyKey,
      body: example.body,
    });
    expect([single.status, single.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
    expect(single.json['id']).toBe(line?.invoice?.id);
  });

  it('issues the files of a ZIP archive byte for byte, and resumes them by name in another order', async () => {
    const files = fresh(3).map(({ body }, at) => ({ name: `faktura ${String(at)} ąę.xml`, bytes: body }));
    const key = randomUUID();
    const first = linesIn((await bulk(await zipOf(files.slice(0, 2)), key, 'application/zip')).text);
    expect(first.map(({ entry, status }) => [entry, status])).toEqual([
      ['faktura 0 ąę.xml', 201],
      ['faktura 1 ąę.xml', 201],
      [undefined, undefined],
    ]);
    const xmlOf = await fetch(`${system.apiUrl}/v1/invoices/${String(first[1]?.invoice?.id)}/xml`, {
      headers: { authorization: `Bearer ${system.apiKey}` },
    });
    expect(Buffer.from(await xmlOf.arrayBuffer()).equals(Buffer.from(files[1]?.bytes ?? []))).toBe(true);
    const all = linesIn((await bulk(await zipOf([...files].reverse()), key, 'application/zip')).text);
    expect(all.map(({ replayed }) => replayed)).toEqual([false, true, true, undefined]);
  });

  it('refuses a hostile archive as a whole, and issues nothing of it', async () => {
    const [example] = fresh(1);
    if (example === undefined) throw new Error();
    const before = await issuedCount();
    const good = { name: 'good.xml', bytes: example.body };
    for (const hostile of [
      await zipOf([good, { name: 'a/b.xml', bytes: example.body }]),
      await zipOf([good, { name: 'bomb.xml', bytes: Buffer.alloc(2_900_000) }]),
      Buffer.from('PK\u0003\u0004 nothing'),
    ]) {
      const { status, json: said } = await bulk(hostile, randomUUID(), 'application/zip');
      expect([status, said['code']]).toEqual([422, 'ARCHIVE_REFUSED']);
    }
    expect(await issuedCount()).toBe(before);
  });

  it.each([
    ['JSON', 'application/json', 415],
    ['XML', 'application/xml', 415],
    ['nothing known', 'application/octet-stream', 415],
    ['another charset', `${NDJSON}; charset=iso-8859-2`, 415],
  ])('takes no %s', async (_what, type, status) => {
    expect((await bulk('{}', randomUUID(), type)).status).toBe(status);
  });

  it('wants an Idempotency-Key, and leaves room in it for the lines', async () => {
    const without = await call(system, { method: 'POST', path: PATH, body: '{}', type: NDJSON });
    expect([without.status, without.json['code']]).toEqual([400, 'IDEMPOTENCY_KEY_MISSING']);
    expect((await bulk('{}', 'k'.repeat(201))).status).toBe(400);
    expect(linesIn((await bulk('', 'k'.repeat(200))).text)).toEqual([
      { summary: { lines: 0, issued: 0, replayed: 0, refused: 0, complete: true } },
    ]);
  });
});

/** Sends a part of a body, waits for the first answer, and is gone. */
async function cutAfter({ apiUrl, apiKey }: System, part: string, key: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': NDJSON, 'idempotency-key': key };
    const sending = request(`${apiUrl}${PATH}`, { method: 'POST', headers }, (response) => {
      response.once('data', () => {
        sending.destroy();
        resolve();
      });
    });
    sending.once('error', reject);
    sending.write(part);
  });
}
