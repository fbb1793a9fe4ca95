import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type CertificateName,
  type CertificateSerial,
  type EnrolmentReference,
  type EnrolmentRequest,
  KsefLoginError,
  KsefThrottledError,
  KsefUnreachableError,
  Temporal,
} from '@latarnik/domain';

import { access, noCertificate } from '../testing/fakes.js';
import { type AdapterUnderTest, adapterUnderTest, type Replacements, type Routes } from '../testing/ksef-double.js';
import { html, json, problem } from '../testing/local-server.js';

const LIMITS = 'GET /certificates/limits';
const DATA = 'GET /certificates/enrollments/data';
const ENROL = 'POST /certificates/enrollments';
const REFERENCE = '20261120-EH-1B6C9EB000-4B15D3AEB9-89' as EnrolmentReference;
const STATUS = `GET /certificates/enrollments/${REFERENCE}`;
const QUERY = 'POST /certificates/query';
const RETRIEVE = 'POST /certificates/retrieve';
const SERIAL = '018209160C631F1E' as CertificateSerial;
const REVOKE = `POST /certificates/${SERIAL}/revoke`;
const TIME = '2026-11-20T12:23:56.0154302+01:00';
const MOMENT = Temporal.Instant.from(TIME);

const request: EnrolmentRequest = {
  name: 'Kasa 1' as CertificateName,
  type: 'offline',
  csr: Uint8Array.from([0x30, 0x03, 0x02, 0x01, 0xff]),
};

let adapter: AdapterUnderTest;
afterEach(async () => {
  await adapter.close();
});

async function start(routes: Routes = {}, replacements: Replacements = {}) {
  adapter = await adapterUnderTest(routes, replacements);
  return adapter.certificates;
}

const sent = (path: string): unknown => {
  const found = adapter.server.requests.filter((one) => one.path === `/v2${path}`).at(-1);
  return found === undefined ? undefined : JSON.parse(found.body.toString());
};

/** A 410 as KSeF gives it. */
const gone = {
  status: 410,
  headers: { 'content-type': 'application/problem+json' },
  body: JSON.stringify({ title: 'Gone', status: 410, detail: 'Operacja wygasła.', instance: '/x', traceId: 'a' }),
};

const row = (serial: string, more: object = {}): object => ({
  certificateSerialNumber: serial,
  name: 'Kasa 1',
  type: 'Offline',
  commonName: 'Firma Kowalski',
  status: 'Active',
  subjectIdentifier: { type: 'Nip', value: '5265877635' },
  validFrom: '2026-11-20T10:00:00+00:00',
  validTo: '2028-11-19T10:00:00+00:00',
  lastUseDate: null,
  requestDate: TIME,
  ...more,
});

describe('limits and enrolment data', () => {
  it('are read as KSeF says them, without what it leaves empty', async () => {
    const certificates = await start({
      [LIMITS]: json(200, {
        canRequest: true,
        enrollment: { remaining: 299, limit: 300 },
        certificate: { remaining: 99, limit: 100 },
      }),
      [DATA]: json(200, { commonName: 'Firma Kowalski', countryName: 'PL', givenName: null, serialNumber: 'ABC' }),
    });

    expect(await certificates.limits(access)).toEqual({
      canRequest: true,
      enrolments: { limit: 300, remaining: 299 },
      certificates: { limit: 100, remaining: 99 },
    });
    expect(await certificates.enrolmentData(access)).toEqual({
      ok: true,
      value: { commonName: 'Firma Kowalski', countryName: 'PL', serialNumber: 'ABC' },
    });
    expect(adapter.server.requests.at(-1)?.headers.authorization).toMatch(/^Bearer access-secret/);
  });

  it('are refused by name when this login has no data', async () => {
    const certificates = await start({ [DATA]: problem(25001, 'Brak możliwości pobrania danych do CSR.') });

    expect(await certificates.enrolmentData(access)).toEqual({
      ok: false,
      error: {
        code: 'ENROLMENT_DATA_UNAVAILABLE',
        ksefCode: 25001,
        description: '25001 Brak możliwości pobrania danych do CSR.',
      },
    });
  });

  it.each([
    ['HTML', html(200), KsefUnreachableError],
    ['a shape of another kind', json(200, { canRequest: 'yes' }), KsefUnreachableError],
    [
      'a limit below zero',
      json(200, { canRequest: true, enrollment: { limit: 1, remaining: -1 } }),
      KsefUnreachableError,
    ],
    ['a refusal', problem(21405, 'Błąd walidacji.'), KsefUnreachableError],
    ['429', { ...json(429, {}), headers: { 'retry-after': '7' } }, KsefThrottledError],
    ['a reset', 'reset' as const, KsefUnreachableError],
  ])('throw on %s: a read is simply repeated', async (_name, reply, error) => {
    const certificates = await start({ [LIMITS]: reply, [DATA]: reply });

    await expect(certificates.limits(access)).rejects.toThrow(error);
    await expect(certificates.enrolmentData(access)).rejects.toThrow(error);
  });
});

