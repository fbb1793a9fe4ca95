import { createPrivateKey, sign } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import type { Simulator } from './index.js';
import { refusalOf } from './testing/answers.js';
import { KsefClient } from './testing/ksef-client.js';
import { type LoginDocumentOptions, signLoginDocument } from './testing/login-document.js';
import { selfSigned } from './testing/self-signed.js';
import { loggedIn, nipContext, OTHER, SELLER, startQuick } from './testing/setup.js';

let simulator: Simulator;
let client: KsefClient;

beforeEach(async () => {
  simulator = await startQuick();
  client = new KsefClient(simulator);
});

afterEach(async () => {
  await simulator.close();
});

/** A correct login, signed with a fresh certificate of SELLER. */
async function document(more: Partial<LoginDocumentOptions> = {}): Promise<string> {
  const certificate = await simulator.issueCertificate({ type: 'Authentication', nip: SELLER });
  return signLoginDocument({
    ...certificate,
    challenge: await client.challenge(),
    context: nipContext(SELLER),
    ...more,
  });
}

describe('logging in', () => {
  it.each(['EC', 'RSA'] as const)('takes a certificate with a key of type %s', async (keyType) => {
    const certificate = await simulator.issueCertificate({ type: 'Authentication', nip: SELLER, keyType });

    const { body } = await client.login(certificate, nipContext(SELLER));

    expect(body).toMatchObject({ status: { code: 200 }, authenticationMethod: 'InternalCertificate' });
    expect((await client.call('GET', '/sessions?sessionType=Batch')).status).toBe(200);
  });

  it('takes the internal id and the VAT-UE composite of the same NIP', async () => {
    const certificate = await simulator.issueCertificate({ type: 'Authentication', nip: SELLER });

    for (const context of [
      { type: 'InternalId', value: `${SELLER}-12345` },
      { type: 'NipVatUe', value: `${SELLER}-DE123456789` },
    ] as const) {
      expect((await client.login(certificate, context)).body.status.code).toBe(200);
    }
  });

  it('refuses a certificate of type Offline with 460 and keeps a note', async () => {
    const certificate = await simulator.issueCertificate({ type: 'Offline', nip: SELLER });

    expect((await client.login(certificate, nipContext(SELLER))).body.status).toMatchObject({
      code: 460,
      details: ['Niepoprawny certyfikat'],
    });
    expect(simulator.ledger().violations).toMatchObject([{ kind: 'OFFLINE_CERTIFICATE_USED_FOR_LOGIN' }]);
    const redeemed = await client.call('POST', '/auth/token/redeem', { token: client.authenticationToken });
    expect(refusalOf(redeemed)).toBe(21301);
  });

  it('refuses the NIP of somebody else with 415, until a right is granted', async () => {
    const certificate = await simulator.issueCertificate({ type: 'Authentication', nip: OTHER });
    expect((await client.login(certificate, nipContext(SELLER))).body.status.code).toBe(415);

    await client.call('POST', '/testdata/permissions', {
      token: null,
      body: {
        contextIdentifier: nipContext(SELLER),
        authorizedIdentifier: nipContext(OTHER),
        permissions: [{ description: 'reading', permissionType: 'InvoiceRead' }],
      },
    });

    expect((await client.login(certificate, nipContext(SELLER))).body.status.code).toBe(200);
    const refused = await client.call('POST', '/sessions/online', {
      body: {
        formCode: { systemCode: 'FA (3)', schemaVersion: '1-0E', value: 'FA' },
        encryption: (await client.wrapKey()).declared,
      },
    });
    expect(refused.status).toBe(403);
    expect(refused.body.reasonCode).toBe('missing-permissions');
  });

  it('knows a person by PESEL', async () => {
    const certificate = await simulator.issueCertificate({ type: 'Authentication', pesel: '44051401359' });
    simulator.state.permissions.grant(nipContext(SELLER), { type: 'Pesel', value: '44051401359' }, ['InvoiceWrite']);

    expect((await client.login(certificate, nipContext(SELLER))).body.status.code).toBe(200);
  });

  it('refuses expired, revoked and untrusted certificates with 460', async () => {
    const expired = await simulator.issueCertificate({
      type: 'Authentication',
      nip: SELLER,
      validFrom: Date.parse('2024-01-01T00:00:00Z'),
      validTo: Date.parse('2025-01-01T00:00:00Z'),
    });
    const revoked = await simulator.issueCertificate({ type: 'Authentication', nip: SELLER });
    await fetch(`${simulator.controlUrl}/certificates/${revoked.certificateSerialNumber}/revoke`, { method: 'POST' });
    const own = await selfSigned(`C=PL, CN=Test, 2.5.4.97=VATPL-${SELLER}`);
    const login = async (query: string) =>
      client.loginWith(
        signLoginDocument({ ...own, challenge: await client.challenge(), context: nipContext(SELLER) }),
        query,
      );

    expect((await client.login(expired, nipContext(SELLER))).body.status.details).toEqual(['Nieważny certyfikat']);
    expect((await client.login(revoked, nipContext(SELLER))).body.status.details).toEqual(['Certyfikat odwołany']);
    expect((await login('?verifyCertificateChain=true')).body.status.details).toEqual([
      'Niezaufany łańcuch certyfikatów',
    ]);
    expect((await login('')).body).toMatchObject({ status: { code: 200 }, authenticationMethod: 'QualifiedSeal' });
    simulator.state.settings.allowSelfSigned = false;
    expect((await login('')).body.status.code).toBe(460);
  });
});

