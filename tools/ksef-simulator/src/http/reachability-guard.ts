import type { IncomingMessage, ServerResponse } from 'node:http';

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { Clock } from '../core/clock.js';
import type { OutageManner, Reachability } from '../core/reachability.js';
import { SIMULATOR_HEADER, SIMULATOR_NAME } from '../simulator-name.js';

/** Node.js turns away a request without a Host by itself, and does not say where the answer comes from: it is left to us. */
export const HTTP = { requireHostHeader: false } as const;

/** Says on every answer that this is no real KSeF, dates it by the simulated clock, and tells `log` of it. */
export function markAnswers(
  app: FastifyInstance,
  { clock, log }: { readonly clock: Clock; readonly log: (line: string) => void },
): void {
  // Before the framework sees the request, since some answers are its own and pass no hook: a path that cannot be decoded.
  app.server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
    response.setHeader(SIMULATOR_HEADER, SIMULATOR_NAME);
  });
  app.server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(417, { [SIMULATOR_HEADER]: SIMULATOR_NAME, connection: 'close' }).end();
  });
  app.addHook('onRequest', async (_request, reply) => {
    void reply.header(SIMULATOR_HEADER, SIMULATOR_NAME).header('date', new Date(clock.now()).toUTCString());
  });
  app.addHook('onRequest', async (request, reply) => (lacksHost(request) ? reply.code(400).send() : undefined));
  app.addHook('onResponse', async (request, reply) => {
    log(`${request.method} ${request.url.split('?')[0] ?? ''} ${String(reply.statusCode)}`);
  });
}

/** RFC 9112, 3.2: to be answered with 400. */
const lacksHost = ({ raw }: FastifyRequest): boolean => raw.httpVersion === '1.1' && raw.headers.host === undefined;

/** While the system is cut off, answers in the manner that was ordered, if at all. */
export function guardReachability(app: FastifyInstance, reachability: Reachability): void {
  app.addHook('onRequest', async (request, reply) =>
    reachability.manner === undefined ? undefined : answerIn(reachability.manner, request, reply),
  );
}

function answerIn(manner: OutageManner, request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  switch (manner) {
    case '503':
      return reply.code(503).type('text/html').send('<h1>503 Service Unavailable</h1>');
    case 'html':
      return reply.code(200).type('text/html').send('<html><body>Przerwa techniczna</body></html>');
    case 'refuse':
      reply.hijack();
      request.raw.socket.destroy();
      return undefined;
    case 'silent':
      // The client gives up when it likes; closing the server ends what is left.
      reply.hijack();
      return undefined;
  }
}
