import { X509Certificate } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { ManualClock, type Simulator } from './index.js';
import { refusalOf } from './testing/answers.js';
import { apply, applyAndWait, bodyOf, enrol, enrolmentData } from './testing/certificates.js';
import { KsefClient } from './testing/ksef-client.js';
import { signLoginDocument } from './testing/login-document.js';
import { generatePair, type Signing, signRequest } from './testing/signing-requests.js';
import { selfSigned } from './testing/self-signed.js';
import { loggedIn, nipContext, OTHER, SELLER, startQuick } from './testing/setup.js';

const PESEL = '44051401359';
const DAY_MS = 86_400_000;

let clock: ManualClock;
let simulator: Simulator;
let client: KsefClient;

beforeEach(async () => {
  clock = new ManualClock(new Date('2026-11-20T10:00:00.250Z'));
  simulator = await startQuick({ clock });
  client = await loggedIn(simulator);
});

afterEach(async () => {
  await simulator.close();
});

async function limits(of: KsefClient = client) {
  return bodyOf(await of.call('GET', '/certificates/limits'));
}

/** A client that is logged in as a person. */
async function person(): Promise<KsefClient> {
  simulator.state.permissions.grant(nipContext(SELLER), { type: 'Pesel', value: PESEL }, ['InvoiceWrite']);
  const certificate = await simulator.issueCertificate({ type: 'Authentication', pesel: PESEL });
  const made = new KsefClient(simulator);
  await made.login(certificate, nipContext(SELLER));
  return made;
}

async function statusOf(serialNumber: string): Promise<string | undefined> {
  const answer = await client.call('POST', '/certificates/query', { body: { certificateSerialNumber: serialNumber } });
  return bodyOf(answer).certificates[0]?.status;
}

