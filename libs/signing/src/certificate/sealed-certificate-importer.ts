import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  err,
  ok,
  type CertificateImporter,
  type ImportedCertificate,
  type ImportRefusal,
  type Result,
  type SealedKey,
  type SecretBox,
  type TenantId,
} from '@latarnik/domain';
import { keyAlgorithmOf } from '../key/key-algorithm.js';
import { signVerified } from '../key/key-signature.js';
import { sealLabel } from '../key/seal-label.js';
import { readCertificate, type CertificateFacts } from './certificate-facts.js';
import { pemBlocks } from './pem.js';
import { privateKeyFromPem } from './private-key-pem.js';

interface Owner {
  readonly tenant: TenantId;
  readonly certificateId: string;
}

/**
 * Reads certificates and keys from files and seals the key with the secret box. Each file format is read by a function
 * of its own into a certificate and a key; what is demanded of these two is in `#seal` and does not depend on the format.
 */
export class SealedCertificateImporter implements CertificateImporter {
  readonly #secretBox: SecretBox;

  constructor(secretBox: SecretBox) {
    this.#secretBox = secretBox;
  }

  async fromPem(
    owner: Owner,
    certificatePem: string,
    keyPem: string,
  ): Promise<Result<ImportedCertificate, ImportRefusal>> {
    const certificate = certificateFromPem(certificatePem);
    if (!certificate.ok) return certificate;
    const key = privateKeyFromPem(keyPem);
    return key.ok ? this.#seal(owner, certificate.value, key.value) : key;
  }

  async #seal(
    { tenant, certificateId }: Owner,
    facts: CertificateFacts,
    privateKey: KeyObject,
  ): Promise<Result<ImportedCertificate, ImportRefusal>> {
    const keyAlgorithm = keyAlgorithmOf(privateKey);
    if (keyAlgorithm === undefined) return err({ code: 'KEY_NOT_SUPPORTED', detail: describeKey(privateKey) });
    if (!belongsTogether(privateKey, facts.publicKey)) return err({ code: 'KEY_DOES_NOT_MATCH' });
    if (facts.purpose === undefined) return err({ code: 'PURPOSE_UNKNOWN', detail: PURPOSE_DETAIL });
    if (facts.ksefSerial === undefined) return err({ code: 'SERIAL_NOT_KSEF', detail: facts.serialDecimal });
    const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
    try {
      const box = await this.#secretBox.seal(pkcs8, sealLabel(tenant, certificateId, facts.purpose));
      const { purpose, ksefSerial: serial, der, subject, subjectNip, notBefore, notAfter } = facts;
      const imported = {
        purpose,
        serial,
        keyAlgorithm,
        der,
        subject,
        notBefore,
        notAfter,
        sealedKey: box as SealedKey,
      };
      return ok(subjectNip === undefined ? imported : { ...imported, subjectNip });
    } finally {
      pkcs8.fill(0);
    }
  }
}

const PURPOSE_DETAIL =
  'the key usage must be non-repudiation (type Offline) or digital signature (type Authentication), and not both';

function certificateFromPem(pem: string): Result<CertificateFacts, ImportRefusal> {
  const [block, ...more] = pemBlocks(pem).filter(({ label }) => label === 'CERTIFICATE');
  if (block === undefined) return unreadable('there is no certificate in PEM');
  if (more.length > 0) return unreadable('there is more than one certificate: give the one that belongs to the key');
  if (block.der === undefined) return unreadable('the certificate is damaged');
  try {
    return ok(readCertificate(block.der));
  } catch {
    return unreadable('the certificate is damaged');
  }
}

const unreadable = (detail: string): Result<never, ImportRefusal> => err({ code: 'CERTIFICATE_UNREADABLE', detail });

/** The public keys are equal, and the private key really makes signatures of that public key. */
function belongsTogether(privateKey: KeyObject, publicKey: KeyObject): boolean {
  if (!createPublicKey(privateKey).equals(publicKey)) return false;
  try {
    signVerified({ privateKey, publicKey }, 'xml-signature', Buffer.from('latarnik/key-check'));
    return true;
  } catch {
    return false;
  }
}

function describeKey(key: KeyObject): string {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  return [key.asymmetricKeyType, namedCurve, modulusLength].filter((part) => part !== undefined).join(' ');
}
