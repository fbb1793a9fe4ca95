import { inspect } from 'node:util';

import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type KsefAccess,
  KsefLoginError,
  KsefThrottledError,
  KsefUnreachableError,
  type SessionReference,
  SignerUnavailableError,
  type TenantId,
} from '@latarnik/domain';

import { access, noCertificate } from '../testing/fakes.js';
import {
  type AdapterUnderTest,
  adapterUnderTest,
  LOGIN_REFERENCE,
  type Replacements,
  type Routes,
  SESSION,
} from '../testing/ksef-double.js';
import { html, json, problem } from '../testing/local-server.js';
import { BearerToken } from './bearer-token.js';

const session = SESSION as SessionReference;
const STATUS_PATH = `GET /sessions/${SESSION}`;
const openSession = json(200, { status: { code: 100, description: 'Sesja wsadowa rozpoczęta' } });
const unauthorised = json(401, { title: 'Unauthorized', status: 401, detail: 'Wymagane jest uwierzytelnienie.' });

let adapter: AdapterUnderTest;
afterEach(async () => {
  await adapter.close();
});

async function start(routes: Routes = {}, replacements: Replacements = {}): Promise<void> {
  adapter = await adapterUnderTest({ [STATUS_PATH]: openSession, ...routes }, replacements);
}

const bearers = (): readonly (string | undefined)[] =>
  adapter.server.requests
    .filter(({ path }) => path === `/v2/sessions/${SESSION}`)
    .map(({ headers }) => headers.authorization);

const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => new Error('no failure'),
    (error: unknown) => error,
  );