describe('applying for a certificate', () => {
  it.each<Signing>(['ECDSA SHA-256', 'ECDSA SHA-1', 'ECDSA SHA-512', 'RSA PKCS#1 SHA-256', 'RSA PSS SHA-384'])(
    'takes a request signed with %s and certifies its key',
    async (signing) => {
      const { certificatePem, privateKeyPem, serialNumber } = await enrol(client, { signing });

      const certificate = new X509Certificate(certificatePem);
      expect(serialNumber).toMatch(/^[0-9A-F]{16}$/);
      expect(certificate.serialNumber).toBe(serialNumber);
      expect(certificate.verify(new X509Certificate(simulator.state.authority.certificatePem).publicKey)).toBe(true);
      expect(certificate.validFromDate.toISOString()).toBe('2026-11-20T10:00:00.000Z');
      expect(certificate.validToDate.toISOString()).toBe('2028-11-19T10:00:00.000Z');
      expect((await client.login({ certificatePem, privateKeyPem }, nipContext(SELLER))).body.status.code).toBe(200);
    },
  );

  it('gives the data of the certificate that logged in, quotation marks and all', async () => {
    const certificate = await simulator.issueCertificate({
      type: 'Authentication',
      nip: SELLER,
      subjectName: 'Łódka "Ala" \\ syn, sp. z o.o.',
    });
    await client.login(certificate, nipContext(SELLER));

    expect(await enrolmentData(client)).toEqual({
      commonName: 'Łódka "Ala" \\ syn, sp. z o.o.',
      countryName: 'PL',
      organizationName: 'Łódka "Ala" \\ syn, sp. z o.o.',
      organizationIdentifier: `VATPL-${SELLER}`,
    });
    expect(bodyOf(await applyAndWait(client)).status.code).toBe(200);
  });

  it('certifies an Offline key that cannot log in', async () => {
    const enrolled = await enrol(client, { type: 'Offline' });

    expect((await client.login(enrolled, nipContext(SELLER))).body.status).toMatchObject({
      code: 460,
      details: ['Niepoprawny certyfikat'],
    });
  });

  it('reports 100 until it is carried out', async () => {
    simulator.state.settings.processingDelayMs = 5_000;
    const { referenceNumber } = bodyOf(await apply(client));
    expect(referenceNumber).toMatch(/^20261120-EH-[0-9A-F]{10}-[0-9A-F]{10}-[0-9A-F]{2}$/);
    const path = `/certificates/enrollments/${referenceNumber}`;

    expect(bodyOf(await client.call('GET', path))).toMatchObject({ status: { code: 100 } });
    clock.advance(5_000);
    await simulator.state.tasks.settled();
    expect(bodyOf(await client.call('GET', path))).toMatchObject({ status: { code: 200 } });
  });

  it('starts the certificate at a later moment when asked, never at an earlier one', async () => {
    const later = await enrol(client, { validFrom: '2026-12-01T00:00:00+01:00' });
    const past = await enrol(client, { validFrom: '2020-01-01T00:00:00Z' });

    expect(new X509Certificate(later.certificatePem).validFromDate.toISOString()).toBe('2026-11-30T23:00:00.000Z');
    expect(new X509Certificate(later.certificatePem).validToDate.toISOString()).toBe('2028-11-29T23:00:00.000Z');
    expect(new X509Certificate(past.certificatePem).validFromDate.toISOString()).toBe('2026-11-20T10:00:00.000Z');
    expect((await client.login(later, nipContext(SELLER))).body.status.details).toEqual(['Nieważny certyfikat']);
  });

  it('refuses a subject that differs in any way with 25003', async () => {
    const changes: readonly Readonly<Record<string, string | null>>[] = [
      { commonName: 'Ktoś inny' },
      { organizationIdentifier: `VATPL-${OTHER}` },
      { organizationName: null },
      { givenName: 'Jan' },
      { '2.5.4.11': 'Dział' },
    ];
    for (const change of changes) {
      const request = await signRequest(await enrolmentData(client, change));
      expect(refusalOf(await apply(client, { request }))).toBe(25003);
    }
    const data = await enrolmentData(client);
    const reversed = Object.fromEntries(Object.entries(data).reverse());
    expect((await apply(client, { request: await signRequest(reversed) })).status).toBe(202);
  });

  it.each<[Signing, number]>([
    ['P-384', 25010],
    ['RSA 3072', 25010],
    ['Ed25519', 25010],
  ])('refuses a key of kind %s with %d', async (signing, code) => {
    expect(refusalOf(await apply(client, { signing }))).toBe(code);
  });

  it('refuses a signature by an algorithm that is not allowed with 25011', async () => {
    const request = await signRequest(await enrolmentData(client), 'RSA PKCS#1 SHA-256');
    const hex = request.der.toString('hex');
    // sha256WithRSAEncryption becomes md5WithRSAEncryption.
    const csr = Buffer.from(hex.replace('2a864886f70d01010b', '2a864886f70d010104'), 'hex').toString('base64');

    expect(csr).not.toBe(request.csr);
    expect(refusalOf(await apply(client, { request: { ...request, csr } }))).toBe(25011);
  });

  it('refuses what is no request, and a signature that does not fit, with 25004', async () => {
    const good = await signRequest(await enrolmentData(client));
    const flipped = Buffer.from(good.der);
    flipped[flipped.length - 5]! ^= 1;
    const broken = [
      Buffer.from('no request'),
      good.der.subarray(0, 100),
      Buffer.concat([good.der, Buffer.from([5, 0])]),
      flipped,
    ];

    for (const der of broken) {
      const request = { ...good, csr: der.toString('base64') };
      expect(refusalOf(await apply(client, { request }))).toBe(25004);
    }
  });

  it('refuses bad names, types, Base64 and times with 21405', async () => {
    const { csr } = await signRequest(await enrolmentData(client));
    const good = { certificateName: 'Kasa 1', certificateType: 'Offline', csr };
    const bad = [
      { certificateName: 'Kas1' },
      { certificateName: 'K'.repeat(101) },
      { certificateName: 'Kasa #1' },
      { certificateType: 'Signing' },
      { csr: '***' },
      { csr: '' },
      { validFrom: 'tomorrow' },
    ];
    for (const change of bad) {
      const answer = await client.call('POST', '/certificates/enrollments', { body: { ...good, ...change } });
      expect([change, refusalOf(answer)]).toEqual([change, 21405]);
    }
    const allowed = { ...good, certificateName: 'Żółw_ąę-1 ', validFrom: null };
    expect((await client.call('POST', '/certificates/enrollments', { body: allowed })).status).toBe(202);
  });

  it('gives no data and takes no application when the login says too little about its subject', async () => {
    const request = await signRequest(await enrolmentData(client));
    const noCountry = await selfSigned(`CN=Test, 2.5.4.97=VATPL-${SELLER}`, new Date(clock.now()));
    expect((await client.login(noCountry, nipContext(SELLER))).body.status.code).toBe(200);

    expect(refusalOf(await client.call('GET', '/certificates/enrollments/data'))).toBe(25001);
    expect(refusalOf(await apply(client, { request }))).toBe(25002);
    expect(await limits()).toMatchObject({ canRequest: false });
  });

  it('answers 401 without a token', async () => {
    for (const [method, path] of [
      ['GET', '/certificates/limits'],
      ['GET', '/certificates/enrollments/data'],
      ['POST', '/certificates/query'],
      ['GET', '/limits/subject'],
    ] as const) {
      const answer = await client.call(method, path, { token: null, ...(method === 'POST' ? { body: {} } : {}) });
      expect([path, answer.status]).toEqual([path, 401]);
    }
  });
});

