import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import type { Result } from '../shared/result.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import { CertificateIntake, type IntakeOrder, type IntakeRefusal } from './certificate-intake.js';
import type { Certificate } from './certificate.js';
import type { TokenCertificateImporter, TokenKey, TokenKeyRefusal } from './token-key.port.js';

export interface TokenCertificateImport extends IntakeOrder {
  readonly key: TokenKey;
}

export type ImportTokenCertificateRefusal = TokenKeyRefusal | IntakeRefusal;

/** Takes a KSeF certificate whose key is in a token into a context, by the rules of every import. */
export class ImportTokenCertificate {
  readonly #intake: CertificateIntake;

  constructor(
    unitOfWork: UnitOfWork,
    private readonly importer: TokenCertificateImporter,
    clock: Clock,
    ids: IdSource,
  ) {
    this.#intake = new CertificateIntake(unitOfWork, clock, ids);
  }

  /** @throws SignerUnavailableError when the token cannot be asked now, SecretBoxError when nothing can be sealed */
  execute({ key, ...order }: TokenCertificateImport): Promise<Result<Certificate, ImportTokenCertificateRefusal>> {
    return this.#intake.take(order, (owner) => this.importer.read(owner, key));
  }
}
