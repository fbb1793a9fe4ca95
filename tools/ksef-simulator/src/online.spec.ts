import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { ManualClock, type Simulator } from './index.js';
import { refusalOf } from './testing/answers.js';
import { FA3, type KsefClient, type OnlineChannel } from './testing/ksef-client.js';
import { sha256 } from './testing/packages.js';
import { invoiceOf, lastWeek, loggedIn, SELLER, startQuick, warsawToday } from './testing/setup.js';

const HOUR = 3_600_000;

let simulator: Simulator;
let client: KsefClient;
let channel: OnlineChannel;

beforeEach(async () => {
  simulator = await startQuick();
  client = await loggedIn(simulator);
  channel = await client.openOnline();
});

afterEach(async () => {
  await simulator.close();
});

it('takes an invoice to its number and its UPO, and the session to its end', async () => {
  const xml = invoiceOf('FV/1');

  const { body } = await channel.send(xml);
  const session = await channel.close();

  expect(body).toMatchObject({
    status: { code: 200 },
    invoiceNumber: 'FV/1',
    invoiceHash: sha256(xml),
    invoicingMode: 'Online',
  });
  expect(session).toMatchObject({ status: { code: 200 }, invoiceCount: 1, successfulInvoiceCount: 1 });
  const paths = [
    `/sessions/${channel.reference}/invoices/${body.referenceNumber}/upo`,
    `/sessions/${channel.reference}/invoices/ksef/${body.ksefNumber}/upo`,
    `/sessions/${channel.reference}/upo/${session.upo.pages[0]?.referenceNumber ?? ''}`,
  ];
  for (const path of paths) {
    const upo = await client.call('GET', path);
    expect(upo.headers.get('x-ms-meta-hash')).toBe(sha256(upo.bytes));
    expect(upo.text).toContain(`<SkrotDokumentu>${sha256(xml)}</SkrotDokumentu>`);
    expect(upo.text).toContain('<TrybWysylki>Online</TrybWysylki>');
  }
});

it('opens the UPO of one invoice by its link, without a token, until the link ends', async () => {
  const { body } = await channel.send(invoiceOf('FV/1'));
  const link = body.upoDownloadUrl;
  expect((await fetch(link)).status).toBe(200);

  simulator.state.settings.upoLinkTtlMs = 0;
  const [ended] = await client.listInvoices(channel.reference);

  expect((await fetch(ended!.upoDownloadUrl)).status).toBe(403);
  expect((await fetch(link.replace('-EE-', '-EA-'))).status).toBe(403);
});

it('compares length and hash of the ciphertext at once', async () => {
  const good = channel.request(invoiceOf('FV/1'));

  expect(refusalOf(await channel.post({ ...good, encryptedInvoiceSize: 5 }))).toBe(21402);
  expect(refusalOf(await channel.post({ ...good, encryptedInvoiceHash: sha256('other') }))).toBe(21403);
  expect(refusalOf(await channel.post({ ...good, invoiceHash: 'short' }))).toBe(21405);
  expect(simulator.ledger().counters.attempts).toBe(0);
});

it('compares size and hash of the plain document when it is processed: 430', async () => {
  const xml = invoiceOf('FV/1');

  expect((await channel.send(xml, { invoiceHash: sha256('other') })).body.status.code).toBe(430);
  expect((await channel.send(xml, { invoiceSize: 7 })).body.status.code).toBe(430);
});

it('says 435 when the ciphertext cannot be read', async () => {
  const noise = Buffer.alloc(31, 7);

  const { body } = await channel.post({
    ...channel.request(invoiceOf('FV/1')),
    encryptedInvoiceContent: noise.toString('base64'),
    encryptedInvoiceSize: noise.length,
    encryptedInvoiceHash: sha256(noise),
  });

  const invoice = await client.poll(`/sessions/${channel.reference}/invoices/${body.referenceNumber}`);
  expect(invoice.body.status.code).toBe(435);
});

it('keeps declared offline as Offline, and finds earlier days of issue offline by itself', async () => {
  const declared = await channel.send(invoiceOf('FV/1'), { offlineMode: true });
  const earlier = await channel.send(invoiceOf('FV/2', { issueDate: lastWeek() }));
  const today = await channel.send(invoiceOf('FV/3'));

  expect([declared, earlier, today].map(({ body }) => body.invoicingMode)).toEqual(['Offline', 'Offline', 'Online']);
});

it('finishes with 445 when no invoice was right, and is cancelled without any', async () => {
  await channel.send(invoiceOf('FV/1', { issueDate: '2049-01-01' }));
  const empty = await client.openOnline();

  expect((await channel.close()).status.code).toBe(445);
  expect((await empty.close()).status).toMatchObject({ code: 440, details: ['Nie przesłano faktur'] });
});

