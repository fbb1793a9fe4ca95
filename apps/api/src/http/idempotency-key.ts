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
  const key = idempotencyKey(request, LONGEST_KEY);
  const { method, routeOptions } = request;
  const asked = { method, route: routeOptions.url ?? '', kind: bodyKind(request), options };
  return { key, fingerprint: fingerprintOf(asked, bodyBytes(request)) };
}

/** @throws ProblemError 400 when it is missing or malformed */
export function idempotencyKey({ headers }: Pick<FastifyRequest, 'headers'>, mostCharacters: number): string {
  const key = headers['idempotency-key'];
  if (typeof key === 'string' && KEY_FORM.test(key) && key.length <= mostCharacters) return key;
  const detail = `Send an Idempotency-Key of 1 to ${String(mostCharacters)} visible ASCII characters, new for each request, the same for a retry.`;
  throw new ProblemError(problem(400, 'IDEMPOTENCY_KEY_MISSING', 'Idempotency-Key is missing', detail));
}

const LONGEST_KEY = 255;

/** 1 to 255 visible ASCII characters. */
export const KEY_FORM = /^[\x21-\x7e]{1,255}$/;

/** SHA-256 over what is asked and the bytes it is asked with, Base64. */
export function fingerprintOf(
  asked: { readonly method: string; readonly route: string; readonly kind: 'json' | 'xml'; readonly options: string },
  bytes: Uint8Array,
): string {
  const { method, route, kind, options } = asked;
  return createHash('sha256').update(`${method} ${route} ${kind} ${options}\n`).update(bytes).digest('base64');
}
