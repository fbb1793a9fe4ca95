import { createHash, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { System } from '@latarnik/launcher';
import { readQrPng } from '@latarnik/visualization';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { call, eventually, issue, today } from './testing/client.js';
import { runningSystem } from './testing/running-system.js';

const CONSUMER = 'jan@example.com';
const MODEL = {
  issueDate: today(),
  seller: {
    nip: '5265877635',
    name: 'Latarnia sp. z o.o.',
    address: { line1: 'ul. Morska 1', line2: '80-001 Gdańsk' },
  },
  lines: [{ name: 'Żarówka', quantity: '2', unitNetPrice: '50.00', vatRate: '23' }],
};
const TO_CONSUMER = {
  ...{ ...MODEL, number: 'HO/1' },
  buyer: { identifier: { kind: 'none' }, name: 'Jan Kowalski', contacts: [{ email: CONSUMER }] },
};
const TO_COMPANY = {
  ...{ ...MODEL, number: 'HO/2' },
  buyer: { identifier: { kind: 'nip', nip: '7712345609' }, name: 'Nabywca S.A.' },
};

describe('handing documents over to buyers', () => {
  const mails: ParsedMail[] = [];
  const server = new SMTPServer({
    ...{ authOptional: true, disabledCommands: ['STARTTLS', 'AUTH'], logger: false, closeTimeout: 100 },
    onData: (stream, _session, done) => {
      simpleParser(stream).then((mail) => {
        mails.push(mail);
        done();
      }, done);
    },
  });
  let system: System;
  beforeAll(async () => {
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.server.address() as AddressInfo;
    const env = { LATARNIK_SMTP_URL: `smtp://127.0.0.1:${String(port)}`, LATARNIK_BATCH_LINGER_SECONDS: '3600' };
    system = await runningSystem({ env });
  });
  afterAll(async () => {
    await system.stop();
    await new Promise<void>((resolve) => {
      server.close(resolve);
    });
  });

  const get = async (path: string) => (await call(system, { path })).json;
  const send = (method: string, path: string, body: object) =>
    call(system, { method, path, body: JSON.stringify(body), type: 'application/json', key: randomUUID() });

  async function issued(model: object): Promise<string> {
    const body = new TextEncoder().encode(JSON.stringify(model));
    const { status, json, text } = await issue(system, { body, contentType: 'application/json' }, '?mode=offline24');
    if (status !== 201) throw new Error(text);
    return json['id'] as string;
  }

  it('gives each buyer what the law allows, by itself and on paper, and again with the KSeF number', async () => {
    const settings = { context: `Nip:${system.contextNip}`, sender: 'faktury@latarnia.pl', sending: 'automatic' };
    expect((await send('PUT', '/v1/email-settings', settings)).status).toBe(200);
    expect(await get('/v1/email-settings')).toMatchObject({ configured: true, items: [{ language: 'pl' }] });
    const [consumer, company] = [await issued(TO_CONSUMER), await issued(TO_COMPANY)];

    // A consumer is owed the invoice at once; a company gets it in KSeF, and a confirmation at most.
    await eventually('the first mail', () => Promise.resolve(mails.length === 1));
    expect(await get(`/v1/invoices/${consumer}/documents`)).toMatchObject({
      buyer: { group: 'art-106gb-4' },
      now: { document: 'invoice-with-two-codes', basis: expect.arrayContaining(['art. 106nda(6)']) },
      notYet: [{ document: 'invoice-with-number', reason: 'NO_KSEF_NUMBER_YET' }],
      receipt: { rule: 'actual-receipt' },
    });
    expect(await get(`/v1/invoices/${company}/documents`)).toMatchObject({
      buyer: { group: 'domestic' },
      now: { document: 'transaction-confirmation', codes: 'two' },
      notYet: [{ document: 'invoice-with-two-codes', reason: 'ONLY_IN_KSEF' }, { document: 'invoice-with-number' }],
      receipt: { rule: 'number-assigned', knownAt: null },
    });
    const copy = await call(system, { path: `/v1/invoices/${company}/documents/copy.html` });
    expect([copy.status, copy.headers.get('x-document')]).toEqual([200, 'transaction-confirmation']);
    // Every code on it was read back before it left, and is read again here.
    const { codes } = (await get(`/v1/invoices/${company}`)) as { codes: Record<string, { url: string }> };
    const images = [...copy.text.matchAll(/data:image\/png;base64,([A-Za-z0-9+/=]+)/g)].map(([, png = '']) => png);
    const links = images.map((png) => readQrPng(Buffer.from(png, 'base64'))?.toString('latin1'));
    expect(links).toEqual([codes['invoice']?.url, codes['certificate']?.url]);
    const paper = {
      document: 'transaction-confirmation',
      channel: 'paper',
      recipient: 'Anna',
      handedOverAt: new Date(),
    };
    expect((await send('POST', `/v1/invoices/${company}/handovers`, paper)).status).toBe(201);

    await call(system, { method: 'POST', path: '/v1/batches', body: '{}', type: 'application/json' });
    await eventually('both have numbers', async () =>
      (await Promise.all([consumer, company].map((id) => get(`/v1/invoices/${id}`)))).every(
        ({ status }) => status === 'sent',
      ),
    );
    await eventually('the mail with the number', () => Promise.resolve(mails.length === 2));
    const { ksefNumber } = await get(`/v1/invoices/${consumer}`);
    expect(mails.map(({ subject }) => subject)).toEqual(Array(2).fill('Faktura HO/1 - Latarnia sp. z o.o.'));
    expect(mails[1]?.text).toContain(String(ksefNumber));

    // What is recorded is what was sent.
    await eventually('both are recorded', async () => (await handovers(consumer)).length === 2);
    const digests = mails.map(({ attachments: [pdf] }) => {
      expect(pdf?.content.subarray(0, 5).toString('latin1')).toBe('%PDF-');
      return createHash('sha256')
        .update(pdf?.content ?? '')
        .digest('base64');
    });
    expect(await handovers(consumer)).toMatchObject([
      { document: 'invoice-with-two-codes', channel: 'email', recipient: CONSUMER, sha256: digests[0] },
      { document: 'invoice-with-number', channel: 'email', recipient: CONSUMER, sha256: digests[1] },
    ]);

    // The company has another document due, and is not written to: its file names no address.
    expect(await get(`/v1/invoices/${company}/documents`)).toMatchObject({
      ...{ now: { document: 'invoice-with-number' }, notYet: [], receipt: { knownAt: expect.any(String) } },
      handedOver: [{ document: 'transaction-confirmation', recipient: 'A***' }],
    });
    const asked = await send('POST', `/v1/invoices/${company}/emails`, { to: 'zakupy@nabywca.pl', language: 'en' });
    expect(asked.status).toBe(202);
    await eventually('the mail that was asked for', () => Promise.resolve(mails.length === 3));
    expect(mails[2]?.subject).toBe('Invoice HO/2 - Latarnia sp. z o.o.');
  });

  const handovers = async (id: string) => (await get(`/v1/invoices/${id}/handovers`))['items'] as readonly object[];
});
