import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from '@jest/globals';
import {
  hashToBase64,
  type InvoiceReference,
  type KsefNumber,
  KsefThrottledError,
  KsefUnreachableError,
  type SessionReference,
  Temporal,
} from '@latarnik/domain';

import { access, hashOfBytes, sha256 } from '../testing/fakes.js';
import { type AdapterUnderTest, adapterUnderTest, INVOICE, type Routes, SESSION } from '../testing/ksef-double.js';
import { html, json, type LocalServer, problem, type Reply, startLocalServer } from '../testing/local-server.js';
import { upoXml } from '../testing/upo.js';
import { readUpo } from './upo-xml.js';

const session = SESSION as SessionReference;
const reference = INVOICE as InvoiceReference;
const KSEF_NUMBER = '5265877635-20261120-010080DD2B5E-26' as KsefNumber;
const STATUS = `GET /sessions/${SESSION}`;
const LIST = `GET /sessions/${SESSION}/invoices`;
const ONE = `GET /sessions/${SESSION}/invoices/${INVOICE}`;
const UPO = `GET /sessions/${SESSION}/invoices/ksef/${KSEF_NUMBER}/upo`;
const COPY = `GET /invoices/ksef/${KSEF_NUMBER}`;
const document = Buffer.from('<Faktura>ąć</Faktura>');
const forbidden = json(403, {
  title: 'Forbidden',
  status: 403,
  detail: 'Brak uprawnień.',
  reasonCode: 'missing-permissions',
});

const row = (more: object = {}): object => ({
  ordinalNumber: 1,
  referenceNumber: INVOICE,
  invoiceHash: sha256(document),
  invoicingDate: '2026-11-20T10:23:56.0154302+00:00',
  status: { code: 150, description: 'Trwa przetwarzanie' },
  someNewProperty: { of: 'KSeF' },
  ...more,
});
const xml = (body: string | Uint8Array, headers: Record<string, string> = {}): Reply => ({
  status: 200,
  headers: { 'content-type': 'application/xml; charset=utf-8', ...headers },
  body,
});

let adapter: AdapterUnderTest;
afterEach(async () => {
  await adapter.close();
});
async function start(routes: Routes): Promise<void> {
  adapter = await adapterUnderTest(routes);
}