describe('applying', () => {
  const taken = json(202, { referenceNumber: REFERENCE, timestamp: TIME });

  it('sends name, type, request and start, and returns the reference', async () => {
    const certificates = await start({ [ENROL]: taken });
    const validFrom = Temporal.Instant.from('2026-12-01T00:00:00Z');

    expect(await certificates.enrol(access, { ...request, validFrom })).toEqual({
      outcome: 'done',
      value: { reference: REFERENCE, requestedAt: MOMENT },
    });
    expect(sent('/certificates/enrollments')).toEqual({
      certificateName: 'Kasa 1',
      certificateType: 'Offline',
      csr: 'MAMCAf8=',
      validFrom: '2026-12-01T00:00:00Z',
    });
    await certificates.enrol(access, { ...request, type: 'authentication' });
    expect(sent('/certificates/enrollments')).toEqual({
      certificateName: 'Kasa 1',
      certificateType: 'Authentication',
      csr: 'MAMCAf8=',
    });
  });

  it.each([
    [25002, 'ENROLMENT_NOT_ALLOWED'],
    [25003, 'CSR_SUBJECT_DIFFERS'],
    [25004, 'CSR_UNREADABLE'],
    [25006, 'ENROLMENT_LIMIT_REACHED'],
    [25007, 'CERTIFICATE_LIMIT_REACHED'],
    [25010, 'KEY_NOT_ALLOWED'],
    [25011, 'CSR_SIGNATURE_NOT_ALLOWED'],
  ])('refused with %d has failed as %s', async (ksefCode, code) => {
    const certificates = await start({ [ENROL]: problem(ksefCode, 'Nie.') });

    expect(await certificates.enrol(access, request)).toEqual({
      outcome: 'failed',
      error: { code, ksefCode, description: `${String(ksefCode)} Nie.` },
    });
  });

  it('refused for anything else has failed in KSeF’s words', async () => {
    const certificates = await start({ [ENROL]: problem(21405, 'Błąd walidacji.', ['certificateName']) });

    expect(await certificates.enrol(access, request)).toMatchObject({
      outcome: 'failed',
      error: { code: 'KSEF_REFUSED', ksefCode: 21405, httpStatus: 400 },
    });
  });

  it.each([
    ['HTML with 202', html(202)],
    ['500', json(500, {})],
    ['a reset', 'reset' as const],
    ['a reset in the middle', 'reset-mid-answer' as const],
    ['a reference that is none', json(202, { referenceNumber: '../x', timestamp: TIME })],
  ])('answered with %s is unknown, and sent once', async (_name, reply) => {
    const certificates = await start({ [ENROL]: reply });

    expect(await certificates.enrol(access, request)).toMatchObject({ outcome: 'unknown' });
    expect(adapter.calls('POST', '/v2/certificates/enrollments')).toBe(1);
  });

  it('throws when KSeF asks to wait, and when there is no login', async () => {
    const throttled = await start({ [ENROL]: { ...json(429, {}), headers: { 'retry-after': '30' } } });
    await expect(throttled.enrol(access, request)).rejects.toMatchObject({ retryAfterSeconds: 30 });
    await adapter.close();

    const loginless = await start({ [ENROL]: taken }, { certificates: noCertificate });
    await expect(loginless.enrol(access, request)).rejects.toThrow(KsefLoginError);
    expect(adapter.calls('POST', '/v2/certificates/enrollments')).toBe(0);
  });

  it('is unknown, and not sent, when the login cannot be reached', async () => {
    const certificates = await start({ [ENROL]: taken, 'POST /auth/challenge': html(503) });

    expect(await certificates.enrol(access, request)).toMatchObject({
      outcome: 'unknown',
      cause: expect.stringContaining('not sent') as unknown,
    });
    expect(adapter.calls('POST', '/v2/certificates/enrollments')).toBe(0);
  });
});

