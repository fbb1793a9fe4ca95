import { createDecipheriv, privateDecrypt } from 'node:crypto';

import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type Attempt,
  FA3,
  type InteractiveSession,
  type InvoiceReference,
  type KsefCallRefusal,
  KsefLoginError,
  KsefThrottledError,
  KsefUnreachableError,
  type SessionReference,
} from '@latarnik/domain';

import { access, hashOfBytes, noCertificate, sha256 } from '../testing/fakes.js';
import {
  type AdapterUnderTest,
  adapterUnderTest,
  INVOICE,
  LOGIN_REFERENCE,
  type Replacements,
  type Routes,
  SESSION,
} from '../testing/ksef-double.js';
import { html, json, problem, type Reply } from '../testing/local-server.js';
import { ministryKey } from '../testing/ministry-key.js';

const OPEN = 'POST /sessions/online';
const POST = `POST /sessions/online/${SESSION}/invoices`;
const CLOSE = `POST /sessions/online/${SESSION}/close`;
const opened = json(201, { referenceNumber: SESSION, validUntil: '2026-11-20T22:00:00+00:00' });
const unauthorised = json(401, { title: 'Unauthorized', status: 401, detail: 'Wymagane jest uwierzytelnienie.' });
const invoice = Buffer.from('<Faktura>zażółć gęślą jaźń</Faktura>');
const hash = hashOfBytes(invoice);

let adapter: AdapterUnderTest;
afterEach(async () => {
  await adapter.close();
});

async function start(routes: Routes = {}, replacements: Replacements = {}): Promise<void> {
  adapter = await adapterUnderTest(
    { [OPEN]: opened, [POST]: json(202, { referenceNumber: INVOICE }), [CLOSE]: { status: 204 }, ...routes },
    replacements,
  );
}

const open = (): Promise<Attempt<InteractiveSession, KsefCallRefusal>> => adapter.interactive.open(access, FA3);

async function openSession(): Promise<InteractiveSession> {
  const attempt = await open();
  if (attempt.outcome !== 'done') throw new Error(JSON.stringify(attempt));
  return attempt.value;
}

async function post(reply: Routes[string]): Promise<Attempt<InvoiceReference, KsefCallRefusal>> {
  await start({ [POST]: reply });
  return (await openSession()).post(invoice, hash, false);
}

interface SentBody {
  readonly formCode: object;
  readonly encryption: {
    readonly encryptedSymmetricKey: string;
    readonly initializationVector: string;
    readonly publicKeyId: string;
  };
  readonly encryptedInvoiceContent: string;
}

function bodyOf(path: string): SentBody {
  const request = adapter.server.requests.findLast((seen) => seen.path === `/v2${path}`);
  return JSON.parse(request?.body.toString() ?? '') as SentBody;
}

function unwrapKey({ encryption }: SentBody): Buffer {
  const wrapped = Buffer.from(encryption.encryptedSymmetricKey, 'base64');
  return privateDecrypt({ key: adapter.key.privateKeyPem, oaepHash: 'sha256' }, wrapped);
}

