import type { FastifyInstance } from 'fastify';

import type { Reachability } from '../core/reachability.js';

/** Says on every answer that this is no real KSeF. */
export function markAnswers(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => {
    void reply.header('x-latarnik-simulator', 'true');
  });
}

/** While the system is cut off, tears connections down or answers 503, whichever was ordered. */
export function guardReachability(app: FastifyInstance, reachability: Reachability): void {
  app.addHook('onRequest', async (request, reply) => {
    if (reachability.manner === '503')
      return reply.code(503).type('text/html').send('<h1>503 Service Unavailable</h1>');
    if (reachability.manner === 'refuse') {
      reply.hijack();
      request.raw.socket.destroy();
    }
    return undefined;
  });
}
