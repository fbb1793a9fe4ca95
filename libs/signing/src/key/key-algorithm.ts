import type { KeyObject } from 'node:crypto';
import type { Certificate } from '@latarnik/domain';

export type KeyAlgorithm = Certificate['keyAlgorithm'];

const LEAST_RSA_BITS = 2048;
const LARGEST_RSA_BITS = 4096;

/** KSeF certifies RSA 2048 and EC P-256 (domain rules 5); longer RSA keys are accepted. `undefined`: not supported. */
export function keyAlgorithmOf(key: KeyObject): KeyAlgorithm | undefined {
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec') return namedCurve === 'prime256v1' ? 'ec-p256' : undefined;
  if (key.asymmetricKeyType !== 'rsa') return undefined;
  return modulusLength >= LEAST_RSA_BITS && modulusLength <= LARGEST_RSA_BITS ? 'rsa' : undefined;
}
