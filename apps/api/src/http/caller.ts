import type { ContextIdentifier, Principal, TenantId } from '@latarnik/domain';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** Who calls; the tenant comes from the credential, never from the request (reliability S7). */
export interface Caller {
  readonly tenant: TenantId;
  /** For the audit trail. */
  readonly actor: string;
  /** Contexts the caller is limited to; absent for all of the tenant. */
  readonly contexts?: readonly ContextIdentifier[];
}

const principals = new WeakMap<FastifyRequest, Principal>();

export function setPrincipal(request: FastifyRequest, principal: Principal): void {
  principals.set(request, principal);
}

const requestOf = (context: ExecutionContext): FastifyRequest => context.switchToHttp().getRequest<FastifyRequest>();

function principalOf(request: FastifyRequest): Principal {
  const principal = principals.get(request);
  if (principal === undefined) throw new Error('a route that nobody guards asked for its caller');
  return principal;
}

/** The authenticated caller of a request, inside their tenant. @throws Error on a route of no tenant */
export function callerOf(request: FastifyRequest): Caller {
  const { tenant, actor, contexts } = principalOf(request);
  if (tenant === undefined) throw new Error('a route of a tenant let somebody in who belongs to none');
  return { tenant, actor, ...(contexts === undefined ? {} : { contexts }) };
}

/** The same, for a handler. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller =>
  callerOf(requestOf(context)),
);

/** The actor behind a call of the platform admin, who belongs to no tenant. */
export const CurrentPlatformActor = createParamDecorator(
  (_data: unknown, context: ExecutionContext): string => principalOf(requestOf(context)).actor,
);
