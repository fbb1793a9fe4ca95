import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { SignerUnavailableError } from '@latarnik/domain';
import { signUnverified, type SignatureScheme } from './key-signature.js';
import { samePublicKey } from './same-public-key.js';
import type { PrivateKey } from './signing-key.js';

/** A key in the memory of this process, inside OpenSSL. */
export class SoftwareKey implements PrivateKey {
  readonly #key: KeyObject;

  private constructor(key: KeyObject) {
    this.#key = key;
  }

  /**
   * @param pkcs8 DER; zero afterwards
   * @throws SignerUnavailableError when it is no key, or not that of the public key
   */
  static of(pkcs8: Uint8Array, publicKey: KeyObject, certificateId: string): SoftwareKey {
    const key = parse(pkcs8);
    if (key === undefined) throw new SignerUnavailableError(`the key of certificate ${certificateId} is damaged`);
    if (samePublicKey(createPublicKey(key), publicKey)) return new SoftwareKey(key);
    throw new SignerUnavailableError(`the key of certificate ${certificateId} is not the key of that certificate`);
  }

  sign(scheme: SignatureScheme, data: Uint8Array): Promise<Uint8Array> {
    return Promise.resolve(signUnverified(this.#key, scheme, data));
  }
}

/** What OpenSSL says of bytes that are no key is not passed on, since it may quote them. */
function parse(pkcs8: Uint8Array): KeyObject | undefined {
  const key = Buffer.from(pkcs8.buffer, pkcs8.byteOffset, pkcs8.length);
  try {
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  } catch {
    return undefined;
  } finally {
    pkcs8.fill(0);
  }
}
