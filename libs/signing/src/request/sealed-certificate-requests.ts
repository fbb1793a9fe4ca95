import { generateKeyPair, sign, verify, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import {
  SecretBoxError,
  SignerUnavailableError,
  type CertificateRequest,
  type CertificateRequests,
  type EnrolmentData,
  type SealedKey,
  type SecretBox,
} from '@latarnik/domain';
import { CertificationRequest, CertificationRequestInfo } from '@peculiar/asn1-csr';
import { AsnConvert } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier, SubjectPublicKeyInfo } from '@peculiar/asn1-x509';
import { sealLabel } from '../key/seal-label.js';
import { keyFingerprint, spkiOf } from './key-fingerprint.js';
import { requestSubject } from './request-subject.js';

type Owner = Parameters<CertificateRequests['create']>[0];
type Algorithm = Parameters<CertificateRequests['create']>[2];

interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const generate = promisify(generateKeyPair);
const HASH = 'sha256';

/** Both are on KSeF's list (OpenAPI, POST /certificates/enrollments): ECDSA of RFC 3279, RSA PKCS#1 v1.5. */
const SIGNATURES = {
  'ec-p256': new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' }),
  rsa: new AlgorithmIdentifier({ algorithm: '1.2.840.113549.1.1.11', parameters: null }),
} as const satisfies Record<Algorithm, AlgorithmIdentifier>;

/**
 * Makes keys in the memory of this process, inside OpenSSL; the only bytes of one that are ours are those that go into the
 * secret box, and they are overwritten.
 */
export class SealedCertificateRequests implements CertificateRequests {
  readonly #secretBox: SecretBox;

  constructor(secretBox: SecretBox) {
    this.#secretBox = secretBox;
  }

  async create(owner: Owner, subject: EnrolmentData, algorithm: Algorithm): Promise<CertificateRequest> {
    const keys = await newKeys(algorithm);
    const sealedKey = await this.#seal(owner, keys.privateKey);
    return { csr: signedRequest(keys, subject, algorithm), keyFingerprint: keyFingerprint(keys.publicKey), sealedKey };
  }

  async #seal({ tenant, certificateId, purpose }: Owner, key: KeyObject): Promise<SealedKey> {
    const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
    try {
      return (await this.#secretBox.seal(pkcs8, sealLabel(tenant, certificateId, purpose))) as SealedKey;
    } catch (error) {
      if (!(error instanceof SecretBoxError)) throw error;
      const message = `the key of certificate ${certificateId} cannot be sealed`;
      throw new SignerUnavailableError(message, { cause: error, trouble: 'key-encryption-key' });
    } finally {
      pkcs8.fill(0);
    }
  }
}

function newKeys(algorithm: Algorithm): Promise<KeyPair> {
  return algorithm === 'ec-p256'
    ? generate('ec', { namedCurve: 'prime256v1' })
    : generate('rsa', { modulusLength: 2048, publicExponent: 0x10001 });
}

/** PKCS#10 (RFC 2986), DER, without attributes. */
function signedRequest({ privateKey, publicKey }: KeyPair, subject: EnrolmentData, algorithm: Algorithm): Uint8Array {
  const info = new CertificationRequestInfo({
    subject: requestSubject(subject),
    subjectPKInfo: AsnConvert.parse(spkiOf(publicKey), SubjectPublicKeyInfo),
  });
  const signed = new Uint8Array(AsnConvert.serialize(info));
  const signature = sign(HASH, signed, privateKey);
  if (!verify(HASH, signed, publicKey, signature)) throw new Error('a new key does not verify what it signed');
  const request = new CertificationRequest({
    certificationRequestInfo: info,
    signatureAlgorithm: SIGNATURES[algorithm],
    signature: Uint8Array.from(signature).buffer,
  });
  return new Uint8Array(AsnConvert.serialize(request));
}
