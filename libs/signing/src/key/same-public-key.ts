import type { KeyObject } from 'node:crypto';

/**
 * Whether two public keys are one. Keys of different kinds are told apart first: OpenSSL calls it an error to compare
 * them, and Node (24) leaves that error lying about for the next operation that looks for one.
 */
export function samePublicKey(one: KeyObject, other: KeyObject): boolean {
  return (
    one.asymmetricKeyType === other.asymmetricKeyType &&
    one.asymmetricKeyDetails?.namedCurve === other.asymmetricKeyDetails?.namedCurve &&
    one.equals(other)
  );
}
