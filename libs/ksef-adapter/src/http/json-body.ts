import { err, ok, type Result } from '@latarnik/domain';

import type { HttpAnswer } from './transport.js';

/** Reads a body as JSON in UTF-8 when it says that it is. The error is a reason in words. */
export function parseJson(answer: HttpAnswer): Result<unknown, string> {
  const mediaType = mediaTypeOf(answer);
  if (mediaType !== 'application/json' && mediaType !== 'application/problem+json') {
    return err(`content type ${mediaType === '' ? 'missing' : mediaType}`);
  }
  try {
    return ok(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(answer.body)));
  } catch {
    return err('not JSON');
  }
}

/** Without parameters, in lower case; empty when there is none. */
export function mediaTypeOf(answer: HttpAnswer): string {
  return (answer.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase().slice(0, 80) ?? '';
}