describe('the status of a session', () => {
  it('is read with its counters and UPO pages', async () => {
    await start({
      [STATUS]: json(200, {
        status: { code: 200, description: 'Sesja wsadowa przetworzona pomyślnie', details: null },
        dateCreated: '2026-11-20T10:00:00+00:00',
        dateUpdated: '2026-11-20T10:01:00+00:00',
        invoiceCount: 10,
        successfulInvoiceCount: 8,
        failedInvoiceCount: 2,
        upo: {
          pages: [
            {
              referenceNumber: '20261120-EU-2EBD6FA000-242EB9B66D-43',
              downloadUrl: 'https://api-test.ksef.mf.gov.pl/storage/upo.xml?sig=x',
              downloadUrlExpirationDate: '2026-11-23T10:00:00+00:00',
            },
          ],
        },
      }),
    });
    expect(await adapter.reader.status(access, session)).toEqual({
      code: 200,
      description: 'Sesja wsadowa przetworzona pomyślnie',
      details: [],
      invoiceCount: 10,
      successfulInvoiceCount: 8,
      failedInvoiceCount: 2,
      upoPages: [
        {
          reference: '20261120-EU-2EBD6FA000-242EB9B66D-43',
          downloadUrl: 'https://api-test.ksef.mf.gov.pl/storage/upo.xml?sig=x',
        },
      ],
    });
  });

  it('is absent for a session KSeF does not know, and for no other reason', async () => {
    await start({
      [STATUS]: [
        problem(21173, 'Brak sesji o wskazanym numerze referencyjnym.'),
        json(404, { title: 'Not Found', status: 404 }),
        problem(21405, 'Błąd walidacji danych wejściowych.'),
        html(404),
      ],
    });
    expect(await adapter.reader.status(access, session)).toBeUndefined();
    expect(await adapter.reader.status(access, session)).toBeUndefined();
    for (let at = 0; at < 2; at += 1) {
      await expect(adapter.reader.status(access, session)).rejects.toThrow(KsefUnreachableError);
    }
  });

  it('is refused, not unreachable, when a right is missing: asking again changes nothing', async () => {
    await start({ [STATUS]: forbidden, 'POST /invoices/query/metadata': forbidden });
    const refused = { name: 'KsefLoginError', code: 'ACCESS_REFUSED', message: expect.stringContaining('HTTP 403') };
    await expect(adapter.reader.status(access, session)).rejects.toMatchObject(refused);
    const asked = { sellerNip: '5265877635', number: 'FV/1', issueDate: Temporal.PlainDate.from('2026-11-20') };
    await expect(adapter.reader.findByNumber(access, asked as never)).rejects.toMatchObject(refused);
  });

  it.each<[string, Routes[string]]>([
    ['HTML with 200', html(200)],
    [
      'JSON in another content type',
      { ...json(200, { status: { code: 200, description: '' } }), headers: { 'content-type': 'text/plain' } },
    ],
    ['JSON cut off', { status: 200, headers: { 'content-type': 'application/json' }, body: '{"status":{"code":2' }],
    [
      'bytes that are not UTF-8',
      { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from([0x22, 0xff, 0x22]) },
    ],
    ['a code in words', json(200, { status: { code: '200', description: 'Sukces' } })],
    ['an error of the server', json(500, {})],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }],
    ['an answer of 9 MB', json(200, { status: { code: 200, description: 'x'.repeat(9_000_000) } })],
    ['a reset', 'reset'],
    ['an answer cut off', 'reset-mid-answer'],
  ])('is not believed from %s', async (_name, reply) => {
    await start({ [STATUS]: reply });
    await expect(adapter.reader.status(access, session)).rejects.toThrow(KsefUnreachableError);
  });

  it('passes on a limit: as KSeF says, or a minute', async () => {
    await start({
      [STATUS]: [
        json(429, {}, { 'retry-after': '1200' }),
        html(429),
        json(429, {}, { 'retry-after': '0' }),
        json(429, {}, { 'retry-after': '999999999' }),
      ],
    });
    for (const seconds of [1200, 60, 1, 86_400]) {
      await expect(adapter.reader.status(access, session)).rejects.toMatchObject({
        name: 'KsefThrottledError',
        retryAfterSeconds: seconds,
      });
    }
    expect(new KsefThrottledError(1)).toBeInstanceOf(Error);
  });

  it('comes with KSeF’s warnings for the operator, on one line', async () => {
    const answer = json(
      200,
      { status: { code: 100, description: 'Otwarta' } },
      { 'x-system-warning': '[W1]: old schema' },
    );
    await start({ [STATUS]: answer });
    await adapter.reader.status(access, session);
    expect(adapter.events).toEqual([
      { code: 'SYSTEM_WARNING', call: `GET /sessions/${SESSION}`, warning: '[W1]: old schema' },
    ]);
  });
});