describe('the status of an application', () => {
  const status = (code: number, more: object = {}, details?: readonly string[]) =>
    json(200, { requestDate: TIME, status: { code, description: 'Opis', ...(details && { details }) }, ...more });

  it.each([
    ['under way', status(100), { state: 'processing' }],
    [
      'granted',
      status(200, { certificateSerialNumber: SERIAL }),
      { state: 'issued', serial: SERIAL, requestedAt: MOMENT },
    ],
    ['rejected', status(400, {}, ['Klucz.']), { state: 'rejected', description: 'Opis', details: ['Klucz.'] }],
    ['broken', status(500), { state: 'failed', ksefCode: 500, description: 'Opis', details: [] }],
    ['cancelled', status(550, {}, ['x']), { state: 'failed', ksefCode: 550, description: 'Opis', details: ['x'] }],
    ['not known', problem(25005, 'Nie istnieje.'), { state: 'unknown-reference' }],
    ['past its time', gone, { state: 'forgotten' }],
  ])('can be: %s', async (_name, reply, expected) => {
    const certificates = await start({ [STATUS]: reply });

    expect(await certificates.enrolmentStatus(access, REFERENCE)).toEqual(expected);
  });

  it.each([
    ['granted without a serial number', status(200)],
    ['with a serial number of another form', status(200, { certificateSerialNumber: '018209160c631f1e' })],
  ])('is not believed when it is %s', async (_name, reply) => {
    const certificates = await start({ [STATUS]: reply });

    await expect(certificates.enrolmentStatus(access, REFERENCE)).rejects.toThrow(KsefUnreachableError);
    expect(adapter.events).toMatchObject([{ code: 'ANSWER_OUTSIDE_CONTRACT' }]);
  });
});

describe('the list', () => {
  it('is read page by page, each certificate once', async () => {
    const serials = ['A', 'B', 'C'].map((letter) => letter.repeat(16));
    const certificates = await start({
      [QUERY]: [
        json(200, { certificates: [row(serials[0]!), row(serials[1]!)], hasMore: true }),
        json(200, {
          certificates: [
            row(serials[1]!),
            row(serials[2]!, { type: 'Authentication', status: 'Blocked', lastUseDate: TIME }),
          ],
          hasMore: false,
        }),
      ],
    });

    const list = await certificates.list(access);

    expect(list.map(({ serial }) => serial)).toEqual(serials);
    expect(list[0]).toEqual({
      serial: serials[0],
      name: 'Kasa 1',
      type: 'offline',
      state: 'active',
      commonName: 'Firma Kowalski',
      subject: { type: 'Nip', value: '5265877635' },
      notBefore: Temporal.Instant.from('2026-11-20T10:00:00Z'),
      notAfter: Temporal.Instant.from('2028-11-19T10:00:00Z'),
      requestedAt: MOMENT,
    });
    expect(list[2]).toMatchObject({ type: 'authentication', state: 'blocked', lastUsedAt: MOMENT });
    expect(adapter.server.requests.slice(-2).map(({ path }) => path)).toEqual([
      '/v2/certificates/query?pageSize=50&pageOffset=0',
      '/v2/certificates/query?pageSize=50&pageOffset=1',
    ]);
  });

  it('that never ends, or has a row outside the contract, is no list', async () => {
    const endless = await start({ [QUERY]: json(200, { certificates: [row('A'.repeat(16))], hasMore: true }) });
    await expect(endless.list(access)).rejects.toThrow('no end after 40 pages');
    await adapter.close();

    const odd = await start({
      [QUERY]: json(200, { certificates: [row('A'.repeat(16), { status: 'Suspended' })], hasMore: false }),
    });
    await expect(odd.list(access)).rejects.toThrow('certificates.0.status');
  });
});

