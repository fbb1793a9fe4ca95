import { randomBytes } from 'node:crypto';

import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';

import type { Clock } from '../core/clock.js';
import {
  AccessDenied,
  type ApiError,
  Gone,
  KsefRefusal,
  refuse,
  TooManyRequests,
  Unauthenticated,
} from '../core/refusals.js';
import { ksefTimestamp } from '../core/time.js';

/** Answers every failure of the /v2 API in the official shapes. */
export function ksefErrorHandler(clock: Clock, report: (error: unknown) => void) {
  return async (error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const failure = toRefusal(error);
    if (failure instanceof KsefRefusal) return badRequest(failure.errors, clock, request, reply);
    if (failure instanceof Unauthenticated) {
      return problem(401, 'Unauthorized', 'Wymagane jest uwierzytelnienie.', {}, clock, request, reply);
    }
    if (failure instanceof AccessDenied) {
      const { reasonCode, security, message } = failure;
      return problem(403, 'Forbidden', message, { reasonCode, security }, clock, request, reply);
    }
    if (failure instanceof Gone) {
      return problem(410, 'Gone', 'Operacja wygasła i nie jest już dostępna.', {}, clock, request, reply);
    }
    if (failure instanceof TooManyRequests) return tooManyRequests(failure, clock, request, reply);
    const status = statusOf(failure);
    if (status >= 500) report(failure);
    return problem(status, 'Error', 'Żądania nie udało się obsłużyć.', {}, clock, request, reply);
  };
}

/** Answers a failure outside the API, in the storage or in Latarnia, with a bare status. */
export function bareErrorHandler(report: (error: unknown) => void) {
  return async (error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    request.raw.resume();
    if (error instanceof TooManyRequests) void reply.header('retry-after', String(error.retryAfterSeconds));
    const status = bareStatusOf(error);
    if (status >= 500) report(error);
    return reply.code(status).send();
  };
}

function bareStatusOf(error: unknown): number {
  if (error instanceof TooManyRequests) return 429;
  if (error instanceof Unauthenticated) return 401;
  if (error instanceof AccessDenied) return 403;
  return error instanceof KsefRefusal ? 400 : statusOf(error);
}

function tooManyRequests(
  { retryAfterSeconds, message }: TooManyRequests,
  clock: Clock,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  void reply.header('retry-after', String(retryAfterSeconds));
  if (request.headers['x-error-format'] === 'problem-details') {
    return problem(429, 'Too Many Requests', message, {}, clock, request, reply);
  }
  return reply.code(429).send({ status: { code: 429, description: 'Too Many Requests', details: [message] } });
}

/** Answers a path of the real API that the simulator does not play. */
export function notSimulated(clock: Clock) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
    problem(404, 'Not Found', 'Symulator nie obsługuje tego zasobu.', {}, clock, request, reply);
}

function badRequest(
  errors: readonly ApiError[],
  clock: Clock,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (request.headers['x-error-format'] === 'problem-details') {
    return problem(400, 'Bad Request', 'Żądanie jest nieprawidłowe.', { errors }, clock, request, reply);
  }
  return reply.code(400).send({
    exception: {
      exceptionDetailList: errors.map(({ code, description, details }) => ({
        exceptionCode: code,
        exceptionDescription: description,
        ...(details === undefined ? {} : { details }),
      })),
      serviceCode: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`,
      serviceCtx: 'simulator',
      serviceName: 'Undefined',
      timestamp: ksefTimestamp(clock.now()),
    },
  });
}

function problem(
  status: number,
  title: string,
  detail: string,
  more: Record<string, unknown>,
  clock: Clock,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  return reply
    .code(status)
    .type('application/problem+json')
    .send({
      title,
      status,
      detail,
      instance: request.url.split('?')[0],
      ...more,
      timestamp: ksefTimestamp(clock.now()),
      traceId: randomBytes(16).toString('hex'),
    });
}

/** A body that does not parse or fit its shape is an input error like any other: 21405. */
function toRefusal(error: unknown): unknown {
  if (!isFastifyError(error)) return error;
  if (error.validation !== undefined) {
    return new KsefRefusal(
      ...error.validation.map(
        ({ instancePath, message }) => [21405, `${instancePath || '/'} ${message ?? 'is invalid'}`] as const,
      ),
    );
  }
  return error.statusCode === 400 ? refuse(21405, error.message) : error;
}

function statusOf(error: unknown): number {
  return isFastifyError(error) ? (error.statusCode ?? 500) : 500;
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'code' in error;
}
