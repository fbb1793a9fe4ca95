import { X509Certificate } from 'node:crypto';
import type { CodeVerifier, UnsignedKodII } from '@latarnik/domain';
import { keyAlgorithmOf } from './key-algorithm.js';
import { verifySignature } from './key-signature.js';

/** Two numbers of 32 bytes (IEEE P1363). */
const P1363_BYTES = 64;

/** Verifies KOD II with the public key that the certificate carries. */
export class X509CodeVerifier implements CodeVerifier {
  verifies(certificateDer: Uint8Array, text: UnsignedKodII, signature: Uint8Array): boolean {
    const { publicKey } = new X509Certificate(certificateDer);
    const algorithm = keyAlgorithmOf(publicKey);
    if (algorithm === undefined) throw new Error('a certificate with a key of a kind that is never imported');
    const data = Buffer.from(text, 'ascii');
    if (algorithm === 'rsa') return verifySignature(publicKey, 'kod-ii', data, signature);
    if (signature.length === P1363_BYTES && verifySignature(publicKey, 'kod-ii', data, signature)) return true;
    return verifySignature(publicKey, 'kod-ii', data, signature, 'der');
  }
}