describe('the outcome of an application', () => {
  it('is 400 when another subject has a certificate for the key; the same subject may use it again', async () => {
    const pair = await generatePair();
    const request = await signRequest(await enrolmentData(client), 'ECDSA SHA-256', pair);
    expect(bodyOf(await applyAndWait(client, { request })).status.code).toBe(200);
    expect(bodyOf(await applyAndWait(client, { request })).status.code).toBe(200);

    const other = await loggedIn(simulator, OTHER);
    const theirs = await signRequest(await enrolmentData(other), 'ECDSA SHA-256', pair);
    expect(bodyOf(await applyAndWait(other, { request: theirs })).status).toEqual({
      code: 400,
      description: 'Wniosek odrzucony',
      details: ['Klucz publiczny został już certyfikowany przez inny podmiot.'],
    });
  });

  it('is 400 when the limit of certificates is reached by then', async () => {
    await client.call('POST', '/testdata/limits/subject/certificate', {
      body: { certificate: { maxCertificates: 2 } },
    });
    const first = bodyOf(await apply(client)).referenceNumber;
    const second = bodyOf(await apply(client)).referenceNumber;

    expect(bodyOf(await client.poll(`/certificates/enrollments/${first}`)).status.code).toBe(200);
    expect(bodyOf(await client.poll(`/certificates/enrollments/${second}`)).status).toMatchObject({
      code: 400,
      details: ['Osiągnięto dopuszczalny limit posiadanych certyfikatów.'],
    });
    expect(refusalOf(await apply(client))).toBe(25007);
  });

  it.each([
    ['unknown-error', 500],
    ['cancelled', 550],
  ] as const)('is of the kind that was ordered: %s', async (enrolmentOutcome, code) => {
    await fetch(`${simulator.controlUrl}/settings`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ enrolmentOutcome }),
    });

    const outcome = bodyOf(await applyAndWait(client));

    expect(outcome.status.code).toBe(code);
    expect(outcome.certificateSerialNumber).toBeUndefined();
    expect((await limits()).enrollment.remaining).toBe(299);
  });

  it('is shown to the applicant alone, for 30 days', async () => {
    simulator.state.settings.accessTokenTtlMs = 40 * DAY_MS;
    const { referenceNumber } = bodyOf(await apply(client));
    const path = `/certificates/enrollments/${referenceNumber}`;
    const other = await loggedIn(simulator, OTHER);
    client = await loggedIn(simulator);

    expect(refusalOf(await other.call('GET', path))).toBe(25005);
    expect(refusalOf(await client.call('GET', path.replace('EH', 'EE')))).toBe(25005);
    expect(refusalOf(await client.call('GET', '/certificates/enrollments/short'))).toBe(21405);
    clock.advance(30 * DAY_MS - 1);
    expect((await client.call('GET', path)).status).toBe(200);
    clock.advance(1);
    expect((await client.call('GET', path)).status).toBe(410);
  });
});

