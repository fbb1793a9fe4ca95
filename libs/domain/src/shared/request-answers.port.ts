import type { IdempotencyClaim } from '../invoice/idempotency.port.js';

/** The answer to a request that was carried out, as it was given. */
export interface RequestAnswer {
  readonly status: number;
  /** JSON; `undefined` for an answer without a body. */
  readonly body?: string;
  /** Where what it made is. */
  readonly location?: string;
}

/** What a request with this Idempotency-Key is told (IETF draft idempotency-key-header-07, reliability A1). */
export type BegunRequest =
  /** It is the first, or the one before it died, or was refused: it is carried out now. */
  | { readonly kind: 'begun' }
  /** The first one has not ended. */
  | { readonly kind: 'running' }
  /** The key came before with something else. */
  | { readonly kind: 'reused' }
  | { readonly kind: 'answered'; readonly answer: RequestAnswer };

/**
 * Answers of one tenant by Idempotency-Key, for requests whose use case keeps no keys of its own. A request that was
 * refused leaves nothing behind; one that died may be carried out again once its lease is over, so only what is safe to
 * repeat goes through here.
 */
export interface RequestAnswers {
  /** @param attempt names this request; only it may end what it begins */
  begin(claim: IdempotencyClaim, attempt: string, leaseSeconds: number): Promise<BegunRequest>;
  /** Keeps the answer; without effect when another request took over. */
  end(key: string, attempt: string, answer: RequestAnswer): Promise<void>;
  /** Frees the key of a request that was refused; without effect when another request took over. */
  release(key: string, attempt: string): Promise<void>;
}
