import {
  CODE_VERIFIER,
  PORTS,
  SecretBoxError,
  webhookSecretLabel,
  type Clock,
  type KeyEncryptionKeys,
  type SealedBoxes,
  type SecretBox,
  type StoredBox,
} from '@latarnik/domain';
import { ContainerModule } from 'inversify';
import { SealedCertificateImporter } from './certificate/sealed-certificate-importer.js';
import { CappedKeyFileReader } from './key-file/capped-key-file-reader.js';
import { X509CodeVerifier } from './key/code-verifier.js';
import type { EcdsaForm } from './key/ecdsa-form.js';
import { ReportedKeys, type SigningTrouble } from './key/reported-keys.js';
import { sealLabel } from './key/seal-label.js';
import { SealedKeys } from './key/sealed-keys.js';
import type { SigningKeys } from './key/signing-key.js';
import { Pkcs11Token, type Pkcs11Options } from './pkcs11/pkcs11-token.js';
import { Pkcs11CertificateImporter } from './pkcs11/token-certificate-importer.js';
import { SealedCertificateRequests } from './request/sealed-certificate-requests.js';
import { x509CertificateReader } from './request/x509-certificate-reader.js';
import { EnvelopeSecretBox, type StoredBoxes } from './secret-box/envelope-secret-box.js';
import { LocalKeyEncryptionKeys } from './secret-box/local-key-encryption-keys.js';
import { CertificateLoginSigner } from './signature/certificate-login-signer.js';
import { CertificateOfflineSigner } from './signature/certificate-offline-signer.js';
import { Sha256Hasher } from './system/sha256-hasher.js';
import { SystemClock } from './system/system-clock.js';
import { UuidV7Source } from './system/uuid-v7-source.js';

type DeclaredPackage = Extract<StoredBox, { readonly kind: 'session-key' }>['declared'];

export interface SigningOptions {
  /** Without them nothing can be sealed or signed; hashing, identifiers and the clock work. */
  readonly keyEncryptionKeys?: KeyEncryptionKeys;
  /** For keys in a token (HSM); without it certificates that name one cannot sign. */
  readonly pkcs11?: Pkcs11Options;
  /**
   * How many opened keys each of the two signers keeps in memory.
   * @default 64
   */
  readonly openKeyLimit?: number;
  /**
   * What a session key of a batch is sealed under: a wrong key-encryption key is told by session keys, too.
   * @default only certificates tell
   */
  readonly sessionKeyLabel?: (declared: DeclaredPackage) => string;
  /**
   * How KOD II of EC keys is written. KSeF takes DER only where P1363 cannot be made (ksef-docs kody-qr.md).
   * @default 'p1363'
   */
  readonly kodIIEcdsaForm?: EcdsaForm;
  /** Told of every key that could not be used. @default nobody */
  readonly onTrouble?: (trouble: SigningTrouble) => void;
}

/**
 * Provides Hasher, IdSource, Clock, CodeVerifier, KeyEncryptionKeys, SecretBox, BoxRewrapper, CertificateImporter,
 * TokenCertificateImporter, CertificateRequests, CertificateReader, OfflineSigner and LoginSigner. Requires nothing, and uses
 * SealedBoxes where it is bound to tell a wrong key-encryption key: rebinding KeyEncryptionKeys (a key management
 * service), SecretBox or Clock changes the others with it.
 */
export const signingModule = (options: SigningOptions): ContainerModule => {
  const tokenKeys = options.pkcs11 === undefined ? undefined : new Pkcs11Token(options.pkcs11);
  const keysOf = (box: SecretBox): SigningKeys => {
    const { openKeyLimit, onTrouble = () => undefined } = options;
    const limit = openKeyLimit === undefined ? {} : { openKeyLimit };
    const token = tokenKeys === undefined ? {} : { tokenKeys };
    return new ReportedKeys(new SealedKeys(box, { ...limit, ...token }), onTrouble);
  };
  return new ContainerModule(({ bind }) => {
    bind(PORTS.hasher).toConstantValue(new Sha256Hasher());
    bind(PORTS.clock).toConstantValue(new SystemClock());
    bind(CODE_VERIFIER).toConstantValue(new X509CodeVerifier());
    bind(PORTS.keyEncryptionKeys).toConstantValue(options.keyEncryptionKeys ?? noKeyEncryptionKeys());
    for (const box of [PORTS.secretBox, PORTS.boxRewrapper]) {
      bind(box)
        .toResolvedValue(
          (keys: KeyEncryptionKeys, boxes?: SealedBoxes) =>
            new EnvelopeSecretBox(keys, storedIn(boxes, options.sessionKeyLabel)),
          [PORTS.keyEncryptionKeys, { serviceIdentifier: PORTS.sealedBoxes, optional: true }],
        )
        .inSingletonScope();
    }
    bind(PORTS.idSource)
      .toResolvedValue((clock: Clock) => new UuidV7Source(clock), [PORTS.clock])
      .inSingletonScope();
    bind(PORTS.certificateImporter)
      .toResolvedValue(
        (box: SecretBox) => new SealedCertificateImporter(box, new CappedKeyFileReader()),
        [PORTS.secretBox],
      )
      .inSingletonScope();
    bind(PORTS.certificateReader).toConstantValue(x509CertificateReader);
    bind(PORTS.certificateRequests)
      .toResolvedValue((box: SecretBox) => new SealedCertificateRequests(box), [PORTS.secretBox])
      .inSingletonScope();
    bind(PORTS.tokenCertificateImporter)
      .toResolvedValue((box: SecretBox) => new Pkcs11CertificateImporter(box, tokenKeys), [PORTS.secretBox])
      .inSingletonScope();
    bind(PORTS.offlineSigner)
      .toResolvedValue(
        (box: SecretBox) => new CertificateOfflineSigner(keysOf(box), options.kodIIEcdsaForm),
        [PORTS.secretBox],
      )
      .inSingletonScope();
    bind(PORTS.loginSigner)
      .toResolvedValue(
        (box: SecretBox, clock: Clock) => new CertificateLoginSigner(keysOf(box), clock),
        [PORTS.secretBox, PORTS.clock],
      )
      .inSingletonScope();
  });
};

const noKeyEncryptionKeys = (): KeyEncryptionKeys =>
  new LocalKeyEncryptionKeys(() => Promise.reject(new SecretBoxError('no key-encryption key is configured')));

/** Of each kind; enough to find one that was not changed. */
const STORED_BOXES = 20;

function storedIn(boxes: SealedBoxes | undefined, sessionKeyLabel: SigningOptions['sessionKeyLabel']): StoredBoxes {
  const labelled = (stored: StoredBox) => {
    switch (stored.kind) {
      case 'certificate':
        return [{ box: stored.box, label: sealLabel(stored.tenant, stored.id, stored.purpose) }];
      case 'session-key':
        return sessionKeyLabel === undefined ? [] : [{ box: stored.box, label: sessionKeyLabel(stored.declared) }];
      case 'webhook-secret':
        return [{ box: stored.box, label: webhookSecretLabel(stored.tenant, stored.id) }];
    }
  };
  return async (version) => {
    if (boxes === undefined) return [];
    const certificates = await boxes.newest('certificate', version, STORED_BOXES);
    const sessionKeys = await boxes.newest('session-key', version, STORED_BOXES);
    const webhookSecrets = await boxes.newest('webhook-secret', version, STORED_BOXES);
    return [...certificates, ...sessionKeys, ...webhookSecrets].flatMap(labelled);
  };
}
