import type { EvidenceSubject, OfflineCertificate, OfflineSigner, TenantId, UnsignedKodII } from '@latarnik/domain';
import type { EcdsaForm } from '../key/ecdsa-form.js';
import { signWith } from '../key/key-signature.js';
import type { SigningKey, SigningKeys } from '../key/signing-key.js';
import { evidenceDocument } from './evidence-document.js';
import { requirePurpose } from './require-purpose.js';

/** Signs KOD II and evidence with the keys of certificates, wherever these are. */
export class CertificateOfflineSigner implements OfflineSigner {
  readonly #keys: SigningKeys;

  readonly #ecdsaForm: EcdsaForm;

  /** @param ecdsaForm of KOD II; evidence is P1363 always (XML Signature) */
  constructor(keys: SigningKeys, ecdsaForm: EcdsaForm = 'p1363') {
    this.#keys = keys;
    this.#ecdsaForm = ecdsaForm;
  }

  async signKodII(tenant: TenantId, certificate: OfflineCertificate, text: UnsignedKodII): Promise<Uint8Array> {
    if (!/^[\x21-\x7e]+$/.test(text)) throw new Error('the link to sign is not ASCII');
    const key = await this.#open(tenant, certificate);
    return Uint8Array.from(await signWith(key, 'kod-ii', Buffer.from(text, 'ascii'), this.#ecdsaForm));
  }

  async signEvidence(tenant: TenantId, certificate: OfflineCertificate, subject: EvidenceSubject): Promise<Uint8Array> {
    return evidenceDocument(await this.#open(tenant, certificate), subject);
  }

  async #open(tenant: TenantId, certificate: OfflineCertificate): Promise<SigningKey> {
    requirePurpose(certificate, 'offline');
    return this.#keys.open(tenant, certificate);
  }
}
