import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** What a caller may call their request: it goes into logs and answers as it is. */
const FORM = /^[A-Za-z0-9][A-Za-z0-9._:-]{7,63}$/;

/** The caller's own `x-request-id` where it is fit for a log, else a new one. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && FORM.test(given) ? given : randomUUID();
}

/** Every answer names its request. */
export function nameRequests(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    done();
  });
}

/** RFC 9457 `instance`: the address without its query, and which request for it. */
export const instanceOf = ({ url, id }: Pick<FastifyRequest, 'url' | 'id'>): string =>
  `${url.split('?')[0] ?? ''}#${id}`;
