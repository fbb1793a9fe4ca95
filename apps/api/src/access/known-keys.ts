import { createHash } from 'node:crypto';
import type { ApiKeys, AuthenticatedKey } from '@latarnik/domain';

/** Keys remembered at a time. */
const MOST_KEYS = 10_000;

/**
 * Looks keys up, and remembers what it found for a moment, so that a busy key costs no query each time. A key that is
 * revoked elsewhere is refused here after that moment; an end that is known is kept to exactly.
 */
export class KnownKeys {
  readonly #found = new Map<string, { readonly key: AuthenticatedKey; readonly untilMs: number }>();

  constructor(
    private readonly apiKeys: ApiKeys,
    private readonly cacheMs: number,
    private readonly nowMs: () => number,
  ) {}

  async find(token: string): Promise<AuthenticatedKey | undefined> {
    const hash = sha256(token);
    const known = this.#found.get(hash);
    if (known !== undefined && this.nowMs() < known.untilMs) return known.key;
    const key = await this.apiKeys.authenticate(hash);
    this.#found.delete(hash);
    if (key === undefined) return undefined;
    this.#found.set(hash, { key, untilMs: this.nowMs() + this.cacheMs });
    const [oldest] = this.#found.keys();
    if (this.#found.size > MOST_KEYS && oldest !== undefined) this.#found.delete(oldest);
    return key;
  }

  /** A key ended in this process: nothing is remembered of it. */
  forget(keyId: string): void {
    for (const [hash, { key }] of this.#found) if (key.keyId === keyId) this.#found.delete(hash);
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('base64');
