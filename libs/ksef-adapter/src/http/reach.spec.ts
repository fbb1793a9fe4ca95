import { afterEach, describe, expect, it } from '@jest/globals';
import { type AuthorizationOutcome, type SessionReference, SignerUnavailableError } from '@latarnik/domain';

import { access, HandClock, noCertificate, quotingSigner } from '../testing/fakes.js';
import {
  type AdapterUnderTest,
  adapterUnderTest,
  LOGIN_REFERENCE,
  type Replacements,
  type Routes,
  SESSION,
} from '../testing/ksef-double.js';
import { html, json, type LocalServer, problem, startLocalServer } from '../testing/local-server.js';
import type { AccessTokens } from './access-tokens.js';
import type { KsefAnswer } from './ksef-api.js';
import { LoginAttempts } from './login-attempts.js';
import { TrafficMeter } from './traffic-meter.js';

const PUBLIC = 'GET /security/public-key-certificates';
const STATUS = `GET /sessions/${SESSION}`;
const session = SESSION as SessionReference;
const openSession = json(200, { status: { code: 100, description: 'Sesja wsadowa rozpoczęta' } });

let adapter: AdapterUnderTest;
afterEach(async () => {
  await adapter.close();
});

async function start(routes: Routes = {}, replacements: Replacements = {}): Promise<void> {
  adapter = await adapterUnderTest({ [STATUS]: openSession, ...routes }, replacements);
}

describe('the probe of KSeF', () => {
  it('never throws, and tells an answer of KSeF, one of something else, and none', async () => {
    await start({
      [PUBLIC]: [json(200, []), json(429, {}), html(200), html(403), json(500, {}), 'reset', 'reset-mid-answer'],
    });
    const seen = [];
    for (let at = 0; at < 7; at += 1) seen.push((await adapter.probe.probe()).kind);
    expect(seen).toEqual(['answered', 'answered', 'unusable', 'unusable', 'unusable', 'silent', 'silent']);
    await adapter.server.close();
    expect(await adapter.probe.probe()).toEqual({ kind: 'silent', detail: 'ECONNREFUSED' });
    await adapter.close().catch(() => undefined);
    await start();
  });

  it('takes a KSeF that accepts the connection and never answers for silent, however long calls may take', async () => {
    await start(
      { [PUBLIC]: 'silence' },
      { options: { probeTimeoutMs: 100, callTimeoutMs: 60_000, connectTimeoutMs: 60_000 } },
    );
    expect(await adapter.probe.probe()).toEqual({ kind: 'silent', detail: 'no answer in time' });
    expect(adapter.calls('GET', '/v2/security/public-key-certificates')).toBe(1);
  });
});

describe('real traffic', () => {
  it('is every call but the probe: answered also by a refusal or a limit, failed by silence, 5xx and HTML', async () => {
    await start();
    await adapter.probe.probe();
    expect(adapter.traffic.take()).toEqual({ answered: 0, failed: 0 });

    await adapter.reader.status(access, session);
    expect(adapter.traffic.take()).toEqual({ answered: 5, failed: 0, last: 'answered' });

    for (const reply of [problem(21173, 'Brak sesji'), json(429, {})]) {
      adapter.route({ [STATUS]: reply });
      await adapter.reader.status(access, session).catch(() => undefined);
    }
    expect(adapter.traffic.take()).toEqual({ answered: 2, failed: 0, last: 'answered' });

    for (const reply of [html(200), json(503, {}), 'reset' as const]) {
      adapter.route({ [STATUS]: reply });
      await adapter.reader.status(access, session).catch(() => undefined);
    }
    expect(adapter.traffic.take()).toMatchObject({ answered: 0, failed: 3, last: 'failed' });
    expect(adapter.traffic.take()).toEqual({ answered: 0, failed: 0 });
  });

  it('is of the last minute, and at most a thousand calls', async () => {
    await start();
    let nowMs = 0;
    const meter = new TrafficMeter(() => nowMs);
    const lost: KsefAnswer<never> = { kind: 'lost', cause: 'HTTP 503', httpStatus: 503 };
    meter.record(lost);
    nowMs = 1;
    meter.record({ kind: 'ok', value: undefined });
    nowMs = 60_001;
    expect(meter.take()).toEqual({ answered: 1, failed: 0, last: 'answered' });

    for (let call = 0; call < 1000; call += 1) meter.record(lost);
    meter.record({ kind: 'throttled', retryAfterSeconds: 1 });
    expect(meter.take()).toEqual({ answered: 1, failed: 999, last: 'answered', lastFailure: 'HTTP 503' });
  });
});