describe('limits', () => {
  it('are 300 and 100 for a NIP, 12 and 6 for a person, and count what there is', async () => {
    expect(await limits()).toEqual({
      canRequest: true,
      enrollment: { remaining: 300, limit: 300 },
      // The certificate of the login is one.
      certificate: { remaining: 99, limit: 100 },
    });
    await enrol(client);
    expect(await limits()).toMatchObject({ enrollment: { remaining: 299 }, certificate: { remaining: 98 } });

    const someone = await person();
    expect(await limits(someone)).toMatchObject({ enrollment: { limit: 12 }, certificate: { limit: 6 } });
    for (let made = 1; made < 6; made++) await enrol(someone);
    expect(await limits(someone)).toMatchObject({ canRequest: false, certificate: { remaining: 0 } });
    expect(refusalOf(await apply(someone))).toBe(25007);
  });

  it('of applications end in 25006', async () => {
    const change = { subjectIdentifierType: 'Nip', enrollment: { maxEnrollments: 1 } };
    await client.call('POST', '/testdata/limits/subject/certificate', { body: change });
    await enrol(client);

    expect(refusalOf(await apply(client))).toBe(25006);
    expect(JSON.parse((await client.call('GET', '/limits/subject')).text)).toEqual({
      enrollment: { maxEnrollments: 1 },
      certificate: { maxCertificates: 100 },
    });
    await client.call('DELETE', '/testdata/limits/subject/certificate');
    expect(await limits()).toMatchObject({ canRequest: true, enrollment: { remaining: 299, limit: 300 } });
  });
});

describe('the list of certificates', () => {
  it('is paged, newest first, narrowed by every criterion, and of the own subject only', async () => {
    const serials: string[] = [];
    for (let made = 1; made <= 11; made++) {
      clock.advance(1_000);
      serials.unshift((await enrol(client, { type: 'Offline', name: `Kasa nr ${String(made)}` })).serialNumber);
    }
    const query = async (body: object, page = '') =>
      bodyOf(await client.call('POST', `/certificates/query${page}`, { body }));
    const found = async (body: object) =>
      (await query(body)).certificates.map(({ certificateSerialNumber }) => certificateSerialNumber);

    const first = await query({ type: 'Offline' });
    const second = await query({ type: 'Offline' }, '?pageOffset=1');
    expect([first.hasMore, second.hasMore]).toEqual([true, false]);
    expect([...first.certificates, ...second.certificates].map((one) => one.certificateSerialNumber)).toEqual(serials);
    expect(await found({ name: 'nr 11' })).toEqual([serials[0]]);
    expect(await found({ certificateSerialNumber: serials[4] })).toEqual([serials[4]]);
    expect(await found({ status: 'Revoked' })).toEqual([]);
    expect(await found({ expiresAfter: '2028-11-19T10:00:11Z' })).toEqual([]);
    expect(await found({ expiresAfter: '2028-11-19T10:00:10Z' })).toEqual([serials[0]]);
    expect(refusalOf(await client.call('POST', '/certificates/query?pageSize=51', { body: {} }))).toBe(21405);
    expect(refusalOf(await client.call('POST', '/certificates/query', { body: { expiresAfter: 'x' } }))).toBe(21405);

    const other = await loggedIn(simulator, OTHER);
    const theirs = bodyOf(await other.call('POST', '/certificates/query', { body: {} })).certificates;
    expect(theirs.map(({ name }) => name)).toEqual(['Latarnik test subject']);
    const stolen = await other.call('POST', '/certificates/retrieve', {
      body: { certificateSerialNumbers: serials.slice(0, 10) },
    });
    expect(bodyOf(stolen).certificates).toEqual([]);
    expect(
      refusalOf(await client.call('POST', '/certificates/retrieve', { body: { certificateSerialNumbers: serials } })),
    ).toBe(21405);
  });

  it('says when a certificate was last used, and when it has expired', async () => {
    const enrolled = await enrol(client);
    const row = async () =>
      bodyOf(await client.call('POST', '/certificates/query', { body: { name: 'Kasa' } })).certificates[0];
    expect(await row()).not.toHaveProperty('lastUseDate');

    clock.advance(60_000);
    await client.login(enrolled, nipContext(SELLER));
    expect(await row()).toMatchObject({ status: 'Active', lastUseDate: '2026-11-20T10:01:00.2500000+00:00' });

    clock.advance(731 * DAY_MS);
    await client.login(await simulator.issueCertificate({ type: 'Authentication', nip: SELLER }), nipContext(SELLER));
    expect(await row()).toMatchObject({ status: 'Expired' });
  });
});

