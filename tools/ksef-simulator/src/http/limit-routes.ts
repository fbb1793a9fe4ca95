import type { FastifyInstance } from 'fastify';

import { contextKey } from '../core/context.js';
import type { ContextLimits } from '../limits/context-limits.js';
import { LIMIT_GROUPS } from '../limits/endpoints.js';
import { PUBLISHED_LIMITS, type RateLimits } from '../limits/rate-limits.js';
import type { SimulatorState } from '../simulator-state.js';
import { accessLogin } from './requests.js';

const COUNT = { type: 'integer', minimum: 0 } as const;

const SESSION_LIMITS = {
  type: 'object',
  required: ['maxInvoices', 'maxInvoiceSizeInMB', 'maxInvoiceWithAttachmentSizeInMB'],
  properties: {
    maxInvoiceSizeInMB: { ...COUNT, maximum: 5 },
    maxInvoiceWithAttachmentSizeInMB: { ...COUNT, maximum: 10 },
    maxInvoices: { ...COUNT, maximum: 100_000 },
  },
} as const;

const CONTEXT_LIMITS_SCHEMA = {
  type: 'object',
  required: ['onlineSession', 'batchSession'],
  properties: { onlineSession: SESSION_LIMITS, batchSession: SESSION_LIMITS },
} as const;

const RATE_LIMIT = {
  type: 'object',
  required: ['perSecond', 'perMinute', 'perHour'],
  properties: { perSecond: COUNT, perMinute: COUNT, perHour: COUNT },
} as const;

const RATE_LIMITS_SCHEMA = {
  type: 'object',
  required: ['rateLimits'],
  properties: {
    rateLimits: {
      type: 'object',
      required: LIMIT_GROUPS,
      properties: Object.fromEntries(LIMIT_GROUPS.map((group) => [group, RATE_LIMIT])),
    },
  },
} as const;

/** Limits of sessions and of requests, and the official test-data operations that change them for a context. */
export function registerLimitRoutes(app: FastifyInstance, state: SimulatorState): void {
  const { contextLimits, rateLimits } = state;

  app.get('/limits/context', (request) => contextLimits.effective(accessLogin(state, request).context));

  app.post<{ Body: ContextLimits }>(
    '/testdata/limits/context/session',
    { schema: { body: CONTEXT_LIMITS_SCHEMA } },
    (request, reply) => {
      const { batchSession, onlineSession } = request.body;
      contextLimits.change(accessLogin(state, request).context, { batchSession, onlineSession });
      return reply.code(200).send();
    },
  );

  app.delete('/testdata/limits/context/session', (request, reply) => {
    contextLimits.restore(accessLogin(state, request).context);
    return reply.code(200).send();
  });

  app.get('/rate-limits', (request) => rateLimits.effective(contextKey(accessLogin(state, request).context)));

  app.post<{ Body: { rateLimits: RateLimits } }>(
    '/testdata/rate-limits',
    { schema: { body: RATE_LIMITS_SCHEMA } },
    (request, reply) => {
      rateLimits.change(contextKey(accessLogin(state, request).context), request.body.rateLimits);
      return reply.code(200).send();
    },
  );

  app.post('/testdata/rate-limits/production', (request, reply) => {
    rateLimits.change(contextKey(accessLogin(state, request).context), PUBLISHED_LIMITS);
    return reply.code(200).send();
  });

  app.delete('/testdata/rate-limits', (request, reply) => {
    rateLimits.restore(contextKey(accessLogin(state, request).context));
    return reply.code(200).send();
  });
}