describe('an interactive session', () => {
  it('declares the form and a fresh key, and sends the invoice encrypted with it', async () => {
    await start();
    const session = await openSession();
    const posted = await session.post(invoice, hash, true);

    expect(session.reference).toBe(SESSION);
    expect(posted).toEqual({ outcome: 'done', value: INVOICE });
    const declaration = bodyOf('/sessions/online');
    const { formCode, encryption } = declaration;
    expect(formCode).toEqual({ systemCode: 'FA (3)', schemaVersion: '1-0E', value: 'FA' });
    expect(encryption.publicKeyId).toBe(adapter.key.dto.publicKeyId);
    const key = unwrapKey(declaration);
    expect(key).toHaveLength(32);

    const { encryptedInvoiceContent, ...declared } = bodyOf(`/sessions/online/${SESSION}/invoices`);
    const encrypted = Buffer.from(encryptedInvoiceContent, 'base64');
    expect(declared).toEqual({
      invoiceHash: sha256(invoice),
      invoiceSize: invoice.length,
      encryptedInvoiceHash: sha256(encrypted),
      encryptedInvoiceSize: encrypted.length,
      offlineMode: true,
    });
    const decipher = createDecipheriv('aes-256-cbc', key, Buffer.from(encryption.initializationVector, 'base64'));
    expect(Buffer.concat([decipher.update(encrypted), decipher.final()]).equals(invoice)).toBe(true);
  });

  it('names the document that a technical correction replaces, on an offline invoice only', async () => {
    await start();
    const session = await openSession();
    const corrected = hashOfBytes(Buffer.from('<Faktura>as the buyer holds it</Faktura>'));
    expect((await session.post(invoice, hash, true, corrected)).outcome).toBe('done');
    expect(bodyOf(`/sessions/online/${SESSION}/invoices`)).toMatchObject({
      offlineMode: true,
      hashOfCorrectedInvoice: Buffer.from(corrected).toString('base64'),
    });
    await expect(session.post(invoice, hash, false, corrected)).rejects.toThrow('only an offline invoice');
    expect(adapter.calls('POST', `/v2/sessions/online/${SESSION}/invoices`)).toBe(1);
  });

  it('tells until when it lasts, and takes nothing once its key is forgotten', async () => {
    await start();
    const session = await openSession();
    expect(session.validUntil.toString()).toBe('2026-11-20T22:00:00Z');
    session.forget();
    await expect(session.post(invoice, hash, false)).rejects.toThrow('posting after close');
    await session.close();
    expect(adapter.calls('POST', `/v2/sessions/online/${SESSION}/close`)).toBe(1);
    expect(adapter.calls('POST', `/v2/sessions/online/${SESSION}/invoices`)).toBe(0);
  });

  it('never uses a key or an initialization vector twice', async () => {
    await start();
    const declared: SentBody[] = [];
    for (let at = 0; at < 5; at += 1) {
      await openSession();
      declared.push(bodyOf('/sessions/online'));
    }
    expect(new Set(declared.map(({ encryption }) => encryption.initializationVector)).size).toBe(5);
    const keys = declared.map((body) => unwrapKey(body).toString('hex'));
    expect(new Set(keys).size).toBe(5);
  });

  it('is opened once more with a fresh key list when KSeF has withdrawn the key (21470)', async () => {
    await start({ [OPEN]: [problem(21470, 'Klucz wycofany.'), opened] });
    const before = adapter.key.dto.publicKeyId;
    const other = await ministryKey('2026-06-01T00:00:00+00:00');
    adapter.route({
      'GET /security/public-key-certificates': [json(200, [adapter.key.dto]), json(200, [other.dto])],
    });

    expect((await open()).outcome).toBe('done');
    expect(bodyOf('/sessions/online').encryption.publicKeyId).toBe(other.dto.publicKeyId);
    expect(adapter.events).toContainEqual({
      code: 'PUBLIC_KEY_CHANGED',
      publicKeyId: other.dto.publicKeyId,
      previousPublicKeyId: before,
    });
  });

  it('that KSeF refuses to open is a definite no with its code', async () => {
    await start({
      [OPEN]: problem(21405, 'Błąd walidacji danych wejściowych.', ['Wskazany kod formularza nie jest wspierany.']),
    });
    expect(await open()).toEqual({
      outcome: 'failed',
      error: {
        code: 'KSEF_REFUSED',
        httpStatus: 400,
        ksefCode: 21405,
        description: '21405 Błąd walidacji danych wejściowych. Wskazany kod formularza nie jest wspierany.',
      },
    });
  });

  it.each([
    ['HTML with 201', html(201)],
    ['a body without reference', json(201, { validUntil: '2026-11-20T22:00:00+00:00' })],
    ['an error of the server', json(500, {})],
    ['a redirect', { status: 302, headers: { location: 'https://example.com/' } }],
    ['a reset', 'reset' as const],
    ['an answer cut off', 'reset-mid-answer' as const],
    ['HTML with 403', html(403)],
  ])('is not known to be open after %s', async (_name, reply) => {
    await start({ [OPEN]: reply });
    expect((await open()).outcome).toBe('unknown');
  });

  it('is not opened without login, and says why', async () => {
    await start({ 'POST /auth/challenge': html(503) });
    expect((await open()).outcome).toBe('unknown');

    adapter.route({ 'POST /auth/challenge': json(429, {}, { 'retry-after': '5' }) });
    expect(await open()).toMatchObject({ outcome: 'failed', error: { httpStatus: 429 } });
    await adapter.close();

    await start({}, { certificates: noCertificate });
    await expect(open()).rejects.toThrow(KsefLoginError);
  });
});

