import type { Permission, TenantId } from '@latarnik/domain';
import { Module, type CanActivate, type ExecutionContext, type Provider, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { connect, type Server, type Socket } from 'node:net';
import { BodyRules } from '../http/body-rules.js';
import { setPrincipal } from '../http/caller.js';
import { ProblemFilter } from '../http/problem.filter.js';
import { RequestBound } from '../http/request-bound.js';

export const TENANT_OF_ALL = '019a9fae-0000-7000-8000-000000000001' as TenantId;

class Anybody implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const permissions: readonly Permission[] = ['read', 'issue'];
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    setPrincipal(request, { actor: 'api-key:shop', tenant: TENANT_OF_ALL, permissions });
    return true;
  }
}

/** One controller behind what every request passes, without a database; everybody is of one tenant. */
export async function smallApi(
  controller: Type,
  providers: Provider[],
  logged: unknown[],
  mostRequests = 1,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter();
  // eslint-disable-next-line @typescript-eslint/no-extraneous-class -- a module class of Nest has no members
  class SmallModule {}
  Module({ controllers: [controller], providers })(SmallModule);
  const app = await NestFactory.create<NestFastifyApplication>(
    SmallModule,
    adapter,
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest's options are a class by accident
    { logger: false, bodyParser: false },
  );
  const fastify = adapter.getInstance<FastifyInstance>();
  new RequestBound({ mostRequests, mostBodyBytes: 1_000_000 }).apply(fastify);
  new BodyRules().apply(fastify);
  app.useGlobalGuards(new Anybody());
  app.useGlobalFilters(new ProblemFilter((entry) => logged.push(entry)));
  await app.listen({ host: '127.0.0.1', port: 0 });
  return app;
}

/** Sends these bytes on a connection of its own. */
export async function sendBytes(app: NestFastifyApplication, text: string): Promise<Socket> {
  const { port } = new URL(await app.getUrl());
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.write(text, () => {
        resolve(socket);
      });
    });
    socket.on('error', reject);
    socket.resume();
  });
}

/** When the server knows that its next connection was closed. */
export function nextConnectionClosed(app: NestFastifyApplication): Promise<void> {
  return new Promise((resolve) => {
    (app.getHttpServer() as Server).once('connection', (connection: Socket) => {
      connection.once('close', () => {
        resolve();
      });
    });
  });
}
