import { createHmac, timingSafeEqual } from 'node:crypto';

import type { RandomOctets } from '../core/numbers.js';
import { ksefTimestamp } from '../core/time.js';

export type TokenType = 'OperationToken' | 'AccessToken' | 'RefreshToken';

/** A token as the API hands it out. */
export interface TokenInfo {
  readonly token: string;
  readonly validUntil: string;
}

/** What a genuine, live token says. */
export interface TokenClaims {
  readonly type: TokenType;
  readonly loginReference: string;
}

const HEADER = encode({ alg: 'HS256', typ: 'JWT' });

/** Makes and reads the bearer tokens: JWTs under a key that lives as long as the process. */
export class TokenMint {
  readonly #secret: Buffer;

  constructor(private readonly random: RandomOctets) {
    this.#secret = random(32);
  }

  mint(type: TokenType, loginReference: string, now: number, ttlMs: number): TokenInfo {
    const expiresAt = now + ttlMs;
    const payload = encode({
      'token-type': type,
      'operation-reference-number': loginReference,
      exp: Math.floor(expiresAt / 1000),
      expMs: expiresAt,
      iat: Math.floor(now / 1000),
      iss: 'ksef-api-simulator',
      aud: 'ksef-api-simulator',
      jti: this.random(8).toString('hex'),
    });
    const signed = `${HEADER}.${payload}`;
    return { token: `${signed}.${this.#sign(signed)}`, validUntil: ksefTimestamp(expiresAt) };
  }

  /** @returns undefined for a token not made here, or past its time */
  read(token: string, now: number): TokenClaims | undefined {
    const [header, payload, signature, ...rest] = token.split('.');
    if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) return undefined;
    const expected = Buffer.from(this.#sign(`${header}.${payload}`));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as {
      'token-type': TokenType;
      'operation-reference-number': string;
      expMs: number;
    };
    if (now >= claims.expMs) return undefined;
    return { type: claims['token-type'], loginReference: claims['operation-reference-number'] };
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#secret).update(text).digest('base64url');
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
