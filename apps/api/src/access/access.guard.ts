import {
  decideAccess,
  holderOf,
  sameContext,
  type AuditEntry,
  type Clock,
  type InvoiceId,
  type Permission,
  type Principal,
  type TenantId,
  type UnitOfWork,
} from '@latarnik/domain';
import type { Log } from '@latarnik/composition';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { setPrincipal } from '../http/caller.js';
import { NEEDS, PUBLIC, WITHIN_CONTEXTS } from '../http/needs.js';
import { notFound, problem, ProblemError } from '../http/problem.js';
import type { AccessOptions } from './access-options.js';
import { addressGroup, plainAddress } from './address.js';
import { tooManyRequests, type Authenticator } from './authenticator.js';
import type { RequestLimiter } from './request-limiter.js';

export interface GuardPorts {
  readonly authenticator: Authenticator;
  readonly limiter: RequestLimiter;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly log: Log;
}

type Denial = 'ROUTE_CLOSED' | 'PERMISSION_MISSING' | 'NO_TENANT' | 'CONTEXT_LIMITED';

/**
 * Lets nobody through whom nothing lets through: a route says which permission it needs, a credential says which it has
 * (reliability S4). Refusals are audited in the caller's tenant; those without one are logged.
 */
export class AccessGuard implements CanActivate {
  private readonly reflector = new Reflector();

  constructor(
    private readonly ports: GuardPorts,
    private readonly limits: AccessOptions['limits'],
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.mark(context, PUBLIC) === true) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const permission = this.mark(context, NEEDS) as Permission | undefined;
    await this.hold(`address:${addressGroup(request.ip)}`, 'address');
    const { 'latarnik-tenant': tenant } = request.headers;
    const principal = await this.ports.authenticator.authenticate({
      authorization: request.headers.authorization,
      tenant: typeof tenant === 'string' ? tenant : undefined,
      address: plainAddress(request.ip),
    });
    await this.hold(`${principal.tenant ?? 'platform'}:${holderOf(principal.actor)}`, 'key');
    if (principal.tenant !== undefined) await this.hold(`tenant:${principal.tenant}`, 'tenant');
    await this.decide(context, request, principal, permission);
    setPrincipal(request, principal);
    return true;
  }

  private async decide(
    context: ExecutionContext,
    request: FastifyRequest,
    principal: Principal,
    permission: Permission | undefined,
  ): Promise<void> {
    if (permission === undefined) return this.deny(request, principal, 'ROUTE_CLOSED');
    const decision = decideAccess(principal, permission);
    if (decision !== 'allowed') return this.deny(request, principal, decision.code, permission);
    if (principal.contexts === undefined) return;
    const by = this.mark(context, WITHIN_CONTEXTS) as 'invoice' | 'request' | undefined;
    if (by === undefined) return this.deny(request, principal, 'CONTEXT_LIMITED', permission);
    if (by === 'invoice' && !(await this.mayTouchInvoice(request, principal))) throw notFound('invoice');
  }

  /** An invoice of another context is as good as none. */
  private async mayTouchInvoice(request: FastifyRequest, { tenant, contexts = [] }: Principal): Promise<boolean> {
    const { id = '' } = request.params as Readonly<Record<string, string>>;
    if (tenant === undefined || !UUID.test(id)) return false;
    const stored = await this.ports.unitOfWork.inTenant(tenant, ({ invoices }) => invoices.find(id as InvoiceId));
    return stored !== undefined && contexts.some((context) => sameContext(context, stored.invoice.context));
  }

  private async hold(subject: string, limit: 'key' | 'tenant' | 'address'): Promise<void> {
    const waitSeconds = await this.ports.limiter.take(subject, this.limits[limit]);
    if (waitSeconds > 0) throw tooManyRequests(waitSeconds, limit, LIMIT_TEXTS[limit]);
  }

  private async deny(
    request: FastifyRequest,
    { actor, tenant }: Principal,
    code: Denial,
    permission?: Permission,
  ): Promise<never> {
    const route = `${request.method} ${request.routeOptions.url ?? ''}`;
    const facts = { reason: code, permission: permission ?? null, address: plainAddress(request.ip) };
    if (tenant === undefined) this.ports.log({ event: 'api.access-denied', actor, route, ...facts });
    else await auditRefusal(this.ports, { tenant, actor, action: 'access.denied', id: route }, facts);
    const headers = { 'www-authenticate': 'Bearer error="insufficient_scope"' };
    const extensions = permission === undefined ? {} : { permission };
    throw new ProblemError(problem(403, code, 'This is not yours to do', DENIAL_TEXTS[code], extensions), headers);
  }

  /** What the route, or else its controller, is marked with. */
  private mark(context: ExecutionContext, name: string): unknown {
    return this.reflector.getAllAndOverride<unknown>(name, [context.getHandler(), context.getClass()]);
  }
}

/** Writes a refusal into the audit trail of the tenant whose key it was. */
export async function auditRefusal(
  { unitOfWork, clock }: Pick<GuardPorts, 'unitOfWork' | 'clock'>,
  refusal: { readonly tenant: TenantId; readonly actor: string; readonly action: string; readonly id: string },
  facts: AuditEntry['facts'],
): Promise<void> {
  const { tenant, actor, action, id } = refusal;
  const subject = { kind: 'access', id } as const;
  await unitOfWork.inTenant(tenant, ({ audit }) => audit.append([{ at: clock.now(), actor, action, subject, facts }]));
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const DENIAL_TEXTS: Readonly<Record<Denial, string>> = {
  ROUTE_CLOSED: 'This route is closed: nobody was named who may use it.',
  PERMISSION_MISSING: 'Your key or role does not have the permission that this takes.',
  NO_TENANT: 'You belong to no tenant of this installation.',
  CONTEXT_LIMITED: 'Your key is limited to contexts, and this is not about one of them.',
};

const LIMIT_TEXTS: Readonly<Record<'key' | 'tenant' | 'address', string>> = {
  key: 'This client sends more requests than it may; all of its keys share one limit.',
  tenant: 'Your tenant sends more requests than it may; all of its keys and people share one limit.',
  address: 'More requests come from your address than may.',
};
