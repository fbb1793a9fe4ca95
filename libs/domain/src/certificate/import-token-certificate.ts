import { contextLabel } from '../party/context-identifier.js';
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

/**
 * Takes a KSeF certificate whose key is in a token into a context, by the rules of every import. The token signs once to
 * prove that it has the key: a refusal after that is written down too, as each use of a key is (invariant I9).
 */
export class ImportTokenCertificate {
  readonly #intake: CertificateIntake;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly importer: TokenCertificateImporter,
    private readonly clock: Clock,
    ids: IdSource,
  ) {
    this.#intake = new CertificateIntake(unitOfWork, clock, ids);
  }

  /** @throws SignerUnavailableError when the token cannot be asked now, SecretBoxError when nothing can be sealed */
  async execute({
    key,
    ...order
  }: TokenCertificateImport): Promise<Result<Certificate, ImportTokenCertificateRefusal>> {
    let attempt = '';
    const outcome = await this.#intake.take(order, (owner) => {
      attempt = owner.certificateId;
      return this.importer.read(owner, key);
    });
    if (!outcome.ok && !BEFORE_THE_PROOF.has(outcome.error.code))
      await this.#refused(order, attempt, outcome.error.code);
    return outcome;
  }

  #refused({ tenant, actor, context }: IntakeOrder, id: string, code: string): Promise<void> {
    return this.unitOfWork.inTenant(tenant, ({ audit }) =>
      audit.append([
        {
          at: this.clock.now(),
          actor,
          action: 'certificate.token-import-refused',
          subject: { kind: 'certificate', id },
          facts: { code, context: contextLabel(context) },
        },
      ]),
    );
  }
}

/** The token was not asked to sign. */
const BEFORE_THE_PROOF: ReadonlySet<ImportTokenCertificateRefusal['code']> = new Set([
  'NO_TOKEN',
  'REFERENCE_INVALID',
  'CERTIFICATE_UNREADABLE',
  'TOKEN_KEY_NOT_FOUND',
  'KEY_NOT_SUPPORTED',
  'PURPOSE_UNKNOWN',
  'SERIAL_NOT_KSEF',
]);