it('takes nothing after closing, and no more than the limit before', async () => {
  simulator.state.settings.invoicesPerSession = 1;
  await channel.send(invoiceOf('FV/1'));
  expect(refusalOf(await channel.send(invoiceOf('FV/2')))).toBe(21155);
  await channel.close();

  expect(refusalOf(await channel.send(invoiceOf('FV/2')))).toBe(21180);
  expect(refusalOf(await client.call('POST', `/sessions/online/${channel.reference}/close`))).toBe(21180);
});

it('fails with 415 and cancels its invoices when the key cannot be unwrapped', async () => {
  const { declared } = await client.wrapKey();
  const encryption = { ...declared, encryptedSymmetricKey: Buffer.alloc(256, 1).toString('base64') };
  simulator.state.settings.processingDelayMs = 200;
  const { body } = await client.call('POST', '/sessions/online', { body: { formCode: FA3, encryption } });
  const sent = await client.call('POST', `/sessions/online/${body.referenceNumber}/invoices`, {
    body: channel.request(invoiceOf('FV/1')),
  });
  expect(sent.status).toBe(202);

  expect((await client.poll(`/sessions/${body.referenceNumber}`)).body.status.code).toBe(415);
  expect(await client.listInvoices(body.referenceNumber)).toMatchObject([{ status: { code: 405 } }]);
});

it('is closed by itself after twelve hours', async () => {
  await simulator.close();
  const clock = new ManualClock(new Date('2026-11-20T10:00:00Z'));
  simulator = await startQuick({ clock, accessTokenTtlMs: 100 * HOUR });
  client = await loggedIn(simulator);
  channel = await client.openOnline();
  await channel.send(invoiceOf('FV/1', { issueDate: '2026-11-20' }));
  clock.advance(12 * HOUR - 1);
  expect((await client.call('GET', `/sessions/${channel.reference}`)).body.status.code).toBe(100);

  clock.advance(1);

  expect((await client.poll(`/sessions/${channel.reference}`)).body.status.code).toBe(200);
});

it('does not take a batch session for an interactive one', async () => {
  const { referenceNumber } = await client.openBatch(await client.seal(Buffer.from('package')));

  expect(refusalOf(await client.call('POST', `/sessions/online/${referenceNumber}/close`))).toBe(21173);
  expect(refusalOf(await client.call('POST', `/sessions/batch/${channel.reference}/close`))).toBe(21173);
});

describe('technical correction', () => {
  const rejected = invoiceOf('FV/1').replace('<P_15>123.00</P_15>', '');
  const correction = (xml: string, of: string) =>
    channel.send(xml, { offlineMode: true, hashOfCorrectedInvoice: sha256(of) });

  it('is accepted once for a rejected file', async () => {
    expect((await channel.send(rejected, { offlineMode: true })).body.status.code).toBe(450);

    expect((await correction(invoiceOf('FV/1'), rejected)).body.status.code).toBe(200);

    expect(refusalOf(await correction(invoiceOf('FV/2'), rejected))).toBe(21166);
    expect(simulator.ledger().accepted).toMatchObject([{ hashOfCorrectedInvoice: sha256(rejected) }]);
  });

  it('is what the link of the rejected file leads to', async () => {
    await channel.send(rejected, { offlineMode: true });
    const link = () => {
      const hash = Buffer.from(sha256(rejected), 'base64').toString('base64url');
      const day = warsawToday().split('-').reverse().join('-');
      return fetch(`${simulator.ksefUrl.replace('/v2', '')}/invoice/${SELLER}/${day}/${hash}`).then((page) =>
        page.text(),
      );
    };
    expect(await link()).toContain('data-result="wrong"');
    const accepted = (await correction(invoiceOf('FV/1'), rejected)).body;
    expect(accepted.status.code).toBe(200);
    expect(await link()).toContain(accepted.ksefNumber);
  });

  it('may be needed by order: a good invoice ends with 450', async () => {
    simulator.state.faults.order('ordered', { kind: 'invoice-refused' });
    expect((await channel.send(invoiceOf('FV/1'), { offlineMode: true })).body.status.code).toBe(450);
    expect((await correction(invoiceOf('FV/1').replace('\n', '\n\n'), invoiceOf('FV/1'))).body.status.code).toBe(200);
  });

  it('is refused for an accepted file, and for an invoice that is not offline', async () => {
    const accepted = invoiceOf('FV/1');
    await channel.send(accepted, { offlineMode: true });

    expect(refusalOf(await correction(invoiceOf('FV/2'), accepted))).toBe(21167);
    expect(refusalOf(await channel.send(invoiceOf('FV/2'), { hashOfCorrectedInvoice: sha256(rejected) }))).toBe(21405);
  });

  it('may carry an attachment that was announced, unlike any other interactive invoice', async () => {
    simulator.state.permissions.allowAttachments(SELLER);
    const attached = invoiceOf('FV/1', { attachment: true });

    expect((await channel.send(attached)).body.status.code).toBe(415);
    expect((await correction(attached, rejected)).body.status.code).toBe(200);
  });
});