describe('the invoices of a session', () => {
  it('are read page by page with the token in a header', async () => {
    await start({
      [LIST]: ({ headers }) =>
        headers['x-continuation-token'] === 'next=='
          ? json(200, { invoices: [row({ ordinalNumber: 2 })], continuationToken: '' })
          : json(200, { invoices: [row()], continuationToken: 'next==' }),
    });
    const first = await adapter.reader.invoices(access, session);
    expect(first.continuationToken).toBe('next==');
    const second = await adapter.reader.invoices(access, session, first.continuationToken);
    expect(second).not.toHaveProperty('continuationToken');
    expect(second.invoices).toHaveLength(1);
    expect(adapter.calls('GET', `/v2/sessions/${SESSION}/invoices?pageSize=1000`)).toBe(2);
  });

  it('say everything that is known, and nothing that is not', async () => {
    const accepted = row({
      ksefNumber: KSEF_NUMBER,
      acquisitionDate: '2026-11-20T10:24:16.0154302+00:00',
      upoDownloadUrl: 'https://api-test.ksef.mf.gov.pl/storage/upo.xml?sig=x',
      invoicingMode: 'Online',
      status: { code: 200, description: 'Sukces' },
    });
    const duplicate = row({
      ksefNumber: null,
      acquisitionDate: null,
      invoicingMode: null,
      status: {
        code: 440,
        description: 'Duplikat faktury',
        details: ['Duplikat faktury.'],
        extensions: { originalSessionReferenceNumber: SESSION, originalKsefNumber: KSEF_NUMBER },
      },
    });
    await start({ [LIST]: json(200, { invoices: [accepted, duplicate] }) });

    const common = {
      reference: INVOICE,
      hash: hashOfBytes(document),
      invoicingDate: Temporal.Instant.from('2026-11-20T10:23:56.0154302Z'),
    };
    expect((await adapter.reader.invoices(access, session)).invoices).toEqual([
      {
        ...common,
        code: 200,
        description: 'Sukces',
        details: [],
        ksefNumber: KSEF_NUMBER,
        acquisitionDate: Temporal.Instant.from('2026-11-20T10:24:16.0154302Z'),
        upoDownloadUrl: 'https://api-test.ksef.mf.gov.pl/storage/upo.xml?sig=x',
        invoicingMode: 'online',
      },
      {
        ...common,
        code: 440,
        description: 'Duplikat faktury',
        details: ['Duplikat faktury.'],
        originalKsefNumber: KSEF_NUMBER,
        originalSession: SESSION,
      },
    ]);
  });

  it.each([
    ['a hash that is none', { invoiceHash: 'abc' }],
    ['a date without offset', { invoicingDate: '2026-11-20T10:23:56' }],
    ['a reference that leaves its place', { referenceNumber: '../../tokens' }],
  ])('are not believed with %s', async (_name, wrong) => {
    await start({ [LIST]: json(200, { invoices: [row(), row(wrong)] }), [ONE]: json(200, row(wrong)) });
    await expect(adapter.reader.invoices(access, session)).rejects.toThrow(KsefUnreachableError);
    await expect(adapter.reader.invoice(access, session, reference)).rejects.toThrow(KsefUnreachableError);
  });

  it('are read one by one, and absent when KSeF knows none', async () => {
    await start({ [ONE]: [json(200, row()), problem(21173, 'Brak sesji.')] });
    expect(await adapter.reader.invoice(access, session, reference)).toMatchObject({ reference: INVOICE, code: 150 });
    expect(await adapter.reader.invoice(access, session, reference)).toBeUndefined();
  });

  it('say what KSeF calls them, in lists and one by one', async () => {
    const offline = row({ invoicingMode: 'Offline' });
    await start({ [LIST]: json(200, { invoices: [offline] }), [ONE]: json(200, offline) });
    expect((await adapter.reader.invoices(access, session)).invoices).toMatchObject([{ invoicingMode: 'offline' }]);
    expect(await adapter.reader.invoice(access, session, reference)).toMatchObject({ invoicingMode: 'offline' });
    expect(adapter.events).toEqual([]);
  });

  it('in a mode that is not known are read without it, and each word is reported once an answer', async () => {
    const strange = row({ invoicingMode: 'Hybrid\nX' });
    await start({
      [LIST]: json(200, { invoices: [strange, row({ invoicingMode: 'Offline' }), strange] }),
      [ONE]: json(200, row({ invoicingMode: 'offline' })),
    });
    const { invoices } = await adapter.reader.invoices(access, session);
    expect(invoices.map((invoice) => invoice.invoicingMode)).toEqual([undefined, 'offline', undefined]);
    expect(invoices[0]).not.toHaveProperty('invoicingMode');
    expect(await adapter.reader.invoice(access, session, reference)).not.toHaveProperty('invoicingMode');
    expect(adapter.events).toEqual([
      { code: 'INVOICING_MODE_UNKNOWN', word: 'Hybrid X' },
      { code: 'INVOICING_MODE_UNKNOWN', word: 'offline' },
    ]);
  });

  it('of an unknown session are no empty list', async () => {
    await start({ [LIST]: problem(21173, 'Brak sesji.') });
    await expect(adapter.reader.invoices(access, session)).rejects.toThrow(KsefUnreachableError);
  });
});

