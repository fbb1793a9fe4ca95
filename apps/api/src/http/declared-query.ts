import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { problem, ProblemError } from './problem.js';

/**
 * Refuses query parameters that a handler does not ask for: a misspelt filter is no filter. A handler that asks for the
 * whole query checks it against its own schema.
 */
export class DeclaredQuery implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { query } = context.switchToHttp().getRequest<FastifyRequest<{ Querystring: object | undefined }>>();
    const given = Object.keys(query ?? {});
    const known = given.length === 0 ? 'all' : queryOf(context);
    if (known !== 'all' && given.some((name) => !known.includes(name))) {
      const names = known.length === 0 ? 'none' : known.join(', ');
      const detail = `Query parameters taken here: ${names}.`;
      throw new ProblemError(problem(400, 'REQUEST_INVALID', 'The query is not as described', detail));
    }
    return next.handle();
  }
}

/** Names that a handler asks for one by one. */
function queryOf(context: ExecutionContext): readonly string[] | 'all' {
  const handler = context.getHandler().name;
  const stored = Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), handler) as unknown;
  const asked = Object.entries((stored ?? {}) as Record<string, { readonly data?: unknown }>)
    .filter(([key]) => key.startsWith(`${String(RouteParamtypes.QUERY)}:`))
    .map(([, { data }]) => data);
  return asked.every((name) => typeof name === 'string') ? asked : 'all';
}
