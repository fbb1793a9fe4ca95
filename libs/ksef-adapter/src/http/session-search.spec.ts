import { afterEach, describe, expect, it } from '@jest/globals';
import {
  ContinuationLostError,
  KsefThrottledError,
  KsefUnreachableError,
  type InvoiceNumber,
  type Nip,
  type SessionReference,
  Temporal,
  type UpoReference,
} from '@latarnik/domain';

import { access, hashOfBytes, sha256 } from '../testing/fakes.js';
import { type AdapterUnderTest, adapterUnderTest, type Routes, SESSION } from '../testing/ksef-double.js';
import { json, problem, type Reply } from '../testing/local-server.js';
import { upoXml } from '../testing/upo.js';

const session = SESSION as SessionReference;
const PAGE = '20261120-EU-2EBD6FA000-242EB9B66D-43' as UpoReference;
const document = Buffer.from('<Faktura/>');
const invoice = {
  sellerNip: '5265877635' as Nip,
  number: 'FV/1' as InvoiceNumber,
  issueDate: Temporal.PlainDate.from('2026-11-20'),
};
const [FROM, TO] = ['2026-11-20T09:00:00.123456Z', '2026-11-20T10:00:00.123456Z'].map((text) =>
  Temporal.Instant.from(text),
) as [Temporal.Instant, Temporal.Instant];

let adapter: AdapterUnderTest;
afterEach(async () => {
  await adapter.close();
});
async function start(routes: Routes): Promise<void> {
  adapter = await adapterUnderTest(routes);
}

describe('the search for an invoice by seller, number and P_1', () => {
  const SEARCH = 'POST /invoices/query/metadata';

  it('asks for the whole day of Warsaw, as the seller, and reads number and hash', async () => {
    let asked: unknown;
    await start({
      [SEARCH]: (request) => {
        asked = { path: request.path, body: JSON.parse(Buffer.from(request.body).toString('utf8')) as unknown };
        return json(200, {
          hasMore: false,
          isTruncated: false,
          invoices: [
            {
              ksefNumber: 'KSEF/1',
              invoiceHash: sha256(document),
              invoicingDate: '2026-11-20T10:23:56+00:00',
              more: 1,
            },
          ],
        });
      },
    });
    expect(await adapter.reader.findByNumber(access, invoice)).toEqual([
      {
        ksefNumber: 'KSEF/1',
        hash: hashOfBytes(document),
        invoicingDate: Temporal.Instant.from('2026-11-20T10:23:56Z'),
      },
    ]);
    expect(asked).toEqual({
      path: '/v2/invoices/query/metadata?pageSize=250',
      body: {
        subjectType: 'Subject1',
        dateRange: { dateType: 'Issue', from: '2026-11-20T00:00:00', to: '2026-11-20T23:59:59' },
        invoiceNumber: 'FV/1',
        sellerNip: '5265877635',
      },
    });
  });

  it.each([
    ['Vat', 'VAT'],
    ['Kor', 'KOR'],
    ['KorZal', 'KOR_ZAL'],
    ['VatPef', 'other'],
    ['toString', 'other'],
  ])('tells the kind %s as %s', async (invoiceType, kind) => {
    const found = { ksefNumber: 'KSEF/1', invoiceHash: sha256(document), invoicingDate: '2026-11-20T10:23:56+00:00' };
    await start({ [SEARCH]: json(200, { invoices: [{ ...found, invoiceType }] }) });
    expect(await adapter.reader.findByNumber(access, invoice)).toMatchObject([{ kind }]);
  });

  it.each<[string, Reply, unknown]>([
    ['refused', problem(21405, 'walidacja'), KsefUnreachableError],
    ['throttled', { status: 429, headers: { 'retry-after': '7' }, body: '' }, KsefThrottledError],
    ['outside the contract', json(200, { invoices: [{ ksefNumber: 1 }] }), KsefUnreachableError],
  ])('is not answered when it is %s', async (_how, reply, error) => {
    await start({ [SEARCH]: reply });
    await expect(adapter.reader.findByNumber(access, invoice)).rejects.toBeInstanceOf(error);
  });
});