describe('a UPO', () => {
  const upo = upoXml([{ ksefNumber: KSEF_NUMBER, hash: sha256(document) }]);
  const metaHash = { 'x-ms-meta-hash': sha256(Buffer.from(upo)) };
  const moments = {
    sentAt: Temporal.Instant.from('2026-11-20T11:05:40.841+01:00'),
    numberedAt: Temporal.Instant.from('2026-11-20T11:05:41.045+01:00'),
  };
  const entries = [{ ksefNumber: KSEF_NUMBER, hash: hashOfBytes(document), ...moments }];
  const link = (): string => `${adapter.server.url}/v2/storage/upo.xml?sig=secret`;

  it('comes from its address, without a token, byte for byte', async () => {
    await start({ 'GET /storage/upo.xml': xml(upo, metaHash) });
    const read = await adapter.reader.upo(access, session, { ksefNumber: KSEF_NUMBER, upoDownloadUrl: link() });

    expect(Buffer.from(read?.bytes ?? []).toString()).toBe(upo);
    expect(read?.entries).toEqual(entries);
    expect(adapter.server.requests).toHaveLength(1);
    expect(adapter.server.requests[0]?.headers.authorization).toBeUndefined();
  });

  it.each<[string, Routes[string]]>([
    ['an expired address', { status: 403 }],
    ['HTML with 200', html(200)],
    ['another document than promised', xml(upo.replace('FV/1', 'FV/2'), metaHash)],
    ['an empty body', xml('')],
    ['a document with entities', xml(upo.replace('<Potwierdzenie', '<!DOCTYPE P [<!ENTITY a "b">]>\n<Potwierdzenie'))],
    ['a UPO that confirms nothing', xml(upoXml([]))],
  ])('comes from the API instead of %s', async (_name, reply) => {
    await start({ 'GET /storage/upo.xml': reply, [UPO]: xml(upo, metaHash) });
    const read = await adapter.reader.upo(access, session, { ksefNumber: KSEF_NUMBER, upoDownloadUrl: link() });

    expect(read?.entries).toEqual(entries);
    expect(adapter.events.map(({ code }) => code)).toEqual(['UPO_LINK_FAILED']);
    expect(JSON.stringify(adapter.events)).not.toContain('secret');
  });

  it('is never fetched from a foreign address', async () => {
    const foreign: LocalServer = await startLocalServer(() => xml(upo));
    await start({ [UPO]: xml(upo) });
    const read = await adapter.reader.upo(access, session, {
      ksefNumber: KSEF_NUMBER,
      upoDownloadUrl: `${foreign.url}/upo.xml`,
    });
    expect(read?.entries).toEqual(entries);
    expect(foreign.requests).toEqual([]);
    expect(adapter.events.map(({ code }) => code)).toEqual(['STORAGE_TARGET_FORBIDDEN']);
    await foreign.close();
  });

  it('is absent while it is not ready', async () => {
    await start({ [UPO]: [problem(21178, 'Nie znaleziono UPO dla podanych kryteriów.'), xml(upo, metaHash)] });
    expect(await adapter.reader.upo(access, session, { ksefNumber: KSEF_NUMBER })).toBeUndefined();
    expect(await adapter.reader.upo(access, session, { ksefNumber: KSEF_NUMBER })).toMatchObject({ entries });
  });

  it.each<[string, Routes[string]]>([
    ['with a wrong x-ms-meta-hash', xml(upo, { 'x-ms-meta-hash': sha256(document) })],
    ['of another kind', xml('<Faktura/>')],
    ['in another namespace', xml(upo.replace('upo.schematy.mf.gov.pl', 'example.com'))],
    [
      'with two hashes in an entry',
      xml(upo.replace('</SkrotDokumentu>', '</SkrotDokumentu><SkrotDokumentu>x</SkrotDokumentu>')),
    ],
    ['that is no XML', xml('<Potwierdzenie')],
    ['as HTML', html(200)],
  ])('%s is not believed', async (_name, reply) => {
    await start({ [UPO]: reply });
    await expect(adapter.reader.upo(access, session, { ksefNumber: KSEF_NUMBER })).rejects.toThrow(
      KsefUnreachableError,
    );
  });

  it('of 10,000 invoices is read', () => {
    const many = Array.from({ length: 10_000 }, (_, at) => ({
      ksefNumber: KSEF_NUMBER,
      hash: sha256(Buffer.from(String(at))),
    }));
    const read = readUpo({ kind: 'answer', status: 200, header: () => undefined, body: Buffer.from(upoXml(many)) });
    expect(read.entries.map(({ hash }) => hashToBase64(hash))).toEqual(many.map(({ hash }) => hash));
  });
});