describe('the end of a certificate', () => {
  it('comes by revocation: blocked at once, revoked a little later, no login from the first moment on', async () => {
    const enrolled = await enrol(client);
    simulator.state.settings.processingDelayMs = 5_000;
    const revoke = async (body?: object) =>
      client.call('POST', `/certificates/${enrolled.serialNumber}/revoke`, body === undefined ? {} : { body });
    const attempt = async () => {
      const document = new KsefClient(simulator);
      simulator.state.settings.processingDelayMs = 0;
      return (await document.login(enrolled, nipContext(SELLER))).body.status.details;
    };

    expect((await revoke({ revocationReason: 'KeyCompromise' })).status).toBe(204);
    expect(await statusOf(enrolled.serialNumber)).toBe('Blocked');
    expect(await attempt()).toEqual(['Certyfikat zawieszony']);
    expect(refusalOf(await revoke())).toBe(25009);
    clock.advance(5_000);
    expect(await statusOf(enrolled.serialNumber)).toBe('Revoked');
    expect(await attempt()).toEqual(['Certyfikat odwołany']);
    expect(refusalOf(await revoke())).toBe(25009);
    expect(simulator.state.register.find(enrolled.serialNumber)?.revocation?.reason).toBe('KeyCompromise');
    expect((await limits()).certificate.remaining).toBe(99);
  });

  it('needs no reason and no body, but the owner and a serial number that exists', async () => {
    const { serialNumber } = await enrol(client);
    const other = await loggedIn(simulator, OTHER);

    expect(refusalOf(await other.call('POST', `/certificates/${serialNumber}/revoke`))).toBe(25008);
    expect(refusalOf(await client.call('POST', '/certificates/0000000000000000/revoke'))).toBe(25008);
    expect(refusalOf(await client.call('POST', '/certificates/abc/revoke'))).toBe(21405);
    const wrong = { body: { revocationReason: 'Lost' } };
    expect(refusalOf(await client.call('POST', `/certificates/${serialNumber}/revoke`, wrong))).toBe(21405);
    expect((await client.call('POST', `/certificates/${serialNumber}/revoke`)).status).toBe(204);
  });

  it('can be moved forward as test data, not backward', async () => {
    const enrolled = await enrol(client);
    const move = async (validTo: string) =>
      client.call('PUT', `/testdata/certificates/${enrolled.serialNumber}`, { body: { validTo } });

    expect(refusalOf(await move('2029-01-01T00:00:00Z'))).toBe(21405);
    expect((await move('2026-11-20T10:00:01Z')).status).toBe(200);
    expect((await client.login(enrolled, nipContext(SELLER))).body.status.code).toBe(200);
    clock.advance(1_000);
    expect(await statusOf(enrolled.serialNumber)).toBe('Expired');
    expect((await client.login(enrolled, nipContext(SELLER))).body.status.details).toEqual(['Nieważny certyfikat']);
    expect(refusalOf(await client.call('POST', `/certificates/${enrolled.serialNumber}/revoke`))).toBe(25009);
  });
});

it('lets a certificate applied for under a fingerprint log in as that fingerprint', async () => {
  const own = await simulator.issueCertificate({ type: 'Authentication', nip: SELLER });
  const fingerprint = new X509Certificate(own.certificatePem).fingerprint256.replaceAll(':', '');
  simulator.state.permissions.grant(nipContext(SELLER), { type: 'Fingerprint', value: fingerprint }, ['InvoiceWrite']);
  const context = nipContext(SELLER);
  const byFingerprint = { ...own, context, subjectType: 'certificateFingerprint' } as const;
  await client.loginWith(signLoginDocument({ ...byFingerprint, challenge: await client.challenge() }));

  expect(await limits()).toMatchObject({ enrollment: { limit: 12 }, certificate: { limit: 6, remaining: 6 } });
  const enrolled = await enrol(client);
  await client.login(enrolled, context);

  expect(await limits()).toMatchObject({ enrollment: { remaining: 11 }, certificate: { remaining: 5 } });
  expect(simulator.state.register.find(enrolled.serialNumber)?.owner.value).toBe(fingerprint);
});
