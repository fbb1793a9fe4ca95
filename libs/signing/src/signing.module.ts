import { PORTS, type Clock, type SecretBox } from '@latarnik/domain';
import { ContainerModule } from 'inversify';
import { SealedCertificateImporter } from './certificate/sealed-certificate-importer.js';
import { EnvelopeSecretBox, type KeyEncryptionKeys } from './secret-box/envelope-secret-box.js';
import { SoftwareLoginSigner } from './signature/software-login-signer.js';
import { SoftwareOfflineSigner } from './signature/software-offline-signer.js';
import { Sha256Hasher } from './system/sha256-hasher.js';
import { SystemClock } from './system/system-clock.js';
import { UuidV7Source } from './system/uuid-v7-source.js';

export interface SigningOptions {
  /** Without them nothing can be sealed or signed; hashing, identifiers and the clock work. */
  readonly keyEncryptionKeys?: KeyEncryptionKeys;
  /**
   * How many opened keys each of the two signers keeps in memory.
   * @default 64
   */
  readonly openKeyLimit?: number;
}

/**
 * Provides Hasher, IdSource, Clock, SecretBox, CertificateImporter, OfflineSigner and LoginSigner. Requires nothing:
 * rebinding SecretBox (a key management service) or Clock changes the others with it.
 */
export const signingModule = (options: SigningOptions): ContainerModule => {
  const secretBox = new EnvelopeSecretBox(options.keyEncryptionKeys);
  const { openKeyLimit } = options;
  return new ContainerModule(({ bind }) => {
    bind(PORTS.hasher).toConstantValue(new Sha256Hasher());
    bind(PORTS.clock).toConstantValue(new SystemClock());
    bind(PORTS.secretBox).toConstantValue(secretBox);
    bind(PORTS.idSource)
      .toResolvedValue((clock: Clock) => new UuidV7Source(clock), [PORTS.clock])
      .inSingletonScope();
    bind(PORTS.certificateImporter)
      .toResolvedValue((box: SecretBox) => new SealedCertificateImporter(box), [PORTS.secretBox])
      .inSingletonScope();
    bind(PORTS.offlineSigner)
      .toResolvedValue((box: SecretBox) => new SoftwareOfflineSigner(box, openKeyLimit), [PORTS.secretBox])
      .inSingletonScope();
    bind(PORTS.loginSigner)
      .toResolvedValue(
        (box: SecretBox, clock: Clock) => new SoftwareLoginSigner(box, clock, openKeyLimit),
        [PORTS.secretBox, PORTS.clock],
      )
      .inSingletonScope();
  });
};