describe('the official UPO samples', () => {
  const folder = process.env['KSEF_UPO_SAMPLES'];
  if (folder === undefined) console.warn('skipped: KSEF_UPO_SAMPLES does not name the folder of the UPO samples');

  (folder === undefined ? it.skip : it)('are understood', () => {
    const files = readdirSync(folder ?? '', { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.xml'),
    );
    expect(files.length).toBeGreaterThan(0);
    for (const name of files) {
      const body = readFileSync(join(folder ?? '', name));
      const { entries } = readUpo({ kind: 'answer', status: 200, header: () => undefined, body });
      expect(entries.length).toBeGreaterThan(0);
      for (const entry of entries) expect(body.toString()).toContain(`>${hashToBase64(entry.hash)}<`);
    }
  });
});

describe('the hash of an invoice in KSeF', () => {
  it('is that of the bytes, when KSeF promises the same', async () => {
    await start({
      [COPY]: [
        xml(document, { 'x-ms-meta-hash': sha256(document) }),
        xml(document),
        xml(document, { 'x-ms-meta-hash': sha256(Buffer.from('x')) }),
      ],
    });
    expect(await adapter.reader.hashOf(access, KSEF_NUMBER)).toEqual(hashOfBytes(document));
    await expect(adapter.reader.hashOf(access, KSEF_NUMBER)).rejects.toThrow(KsefUnreachableError);
    await expect(adapter.reader.hashOf(access, KSEF_NUMBER)).rejects.toThrow(KsefUnreachableError);
  });

  it('is absent when it is not there or may not be read, and asked for again when it is not ready', async () => {
    await start({
      [COPY]: [
        problem(21164, 'Faktura nie istnieje.'),
        forbidden,
        problem(21165, 'Faktura nie jest jeszcze dostępna.'),
      ],
    });
    expect(await adapter.reader.hashOf(access, KSEF_NUMBER)).toBeUndefined();
    expect(await adapter.reader.hashOf(access, KSEF_NUMBER)).toBeUndefined();
    await expect(adapter.reader.hashOf(access, KSEF_NUMBER)).rejects.toThrow(KsefUnreachableError);
  });

  it('is not asked for by something that is no KSeF number', async () => {
    await start({});
    expect(await adapter.reader.hashOf(access, '../../auth/sessions')).toBeUndefined();
    expect(adapter.server.requests).toEqual([]);
  });
});
