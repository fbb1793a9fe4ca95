import { contextLabel } from '../party/context-identifier.js';
import type { AuditEntry } from '../audit/audit-trail.port.js';
import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import type { Result } from '../shared/result.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import { CertificateIntake, type IntakeOrder, type IntakeRefusal } from './certificate-intake.js';
import type { Certificate } from './certificate.js';
import type { TokenCertificateImporter, TokenKey, TokenKeyRefusal } from './token-key.port.js';

type Facts = AuditEntry['facts'];

export interface TokenCertificateImport extends IntakeOrder {
  readonly key: TokenKey;
}

export type ImportTokenCertificateRefusal = TokenKeyRefusal | IntakeRefusal;

/**
 * Takes a KSeF certificate whose key is in a token into a context, by the rules of every import. The token signs once to
 * prove that it has the key: that is written down at once, before anything else can fail, as each use of a key is
 * (invariant I9), and so is why the certificate was not taken after it.
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
    let used: ((action: string, facts: Facts) => Promise<void>) | undefined;
    const outcome = await this.#intake.take(order, ({ tenant, certificateId }) =>
      this.importer.read({ tenant, certificateId }, key, async ({ serial, fingerprint }) => {
        const facts = { serial, fingerprint, reference: key.reference, context: contextLabel(order.context) };
        used = (action, more) => this.#write(order, certificateId, action, { ...facts, ...more });
        await used('certificate.token-key-used', {});
      }),
    );
    if (!outcome.ok) await used?.('certificate.token-import-refused', { code: outcome.error.code });
    return outcome;
  }

  #write({ tenant, actor }: IntakeOrder, id: string, action: string, facts: Facts): Promise<void> {
    const subject = { kind: 'certificate', id } as const;
    return this.unitOfWork.inTenant(tenant, ({ audit }) =>
      audit.append([{ at: this.clock.now(), actor, action, subject, facts }]),
    );
  }
}
