import { createHmac, timingSafeEqual } from 'node:crypto';

import type { RandomOctets } from '../core/numbers.js';

/** Why a link does not open. */
export type LinkRefusal = 'BAD_SIGNATURE' | 'EXPIRED';

/** Storage addresses that carry their own key and end at a given time. */
export class LinkSigner {
  readonly #secret: Buffer;

  constructor(random: RandomOctets) {
    this.#secret = random(32);
  }

  /** The query that opens `path` until `expiresAt`: `sp` r (read) or w (write). */
  query(path: string, permission: 'r' | 'w', expiresAt: number): string {
    const se = String(expiresAt);
    return new URLSearchParams({
      sv: '2025-01-05',
      sr: 'b',
      sp: permission,
      se,
      sig: this.#sign(path, permission, se),
    }).toString();
  }

  /** @returns undefined when the link opens the path at `now` */
  check(
    path: string,
    permission: 'r' | 'w',
    query: Readonly<Record<string, string | undefined>>,
    now: number,
  ): LinkRefusal | undefined {
    const { se = '', sig = '' } = query;
    const expected = Buffer.from(this.#sign(path, permission, se));
    const given = Buffer.from(sig);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'BAD_SIGNATURE';
    return now < Number(se) ? undefined : 'EXPIRED';
  }

  #sign(path: string, permission: string, expiresAt: string): string {
    return createHmac('sha256', this.#secret).update(`${permission} ${expiresAt} ${path}`).digest('base64');
  }
}
