import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';

import { readSigningRequest } from './certificates/signing-request.js';
import { ManualClock, type Simulator } from './index.js';
import { endpointOf } from './limits/endpoints.js';
import { PUBLISHED_LIMITS } from './limits/rate-limits.js';
import { readAnswer } from './testing/answers.js';
import { contract } from './testing/contract.js';
import { KsefClient } from './testing/ksef-client.js';
import { invoiceOf, loggedIn, nipContext, OTHER, SELLER, startQuick } from './testing/setup.js';
import { selfSigned } from './testing/self-signed.js';
import { signRequest } from './testing/signing-requests.js';
import { apply, bodyOf, enrol, enrolmentData } from './testing/certificates.js';
import { zip } from './testing/packages.js';

if (contract === undefined) {
  console.warn('KSEF_OPENAPI is not set: answers are not compared with the official OpenAPI document.');
}
const withContract = contract === undefined ? it.skip : it;

let simulator: Simulator;
const others: Simulator[] = [];
afterEach(async () => {
  for (const other of others.splice(0)) await other.close();
});
beforeAll(async () => {
  simulator = await startQuick();
});
afterAll(async () => {
  await simulator.close();
});

withContract('every answer of a whole run fits the official OpenAPI document', async () => {
  const client = await loggedIn(simulator);
  const archive = await zip([
    { name: 'a.xml', content: invoiceOf('FV/1') },
    { name: 'b.xml', content: invoiceOf('FV/1') },
    { name: 'c.xml', content: invoiceOf('FV/2', { issueDate: '2049-01-01' }) },
  ]);
  const { reference, session } = await client.sendBatch(await client.seal(archive));
  const [accepted] = await client.listInvoices(reference);
  await client.listInvoices(reference, 'invoices/failed');
  const channel = await client.openOnline();
  await channel.send(invoiceOf('FV/3'));
  await channel.close();
  await client.call('GET', `/sessions/${reference}/upo/${session.upo.pages[0]!.referenceNumber}`);
  await client.call('GET', `/sessions/${reference}/invoices/${accepted!.referenceNumber}/upo`);
  await client.call('GET', `/sessions/${reference}/invoices/ksef/${accepted!.ksefNumber}/upo`);
  await client.call('GET', `/invoices/ksef/${accepted!.ksefNumber}`);
  await client.call('GET', '/sessions?sessionType=Batch');
  await client.call('POST', '/invoices/query/metadata', {
    body: {
      subjectType: 'Subject1',
      dateRange: { dateType: 'PermanentStorage', from: new Date(Date.now() - 86_400_000).toISOString() },
    },
  });
  await client.call('POST', '/sessions/batch', { body: {} });
  await client.call('POST', '/sessions/batch', { body: {}, headers: { 'x-error-format': 'problem-details' } });
  await client.call('GET', '/sessions?sessionType=Batch', { token: null });
  await client.call('GET', '/auth/sessions');
  await client.call('POST', '/auth/token/refresh', { token: client.refreshToken });
  await client.call('DELETE', '/auth/sessions/current');

  expect([...contract!.compared].sort()).toEqual([
    'DELETE /auth/sessions/current 204',
    'GET /auth/sessions 200',
    'GET /auth/{referenceNumber} 200',
    'GET /invoices/ksef/{ksefNumber} 200',
    'GET /security/public-key-certificates 200',
    'GET /sessions 200',
    'GET /sessions 401',
    'GET /sessions/{referenceNumber} 200',
    'GET /sessions/{referenceNumber}/invoices 200',
    'GET /sessions/{referenceNumber}/invoices/failed 200',
    'GET /sessions/{referenceNumber}/invoices/ksef/{ksefNumber}/upo 200',
    'GET /sessions/{referenceNumber}/invoices/{invoiceReferenceNumber} 200',
    'GET /sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}/upo 200',
    'GET /sessions/{referenceNumber}/upo/{upoReferenceNumber} 200',
    'POST /auth/challenge 200',
    'POST /auth/token/redeem 200',
    'POST /auth/token/refresh 200',
    'POST /auth/xades-signature 202',
    'POST /invoices/query/metadata 200',
    'POST /sessions/batch 201',
    'POST /sessions/batch 400',
    'POST /sessions/batch/{referenceNumber}/close 204',
    'POST /sessions/online 201',
    'POST /sessions/online/{referenceNumber}/close 204',
    'POST /sessions/online/{referenceNumber}/invoices 202',
  ]);
});