describe('a login document that is wrong', () => {
  const begin = async (xml: string) =>
    refusalOf(await client.call('POST', '/auth/xades-signature', { body: xml, token: null }));

  it('is refused for its challenge: unknown, used, too old', async () => {
    const used = await document();
    expect((await client.loginWith(used)).body.status.code).toBe(200);

    expect(await begin(used)).toBe(21111);
    expect(await begin(await document({ challenge: '20261120-CR-0000000000-0000000000-00' }))).toBe(21111);
    simulator.state.settings.challengeTtlMs = 0;
    expect(await begin(await document())).toBe(21111);
  });

  it('is refused when anything signed was changed', async () => {
    const good = await document();
    const tampered = [
      good.replace(`<Nip>${SELLER}</Nip>`, `<Nip>${OTHER}</Nip>`),
      good.replace('certificateSubject', 'certificateFingerprint'),
      good.replace('<xades:SigningTime>2026', '<xades:SigningTime>2025'),
      good.replace(
        /(<ds:SignatureValue>)(.)/,
        (_all, tag: string, first: string) => `${tag}${first === 'A' ? 'B' : 'A'}`,
      ),
      good.replace('URI="#properties"', 'URI="#signature"'),
    ];

    for (const xml of tampered) {
      expect(xml).not.toBe(good);
      expect(await begin(xml)).toBe(9105);
    }
  });

  it('is refused when the signature covers less or more than it must', async () => {
    expect(await begin(await document({ signed: 'document only' }))).toBe(9105);
    expect(await begin(await document({ signed: 'document twice and properties' }))).toBe(9105);
    expect(await begin(await document({ signed: 'both' }))).toBeUndefined();
  });

  it('is refused when SigningCertificate names another certificate', async () => {
    const other = await simulator.issueCertificate({ type: 'Authentication', nip: SELLER });

    expect(await begin(await document({ namedCertificatePem: other.certificatePem }))).toBe(9105);
  });

  it('is refused when KeyInfo holds another certificate than the one that signed', async () => {
    const good = await document();
    const other = await simulator.issueCertificate({ type: 'Authentication', nip: SELLER });
    const der = other.certificatePem.replace(/-----[A-Z ]+-----|\s/g, '');

    expect(await begin(good.replace(/(<ds:X509Certificate>)[^<]+/, `$1${der}`))).toBe(9105);
    expect(await begin(good.replace(/(<ds:X509Certificate>)[^<]+/, '$1AAAA'))).toBe(21115);
  });

  it('is refused when it is signed with SHA-1', async () => {
    const certificate = await simulator.issueCertificate({ type: 'Authentication', nip: SELLER, keyType: 'RSA' });
    const good = await document(certificate);
    const old = good.replace('2001/04/xmldsig-more#rsa-sha256', '2000/09/xmldsig#rsa-sha1');
    const signedInfo = /<ds:SignedInfo>.*<\/ds:SignedInfo>/
      .exec(old)![0]
      .replace('<ds:SignedInfo>', '<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">');
    const value = sign('sha1', Buffer.from(signedInfo), createPrivateKey(certificate.privateKeyPem)).toString('base64');

    expect(await begin(old.replace(/(<ds:SignatureValue>)[^<]+/, `$1${value}`))).toBe(9105);
  });

  it('is refused without signature, with two, outside the schema, with a DTD, or as no XML at all', async () => {
    const good = await document();
    const signature = /<ds:Signature .*<\/ds:Signature>/.exec(good)![0];

    expect(await begin(good.replace(signature, ''))).toBe(9102);
    expect(await begin(good.replace(signature, signature + signature))).toBe(9103);
    expect(await begin(good.replace('<Challenge>', '<Extra/><Challenge>'))).toBe(21401);
    expect(await begin(good.replace('auth/token/2.1', 'auth/token/3.0'))).toBe(21401);
    expect(await begin(good.replace(`<Nip>${SELLER}</Nip>`, '<Nip>0000000000</Nip>'))).toBe(21401);
    expect(await begin(good.replace('<AuthTokenRequest', '<!DOCTYPE a [<!ENTITY e "x">]><AuthTokenRequest'))).toBe(
      21001,
    );
    expect(await begin('not XML')).toBe(21001);
  });
});

