import { connect } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { Simulator } from './index.js';
import { type Answer, refusalOf } from './testing/answers.js';
import { KsefClient } from './testing/ksef-client.js';
import { sha256, zip } from './testing/packages.js';
import { invoiceOf, loggedIn, nipContext, OTHER, SELLER, startQuick, warsawToday } from './testing/setup.js';

let simulator: Simulator;
let client: KsefClient;
let reference: string;
const contents = Array.from({ length: 25 }, (_, index) => invoiceOf(`FV/${String(index + 1)}`));

beforeAll(async () => {
  simulator = await startQuick({ upoPageSize: 10 });
  client = await loggedIn(simulator);
  const archive = await zip(contents.map((content, index) => ({ name: `${String(index)}.xml`, content })));
  reference = (await client.sendBatch(await client.seal(archive))).reference;
});

afterAll(async () => {
  await simulator.close();
});

const get = async (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
  client.call('GET', path, { headers });

describe('the invoices of a session', () => {
  it('come page by page, each once', async () => {
    const invoices = await client.listInvoices(reference);

    expect(invoices.map(({ invoiceHash }) => invoiceHash)).toEqual(contents.map(sha256));
    expect(invoices.map(({ ordinalNumber }) => ordinalNumber)).toEqual(contents.map((_, index) => index + 1));
  });

  it('refuse a token of another list, a broken token, and a page size out of bounds', async () => {
    const { body } = await get(`/sessions/${reference}/invoices`);
    const token = body.continuationToken ?? '';

    expect(refusalOf(await get(`/sessions/${reference}/invoices/failed`, { 'x-continuation-token': token }))).toBe(
      21418,
    );
    expect(refusalOf(await get(`/sessions/${reference}/invoices`, { 'x-continuation-token': '%%' }))).toBe(21418);
    expect(refusalOf(await get(`/sessions/${reference}/invoices?pageSize=9`))).toBe(21405);
    expect(refusalOf(await get(`/sessions/${reference}/invoices?pageSize=1001`))).toBe(21405);
  });

  it('are told apart from invoices that are not there', async () => {
    expect(refusalOf(await get(`/sessions/${reference}/invoices/20261120-EE-0000000000-0000000000-00`))).toBe(21405);
    expect(refusalOf(await get(`/sessions/${reference}/invoices/ksef/5265877635-20250826-0100001AF629-AF/upo`))).toBe(
      21178,
    );
    expect(refusalOf(await get(`/sessions/${reference}/upo/20261120-EU-0000000000-0000000000-00`))).toBe(21178);
  });
});

it('cuts the UPO of a session into pages that say where they stand', async () => {
  const { body } = await get(`/sessions/${reference}`);
  expect(body.upo.pages).toHaveLength(3);

  const pages = await Promise.all(body.upo.pages.map(async ({ downloadUrl }) => (await fetch(downloadUrl)).text()));

  const field = (xml: string, name: string) => new RegExp(`<${name}>(\\d+)<`).exec(xml)?.[1];
  expect(
    pages.map((xml) =>
      ['Strona', 'LiczbaStron', 'ZakresDokumentowOd', 'ZakresDokumentowDo', 'CalkowitaLiczbaDokumentow'].map((name) =>
        field(xml, name),
      ),
    ),
  ).toEqual([
    ['1', '3', '1', '10', '25'],
    ['2', '3', '11', '20', '25'],
    ['3', '3', '21', '25', '25'],
  ]);
  expect(pages.map((xml) => xml.match(/<Dokument>/g)?.length)).toEqual([10, 10, 5]);
});

describe('the list of sessions', () => {
  it('finds by kind, status, reference and time', async () => {
    const references = async (query: string) =>
      (await get(`/sessions?${query}`)).body.sessions.map(({ referenceNumber }) => referenceNumber);

    expect(await references('sessionType=Batch')).toEqual([reference]);
    expect(await references('sessionType=Online')).toEqual([]);
    expect(await references('sessionType=Batch&statuses=Succeeded&statuses=Failed')).toEqual([reference]);
    expect(await references('sessionType=Batch&statuses=InProgress')).toEqual([]);
    expect(await references(`sessionType=Batch&referenceNumber=${reference}`)).toEqual([reference]);
    expect(await references('sessionType=Batch&dateCreatedTo=2020-01-01T00:00:00Z')).toEqual([]);
    expect(await references('sessionType=Batch&dateClosedFrom=2020-01-01T00:00:00Z')).toEqual([reference]);
  });

  it('shows a writer without further rights only the sessions it opened', async () => {
    simulator.state.permissions.grant(nipContext(SELLER), nipContext(OTHER), ['InvoiceWrite']);
    const writer = new KsefClient(simulator);
    await writer.login(await simulator.issueCertificate({ type: 'Authentication', nip: OTHER }), nipContext(SELLER));
    const { referenceNumber } = await writer.openBatch(await writer.seal(Buffer.from('package')));

    const list = async (who: KsefClient) => (await who.call('GET', '/sessions?sessionType=Batch')).body.sessions;

    expect((await list(writer)).map((session) => session.referenceNumber)).toEqual([referenceNumber]);
    expect((await list(client)).map((session) => session.referenceNumber)).toEqual([referenceNumber, reference]);
  });

  it('refuses a query without kind or with a bad time', async () => {
    expect(refusalOf(await get('/sessions'))).toBe(21405);
    expect(refusalOf(await get('/sessions?sessionType=Batch&dateCreatedFrom=yesterday'))).toBe(21405);
  });
});

describe('metadata of invoices', () => {
  const query = async (body: Record<string, unknown>, search = '') =>
    client.call('POST', `/invoices/query/metadata${search}`, {
      body: {
        subjectType: 'Subject1',
        dateRange: { dateType: 'Issue', from: warsawToday(), to: `${warsawToday()}T23:59:59` },
        ...body,
      },
    });

  it('finds one invoice by its number and seller, with its hash', async () => {
    const { body } = await query({ invoiceNumber: 'FV/7', sellerNip: SELLER });

    expect(body.invoices).toMatchObject([
      {
        invoiceNumber: 'FV/7',
        invoiceHash: sha256(contents[6]!),
        seller: { nip: SELLER },
        netAmount: 100,
        vatAmount: 23,
        grossAmount: 123,
        invoiceType: 'Vat',
      },
    ]);
  });

  it.each([
    ['another number', { invoiceNumber: 'FV/700' }],
    ['another seller', { sellerNip: OTHER }],
    ['the role of the buyer', { subjectType: 'Subject3' }],
    ['a larger amount', { amount: { type: 'Brutto', from: 124 } }],
    ['another currency', { currencyCodes: ['EUR'] }],
    ['another kind', { invoiceTypes: ['Kor'] }],
    ['offline', { invoicingMode: 'Offline' }],
    ['attachments', { hasAttachment: true }],
    ['self-billing', { isSelfInvoicing: true }],
    ['another buyer', { buyerIdentifier: { type: 'Nip', value: OTHER } }],
    ['earlier days', { dateRange: { dateType: 'Invoicing', from: '2020-01-01', to: '2020-02-01' } }],
  ])('finds nothing for %s', async (_name, filter) => {
    expect((await query(filter)).body.invoices).toEqual([]);
  });

  it('comes in pages', async () => {
    const first = await query({}, '?pageSize=20');
    const second = await query({}, '?pageSize=20&pageOffset=1');

    expect([first.body.invoices.length, first.body.hasMore]).toEqual([20, true]);
    expect([second.body.invoices.length, second.body.hasMore]).toEqual([5, false]);
  });

  it('refuses a range of more than three months, and a body of the wrong shape', async () => {
    const long = { dateType: 'Issue', from: '2026-01-01', to: '2026-06-01' };

    expect(refusalOf(await query({ dateRange: long }))).toBe(21405);
    expect(refusalOf(await query({ subjectType: 'Nobody' }))).toBe(21405);
  });
});

describe('an invoice by its number', () => {
  it('opens to seller and buyer only', async () => {
    const [invoice] = await client.listInvoices(reference);
    const stranger = await loggedIn(simulator, OTHER);
    const path = `/invoices/ksef/${invoice!.ksefNumber}`;

    expect((await get(path)).text).toBe(contents[0]);
    expect(refusalOf(await stranger.call('GET', path))).toBe(21164);
    expect(refusalOf(await get('/invoices/ksef/5265877635-20250826-0100001AF629-AF'))).toBe(21164);
    expect(refusalOf(await get('/invoices/ksef/nonsense'))).toBe(21405);
  });

  it('is not there before it was stored', async () => {
    simulator.state.settings.permanentStorageDelayMs = 60_000;
    const channel = await client.openOnline();
    const { body } = await channel.send(invoiceOf('FV/100'));

    expect(refusalOf(await get(`/invoices/ksef/${body.ksefNumber}`))).toBe(21165);
  });
});

it('gives errors as problem details when asked to', async () => {
  const { status, headers, body } = await get('/sessions', { 'x-error-format': 'problem-details' });

  expect(status).toBe(400);
  expect(headers.get('content-type')).toContain('application/problem+json');
  expect(body.errors).toMatchObject([{ code: 21405 }]);
});

it('marks every answer as the simulator’s', async () => {
  expect((await get('/security/public-key-certificates')).headers.get('simulator')).toBe('latarnik-ksef-simulator');
  expect((await get('/nowhere')).headers.get('simulator')).toBe('latarnik-ksef-simulator');
  expect((await get('/nowhere')).status).toBe(404);
  expect((await fetch(`${simulator.latarniaUrl}/status`)).headers.get('simulator')).toBe('latarnik-ksef-simulator');
});

it('marks what is no HTTP, no known path and no API as the simulator’s, too', async () => {
  const { port } = new URL(simulator.ksefUrl);
  const nonsense = await new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), '127.0.0.1', () => socket.write('no HTTP at all\r\n\r\n'));
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => (text += String(chunk)));
    socket.on('close', () => {
      resolve(text);
    });
    socket.on('error', reject);
  });
  expect(nonsense.split('\r\n').slice(0, 2)).toEqual([
    'HTTP/1.1 400 Bad Request',
    'simulator: latarnik-ksef-simulator',
  ]);
  for (const path of ['/nowhere', '/control/nowhere', '/storage/01/x/session-upo/y.xml', '/invoice/x']) {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    expect([path, answer.headers.get('simulator')]).toEqual([path, 'latarnik-ksef-simulator']);
  }
});
