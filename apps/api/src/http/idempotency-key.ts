import { createHash } from 'node:crypto';
import type { IdempotencyClaim } from '@latarnik/domain';
import type { FastifyRequest } from 'fastify';
import { bodyBytes, bodyKind } from './request-body.js';
import { problem, ProblemError } from './problem.js';

/**
 * The caller's Idempotency-Key with a fingerprint of what is asked: the kind of body, its exact bytes, and `options`. How
 * the address or the content type is spelt does not matter.
 * @throws ProblemError 400 when the header is missing or malformed (IETF draft idempotency-key-header)
 */
export function idempotencyClaim(request: FastifyRequest, options: string): IdempotencyClaim {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    const detail =
      'Send an Idempotency-Key of 1 to 255 visible ASCII characters, new for each invoice, the same for a retry.';
    throw new ProblemError(problem(400, 'IDEMPOTENCY_KEY_MISSING', 'Idempotency-Key is missing', detail));
  }
  const fingerprint = createHash('sha256')
    .update(`${request.method} ${request.routeOptions.url ?? ''} ${bodyKind(request)} ${options}\n`)
    .update(bodyBytes(request))
    .digest('base64');
  return { key, fingerprint };
}