describe('a login', () => {
  it('sends the signed challenge, asks for the verdict with the operation token, and redeems the tokens', async () => {
    await start();
    await adapter.reader.status(access, session);

    const steps = adapter.server.requests.map(({ method, path, headers, body }) => [
      `${method} ${path}`,
      headers.authorization?.replace(/[0-9]+$/, 'n'),
      headers['content-type'],
      body.toString(),
    ]);
    expect(steps).toEqual([
      ['POST /v2/auth/challenge', undefined, undefined, ''],
      [
        'POST /v2/auth/xades-signature',
        undefined,
        'application/xml',
        '<AuthTokenRequest><Challenge>20261120-CR-226FB7B000-3ACF9BE4C0-10</Challenge></AuthTokenRequest>',
      ],
      [`GET /v2/auth/${LOGIN_REFERENCE}`, 'Bearer authentication-secret-n', undefined, ''],
      ['POST /v2/auth/token/redeem', 'Bearer authentication-secret-n', undefined, ''],
      [`GET /v2/sessions/${SESSION}`, 'Bearer access-secret-n', undefined, ''],
    ]);
    expect(adapter.server.requests.every(({ headers }) => headers['x-error-format'] === 'problem-details')).toBe(true);
  });

  it('waits while KSeF decides', async () => {
    const undecided = json(200, { status: { code: 100, description: 'Uwierzytelnianie w toku' } });
    const decided = json(200, { status: { code: 200, description: 'Sukces' } });
    await start({ [`GET /auth/${LOGIN_REFERENCE}`]: [undecided, undecided, undecided, decided] });

    expect(await adapter.reader.status(access, session)).toMatchObject({ code: 100 });
    expect(adapter.calls('GET', `/v2/auth/${LOGIN_REFERENCE}`)).toBe(4);
  });

  it('gives up when KSeF does not decide in time', async () => {
    const undecided = json(200, { status: { code: 100, description: 'Uwierzytelnianie w toku' } });
    await start({ [`GET /auth/${LOGIN_REFERENCE}`]: undecided }, { options: { loginTimeoutMs: 20 } });

    expect(await failure(adapter.reader.status(access, session))).toMatchObject({
      name: 'KsefUnreachableError',
      message: 'the login was not decided in time',
    });
  });

  it('is made once for all who ask at the same time, per tenant and context', async () => {
    await start();
    const other: KsefAccess = { ...access, tenant: 'tenant-b' as TenantId };
    await Promise.all([
      ...Array.from({ length: 8 }, () => adapter.reader.status(access, session)),
      adapter.reader.status(other, session),
    ]);

    expect(adapter.calls('POST', '/v2/auth/challenge')).toBe(2);
    expect(adapter.calls('POST', '/v2/auth/token/redeem')).toBe(2);
    expect(new Set(bearers()).size).toBe(2);
  });

  it.each([
    [415, 'Uwierzytelnianie zakończone niepowodzeniem', ['Brak przypisanych uprawnień']],
    [425, 'Uwierzytelnienie unieważnione', []],
    [
      450,
      'Uwierzytelnianie zakończone niepowodzeniem z powodu błędnego tokenu',
      ['Nieprawidłowe wyzwanie autoryzacyjne'],
    ],
    [460, 'Uwierzytelnianie zakończone niepowodzeniem z powodu błędu certyfikatu', ['Certyfikat odwołany']],
    [470, 'Uwierzytelnianie zakończone niepowodzeniem', ['Próba wykorzystania metod autoryzacyjnych osoby zmarłej']],
    [480, 'Uwierzytelnienie zablokowane', ['Podejrzenie incydentu bezpieczeństwa.']],
  ])('refused with status %i is an error in the words of KSeF', async (code, description, details) => {
    await start({ [`GET /auth/${LOGIN_REFERENCE}`]: json(200, { status: { code, description, details } }) });
    const error = await failure(adapter.reader.status(access, session));

    expect(error).toBeInstanceOf(KsefLoginError);
    expect(error).toMatchObject({
      code: 'LOGIN_REFUSED',
      message: ['KSeF refused the login', `${String(code)} ${description}`, ...details].join(': '),
    });
    expect(bearers()).toEqual([]);
  });

  it.each([500, 550])('ended by KSeF itself with status %i may be repeated', async (code) => {
    await start({ [`GET /auth/${LOGIN_REFERENCE}`]: json(200, { status: { code, description: 'Nieznany błąd' } }) });
    expect(await failure(adapter.reader.status(access, session))).toBeInstanceOf(KsefUnreachableError);
  });

  it('refused at once, in either error shape, is an error in the words of KSeF', async () => {
    await start({
      'POST /auth/xades-signature': [
        problem(9105, 'Nieprawidłowy podpis.'),
        json(400, {
          exception: {
            exceptionDetailList: [{ exceptionCode: 21115, exceptionDescription: 'Nieprawidłowy certyfikat.' }],
          },
        }),
      ],
    });
    for (const words of ['9105 Nieprawidłowy podpis.', '21115 Nieprawidłowy certyfikat.']) {
      expect(await failure(adapter.reader.status(access, session))).toMatchObject({
        name: 'KsefLoginError',
        code: 'LOGIN_REFUSED',
        message: `KSeF refused the login: ${words}`,
      });
    }
  });

  it('without a certificate calls nobody', async () => {
    await start({}, { certificates: noCertificate });
    const error = await failure(adapter.reader.status(access, session));

    expect(error).toMatchObject({ name: 'KsefLoginError', code: 'NO_AUTHENTICATION_CERTIFICATE' });
    expect(adapter.server.requests).toEqual([]);
  });

  it('whose key cannot be used now may be repeated', async () => {
    const signer = { signAuthTokenRequest: () => Promise.reject(new SignerUnavailableError('HSM is away')) };
    await start({}, { signer });
    expect(await failure(adapter.reader.status(access, session))).toBeInstanceOf(KsefUnreachableError);
  });

  it.each([
    ['HTML with 200', html(200)],
    [
      'a token that would break a header',
      json(200, { accessToken: { token: 'a\r\nb', validUntil: '2026-11-20T11:00:00Z' } }),
    ],
    ['an error of the server', html(503)],
    ['a reset in the middle of the answer', 'reset-mid-answer' as const],
  ])('is not believed when its tokens come as %s', async (_name, reply) => {
    await start({ 'POST /auth/token/redeem': reply });
    expect(await failure(adapter.reader.status(access, session))).toBeInstanceOf(KsefUnreachableError);
    expect(bearers()).toEqual([]);
  });

  it('passes on a limit with the time to wait', async () => {
    await start({ 'POST /auth/challenge': json(429, { status: { code: 429 } }, { 'retry-after': '17' }) });
    const error = await failure(adapter.reader.status(access, session));

    expect(error).toBeInstanceOf(KsefThrottledError);
    expect(error).toMatchObject({ retryAfterSeconds: 17 });
  });

  it('is tried anew by the next call after it failed', async () => {
    await start({ 'POST /auth/challenge': html(503) });
    await failure(adapter.reader.status(access, session));
    adapter.route({
      'POST /auth/challenge': json(200, { challenge: '20261120-CR-226FB7B000-3ACF9BE4C0-11' }),
    });
    expect(await adapter.reader.status(access, session)).toMatchObject({ code: 100 });
  });
});