withContract('every answer about certificates fits the official OpenAPI document', async () => {
  const clock = new ManualClock(new Date('2026-11-20T10:00:00Z'));
  const own = await startQuick({ clock });
  others.push(own);
  own.state.settings.accessTokenTtlMs = 40 * 86_400_000;
  const client = await loggedIn(own);
  contract!.compared.clear();

  await client.call('GET', '/certificates/limits');
  await client.call('GET', '/limits/subject');
  const { serialNumber } = await enrol(client, { type: 'Offline' });
  const { referenceNumber } = bodyOf(await apply(client));
  const other = await signRequest(await enrolmentData(client, { commonName: 'Ktoś inny' }));
  await apply(client, { request: other });
  await client.call('POST', '/certificates/enrollments', {
    body: {},
    headers: { 'x-error-format': 'problem-details' },
  });
  await client.call('GET', `/certificates/enrollments/${referenceNumber.replace('EH', 'EE')}`);
  await client.call('POST', '/certificates/query', { body: {} });
  await client.call('POST', '/certificates/retrieve', { body: { certificateSerialNumbers: [] } });
  await client.call('POST', `/certificates/${serialNumber}/revoke`, { body: { revocationReason: 'Superseded' } });
  await client.call('POST', `/certificates/${serialNumber}/revoke`);
  await client.call('POST', '/certificates/query?pageSize=5', { body: {} });
  await client.call('GET', '/certificates/limits', { token: null });
  await client.call('POST', '/testdata/limits/subject/certificate', { body: { certificate: { maxCertificates: 1 } } });
  await client.call('DELETE', '/testdata/limits/subject/certificate');
  clock.advance(31 * 86_400_000);
  await client.call('GET', `/certificates/enrollments/${referenceNumber}`);
  const sparse = await selfSigned(`CN=Test, 2.5.4.97=VATPL-${SELLER}`, new Date(clock.now()));
  await client.login(sparse, nipContext(SELLER));
  await client.call('GET', '/certificates/enrollments/data');

  expect([...contract!.compared].filter((name) => /certificate|subject/.test(name)).sort()).toEqual([
    'DELETE /testdata/limits/subject/certificate 200',
    'GET /certificates/enrollments/data 200',
    'GET /certificates/enrollments/data 400',
    'GET /certificates/enrollments/{referenceNumber} 200',
    'GET /certificates/enrollments/{referenceNumber} 400',
    'GET /certificates/enrollments/{referenceNumber} 410',
    'GET /certificates/limits 200',
    'GET /certificates/limits 401',
    'GET /limits/subject 200',
    'POST /certificates/enrollments 202',
    'POST /certificates/enrollments 400',
    'POST /certificates/query 200',
    'POST /certificates/query 400',
    'POST /certificates/retrieve 200',
    'POST /certificates/retrieve 400',
    'POST /certificates/{certificateSerialNumber}/revoke 204',
    'POST /certificates/{certificateSerialNumber}/revoke 400',
    'POST /testdata/limits/subject/certificate 200',
  ]);
});

withContract('the example of the official contract reads as a correct application', async () => {
  const { csr, data } = contract!.enrolmentExample();

  expect((await readSigningRequest(csr, data)).publicKeyId).toHaveLength(44);
  await expect(readSigningRequest(csr, { ...data, serialNumber: 'ABC' })).rejects.toThrow('25003');
});

withContract('the comparison itself sees a wrong shape, an unknown property and an unknown status', async () => {
  const answer = async (status: number, body: unknown) => readAnswer(Response.json(body, { status }));
  const challenge = {
    challenge: '20250514-CR-226FB7B000-3ACF9BE4C0-10',
    timestamp: '2025-07-11T12:23:56.0154302+00:00',
    timestampMs: 1752236636015,
    clientIp: '127.0.0.1',
  };
  const check = async (status: number, body: unknown) => {
    contract!.check('POST', '/auth/challenge', await answer(status, body));
  };

  await expect(check(200, challenge)).resolves.toBeUndefined();
  await expect(check(200, { ...challenge, timestampMs: 'now' })).rejects.toThrow('must be integer');
  await expect(check(200, { ...challenge, extra: 1 })).rejects.toThrow('additional properties');
  await expect(check(418, challenge)).rejects.toThrow('status not in the contract');
});

