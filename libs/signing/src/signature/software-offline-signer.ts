import type {
  EvidenceSubject,
  OfflineCertificate,
  OfflineSigner,
  SecretBox,
  TenantId,
  UnsignedKodII,
} from '@latarnik/domain';
import { signVerified } from '../key/key-signature.js';
import { SoftwareKeys, type SigningKey } from '../key/software-keys.js';
import { evidenceDocument } from './evidence-document.js';
import { requirePurpose } from './require-purpose.js';

/** Signs with keys that rest in the database, sealed (the other way would be a key that never leaves its hardware). */
export class SoftwareOfflineSigner implements OfflineSigner {
  readonly #keys: SoftwareKeys;

  constructor(secretBox: SecretBox, openKeyLimit?: number) {
    this.#keys = new SoftwareKeys(secretBox, openKeyLimit);
  }

  async signKodII(tenant: TenantId, certificate: OfflineCertificate, text: UnsignedKodII): Promise<Uint8Array> {
    if (!/^[\x21-\x7e]+$/.test(text)) throw new Error('the link to sign is not ASCII');
    const key = await this.#open(tenant, certificate);
    return Uint8Array.from(signVerified(key, 'kod-ii', Buffer.from(text, 'ascii')));
  }

  async signEvidence(tenant: TenantId, certificate: OfflineCertificate, subject: EvidenceSubject): Promise<Uint8Array> {
    return evidenceDocument(await this.#open(tenant, certificate), subject);
  }

  async #open(tenant: TenantId, certificate: OfflineCertificate): Promise<SigningKey> {
    requirePurpose(certificate, 'offline');
    return this.#keys.open(tenant, certificate);
  }
}
