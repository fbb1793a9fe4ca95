import {
  err,
  ok,
  type CertificateImporter,
  type ImportedCertificate,
  type ImportRefusal,
  type KeyFile,
  type Result,
  type SealedKey,
  type SecretBox,
  type TenantId,
} from '@latarnik/domain';
import type { KeyFileReader } from '../key-file/capped-key-file-reader.js';
import type { KeyPairBytes } from '../key-file/read-key-file.js';
import { sealLabel } from '../key/seal-label.js';
import { readCertificate } from './certificate-facts.js';

interface Owner {
  readonly tenant: TenantId;
  readonly certificateId: string;
}

/**
 * Has files read by a reader, which gives a certificate and the key that belongs to it, demands of the certificate what
 * KSeF's have, and seals the key with the secret box.
 */
export class SealedCertificateImporter implements CertificateImporter {
  readonly #secretBox: SecretBox;
  readonly #reader: KeyFileReader;

  constructor(secretBox: SecretBox, reader: KeyFileReader) {
    this.#secretBox = secretBox;
    this.#reader = reader;
  }

  async read(owner: Owner, file: KeyFile): Promise<Result<ImportedCertificate, ImportRefusal>> {
    try {
      const pair = await this.#reader.read(file);
      return pair.ok ? await this.#seal(owner, pair.value) : pair;
    } finally {
      for (const secret of secretsOf(file)) secret.fill(0);
    }
  }

  async #seal(
    { tenant, certificateId }: Owner,
    { certificate, pkcs8, keyAlgorithm }: KeyPairBytes,
  ): Promise<Result<ImportedCertificate, ImportRefusal>> {
    try {
      const { purpose, keyUsage, ksefSerial, subjectNip, ...facts } = readCertificate(certificate);
      if (purpose === undefined) return err({ code: 'PURPOSE_UNKNOWN', keyUsage });
      if (ksefSerial === undefined) return err({ code: 'SERIAL_NOT_KSEF', serialDecimal: facts.serialDecimal });
      const box = await this.#secretBox.seal(pkcs8, sealLabel(tenant, certificateId, purpose));
      const { der, subject, notBefore, notAfter } = facts;
      const sealedKey = box as SealedKey;
      const imported = { purpose, serial: ksefSerial, keyAlgorithm, der, subject, notBefore, notAfter, sealedKey };
      return ok(subjectNip === undefined ? imported : { ...imported, subjectNip });
    } finally {
      pkcs8.fill(0);
    }
  }
}

/** The certificate of a PEM file is public. */
function secretsOf(file: KeyFile): readonly Uint8Array[] {
  const password = file.password === undefined ? [] : [file.password];
  return [file.kind === 'pem' ? file.key : file.bytes, ...password];
}