withContract(
  'every answer about tokens, limits, test data and exports fits the official OpenAPI document',
  async () => {
    const own = await startQuick();
    others.push(own);
    const client = await loggedIn(own);
    contract!.compared.clear();
    const post = (path: string, body?: object) => client.call('POST', path, body === undefined ? {} : { body });

    const { body: issued } = await post('/tokens', { permissions: ['InvoiceRead'], description: 'Odczyt' });
    await own.state.tasks.settled();
    await client.call('GET', `/tokens/${issued.referenceNumber}`);
    await client.call('GET', '/tokens');
    await client.call('GET', '/tokens?status=Unknown');
    await post('/tokens', { permissions: ['InvoiceRead'], description: 'x' });
    await new KsefClient(own).loginWithToken(issued.token, nipContext(SELLER));
    await client.call('DELETE', `/tokens/${issued.referenceNumber}`);
    await client.call('DELETE', '/tokens/unknown');
    const limits = JSON.parse((await client.call('GET', '/rate-limits')).text) as object;
    await post('/testdata/rate-limits', { rateLimits: limits });
    await post('/testdata/rate-limits', { rateLimits: {} });
    await post('/testdata/rate-limits/production');
    await client.call('DELETE', '/testdata/rate-limits');
    const session = { maxInvoiceSizeInMB: 1, maxInvoiceWithAttachmentSizeInMB: 3, maxInvoices: 9 };
    await client.call('GET', '/limits/context');
    await post('/testdata/limits/context/session', { onlineSession: session, batchSession: session });
    await client.call('DELETE', '/testdata/limits/context/session');
    await post('/testdata/subject', { subjectNip: OTHER, subjectType: 'JST', description: 'Gmina' });
    await post('/testdata/subject', { subjectNip: OTHER, subjectType: 'JST', description: 'Gmina' });
    await post('/testdata/subject/remove', { subjectNip: OTHER });
    await post('/testdata/person', { nip: OTHER, pesel: '15062788702', isBailiff: true, description: 'Osoba' });
    await post('/testdata/person/remove', { nip: OTHER });
    await post('/testdata/context/block', { contextIdentifier: nipContext(OTHER) });
    await post('/testdata/context/unblock', { contextIdentifier: nipContext(OTHER) });
    const { declared } = await client.wrapKey();
    const range = { dateType: 'PermanentStorage', from: new Date(Date.now() - 86_400_000).toISOString() };
    const filters = { subjectType: 'Subject1', dateRange: range };
    const { body: ordered } = await post('/invoices/exports', { encryption: declared, filters });
    await client.poll(`/invoices/exports/${ordered.referenceNumber}`);
    await client.call('GET', `/invoices/exports/${ordered.referenceNumber.replace('EH', 'EE')}`);
    await post('/invoices/exports', { encryption: declared });
    own.state.settings.rateLimits = 'published';
    for (let call = 0; call < 11; call++) await client.call('GET', '/rate-limits');
    await client.call('GET', '/rate-limits', { headers: { 'x-error-format': 'problem-details' } });

    const compared = [...contract!.compared].filter((name) => /token|limit|testdata|exports/.test(name)).sort();
    expect(compared).toEqual([
      'DELETE /testdata/limits/context/session 200',
      'DELETE /testdata/rate-limits 200',
      'DELETE /tokens/{referenceNumber} 204',
      'DELETE /tokens/{referenceNumber} 400',
      'GET /invoices/exports/{referenceNumber} 200',
      'GET /invoices/exports/{referenceNumber} 400',
      'GET /limits/context 200',
      'GET /rate-limits 200',
      'GET /rate-limits 429',
      'GET /tokens 200',
      'GET /tokens 400',
      'GET /tokens/{referenceNumber} 200',
      'POST /auth/ksef-token 202',
      'POST /auth/token/redeem 200',
      'POST /invoices/exports 201',
      'POST /invoices/exports 400',
      'POST /testdata/context/block 200',
      'POST /testdata/context/unblock 200',
      'POST /testdata/limits/context/session 200',
      'POST /testdata/person 200',
      'POST /testdata/person/remove 200',
      'POST /testdata/rate-limits 200',
      'POST /testdata/rate-limits 400',
      'POST /testdata/rate-limits/production 200',
      'POST /testdata/subject 200',
      'POST /testdata/subject 400',
      'POST /testdata/subject/remove 200',
      'POST /tokens 202',
      'POST /tokens 400',
    ]);
  },
);

withContract('every operation in scope is played, and everything else is unknown', async () => {
  const own = await startQuick();
  others.push(own);
  const absent: string[] = [];
  for (const { method, template } of contract!.operations()) {
    const path = template.replace(/\{[^}]+\}/g, 'x');
    const { status } = await fetch(`${own.ksefUrl}${path}`, { method });
    if (status === 404) absent.push(`${method} ${template}`);
  }

  expect(absent.filter((name) => !/ \/(permissions|peppol)\//.test(name))).toEqual([]);
  expect(absent).toHaveLength(20);
});

withContract('the published request limits are those of the official OpenAPI document', () => {
  const inScope = contract!.operations().filter(({ template }) => !/^\/(permissions|peppol)\//.test(template));
  const differing = inScope.filter(({ method, rateLimits, template }) => {
    const { limit } = endpointOf(method, `/v2${template.replace(/\{([^}]+)\}/g, ':$1')}`);
    const ours = limit === 'public' || limit === 'none' ? { perSecond: 60 } : PUBLISHED_LIMITS[limit];
    return JSON.stringify(ours) !== JSON.stringify(rateLimits);
  });

  expect(inScope.length).toBeGreaterThan(50);
  expect(differing.map(({ template }) => template)).toEqual([]);
});
