import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { contextKey } from '../core/context.js';
import {
  AccessDenied,
  isErrorCode,
  type KsefRefusal,
  refuse,
  TooManyRequests,
  Unauthenticated,
} from '../core/refusals.js';
import { type CallFault, FAULTS_ON_THE_WAY } from '../faults/fault-kinds.js';
import type { Strike } from '../faults/faults.js';
import { type Endpoint, endpointOf } from '../limits/endpoints.js';
import { counterOf } from '../limits/rate-limits.js';
import type { Throttling } from '../limits/sliding-windows.js';
import type { SimulatorState } from '../simulator-state.js';

const FIREWALL_PAGE =
  '<html><head><title>Request unsuccessful</title></head><body>Request unsuccessful. Incapsula incident ID: ' +
  '0-0 (latarnik-ksef-simulator)</body></html>';

/**
 * Injected faults and request limits, in this order, before anything else looks at a call; and the faults that befall
 * an answer on its way out.
 */
export function guardCalls(app: FastifyInstance, state: SimulatorState): void {
  const struck = new WeakMap<FastifyRequest, Strike<CallFault>>();

  app.addHook('onRequest', async (request, reply) => {
    const route = request.routeOptions.url;
    if (route === undefined) return undefined;
    const endpoint = endpointOf(request.method, route);
    const strike = state.faults.onCall(endpoint, isTurnedAway(state, request, endpoint));
    if (strike !== undefined) struck.set(request, strike);
    // What never reaches KSeF is not counted there.
    if (strike === undefined || !FAULTS_ON_THE_WAY.has(strike.kind)) countCall(state, request, endpoint, strike);
    return strike === undefined ? undefined : BLOWS[strike.kind]?.(strike, request, reply);
  });

  app.addHook('onSend', async (request, reply, payload) => {
    const strike = struck.get(request);
    if (strike?.kind !== 'execute-and-time-out' && strike?.kind !== 'execute-and-fail') return payload;
    const really = reply.statusCode;
    if (strike.kind === 'execute-and-time-out') {
      strike.entry.detail = `answered ${String(really)}, never received`;
      request.raw.socket.destroy();
      return payload;
    }
    strike.entry.detail = `answered ${String(really)}, told ${String(told(strike))}`;
    void reply.code(told(strike)).type('text/html').removeHeader('content-length');
    return `<h1>${String(told(strike))}</h1>`;
  });
}

/** Whether a block or a full window meets this call, whatever else may befall it. */
function isTurnedAway(state: SimulatorState, request: FastifyRequest, endpoint: Endpoint): boolean {
  const limit = state.rateLimits.enforcedFor(endpoint, contextOf(state, request));
  return state.windows.wouldTurnAway(counterKey(state, request, endpoint), limit, state.clock.now());
}

/** @throws {TooManyRequests} when a window is full, a block is on, or a fault says so */
function countCall(state: SimulatorState, request: FastifyRequest, endpoint: Endpoint, strike?: Strike): void {
  const now = state.clock.now();
  const key = counterKey(state, request, endpoint);
  if (strike?.kind === 'throttle') throw turnedAway(state.windows.turnAway(key, now));
  const limit = state.rateLimits.enforcedFor(endpoint, contextOf(state, request));
  if (limit !== undefined) {
    const throttling = state.windows.admit(key, limit, now);
    if (throttling !== undefined) throw turnedAway(throttling);
  } else if (state.windows.isBlocked(key, now)) throw turnedAway(state.windows.turnAway(key, now));
}

/** Limits count per context and address; public endpoints know no context. */
function counterKey(state: SimulatorState, request: FastifyRequest, endpoint: Endpoint): string {
  const context = endpoint.limit === 'public' ? '' : (contextOf(state, request) ?? '');
  return `${counterOf(endpoint)} ${context} ${request.ip}`;
}

function contextOf(state: SimulatorState, request: FastifyRequest): string | undefined {
  try {
    const { context } = state.logins.authenticate(request.headers.authorization, ['AccessToken', 'RefreshToken']);
    return contextKey(context);
  } catch (error) {
    // Whoever has no token is not counted: the endpoint itself answers 401.
    if (error instanceof Unauthenticated) return undefined;
    throw error;
  }
}

function turnedAway({ retryAfterSeconds, exceeded }: Throttling): TooManyRequests {
  const reason =
    exceeded === undefined
      ? 'Żądania są zablokowane.'
      : `Przekroczono limit ${String(exceeded.count)} żądań na ${exceeded.window}.`;
  return new TooManyRequests(
    retryAfterSeconds,
    `${reason} Spróbuj ponownie po ${String(retryAfterSeconds)} sekundach.`,
  );
}

type Blow = (strike: Strike<CallFault>, request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined;

/** Faults that come before the effect; the others wait for the answer, or have come already. */
const BLOWS: Readonly<Partial<Record<CallFault, Blow>>> = {
  'drop-before-effect': (_strike, request, reply) => {
    reply.hijack();
    request.raw.socket.destroy();
    return undefined;
  },
  'server-error': (strike, request, reply) => {
    request.raw.resume();
    const status = told(strike);
    strike.entry.detail = `told ${String(status)}`;
    return reply
      .code(status)
      .type('text/html')
      .send(`<h1>${String(status)}</h1>`);
  },
  'html-200': (_strike, request, reply) => {
    request.raw.resume();
    return reply.code(200).type('text/html').send(FIREWALL_PAGE);
  },
  refuse: ({ code }) => {
    throw refusalOf(code);
  },
  unauthorized: () => {
    throw new Unauthenticated();
  },
  forbidden: () => {
    throw new AccessDenied('missing-permissions', { requiredAnyOfPermissions: [], presentPermissions: [] });
  },
};

function told({ httpStatus = 500 }: Strike): number {
  return httpStatus;
}

function refusalOf(code = 21405): KsefRefusal {
  return refuse(isErrorCode(code) ? code : 21405);
}
