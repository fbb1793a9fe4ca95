import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { BODY_WITHIN_MS, bodyLimitOf } from './api-limits.js';
import { problem, ProblemError } from './problem.js';

/** The parts of an OpenAPI document that say which bodies a route takes. */
export interface DescribedRoutes {
  readonly paths: Readonly<Record<string, object>>;
}

const STREAMED = ['application/x-ndjson', 'application/zip'];
const IN_BYTES = ['application/json', 'application/xml', 'text/xml'];
const LARGEST_BODY_BYTES = 4_000_000;

/**
 * Which bodies are taken is what the description of the API says, of each route: another media type is refused with 415,
 * a body that nobody would read with 400. Bodies stay bytes, since the fingerprint and the invoice are made of exactly what
 * was sent; those of a bulk request stay in the connection until they are read.
 */
export class BodyRules {
  #taken: ReadonlyMap<string, readonly string[]> = new Map();

  /** From here on these routes are known; before, nothing is refused. */
  describe({ paths }: DescribedRoutes): void {
    this.#taken = new Map(
      Object.entries(paths).flatMap(([path, operations]) =>
        Object.entries(operations).map(
          ([method, operation]: [string, unknown]) => [keyOf(method, path), mediaOf(operation)] as const,
        ),
      ),
    );
  }

  apply(fastify: FastifyInstance): void {
    fastify.removeAllContentTypeParsers();
    fastify.addContentTypeParser(
      IN_BYTES,
      { parseAs: 'buffer', bodyLimit: LARGEST_BODY_BYTES },
      (_request, body, done) => {
        done(null, body);
      },
    );
    fastify.addContentTypeParser(STREAMED, (_request, payload, done) => {
      done(null, payload);
    });
    fastify.addHook('onRoute', (route) => {
      route.bodyLimit = bodyLimitOf(route.url);
    });
    fastify.addHook('onRequest', (request, _reply, done) => {
      this.#require(request);
      done();
    });
    cutSlowBodies(fastify);
    endRefusedStreams(fastify);
  }

  /** @throws ProblemError 400 or 415 */
  #require(request: FastifyRequest): void {
    const { method, headers, routeOptions } = request;
    const taken = routeOptions.url === undefined ? undefined : this.#taken.get(keyOf(method, routeOptions.url));
    if (taken === undefined || !hasBody(headers)) return;
    if (taken.length === 0) {
      const detail = 'Nothing is read from a body here; send none.';
      throw new ProblemError(problem(400, 'BODY_NOT_TAKEN', 'This route takes no body', detail), CLOSE);
    }
    const [media = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
    const known = media.trim() === 'text/xml' ? 'application/xml' : media.trim();
    if (taken.includes(known) && parameters.every(isFine)) return;
    const detail = `Send ${taken.join(' or ')}, in UTF-8.`;
    throw new ProblemError(problem(415, 'UNSUPPORTED_MEDIA_TYPE', 'This content type is not taken', detail), CLOSE);
  }
}

/** The rest of a body that was refused is not waited for. */
const CLOSE = { connection: 'close' };

const isFine = (parameter: string): boolean => {
  const [name = '', value = ''] = parameter.split('=').map((part) => part.trim().replaceAll('"', ''));
  return name !== 'charset' || value === 'utf-8';
};

export const hasBody = (headers: IncomingHttpHeaders): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';

/** `/v1/invoices/{id}` and `/v1/invoices/:id` are one. */
const keyOf = (method: string, path: string): string =>
  `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}|:(\w+)/g, '{}')}`;

function mediaOf(operation: unknown): readonly string[] {
  const { requestBody } = operation as { readonly requestBody?: { readonly content?: object } };
  return Object.keys(requestBody?.content ?? {});
}

/** A body that does not come to its end holds nothing for long; bulk requests have a bound of their own. */
function cutSlowBodies(fastify: FastifyInstance): void {
  const timers = new WeakMap<FastifyRequest, NodeJS.Timeout>();
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (hasBody(request.headers) && !isStreamed(request.headers)) {
      const timer = setTimeout(() => request.raw.destroy(), BODY_WITHIN_MS).unref();
      timers.set(request, timer);
      request.raw.once('close', () => {
        clearTimeout(timer);
      });
    }
    done();
  });
  fastify.addHook('preHandler', (request, _reply, done) => {
    clearTimeout(timers.get(request));
    done();
  });
}

/** Whoever is refused, also for want of a key, does not go on sending for the hours that a bulk request may take. */
function endRefusedStreams(fastify: FastifyInstance): void {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    if (reply.statusCode >= 400 && hasBody(request.headers) && isStreamed(request.headers)) void reply.headers(CLOSE);
    done(null, payload);
  });
}

const isStreamed = (headers: IncomingHttpHeaders): boolean =>
  STREAMED.some((media) => (headers['content-type'] ?? '').toLowerCase().startsWith(media));
