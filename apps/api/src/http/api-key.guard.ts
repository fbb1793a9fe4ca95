import { createHash } from 'node:crypto';
import type { ApiKeys } from '@latarnik/domain';
import { SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { setCaller } from './caller.js';
import { problem, ProblemError } from './problem.js';

const PUBLIC = 'latarnik:public';

/** Marks a route that needs no API key: health and the API description. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(PUBLIC, true);

/** `Authorization: Bearer <api key>`; keys are compared by their SHA-256. */
export class ApiKeyGuard implements CanActivate {
  private readonly reflector = new Reflector();

  constructor(private readonly apiKeys: ApiKeys) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const marked = this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (marked === true) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const key = /^Bearer ([\x21-\x7e]{16,512})$/.exec(request.headers.authorization ?? '')?.[1];
    const caller = key === undefined ? undefined : await this.apiKeys.authenticate(sha256(key));
    if (caller === undefined) {
      const detail = 'Send a valid API key as "Authorization: Bearer <api key>".';
      throw new ProblemError(problem(401, 'UNAUTHENTICATED', 'Who are you?', detail), { 'www-authenticate': 'Bearer' });
    }
    setCaller(request, { tenant: caller.tenant, actor: `api-key:${caller.keyId}` });
    return true;
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('base64');