describe('neutral addresses', () => {
  let neutral: LocalServer | undefined;
  afterEach(async () => {
    await neutral?.close();
    neutral = undefined;
  });

  it('say nothing when none are set', async () => {
    await start();
    expect(await adapter.neutral.ask()).toBe('none-set');
  });

  it('answer with whatever they answer, and one is enough', async () => {
    neutral = await startLocalServer(() => html(500));
    await start({}, { options: { networkCheckUrls: ['http://127.0.0.1:1/', `${neutral.url}/here`] } });
    expect(await adapter.neutral.ask()).toBe('answered');
    expect(neutral.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['HEAD /here']);
  });

  it('are silent when none answers', async () => {
    neutral = await startLocalServer(() => 'silence');
    await start({}, { options: { probeTimeoutMs: 100, networkCheckUrls: ['http://127.0.0.1:1', neutral.url] } });
    expect(await adapter.neutral.ask()).toBe('silent');
  });
});

describe('an attempt to log in', () => {
  const outcomeOf = async (): Promise<readonly string[]> => {
    const { outcome, detail } = await adapter.authorization.attempt(access);
    return [outcome, detail];
  };

  it('is a login of its own, whatever is in memory, and its token is used from then on', async () => {
    await start();
    await adapter.reader.status(access, session);
    expect(await outcomeOf()).toEqual(['authorized', 'KSeF let the context in.']);
    expect(adapter.calls('POST', '/v2/auth/challenge')).toBe(2);

    await adapter.reader.status(access, session);
    expect(adapter.calls('POST', '/v2/auth/challenge')).toBe(2);
    const bearers = adapter.server.requests
      .filter(({ path }) => path === `/v2/sessions/${SESSION}`)
      .map(({ headers }) => headers.authorization);
    expect(new Set(bearers).size).toBe(2);
  });

  it('is made once in ten seconds, however often and however many ask', async () => {
    await start();
    const [first, second] = await Promise.all([
      adapter.authorization.attempt(access),
      adapter.authorization.attempt(access),
    ]);
    adapter.clock.advance({ milliseconds: 9_999 });
    expect([second, await adapter.authorization.attempt(access)]).toEqual([first, first]);
    expect(adapter.calls('POST', '/v2/auth/challenge')).toBe(1);

    adapter.clock.advance({ milliseconds: 1 });
    await adapter.authorization.attempt(access);
    expect(adapter.calls('POST', '/v2/auth/challenge')).toBe(2);
  });

  it.each<[string, Routes, Replacements, readonly string[]]>([
    [
      'refused',
      {
        [`GET /auth/${LOGIN_REFERENCE}`]: json(200, {
          status: { code: 460, description: 'Certyfikat', details: ['Odwołany'] },
        }),
      },
      {},
      ['refused', 'KSeF refused the login: 460 Certyfikat: Odwołany'],
    ],
    [
      'not answered',
      { 'POST /auth/challenge': html(503) },
      {},
      ['unreachable', 'logging in: HTTP 503: no answer to rely on'],
    ],
    [
      'throttled',
      { 'POST /auth/challenge': json(429, {}, { 'retry-after': '17' }) },
      {},
      ['not-now', 'KSeF asks to wait 17 s'],
    ],
    [
      'not possible without a certificate',
      {},
      { certificates: noCertificate },
      ['no-certificate', 'there is no valid certificate of type Authentication for this context'],
    ],
    [
      'not possible while the key is away',
      {},
      { signer: { ...quotingSigner, signAuthTokenRequest: () => Promise.reject(new SignerUnavailableError('HSM')) } },
      ['not-now', 'The key of the certificate cannot be used now, so nothing could be signed.'],
    ],
  ])('that is %s says so', async (_what, routes, replacements, expected) => {
    await start(routes, replacements);
    expect(await outcomeOf()).toEqual(expected);
  });

  it('is not waited for longer than its time, and whoever asks then gets the same answer', async () => {
    await start();
    const clock = new HandClock();
    const never = { logInAnew: () => new Promise<void>(() => undefined) } as unknown as AccessTokens;
    const attempts = new LoginAttempts(never, clock, 1);
    const late: AuthorizationOutcome = {
      outcome: 'unreachable',
      detail: 'KSeF did not decide in time.',
      triedAt: clock.now(),
    };
    expect(await attempts.attempt(access)).toEqual(late);
    expect(await attempts.attempt(access)).toEqual(late);
  });

  it('that ends in a bug passes it on', async () => {
    await start();
    const broken = { logInAnew: () => Promise.reject(new TypeError('bug')) } as unknown as AccessTokens;
    await expect(new LoginAttempts(broken, new HandClock()).attempt(access)).rejects.toThrow(TypeError);
  });
});
