import type { TokenReference } from './token-reference.js';

/** RSASSA-PSS with SHA-256 and a salt of 32 bytes, RSASSA-PKCS1-v1_5 with SHA-256, or ECDSA. */
export type TokenMechanism = 'rsa-pss' | 'rsa-pkcs1' | 'ecdsa';

/** First message to the process that talks to the token. */
export interface TokenSettings {
  readonly modulePath: string;
  /** Used for references that name no token. */
  readonly tokenLabel?: string;
  /** Read there: the PIN never is in the memory of the process that asks. */
  readonly pinFile: string;
}

export interface SignRequest {
  readonly call: number;
  readonly reference: TokenReference;
  readonly mechanism: TokenMechanism;
  /** SHA-256. */
  readonly digest: Uint8Array;
}

/** What is wrong, in our words or as the name of a PKCS#11 code; never a value. */
export type TokenProblem =
  | { readonly kind: 'token'; readonly detail: string }
  /** Not tried again with the same PIN: the token would lock. */
  | { readonly kind: 'pin'; readonly detail: string }
  | { readonly kind: 'key'; readonly found: number }
  /** The key is of another type than the one that was asked to sign: it belongs to another certificate. */
  | { readonly kind: 'key-type' };

/**
 * Whether sessions with the token are of no use after it: its process ends, and with it every call that waits. What is
 * wrong with one key is no concern of the others.
 */
export const spoilsSessions = ({ kind }: TokenProblem): boolean => kind === 'token' || kind === 'pin';

export type SignAnswer =
  { readonly call: number; readonly signature: Uint8Array } | { readonly call: number; readonly problem: TokenProblem };

/** Thrown where the token is talked to. */
export class TokenFailure extends Error {
  override readonly name = 'TokenFailure';
  constructor(readonly problem: TokenProblem) {
    super(problem.kind);
  }
}
