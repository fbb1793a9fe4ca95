import { randomUUID } from 'node:crypto';
import type { IdempotencyClaim, RequestAnswer, TenantId, UnitOfWork } from '@latarnik/domain';
import {
  applyDecorators,
  SetMetadata,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { catchError, concatMap, from, of, type Observable } from 'rxjs';
import { callerOf } from './caller.js';
import { idempotencyClaim } from './idempotency-key.js';
import { problem, ProblemError } from './problem.js';

const STORES_ANSWER = 'latarnik:stores-answer';

/** Longer than any of these requests takes; a repeat after that takes over from one that died. */
const LEASE_SECONDS = 120;

/**
 * For a route that creates something, whose use case keeps no keys of its own and is safe to repeat: with an
 * Idempotency-Key its answer is kept, and a repeat gets that one. Not for answers that hold a secret.
 */
export const StoresAnswer = (presence: 'required' | 'optional' = 'optional'): MethodDecorator =>
  applyDecorators(
    SetMetadata(STORES_ANSWER, presence),
    ApiHeader({
      ...{ name: 'Idempotency-Key', required: presence === 'required', schema: { type: 'string', maxLength: 255 } },
      description: 'the same for a repeat, which is then answered as the first request was; kept for 30 days',
    }),
  );

/**
 * Idempotency-Key by the IETF draft (reliability A1): same key and same request, the stored answer; another request, 422;
 * the first still running, 409. A refusal frees the key.
 */
export class StoredAnswers implements NestInterceptor {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const presence = Reflect.getMetadata(STORES_ANSWER, context.getHandler()) as 'required' | 'optional' | undefined;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (presence === undefined) return next.handle();
    if (presence === 'optional' && request.headers['idempotency-key'] === undefined) return next.handle();
    const { tenant } = callerOf(request);
    const claim = idempotencyClaim(request, request.url);
    const attempt = randomUUID();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const begun = await this.unitOfWork.inTenant(tenant, ({ requestAnswers }) =>
      requestAnswers.begin(claim, attempt, LEASE_SECONDS),
    );
    switch (begun.kind) {
      case 'begun':
        return this.#carryOut(next, reply, { tenant, claim, attempt });
      case 'answered':
        return of(replayed(reply, begun.answer));
      case 'running':
        throw stillRunning();
      case 'reused':
        throw usedForSomethingElse();
    }
  }

  #carryOut(
    next: CallHandler,
    reply: FastifyReply,
    { tenant, claim: { key }, attempt }: { tenant: TenantId; claim: IdempotencyClaim; attempt: string },
  ): Observable<unknown> {
    const keep = async (body: unknown): Promise<unknown> => {
      const location = reply.getHeader('location');
      const answer: RequestAnswer = {
        status: reply.statusCode,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(typeof location === 'string' ? { location } : {}),
      };
      await this.unitOfWork.inTenant(tenant, ({ requestAnswers }) => requestAnswers.end(key, attempt, answer));
      return body;
    };
    const free = async (error: unknown): Promise<never> => {
      await this.unitOfWork.inTenant(tenant, ({ requestAnswers }) => requestAnswers.release(key, attempt));
      throw error;
    };
    return next.handle().pipe(
      catchError((error: unknown) => from(free(error))),
      concatMap((body: unknown) => from(keep(body))),
    );
  }
}

function replayed(reply: FastifyReply, { status, body, location }: RequestAnswer): unknown {
  void reply.status(status).header('idempotency-replayed', 'true');
  if (location !== undefined) void reply.header('location', location);
  return body === undefined ? undefined : (JSON.parse(body) as unknown);
}

function stillRunning(): ProblemError {
  const detail = 'The first request with this Idempotency-Key is still running.';
  return new ProblemError(problem(409, 'REQUEST_IN_PROGRESS', 'Still running', detail), { 'retry-after': '2' });
}

function usedForSomethingElse(): ProblemError {
  const detail = 'This Idempotency-Key was used before with another request.';
  return new ProblemError(problem(422, 'IDEMPOTENCY_KEY_REUSED', 'The key was used for something else', detail));
}