describe('an access token', () => {
  it('is used until a minute before its end, then refreshed without a new login', async () => {
    await start();
    await adapter.reader.status(access, session);
    adapter.clock.advance({ minutes: 13, seconds: 59 });
    await adapter.reader.status(access, session);
    expect(new Set(bearers()).size).toBe(1);

    adapter.clock.advance({ seconds: 1 });
    await Promise.all([adapter.reader.status(access, session), adapter.reader.status(access, session)]);

    expect(adapter.calls('POST', '/v2/auth/token/refresh')).toBe(1);
    expect(adapter.calls('POST', '/v2/auth/challenge')).toBe(1);
    expect(
      bearers()
        .slice(2)
        .every((bearer) => bearer?.startsWith('Bearer refreshed-')),
    ).toBe(true);
    const refresh = adapter.server.requests.find(({ path }) => path === '/v2/auth/token/refresh');
    expect(refresh?.headers.authorization).toMatch(/^Bearer refresh-secret-/);
  });

  it('is replaced by a new login when KSeF does not refresh it, or its refresh token is at its end', async () => {
    await start({ 'POST /auth/token/refresh': problem(21301, 'Brak autoryzacji.') });
    await adapter.reader.status(access, session);
    adapter.clock.advance({ minutes: 20 });
    await adapter.reader.status(access, session);
    expect(adapter.calls('POST', '/v2/auth/challenge')).toBe(2);

    adapter.clock.advance({ hours: 8 * 24 });
    await adapter.reader.status(access, session);
    expect(adapter.calls('POST', '/v2/auth/challenge')).toBe(3);
    expect(adapter.calls('POST', '/v2/auth/token/refresh')).toBe(1);
  });

  it('refused with 401 is refreshed without a new login, and the call is made once more', async () => {
    await start({ [STATUS_PATH]: [unauthorised, openSession] });

    expect(await adapter.reader.status(access, session)).toMatchObject({ code: 100 });
    expect(adapter.calls('POST', '/v2/auth/challenge')).toBe(1);
    expect(bearers().map((bearer) => bearer?.replace(/[0-9]+$/, 'n'))).toEqual([
      'Bearer access-secret-n',
      'Bearer refreshed-secret-n',
    ]);
  });

  it.each([
    ['is not refreshed', problem(21301, 'Brak autoryzacji.'), [unauthorised, openSession], 2],
    ['is refused again once it is refreshed', undefined, [unauthorised, unauthorised, openSession], 3],
  ])('refused with 401 that %s is replaced by a new login within the call', async (_what, refresh, answers, calls) => {
    await start({ [STATUS_PATH]: answers, ...(refresh === undefined ? {} : { 'POST /auth/token/refresh': refresh }) });

    expect(await adapter.reader.status(access, session)).toMatchObject({ code: 100 });
    expect(adapter.calls('POST', '/v2/auth/challenge')).toBe(2);
    expect(adapter.calls('POST', '/v2/auth/token/refresh')).toBe(1);
    expect(bearers()).toHaveLength(calls);
    expect(bearers().at(-1)).toMatch(/^Bearer access-secret-/);
  });

  it('refused with 401 by several calls at a time is refreshed once', async () => {
    await start({ [STATUS_PATH]: [unauthorised, unauthorised, openSession] });
    await Promise.all([adapter.reader.status(access, session), adapter.reader.status(access, session)]);

    expect(adapter.calls('POST', '/v2/auth/token/refresh')).toBe(1);
    expect(adapter.calls('POST', '/v2/auth/challenge')).toBe(1);
  });

  it('refused by a later call is refreshed again: what helped once is not held against it', async () => {
    await start({ [STATUS_PATH]: [unauthorised, openSession] });
    await adapter.reader.status(access, session);
    adapter.clock.advance({ minutes: 30 });
    adapter.route({
      [STATUS_PATH]: [unauthorised, openSession],
      'POST /auth/token/refresh': json(200, {
        accessToken: { token: 'refreshed-later-1', validUntil: '2026-11-20T11:00:00Z' },
      }),
    });
    await adapter.reader.status(access, session);

    expect(adapter.calls('POST', '/v2/auth/token/refresh')).toBe(3);
    expect(adapter.calls('POST', '/v2/auth/challenge')).toBe(1);
  });

  it('refused three times ends the call', async () => {
    await start({ [STATUS_PATH]: [{ status: 401 }, unauthorised, unauthorised, openSession] });

    expect(await failure(adapter.reader.status(access, session))).toBeInstanceOf(KsefUnreachableError);
    expect(bearers()).toHaveLength(3);
  });

  it.each([
    ['another took its place', { id: 'certificate-2' }],
    ['it was retired or revoked', undefined],
  ])('is not refreshed once the certificate it was made with no longer logs in: %s', async (_what, next) => {
    const world: { certificate: object | undefined } = { certificate: { id: 'certificate-1' } };
    await start({}, { certificates: { find: () => Promise.resolve(world.certificate as never) } });
    await adapter.reader.status(access, session);
    world.certificate = next;
    adapter.clock.advance({ minutes: 13 });
    await adapter.reader.status(access, session);
    expect(adapter.calls('POST', '/v2/auth/challenge')).toBe(1);

    adapter.clock.advance({ minutes: 2 });
    const outcome = await failure(adapter.reader.status(access, session));
    expect(adapter.calls('POST', '/v2/auth/token/refresh')).toBe(0);
    expect(adapter.calls('POST', '/v2/auth/challenge')).toBe(next === undefined ? 1 : 2);
    expect(outcome).toMatchObject(
      next === undefined ? { code: 'NO_AUTHENTICATION_CERTIFICATE' } : { message: 'no failure' },
    );
  });

  it('appears in no error, event or printed object', async () => {
    await start({ [STATUS_PATH]: [unauthorised, html(200)] });
    const error = await failure(adapter.reader.status(access, session));

    const shown = inspect([error, adapter.events, adapter.reader, adapter.interactive, adapter.batches], {
      depth: 20,
      showHidden: true,
    });
    expect(shown).not.toMatch(/secret-[0-9]/);
    const token = new BearerToken('secret-1', adapter.clock.now());
    expect([inspect({ token }), JSON.stringify({ token }), String(token)].join()).not.toContain('secret-1');
  });
});
