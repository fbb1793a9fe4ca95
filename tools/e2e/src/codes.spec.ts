import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleInvoices } from '@latarnik/demo';
import type { System } from '@latarnik/launcher';
import { readQrPng, readQrSvg } from '@latarnik/visualization';
import pg from 'pg';
import { call, eventually, issue, today } from './testing/client.js';
import { runningSystem } from './testing/running-system.js';

interface Issued {
  readonly id: string;
  readonly status: string;
  readonly ksefNumber: string | null;
  readonly codes: Readonly<Record<'invoice' | 'certificate', { readonly url: string; readonly label: string }>>;
}

const FILES = ['invoice.png', 'invoice.svg', 'certificate.png', 'certificate.svg'] as const;
type File = (typeof FILES)[number];

describe('the images of the codes', () => {
  let system: System;
  let invoice: Issued;
  beforeAll(async () => {
    system = await runningSystem({ env: { LATARNIK_BATCH_LINGER_SECONDS: '3600' } });
    invoice = await issueOffline();
  });
  afterAll(async () => {
    await system.stop();
  });

  async function issueOffline(): Promise<Issued> {
    const [example] = await exampleInvoices(1, today());
    if (example === undefined) throw new Error('no example');
    const { status, json, text } = await issue(system, example, '?mode=offline24');
    if (status !== 201) throw new Error(text);
    return json as unknown as Issued;
  }

  async function image(file: File, ifNoneMatch?: string) {
    const response = await fetch(`${system.apiUrl}/v1/invoices/${invoice.id}/qr/${file}`, {
      headers: {
        authorization: `Bearer ${system.apiKey}`,
        ...(ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch }),
      },
    });
    const { status, headers } = response;
    return { status, headers, bytes: Buffer.from(await response.arrayBuffer()) };
  }

  const etagsOf = async (): Promise<Record<string, string | null>> =>
    Object.fromEntries(
      await Promise.all(FILES.map(async (file) => [file, (await image(file)).headers.get('etag')] as const)),
    );

  const urlOf = (file: File): string => invoice.codes[file.startsWith('invoice') ? 'invoice' : 'certificate'].url;

  it('hold their links, and come under the digest of their bytes, for the caller alone', async () => {
    for (const file of FILES) {
      const { status, headers, bytes } = await image(file);
      const read = file.endsWith('.png') ? readQrPng(bytes) : readQrSvg(bytes.toString('utf8'));
      expect([file, status, read?.toString('latin1')]).toEqual([file, 200, urlOf(file)]);
      expect(headers.get('content-type')).toBe(file.endsWith('.png') ? 'image/png' : 'image/svg+xml');
      expect(headers.get('etag')).toBe(`"${createHash('sha256').update(bytes).digest('base64url')}"`);
      expect(headers.get('cache-control')).toBe('private, no-cache');
    }
  });

  it('are not sent again to a caller who has them', async () => {
    for (const file of FILES) {
      const { headers } = await image(file);
      const etag = headers.get('etag') ?? '';
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const again = await image(file, known);
        expect([file, known, again.status, again.bytes.length]).toEqual([file, known, 304, 0]);
        expect(again.headers.get('etag')).toBe(etag);
      }
      expect((await image(file, '"other"')).status).toBe(200);
    }
  });

  /** Changes a row behind the back of the rules that keep codes as they are. */
  async function tamper(column: 'kod_i' | 'kod_ii', link: string): Promise<void> {
    const client = new pg.Client({ connectionString: system.databaseUrl });
    await client.connect();
    try {
      await client.query('SET session_replication_role = replica');
      const { rowCount } = await client.query(`UPDATE invoice SET ${column} = $1 WHERE id = $2`, [link, invoice.id]);
      expect(rowCount).toBe(1);
    } finally {
      await client.end();
    }
  }

  const apiLog = (): Promise<string> => readFile(join(system.directory, 'logs', 'api.log'), 'utf8');

  it.each([
    ['kod_i', 'another seller', 'invoice.png', 'KOD I', 'seller', (url: string) => url.replace(/\d{10}/, '1111111111')],
    [
      'kod_i',
      'another day',
      'invoice.svg',
      'KOD I',
      'issue date',
      (url: string) => url.replace(/\d\d-\d\d-/, '01-02-'),
    ],
    [
      'kod_i',
      'another host',
      'invoice.png',
      'KOD I',
      'malformed host',
      (url: string) => url.replace('qr-test', 'qr-x'),
    ],
    [
      'kod_i',
      'another hash',
      'invoice.png',
      'KOD I',
      'hash',
      (url: string) => url.replace(/.{42}(?=.$)/, 'A'.repeat(42)),
    ],
    [
      'kod_ii',
      'another context',
      'certificate.png',
      'KOD II',
      'context',
      (url: string) => url.replace(/Nip\/\d{10}/, 'Nip/1111111111'),
    ],
    [
      'kod_ii',
      'another certificate',
      'certificate.svg',
      'KOD II',
      'certificate serial',
      (url: string) => url.replace(/[0-9A-F]{16}/, '01F20A5D352AE590'),
    ],
    [
      'kod_ii',
      'another signature',
      'certificate.png',
      'KOD II',
      'signature',
      (url: string) => url.replace(/.(?=.{40}$)/, (one) => (one === 'A' ? 'B' : 'A')),
    ],
  ] as const)('do not leave when %s in the database names %s', async (column, _what, file, code, fault, change) => {
    const url = urlOf(file);
    const changed = change(url);
    expect(changed).not.toBe(url);
    await tamper(column, changed);
    try {
      const answer = await call(system, { path: `/v1/invoices/${invoice.id}/qr/${file}` });
      expect([answer.status, answer.json['code']]).toEqual([500, 'INTERNAL_ERROR']);
      expect(answer.text).not.toContain('ksef.mf.gov.pl');
      const log = await apiLog();
      const line = log.split('\n').find((one) => one.includes(String(answer.json['incident']))) ?? '';
      expect(line).toContain(`${code} of invoice ${invoice.id} does not hold (${fault}`);
      expect(log).not.toContain(changed.slice(-40));
    } finally {
      await tamper(column, url);
    }
    expect((await image(file)).status).toBe(200);
  });

  it('change, under their addresses, when the KSeF number takes the place of OFFLINE; those of KOD II do not', async () => {
    const before = await etagsOf();
    await eventually('KSeF was looked at', async () => {
      const { json } = await call(system, { path: '/v1/availability' });
      return json['mode'] === 'online';
    });
    await call(system, { method: 'POST', path: '/v1/batches' });
    await eventually('it is sent', async () => {
      const { json } = await call(system, { path: `/v1/invoices/${invoice.id}` });
      return json['status'] === 'sent';
    });
    const after = await etagsOf();
    expect(after['certificate.png']).toBe(before['certificate.png']);
    expect(after['certificate.svg']).toBe(before['certificate.svg']);
    expect(after['invoice.png']).not.toBe(before['invoice.png']);
    const { ksefNumber } = (await call(system, { path: `/v1/invoices/${invoice.id}` })).json;
    const relabelled = await image('invoice.svg', before['invoice.svg'] ?? '');
    expect(relabelled.status).toBe(200);
    expect(relabelled.bytes.toString('utf8')).toContain(`>${String(ksefNumber)}</text>`);
  });
});