describe('posting an invoice', () => {
  it('refuses bytes that do not have the hash, and sends nothing', async () => {
    await start();
    const session = await openSession();
    await expect(session.post(Buffer.from('<other/>'), hash, false)).rejects.toThrow('bytes and hash differ');
    expect(adapter.calls('POST', `/v2/sessions/online/${SESSION}/invoices`)).toBe(0);
  });

  it.each([
    [problem(21180, 'Status sesji nie pozwala na wykonanie operacji.'), 400, 21180],
    [
      json(403, { title: 'Forbidden', status: 403, detail: 'Brak uprawnień.', reasonCode: 'missing-permissions' }),
      403,
      undefined,
    ],
    [json(429, {}, { 'retry-after': '30' }), 429, undefined],
  ] satisfies [Reply, number, number | undefined][])(
    'is a definite no when KSeF says so (case %#)',
    async (reply, httpStatus, ksefCode) => {
      const attempt = await post(reply);
      expect(attempt).toMatchObject({ outcome: 'failed', error: { code: 'KSEF_REFUSED', httpStatus } });
      expect(attempt).toHaveProperty('error.description', expect.stringMatching(/[a-z]/));
      if (ksefCode !== undefined) expect(attempt).toMatchObject({ error: { ksefCode } });
    },
  );

  it.each([
    ['HTML with 202', html(202)],
    [
      'JSON cut off',
      { status: 202, headers: { 'content-type': 'application/json' }, body: '{"referenceNumber":"2026' },
    ],
    ['a reference that is none', json(202, { referenceNumber: '../../evil' })],
    ['a redirect', { status: 307, headers: { location: 'https://example.com/' } }],
    ['408', json(408, { title: 'Request Timeout', status: 408 })],
    ['502 with HTML', html(502)],
    ['a 400 that KSeF did not write', html(400)],
    ['a reset', 'reset' as const],
    ['an answer cut off', 'reset-mid-answer' as const],
  ])('leaves it unknown after %s', async (_name, reply) => {
    expect((await post(reply)).outcome).toBe('unknown');
  });

  it('leaves it unknown when no answer comes in time', async () => {
    await start({ [POST]: 'silence' }, { options: { callTimeoutMs: 150 } });
    const session = await openSession();
    expect(await session.post(invoice, hash, false)).toEqual({ outcome: 'unknown', cause: 'no answer in time' });
  });

  it('is surely not sent when nobody listens', async () => {
    await start();
    const session = await openSession();
    await adapter.server.close();

    expect(await session.post(invoice, hash, false)).toEqual({
      outcome: 'failed',
      error: { code: 'KSEF_REFUSED', httpStatus: 0, description: 'not sent: ECONNREFUSED' },
    });
    await start();
  });

  it('is made once more with a refreshed token after 401', async () => {
    const attempt = await post([unauthorised, json(202, { referenceNumber: INVOICE })]);
    expect(attempt).toEqual({ outcome: 'done', value: INVOICE });
    expect(adapter.calls('POST', '/v2/auth/challenge')).toBe(1);
    expect(adapter.calls('POST', '/v2/auth/token/refresh')).toBe(1);
  });

  it('is refused, not unknown, when the fresh login after 401 is refused too', async () => {
    await start({ [POST]: unauthorised });
    const session = await openSession();
    adapter.route({ 'POST /auth/xades-signature': problem(21115, 'Nieprawidłowy certyfikat.') });

    expect(await session.post(invoice, hash, false)).toEqual({
      outcome: 'failed',
      error: {
        code: 'KSEF_REFUSED',
        httpStatus: 401,
        description: 'KSeF refused the login: 21115 Nieprawidłowy certyfikat.',
      },
    });
  });
});

describe('closing a session', () => {
  it('is done once, and nothing can be posted after it', async () => {
    await start();
    const session = await openSession();
    await session.close();
    await session.close();

    expect(adapter.calls('POST', `/v2/sessions/online/${SESSION}/close`)).toBe(1);
    await expect(session.post(invoice, hash, false)).rejects.toThrow('posting after close');
  });

  it('never throws, and reports a session that stays open', async () => {
    await start({ [CLOSE]: [html(502), { status: 204 }] });
    const session = await openSession();
    await session.close();
    expect(adapter.events).toContainEqual({
      code: 'SESSION_CLOSE_FAILED',
      session: SESSION,
      reason: 'HTTP 502: no answer to rely on',
    });
    await session.close();
    expect(adapter.calls('POST', `/v2/sessions/online/${SESSION}/close`)).toBe(2);
  });

  it('is given up in 5 seconds, however long other calls may take', async () => {
    await start({ [CLOSE]: 'silence' }, { options: { callTimeoutMs: 120_000 } });
    const session = await openSession();
    await session.close();
    expect(adapter.events).toEqual([{ code: 'SESSION_CLOSE_FAILED', session: SESSION, reason: 'no answer in time' }]);
  }, 30_000);

  it('is given up in the time of one call, even when it needs a login that takes longer', async () => {
    await start({ [CLOSE]: unauthorised }, { options: { callTimeoutMs: 1_000, loginTimeoutMs: 120_000 } });
    const session = await openSession();
    adapter.route({ [`GET /auth/${LOGIN_REFERENCE}`]: json(200, { status: { code: 100, description: 'W toku' } }) });
    await session.close();
    expect(adapter.events).toEqual([{ code: 'SESSION_CLOSE_FAILED', session: SESSION, reason: 'no answer in time' }]);
  });

  it('of a dead opener succeeds when it is closed already, and says when it could not be asked', async () => {
    const reference = SESSION as SessionReference;
    await start({
      [CLOSE]: [
        problem(21180, 'Status sesji nie pozwala.'),
        json(429, {}, { 'retry-after': '9' }),
        html(200),
        problem(21173, 'Brak sesji.'),
      ],
    });
    await adapter.interactive.close(access, reference);
    await expect(adapter.interactive.close(access, reference)).rejects.toThrow(KsefThrottledError);
    await expect(adapter.interactive.close(access, reference)).rejects.toThrow(KsefUnreachableError);
    await expect(adapter.interactive.close(access, reference)).rejects.toThrow('21173 Brak sesji.');
  });
});
