import { type KsefAccess, KsefThrottledError, KsefUnreachableError } from '@latarnik/domain';

import type { AccessTokens } from './access-tokens.js';
import type { Refusal } from './error-body.js';
import type { Expected, KsefAnswer, KsefApi, KsefCall } from './ksef-api.js';
import { refusedRead } from './refusals.js';

/** With the token there is, a refreshed one, and one of a new login. */
const MOST_ATTEMPTS = 3;

/**
 * Calls in someone's name: with a token, once more with a refreshed one when KSeF does not take it (401), and once more
 * with one of a new login when it does not take that either.
 */
export class KsefCalls {
  constructor(
    private readonly api: KsefApi,
    private readonly tokens: AccessTokens,
  ) {}

  /**
   * Safe for effects: a call answered with 401 did nothing.
   * @throws KsefLoginError, KsefUnreachableError, KsefThrottledError when there is no token; then nothing was sent, or
   * what was sent was answered with 401
   */
  async call<T>(access: KsefAccess, call: KsefCall, expected: Expected<T>): Promise<KsefAnswer<T>> {
    const named = { ...call, context: access.context };
    for (let attempt = 1; ; attempt += 1) {
      const token = await this.tokens.tokenFor(access);
      const answer = await this.api.call({ ...named, token }, expected);
      const isUnauthorised = answer.kind === 'refused' && answer.refusal.httpStatus === 401;
      if (!isUnauthorised || attempt === MOST_ATTEMPTS) return answer;
      await this.tokens.forget(access, token);
    }
  }

  /**
   * A read: either there is an answer or an error that says to ask again later.
   * @param absent whether a refusal means that there is no such thing
   * @throws KsefLoginError, KsefUnreachableError, KsefThrottledError
   */
  async read<T>(
    access: KsefAccess,
    path: string,
    expected: Expected<T>,
    {
      headers,
      absent,
    }: { readonly headers?: Record<string, string>; readonly absent?: (refusal: Refusal) => boolean } = {},
  ): Promise<T | undefined> {
    const call: KsefCall = { method: 'GET', path, ...(headers === undefined ? {} : { headers }) };
    const answer = await this.call(access, call, expected);
    switch (answer.kind) {
      case 'ok':
        return answer.value;
      case 'refused':
        if (absent?.(answer.refusal) === true) return undefined;
        throw refusedRead(answer.refusal);
      case 'throttled':
        throw new KsefThrottledError(answer.retryAfterSeconds);
      case 'lost':
      case 'not-sent':
        throw new KsefUnreachableError(answer.cause);
    }
  }
}
