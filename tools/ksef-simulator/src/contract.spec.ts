import { afterAll, beforeAll, expect, it } from '@jest/globals';

import type { Simulator } from './index.js';
import { readAnswer } from './testing/answers.js';
import { contract } from './testing/contract.js';
import { invoiceOf, loggedIn, startQuick } from './testing/setup.js';
import { zip } from './testing/packages.js';

if (contract === undefined) {
  console.warn('KSEF_OPENAPI is not set: answers are not compared with the official OpenAPI document.');
}
const withContract = contract === undefined ? it.skip : it;

let simulator: Simulator;
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