describe('tokens', () => {
  it('are given once', async () => {
    client = await loggedIn(simulator);

    const again = await client.call('POST', '/auth/token/redeem', { token: client.authenticationToken });

    expect(refusalOf(again)).toBe(21301);
  });

  it('end, and can be renewed with the refresh token', async () => {
    simulator.state.settings.accessTokenTtlMs = 0;
    client = await loggedIn(simulator);
    expect((await client.call('GET', '/auth/sessions')).status).toBe(401);

    simulator.state.settings.accessTokenTtlMs = 60_000;
    const { body } = await client.call('POST', '/auth/token/refresh', { token: client.refreshToken });

    expect((await client.call('GET', '/auth/sessions', { token: body.accessToken.token })).status).toBe(200);
  });

  it('work only for what they are made for, and only unchanged', async () => {
    client = await loggedIn(simulator);
    const forged = `${client.accessToken!.slice(0, -4)}AAAA`;

    expect((await client.call('GET', '/auth/sessions', { token: client.refreshToken })).status).toBe(401);
    expect((await client.call('GET', '/auth/sessions', { token: client.authenticationToken })).status).toBe(401);
    expect((await client.call('POST', '/auth/token/refresh')).status).toBe(401);
    expect((await client.call('GET', '/auth/sessions', { token: forged })).status).toBe(401);
    expect((await client.call('GET', '/auth/sessions', { token: null })).status).toBe(401);
  });

  it('cannot be renewed after the login was ended, but an access token lives on', async () => {
    client = await loggedIn(simulator);
    const { body } = await client.call('GET', '/auth/sessions');
    expect(body.items).toMatchObject([{ referenceNumber: client.loginReference, isCurrent: true }]);

    expect((await client.call('DELETE', '/auth/sessions/current')).status).toBe(204);

    expect(refusalOf(await client.call('POST', '/auth/token/refresh', { token: client.refreshToken }))).toBe(21301);
    expect((await client.call('GET', '/auth/sessions')).body.items).toEqual([]);
  });

  it('of one login do not open the operation of another', async () => {
    client = await loggedIn(simulator);
    const first = client.loginReference;
    client = await loggedIn(simulator);

    expect(refusalOf(await client.call('GET', `/auth/${first}`, { token: client.authenticationToken }))).toBe(21304);
  });
});
