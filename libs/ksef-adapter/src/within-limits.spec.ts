import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type AuthenticationCertificate,
  type CallBudget,
  InProcessCallBudget,
  type KsefAccess,
  Temporal,
} from '@latarnik/domain';
import { ManualClock, type Simulator, startSimulator } from '@latarnik/ksef-simulator';
import { z } from 'zod';

import { AccessTokens } from './http/access-tokens.js';
import { CallGate } from './http/call-gate.js';
import { KsefApi, type KsefCall } from './http/ksef-api.js';
import { KsefCalls } from './http/ksef-calls.js';
import { NO_KEPT_LOGINS } from './http/kept-logins.js';
import { Transport } from './http/transport.js';
import { XadesLogin } from './http/xades-login.js';
import type { KsefAdapterEvent } from './ksef-adapter-event.js';
import { access, unlimitedBudget } from './testing/fakes.js';
import { xadesSigner } from './testing/xades-signer.js';

const SESSION = '20261120-SB-213D593000-4DE10D80A5-E9';
const INVOICE = '20261120-EE-319D7EE000-B67F415CDC-2C';
/** Whatever the endpoint says to them: KSeF counts a call before it looks at it. */
const CALLS: readonly KsefCall[] = [
  { method: 'GET', path: '/sessions?sessionType=Batch' },
  { method: 'GET', path: `/sessions/${SESSION}` },
  { method: 'GET', path: `/sessions/${SESSION}/invoices` },
  { method: 'GET', path: `/sessions/${SESSION}/invoices/${INVOICE}` },
  { method: 'GET', path: '/invoices/ksef/5265877635-20261120-0100001AF629-AF' },
  { method: 'GET', path: '/rate-limits' },
  { method: 'GET', path: '/limits/context' },
  { method: 'GET', path: '/certificates/limits' },
  { method: 'POST', path: '/sessions/batch', body: { type: 'application/json', content: '{}' } },
  { method: 'POST', path: `/sessions/batch/${SESSION}/close` },
  { method: 'POST', path: '/sessions/online', body: { type: 'application/json', content: '{}' } },
  { method: 'POST', path: `/sessions/online/${SESSION}/invoices`, body: { type: 'application/json', content: '{}' } },
];

let simulator: Simulator;
afterEach(async () => {
  await simulator.close();
});

interface Client {
  readonly calls: KsefCalls;
  readonly clock: ManualClock;
  /** Answers 429 that KSeF gave. */
  readonly throttled: KsefAdapterEvent[];
}

/** The adapter's way to KSeF, against a simulator that counts every call as the Ministry publishes it. */
async function client(budgetAt: (clock: ManualClock) => CallBudget): Promise<Client> {
  const clock = new ManualClock(new Date());
  const week = 7 * 86_400_000;
  simulator = await startSimulator({ processingDelayMs: 0, clock, rateLimits: 'published', accessTokenTtlMs: week });
  const certificate = await simulator.issueCertificate({ type: 'Authentication', nip: access.context.value });
  const throttled: KsefAdapterEvent[] = [];
  const log = (event: KsefAdapterEvent): void => {
    if (event.code === 'KSEF_ANSWERED_429') throttled.push(event);
  };
  const options = { ksefUrl: simulator.ksefUrl, callTimeoutMs: 30_000, connectTimeoutMs: 30_000, log };
  const api = new KsefApi(new Transport(options), new CallGate(budgetAt(clock), { log, patienceMs: 0 }), options);
  const login = new XadesLogin(
    api,
    { find: () => Promise.resolve({ purpose: 'authentication' } as AuthenticationCertificate) },
    xadesSigner(certificate.certificatePem, certificate.privateKeyPem),
    { loginTimeoutMs: 30_000, loginPollMs: 1 },
  );
  const now = { now: () => Temporal.Instant.fromEpochMilliseconds(clock.now()) };
  const tokens = new AccessTokens(api, login, now, NO_KEPT_LOGINS, { tokenMarginSeconds: 60, log: () => undefined });
  const calls = new KsefCalls(api, tokens);
  await whileTimePasses(clock, tokens.tokenFor(access));
  return { calls, clock, throttled };
}

/** The simulator decides on a login by its clock, which would stand. */
async function whileTimePasses(clock: ManualClock, work: Promise<unknown>): Promise<void> {
  const ended = { yet: false };
  const noted = work.finally(() => {
    ended.yet = true;
  });
  while (!ended.yet) {
    clock.advance(50);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await noted;
}

/** A crowd that wants everything at once, again and again; the clock goes on to where the first of them may come back. */
async function rush({ calls, clock }: Client, wanted: number, named: KsefAccess = access): Promise<number> {
  let made = 0;
  for (let at = 0; made < wanted; at += 1) {
    const burst = Array.from({ length: 24 }, (_, index) => CALLS[(at * 7 + index) % CALLS.length]);
    const answers = await Promise.all(
      burst.flatMap((call) =>
        call === undefined ? [] : calls.call(named, call, { kind: 'json', schema: z.unknown() }),
      ),
    );
    const waits = answers.flatMap((answer) => (answer.kind === 'throttled' ? [answer.retryAfterSeconds] : []));
    made += answers.length - waits.length;
    // Not a whole second: bursts fall anywhere in a window.
    clock.advance(waits.length < answers.length ? 137 : Math.min(...waits) * 1000 - 400);
  }
  return made;
}

describe('thousands of calls through the gate', () => {
  it('get no answer 429, however much later than their permits they arrive', async () => {
    let drawn = 0;
    // A permit is up to 950 ms older than its arrival at KSeF, each time differently.
    const late = (clock: ManualClock) =>
      new InProcessCallBudget(() => {
        drawn = (drawn * 7919 + 104_729) % 951;
        return clock.now() - drawn;
      });
    const crowd = await client(late);

    expect(await rush(crowd, 2_000)).toBeGreaterThanOrEqual(2_000);
    expect(crowd.throttled).toEqual([]);
  }, 120_000);

  it('would get them without the gate', async () => {
    const crowd = await client(() => unlimitedBudget);
    await rush(crowd, 100);

    expect(crowd.throttled.length).toBeGreaterThan(0);
  });
});