describe('the list of sessions of a period', () => {
  const listed = (reference: string, createdAt: string) => ({
    referenceNumber: reference,
    status: { code: 100, description: 'otwarta' },
    dateCreated: createdAt,
    dateUpdated: createdAt,
    totalInvoiceCount: 0,
    successfulInvoiceCount: 0,
    failedInvoiceCount: 0,
  });

  it('is read page by page, the newest first', async () => {
    const paths: string[] = [];
    await start({
      'GET /sessions': (request) => {
        paths.push(`${request.path} ${String(request.headers['x-continuation-token'])}`);
        return paths.length === 1
          ? json(200, { continuationToken: 'more', sessions: [listed('S-1', '2026-11-20T09:10:00+00:00')] })
          : json(200, { continuationToken: null, sessions: [listed('S-2', '2026-11-20T09:20:00+00:00')] });
      },
    });
    const found = await adapter.reader.sessionsOpened(access, 'batch', FROM, TO);
    expect(found).toEqual([
      {
        reference: 'S-2',
        kind: 'batch',
        code: 100,
        createdAt: Temporal.Instant.from('2026-11-20T09:20:00Z'),
        invoiceCount: 0,
      },
      {
        reference: 'S-1',
        kind: 'batch',
        code: 100,
        createdAt: Temporal.Instant.from('2026-11-20T09:10:00Z'),
        invoiceCount: 0,
      },
    ]);
    const query =
      '/v2/sessions?sessionType=Batch&pageSize=1000&dateCreatedFrom=2026-11-20T09%3A00%3A00.123Z&dateCreatedTo=2026-11-20T10%3A00%3A00.124Z';
    expect(paths).toEqual([`${query} undefined`, `${query} more`]);
  });

  it('has a kind of its own for interactive ones', async () => {
    let path = '';
    await start({
      'GET /sessions': (request) => {
        path = request.path;
        return json(200, { sessions: [] });
      },
    });
    expect(await adapter.reader.sessionsOpened(access, 'interactive', FROM, TO)).toEqual([]);
    expect(path).toContain('sessionType=Online');
  });
});

describe('a page of the collective UPO', () => {
  const UPO = `GET /sessions/${SESSION}/upo/${PAGE}`;
  const text = upoXml([{ ksefNumber: 'A', hash: sha256(document) }]);
  const xml = (body: string, headers: Record<string, string> = {}): Reply => ({
    status: 200,
    headers: { 'content-type': 'application/xml', ...headers },
    body,
  });
  const page = () =>
    adapter.reader.upoPage(access, session, { reference: PAGE, downloadUrl: 'https://elsewhere.example/x' });

  it('is asked of the API when its address is not KSeF’s, and compared with its hash', async () => {
    await start({ [UPO]: xml(text, { 'x-ms-meta-hash': sha256(Buffer.from(text)) }) });
    const upo = await page();
    expect(Buffer.from(upo?.bytes ?? []).toString('utf8')).toBe(text);
    expect(upo?.entries).toMatchObject([{ ksefNumber: 'A', hash: hashOfBytes(document) }]);
    expect(adapter.events).toContainEqual(expect.objectContaining({ code: 'STORAGE_TARGET_FORBIDDEN' }));
  });

  it('is none while KSeF has none, and no other document', async () => {
    await start({ [UPO]: [problem(21178, 'brak UPO'), xml(text, { 'x-ms-meta-hash': sha256(Buffer.from('x')) })] });
    expect(await page()).toBeUndefined();
    await expect(page()).rejects.toBeInstanceOf(KsefUnreachableError);
  });
});

it('a token that KSeF does not take any more is told apart from a KSeF that cannot be asked', async () => {
  await start({ [`GET /sessions/${SESSION}/invoices`]: problem(21418, 'zły token') });
  await expect(adapter.reader.invoices(access, session, 'old')).rejects.toBeInstanceOf(ContinuationLostError);
  const first: unknown = await adapter.reader.invoices(access, session).catch((error: unknown) => error);
  expect(first).toBeInstanceOf(KsefUnreachableError);
  expect(first).not.toBeInstanceOf(ContinuationLostError);
});
