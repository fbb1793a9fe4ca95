import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import type { Result } from '../shared/result.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { CertificateImporter, ImportRefusal, KeyFile } from './certificate-importer.port.js';
import { CertificateIntake, type IntakeOrder, type IntakeRefusal } from './certificate-intake.js';
import type { Certificate } from './certificate.js';

export interface CertificateImport extends IntakeOrder {
  /** Its secret bytes are zero afterwards. */
  readonly file: KeyFile;
}

export type ImportCertificateRefusal = ImportRefusal | IntakeRefusal;

/** Takes a KSeF certificate with its key into a context, by the rules of every import. */
export class ImportCertificate {
  readonly #intake: CertificateIntake;

  constructor(
    unitOfWork: UnitOfWork,
    private readonly importer: CertificateImporter,
    clock: Clock,
    ids: IdSource,
  ) {
    this.#intake = new CertificateIntake(unitOfWork, clock, ids);
  }

  execute({ file, ...order }: CertificateImport): Promise<Result<Certificate, ImportCertificateRefusal>> {
    return this.#intake.take(order, (owner) => this.importer.read(owner, file));
  }
}
