import { createHash, X509Certificate, type KeyObject } from 'node:crypto';
import {
  err,
  ok,
  type ImportedCertificate,
  type Result,
  type SealedKey,
  type SecretBox,
  type TenantId,
  type TokenCertificateImporter,
  type TokenKey,
  type TokenKeyRefusal,
  type TokenKeyUse,
} from '@latarnik/domain';
import { readCertificate, type CertificateFacts } from '../certificate/certificate-facts.js';
import { keyAlgorithmOf } from '../key/key-algorithm.js';
import { verifySignature } from '../key/key-signature.js';
import { sealLabel } from '../key/seal-label.js';
import type { TokenKeys } from '../key/sealed-keys.js';
import type { PrivateKey } from '../key/signing-key.js';
import { TokenKeyNotFoundError, TokenKeyTypeError } from './pkcs11-token.js';
import { parseTokenReference } from './token-reference.js';

const LONGEST_CERTIFICATE_BYTES = 64 * 1024;
const PROOF = Buffer.from('latarnik/key-check');

/** Takes certificates whose keys are in a token: what is sealed is where the key is. */
export class Pkcs11CertificateImporter implements TokenCertificateImporter {
  readonly #secretBox: SecretBox;
  readonly #tokenKeys: TokenKeys | undefined;

  constructor(secretBox: SecretBox, tokenKeys: TokenKeys | undefined) {
    this.#secretBox = secretBox;
    this.#tokenKeys = tokenKeys;
  }

  async read(
    owner: { readonly tenant: TenantId; readonly certificateId: string },
    key: TokenKey,
    signed: (use: TokenKeyUse) => Promise<void>,
  ): Promise<Result<ImportedCertificate, TokenKeyRefusal>> {
    if (this.#tokenKeys === undefined) return err({ code: 'NO_TOKEN' });
    const reference = parseTokenReference(key.reference);
    if (!reference.ok) return reference;
    const facts = factsOf(key.certificate);
    if (facts === undefined) return err({ code: 'CERTIFICATE_UNREADABLE' });
    const { purpose, keyUsage, ksefSerial: serial, subjectNip, serialDecimal } = facts;
    if (purpose === undefined) return err({ code: 'PURPOSE_UNKNOWN', keyUsage });
    if (serial === undefined) return err({ code: 'SERIAL_NOT_KSEF', serialDecimal });
    const keyAlgorithm = keyAlgorithmOf(facts.publicKey);
    if (keyAlgorithm === undefined) return err({ code: 'KEY_NOT_SUPPORTED', found: nameOf(facts.publicKey) });
    const proof = await signatureOf(this.#tokenKeys.keyFor(reference.value, keyAlgorithm));
    if (!proof.ok) return proof;
    await signed({ serial, fingerprint: createHash('sha256').update(facts.der).digest('hex') });
    if (!verifySignature(facts.publicKey, 'xml-signature', PROOF, proof.value))
      return err({ code: 'KEY_DOES_NOT_MATCH' });
    const label = sealLabel(owner.tenant, owner.certificateId, purpose);
    const sealedKey = (await this.#secretBox.seal(new TextEncoder().encode(key.reference), label)) as SealedKey;
    const { der, subject, notBefore, notAfter } = facts;
    const imported = { purpose, serial, keyAlgorithm, der, subject, notBefore, notAfter, sealedKey };
    return ok(subjectNip === undefined ? imported : { ...imported, subjectNip });
  }
}

async function signatureOf(key: PrivateKey): Promise<Result<Uint8Array, TokenKeyRefusal>> {
  try {
    return ok(await key.sign('xml-signature', PROOF));
  } catch (error) {
    if (error instanceof TokenKeyTypeError) return err({ code: 'KEY_DOES_NOT_MATCH' });
    if (!(error instanceof TokenKeyNotFoundError)) throw error;
    return err({ code: 'TOKEN_KEY_NOT_FOUND', found: error.found });
  }
}

function factsOf(certificate: Uint8Array): CertificateFacts | undefined {
  if (certificate.length > LONGEST_CERTIFICATE_BYTES) return undefined;
  try {
    return readCertificate(new X509Certificate(certificate).raw);
  } catch {
    return undefined;
  }
}

function nameOf(key: KeyObject): string {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  return [key.asymmetricKeyType, namedCurve, modulusLength].filter((part) => part !== undefined).join(' ');
}
