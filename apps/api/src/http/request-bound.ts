import type { FastifyInstance, FastifyRequest } from 'fastify';
import { bodyLimitOf, type ApiLimits } from './api-limits.js';
import { hasBody } from './body-rules.js';
import { problem, ProblemError } from './problem.js';

/** Asked by whoever runs the process; it costs nothing and says how it is. */
const ALWAYS_ANSWERED = '/health/';

interface Admitted {
  readonly bodyBytes: number;
  atWork: boolean;
}

/**
 * Back-pressure (reliability S34): requests that come while as many are being answered as this process can hold are
 * refused at once, before their bodies are read, instead of waiting for memory or a database connection. One whose client
 * went away counts until its work is done.
 */
export class RequestBound {
  #requests = 0;
  #bodyBytes = 0;
  readonly #admitted = new WeakMap<FastifyRequest, Admitted>();

  constructor(private readonly limits: Pick<ApiLimits, 'mostRequests' | 'mostBodyBytes'>) {}

  apply(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (request, reply, done) => {
      this.#admit(request);
      reply.raw.once('close', () => {
        this.#release(request, 'gone');
      });
      done();
    });
    fastify.addHook('preHandler', (request, _reply, done) => {
      const admitted = this.#admitted.get(request);
      if (admitted !== undefined) admitted.atWork = true;
      done();
    });
    fastify.addHook('onSend', (request, _reply, payload, done) => {
      this.#release(request, 'answered');
      done(null, payload);
    });
  }

  /** @throws ProblemError 503 */
  #admit(request: FastifyRequest): void {
    if (request.url.startsWith(ALWAYS_ANSWERED)) return;
    const bodyBytes = hasBody(request.headers) ? declaredBytes(request) : 0;
    const isFull =
      this.#requests >= this.limits.mostRequests || this.#bodyBytes + bodyBytes > this.limits.mostBodyBytes;
    if (isFull) {
      const detail = 'This process answers as many requests as it can. Nothing was done; ask again, with the same key.';
      throw new ProblemError(problem(503, 'OVERLOADED', 'Too much at once', detail), {
        'retry-after': '1',
        ...(bodyBytes > 0 ? { connection: 'close' } : {}),
      });
    }
    this.#requests += 1;
    this.#bodyBytes += bodyBytes;
    this.#admitted.set(request, { bodyBytes, atWork: false });
  }

  #release(request: FastifyRequest, why: 'gone' | 'answered'): void {
    const admitted = this.#admitted.get(request);
    if (admitted === undefined) return;
    if (why === 'gone' && admitted.atWork) return;
    this.#admitted.delete(request);
    this.#requests -= 1;
    this.#bodyBytes -= admitted.bodyBytes;
  }
}

/** What it says, or what its route takes: a body that comes in chunks says nothing. */
function declaredBytes({ headers, routeOptions }: FastifyRequest): number {
  const limit = bodyLimitOf(routeOptions.url ?? '');
  const declared = Number(headers['content-length'] ?? limit);
  return Number.isFinite(declared) ? Math.min(declared, limit) : limit;
}
