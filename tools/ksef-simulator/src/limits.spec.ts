import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { ManualClock, type Simulator } from './index.js';
import { refusalOf } from './testing/answers.js';
import { KsefClient } from './testing/ksef-client.js';
import { zip } from './testing/packages.js';
import { invoiceOf, loggedIn, nipContext, OTHER, SELLER, startQuick, warsawToday } from './testing/setup.js';

let simulator: Simulator;
let clock: ManualClock;
let client: KsefClient;
beforeEach(async () => {
  clock = new ManualClock(new Date());
  simulator = await startQuick({ clock });
  client = await loggedIn(simulator);
});
afterEach(async () => {
  await simulator.close();
});

const list = () => client.call('GET', '/sessions?sessionType=Batch');

describe('request limits', () => {
  it('do not count until they are switched on', async () => {
    for (let call = 0; call < 12; call++) expect((await list()).status).toBe(200);
  });

  it('hold a context to the published values: 5 lists of sessions a second, 10 a minute, 60 an hour', async () => {
    simulator.state.settings.rateLimits = 'published';
    const admitted: number[] = [];
    // Two hours of a client that asks every half second and never heeds Retry-After would be blocked for good.
    for (let call = 0; call < 400; call++) {
      const { headers, status } = await list();
      if (status === 200) admitted.push(clock.now());
      clock.advance(status === 429 ? Number(headers.get('retry-after')) * 1000 : 100);
    }
    const busiest = (lengthMs: number) =>
      Math.max(...admitted.map((start) => admitted.filter((at) => at >= start && at < start + lengthMs).length));

    expect([busiest(1000), busiest(60_000), busiest(3_600_000)]).toEqual([5, 10, 60]);
  });

  it('answer 429 in both shapes, with a wait that grows for whoever does not wait', async () => {
    simulator.state.settings.rateLimits = 'published';
    for (let call = 0; call < 5; call++) await list();

    const first = await list();
    const second = await list();
    const third = await client.call('GET', '/sessions?sessionType=Batch', {
      headers: { 'x-error-format': 'problem-details' },
    });

    expect(first.status).toBe(429);
    expect(JSON.parse(first.text)).toEqual({
      status: {
        code: 429,
        description: 'Too Many Requests',
        details: ['Przekroczono limit 5 żądań na sekundę. Spróbuj ponownie po 1 sekundach.'],
      },
    });
    expect([first, second, third].map(({ headers }) => headers.get('retry-after'))).toEqual(['1', '2', '4']);
    expect(third.headers.get('content-type')).toContain('application/problem+json');
    clock.advance(4000);
    expect((await list()).status).toBe(200);
  });

  it('count each context and each row of the published table for itself', async () => {
    const other = await loggedIn(simulator, OTHER);
    simulator.state.settings.rateLimits = 'published';
    for (let call = 0; call < 6; call++) await list();

    expect((await list()).status).toBe(429);
    expect((await other.call('GET', '/sessions?sessionType=Batch')).status).toBe(200);
    expect((await client.call('GET', '/limits/context')).status).toBe(200);
    expect((await client.call('GET', '/limits/subject')).status).toBe(200);
  });

  it('count public endpoints by address: 60 a second', async () => {
    simulator.state.settings.rateLimits = 'published';
    const statuses: number[] = [];
    for (let call = 0; call < 61; call++) {
      statuses.push((await client.call('GET', '/security/public-key-certificates', { token: null })).status);
    }

    expect(statuses.filter((status) => status === 200)).toHaveLength(60);
    expect(statuses.at(-1)).toBe(429);
  });

  it('are read, changed, set to production and restored by the official operations', async () => {
    const published = JSON.parse((await client.call('GET', '/rate-limits')).text) as Record<string, object>;
    expect(published['sessionList']).toEqual({ perSecond: 5, perMinute: 10, perHour: 60 });
    const narrow = { ...published, sessionList: { perSecond: 1, perMinute: 1, perHour: 1 } };

    expect((await client.call('POST', '/testdata/rate-limits', { body: { rateLimits: narrow } })).status).toBe(200);
    expect(JSON.parse((await client.call('GET', '/rate-limits')).text)).toEqual(narrow);
    expect([(await list()).status, (await list()).status]).toEqual([200, 429]);

    expect((await client.call('DELETE', '/testdata/rate-limits')).status).toBe(200);
    expect(JSON.parse((await client.call('GET', '/rate-limits')).text)).toEqual(published);
    clock.advance(7_200_000);
    client = await loggedIn(simulator);
    expect([(await list()).status, (await list()).status]).toEqual([200, 200]);

    expect((await client.call('POST', '/testdata/rate-limits/production')).status).toBe(200);
    const statuses: number[] = [];
    for (let call = 0; call < 6; call++) statuses.push((await list()).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
  });
});

describe('session limits of a context', () => {
  const narrow = { maxInvoiceSizeInMB: 1, maxInvoiceWithAttachmentSizeInMB: 3, maxInvoices: 1 };
  const change = (limits: object) =>
    client.call('POST', '/testdata/limits/context/session', {
      body: { onlineSession: limits, batchSession: limits },
    });

  it('hold both kinds of session', async () => {
    expect((await change(narrow)).status).toBe(200);
    expect(JSON.parse((await client.call('GET', '/limits/context')).text)).toEqual({
      onlineSession: narrow,
      batchSession: narrow,
    });
    const channel = await client.openOnline();
    await channel.send(invoiceOf('FV/1'));
    expect(refusalOf(await channel.send(invoiceOf('FV/2')))).toBe(21155);
    const archive = await zip([
      { name: 'a.xml', content: invoiceOf('FV/3') },
      { name: 'b.xml', content: invoiceOf('FV/4') },
    ]);
    expect((await client.sendBatch(await client.seal(archive))).session.status.code).toBe(420);
  });

  it('hold the size of an invoice, and go back to the published ones', async () => {
    await change({ ...narrow, maxInvoiceSizeInMB: 0 });
    const channel = await client.openOnline();
    expect((await channel.send(invoiceOf('FV/1'))).body.status.code).toBe(430);

    expect((await client.call('DELETE', '/testdata/limits/context/session')).status).toBe(200);
    expect((await channel.send(invoiceOf('FV/1'))).body.status.code).toBe(200);
    expect((await change({ ...narrow, maxInvoiceSizeInMB: 6 })).status).toBe(400);
  });
});

describe('test data', () => {
  const post = async (path: string, body: object) => client.call('POST', `/testdata/${path}`, { token: null, body });

  it('makes a person who owns a business, once, and takes the person back', async () => {
    const person = { nip: OTHER, pesel: '15062788702', isBailiff: false, description: 'Osoba testowa' };
    const certificate = await simulator.issueCertificate({ type: 'Authentication', pesel: person.pesel });
    const login = async () => (await new KsefClient(simulator).login(certificate, nipContext(OTHER))).body.status.code;

    expect(await login()).toBe(415);
    expect((await post('person', person)).status).toBe(200);
    expect(refusalOf(await post('person', person))).toBe(30001);
    expect(await login()).toBe(200);
    expect((await post('person/remove', { nip: OTHER })).status).toBe(200);
    expect(await login()).toBe(415);
  });

  it('makes a group that may issue for its units', async () => {
    const group = {
      subjectNip: SELLER,
      subjectType: 'VatGroup',
      description: 'Grupa VAT',
      subunits: [{ subjectNip: OTHER, description: 'Jednostka' }],
    };
    const foreign = (number: string) => invoiceOf(number, { sellerNip: OTHER, issueDate: warsawToday(clock.now()) });
    const channel = await client.openOnline();

    expect((await channel.send(foreign('FV/1'))).body.status.code).toBe(410);
    expect((await post('subject', group)).status).toBe(200);
    expect(refusalOf(await post('subject', group))).toBe(30001);
    expect((await channel.send(foreign('FV/1'))).body.status.code).toBe(200);
    expect((await post('subject/remove', { subjectNip: SELLER })).status).toBe(200);
    expect((await channel.send(foreign('FV/2'))).body.status.code).toBe(410);
  });

  it('blocks a context: logins end with 480 until it is unblocked', async () => {
    const certificate = await simulator.issueCertificate({ type: 'Authentication', nip: SELLER });
    const login = async () => (await new KsefClient(simulator).login(certificate, nipContext(SELLER))).body.status.code;

    expect((await post('context/block', { contextIdentifier: nipContext(SELLER) })).status).toBe(200);
    expect(await login()).toBe(480);
    expect((await post('context/unblock', { contextIdentifier: nipContext(SELLER) })).status).toBe(200);
    expect(await login()).toBe(200);
  });
});
