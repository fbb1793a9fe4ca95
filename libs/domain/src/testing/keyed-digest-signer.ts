import { createHmac } from 'node:crypto';
import type { OfflineCertificate } from '../certificate/certificate.js';
import {
  SignerUnavailableError,
  type EvidenceSubject,
  type OfflineSigner,
} from '../certificate/offline-signer.port.js';
import { hashToBase64 } from '../invoice/invoice-hash.js';
import type { TenantId } from '../tenant/tenant.js';
import type { UnsignedKodII } from '../verification-code/kod-ii.js';

/**
 * Signs nothing: in place of a signature it gives an HMAC-SHA256 of the text under the serial of the certificate, so
 * that a test can tell which text went under which certificate. Real signatures are tested in libs/signing.
 */
export class KeyedDigestSigner implements OfflineSigner {
  /** The key cannot be used: every call refuses. */
  unavailable = false;
  calls = 0;

  signKodII(_tenant: TenantId, certificate: OfflineCertificate, text: UnsignedKodII): Promise<Uint8Array> {
    return this.answer(keyedDigest(certificate.serial, text));
  }

  signEvidence(_tenant: TenantId, certificate: OfflineCertificate, subject: EvidenceSubject): Promise<Uint8Array> {
    const { fileName, hash, signingTime } = subject;
    const text = `${fileName} ${hashToBase64(hash)} ${signingTime.toString()} ${certificate.serial}`;
    return this.answer(new TextEncoder().encode(text));
  }

  private answer(bytes: Uint8Array): Promise<Uint8Array> {
    if (this.unavailable) return Promise.reject(new SignerUnavailableError('the key-encryption key is missing'));
    this.calls += 1;
    return Promise.resolve(bytes);
  }
}

export function keyedDigest(serial: string, text: string): Uint8Array {
  return new Uint8Array(createHmac('sha256', serial).update(text, 'ascii').digest());
}
