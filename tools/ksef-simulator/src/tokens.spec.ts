import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import type { Simulator } from './index.js';
import { refusalOf } from './testing/answers.js';
import { KsefClient } from './testing/ksef-client.js';
import { invoiceOf, loggedIn, nipContext, OTHER, SELLER, startQuick } from './testing/setup.js';

let simulator: Simulator;
let owner: KsefClient;
beforeEach(async () => {
  simulator = await startQuick();
  owner = await loggedIn(simulator);
});
afterEach(async () => {
  await simulator.close();
});

async function issue(
  permissions: readonly string[] = ['InvoiceRead', 'InvoiceWrite'],
): Promise<{ referenceNumber: string; token: string }> {
  const { status, body, text } = await owner.call('POST', '/tokens', { body: { permissions, description: 'Kasa 1' } });
  if (status !== 202) throw new Error(text);
  await until(body.referenceNumber, 'Active');
  return body;
}

async function until(reference: string, status: string): Promise<void> {
  for (;;) {
    const { text } = await owner.call('GET', `/tokens/${reference}`);
    if ((JSON.parse(text) as { status: string }).status === status) return;
  }
}

const login = async (token: string, more = {}, nip = SELLER) => {
  const client = new KsefClient(simulator);
  return { client, answer: await client.loginWithToken(token, nipContext(nip), more) };
};

it('logs in with a KSeF token, sends, and puts the token on the UPO', async () => {
  const { referenceNumber, token } = await issue();
  expect(token).toBe(`${referenceNumber}|nip-${SELLER}|${token.split('|')[2] ?? ''}`);

  const { client, answer } = await login(token);
  const channel = await client.openOnline();
  const { body } = await channel.send(invoiceOf('FV/1'));
  const upo = await client.call('GET', `/sessions/${channel.reference}/invoices/${body.referenceNumber}/upo`);

  expect(answer.body.status).toEqual({ code: 200, description: 'Uwierzytelnianie zakończone sukcesem' });
  expect(answer.text).toContain('"category":"Token"');
  expect(body.status.code).toBe(200);
  expect(upo.text).toContain(`<NumerReferencyjnyTokenaKSeF>${referenceNumber}</NumerReferencyjnyTokenaKSeF>`);
  expect(upo.text).not.toContain('SkrotDokumentuUwierzytelniajacego');
});

it('allows no more than the token says', async () => {
  const { client } = await login((await issue(['InvoiceRead'])).token);

  const { status, body } = await client.call('POST', '/sessions/online', {
    body: { formCode: {}, encryption: {} },
  });
  const wrapped = await client.wrapKey();
  const denied = await client.call('POST', '/sessions/online', {
    body: {
      formCode: { systemCode: 'FA (3)', schemaVersion: '1-0E', value: 'FA' },
      encryption: wrapped.declared,
    },
  });

  expect([status, body.exception.exceptionDetailList[0]?.exceptionCode]).toEqual([400, 21405]);
  expect([denied.status, denied.body.reasonCode]).toEqual([403, 'missing-permissions']);
  expect(refusalOf(await client.call('GET', '/certificates/enrollments/data'))).toBe(25001);
});

describe('a token that does not log in', () => {
  const refused = async (token: string, more = {}, nip = SELLER) => (await login(token, more, nip)).answer.body.status;

  it('is one nobody made, one of another context, or one with another time', async () => {
    const { token } = await issue();
    expect(await refused('20261120-EC-0000000000-0000000000-00|nip-1|ab')).toMatchObject({
      code: 450,
      details: ['Nieprawidłowy token'],
    });
    expect(await refused(token, {}, OTHER)).toMatchObject({ code: 450, details: ['Nieprawidłowy token'] });
    expect(await refused(token, { timestampMs: 1 })).toMatchObject({
      code: 450,
      details: ['Nieprawidłowy czas tokena'],
    });
  });

  it('is one that was withdrawn', async () => {
    const { referenceNumber, token } = await issue();
    expect((await owner.call('DELETE', `/tokens/${referenceNumber}`)).status).toBe(204);
    await until(referenceNumber, 'Revoked');
    expect(await refused(token)).toMatchObject({ code: 450, details: ['Token unieważniony'] });
  });

  it('is one that is not active yet', async () => {
    simulator.state.settings.processingDelayMs = 3_600_000;
    const { body } = await owner.call('POST', '/tokens', {
      body: { permissions: ['InvoiceRead'], description: 'Kasa 2' },
    });
    simulator.state.settings.processingDelayMs = 0;
    expect(await refused(body.token)).toMatchObject({ code: 450, details: ['Token nieaktywny'] });
  });
});

it('refuses a stale challenge, an unknown key, and a permission the maker has not', async () => {
  const { token } = await issue();
  const client = new KsefClient(simulator);
  const { encrypted, publicKeyId } = await client.encryptFor('KsefTokenEncryption', Buffer.from(`${token}|1`));
  const body = {
    challenge: '20261120-CR-0000000000-0000000000-00',
    contextIdentifier: nipContext(SELLER),
    encryptedToken: encrypted,
  };
  const post = async (more: object) =>
    refusalOf(await client.call('POST', '/auth/ksef-token', { token: null, body: { ...body, ...more } }));

  expect(await post({ publicKeyId })).toBe(21111);
  expect(await post({ publicKeyId: 'A'.repeat(43) + '=' })).toBe(21470);
  const reader = (await login((await issue(['InvoiceRead'])).token)).client;
  const asked = await reader.call('POST', '/tokens', {
    body: { permissions: ['InvoiceWrite'], description: 'Za dużo' },
  });
  expect(refusalOf(asked)).toBe(26001);
});

it('lists tokens to their maker, and to a token itself only', async () => {
  const first = await issue(['InvoiceRead']);
  const second = await issue(['InvoiceRead']);
  const { client } = await login(first.token);

  const all = (await owner.call('GET', '/tokens?status=Active&description=kasa')).body.tokens;
  const own = (await client.call('GET', '/tokens')).body.tokens;

  expect(all.map(({ referenceNumber }) => referenceNumber)).toEqual([second.referenceNumber, first.referenceNumber]);
  expect(own.map(({ referenceNumber }) => referenceNumber)).toEqual([first.referenceNumber]);
  expect(own[0]?.lastUseDate).toBeDefined();
  expect((await owner.call('GET', '/tokens?status=Revoked')).body.tokens).toEqual([]);
  expect(refusalOf(await owner.call('GET', '/tokens?status=Gone'))).toBe(21405);
  expect(refusalOf(await client.call('DELETE', `/tokens/${second.referenceNumber}`))).toBe(21405);
});
