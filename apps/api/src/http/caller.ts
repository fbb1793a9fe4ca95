import type { TenantId } from '@latarnik/domain';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** Who calls; the tenant comes from the credential, never from the request (reliability S7). */
export interface Caller {
  readonly tenant: TenantId;
  /** For the audit trail. */
  readonly actor: string;
}

const callers = new WeakMap<FastifyRequest, Caller>();

export function setCaller(request: FastifyRequest, caller: Caller): void {
  callers.set(request, caller);
}

/** The authenticated caller of a route. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  const caller = callers.get(context.switchToHttp().getRequest<FastifyRequest>());
  if (caller === undefined) throw new Error('a route without the API key guard asked for its caller');
  return caller;
});