describe('fetching certificates', () => {
  const retrieved = (...rows: readonly object[]) => json(200, { certificates: rows });
  const badRow = (more: object = {}) => ({
    certificate: 'MAA=',
    certificateName: 'Kasa 1',
    certificateSerialNumber: SERIAL,
    certificateType: 'Offline',
    ...more,
  });

  it('asks for ten at a time, each once', async () => {
    const certificates = await start({ [RETRIEVE]: retrieved() });
    const serials = Array.from({ length: 12 }, (_, at) => String(at).padStart(16, '0') as CertificateSerial);

    expect(await certificates.retrieve(access, [...serials, ...serials])).toEqual([]);
    const asked = adapter.server.requests
      .filter(({ path }) => path === '/v2/certificates/retrieve')
      .map(
        ({ body }) => (JSON.parse(body.toString()) as { certificateSerialNumbers: string[] }).certificateSerialNumbers,
      );
    expect(asked).toEqual([serials.slice(0, 10), serials.slice(10)]);
    expect(await certificates.retrieve(access, [])).toEqual([]);
    expect(adapter.calls('POST', '/v2/certificates/retrieve')).toBe(2);
  });

  it.each([
    ['what is no certificate', badRow()],
    ['what is not Base64', badRow({ certificate: '***' })],
    ['one of no serial number', badRow({ certificateSerialNumber: undefined })],
  ])('does not believe %s', async (_name, odd) => {
    const certificates = await start({ [RETRIEVE]: retrieved(odd) });

    await expect(certificates.retrieve(access, [SERIAL])).rejects.toThrow(KsefUnreachableError);
  });
});

describe('revoking', () => {
  it('sends the reason', async () => {
    const certificates = await start({ [REVOKE]: { status: 204 } });

    expect(await certificates.revoke(access, SERIAL, 'key-compromise')).toEqual({ outcome: 'done', value: undefined });
    expect(sent(`/certificates/${SERIAL}/revoke`)).toEqual({ revocationReason: 'KeyCompromise' });
  });

  it.each([
    [25008, 'CERTIFICATE_UNKNOWN'],
    [25009, 'CERTIFICATE_NOT_ACTIVE'],
  ])('refused with %d has failed as %s', async (ksefCode, code) => {
    const certificates = await start({ [REVOKE]: problem(ksefCode, 'Nie.') });

    expect(await certificates.revoke(access, SERIAL, 'superseded')).toMatchObject({
      outcome: 'failed',
      error: { code, ksefCode },
    });
  });

  it('is unknown when the answer does not come, or is not the one of the contract', async () => {
    const certificates = await start({ [REVOKE]: ['reset', json(200, {})] });

    expect(await certificates.revoke(access, SERIAL, 'unspecified')).toMatchObject({ outcome: 'unknown' });
    expect(await certificates.revoke(access, SERIAL, 'unspecified')).toMatchObject({ outcome: 'unknown' });
  });
});
