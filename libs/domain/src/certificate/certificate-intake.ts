import { contextLabel, sameContext, type ContextIdentifier } from '../party/context-identifier.js';
import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import { err, ok, type Result } from '../shared/result.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { ImportedCertificate } from './certificate-importer.port.js';
import type { CertificateAlreadyImported } from './certificate-repository.port.js';
import type { Certificate, CertificateId } from './certificate.js';

/** What every import is told, wherever the key is. */
export interface IntakeOrder {
  readonly tenant: TenantId;
  readonly actor: string;
  readonly context: ContextIdentifier;
  /** What the caller believes it to be: refused when the certificate says otherwise. */
  readonly expected?: Certificate['purpose'];
}

export type IntakeRefusal =
  | { readonly code: 'CONTEXT_NOT_FOUND'; readonly contexts: readonly string[] }
  | {
      readonly code: 'WRONG_TYPE';
      readonly expected: Certificate['purpose'];
      readonly found: Certificate['purpose'];
    }
  | { readonly code: 'CERTIFICATE_EXPIRED'; readonly notAfter: string }
  | { readonly code: 'CERTIFICATE_NOT_YET_VALID'; readonly notBefore: string }
  | { readonly code: 'CERTIFICATE_OF_ANOTHER_NIP'; readonly subjectNip: string; readonly context: string }
  | CertificateAlreadyImported;

/** Reads the certificate and seals its key, or what leads to it, for this owner. */
export type ReadCertificate<Refusal> = (owner: {
  readonly tenant: TenantId;
  readonly certificateId: string;
}) => Promise<Result<ImportedCertificate, Refusal>>;

/**
 * The rules of every import. The type of a certificate is read from its key usage; what the caller believes it to be can
 * only refuse it. Nothing is stored unless everything fits.
 *
 * A tenant has a certificate once, in one context, even where KSeF would honour it in several (domain-rules 3.3: its
 * subject needs a right in the context): retirement, revocation, KSeF's word and warnings are of the certificate, and in a
 * second row they would be missing, so that one that was revoked would go on signing there. Another context takes a
 * certificate of its own.
 */
export class CertificateIntake {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly ids: IdSource,
  ) {}

  /** @throws what `read` throws; then nothing was stored */
  async take<Refusal>(
    order: IntakeOrder,
    read: ReadCertificate<Refusal>,
  ): Promise<Result<Certificate, Refusal | IntakeRefusal>> {
    const { tenant, context } = order;
    const id = this.ids.next() as CertificateId;
    const outcome = await read({ tenant, certificateId: id });
    if (!outcome.ok) return outcome;
    const refusal = this.whyNot(outcome.value, order);
    if (refusal !== undefined) return err(refusal);
    const { subjectNip: _nip, ...imported } = outcome.value;
    return this.store(order, { ...imported, id, context });
  }

  private store(
    { tenant, context, actor }: IntakeOrder,
    certificate: Certificate,
  ): Promise<Result<Certificate, IntakeRefusal>> {
    const { id, serial, purpose } = certificate;
    return this.unitOfWork.inTenant(tenant, async ({ contexts, certificates, audit }) => {
      const own = (await contexts.all()).map(({ identifier }) => identifier);
      if (!own.some((candidate) => sameContext(candidate, context))) {
        return err({ code: 'CONTEXT_NOT_FOUND', contexts: own.map(contextLabel) });
      }
      const added = await certificates.addUnlessInUse(certificate);
      if (!added.ok) return added;
      await audit.append([
        {
          at: this.clock.now(),
          actor,
          action: 'certificate.imported',
          subject: { kind: 'certificate', id },
          facts: { serial, purpose, context: contextLabel(context) },
        },
      ]);
      return ok(certificate);
    });
  }

  private whyNot(
    { purpose, notBefore, notAfter, subjectNip }: ImportedCertificate,
    { context, expected }: IntakeOrder,
  ): IntakeRefusal | undefined {
    if (expected !== undefined && expected !== purpose) return { code: 'WRONG_TYPE', expected, found: purpose };
    const now = this.clock.now().epochMilliseconds;
    if (notAfter.epochMilliseconds <= now) return { code: 'CERTIFICATE_EXPIRED', notAfter: notAfter.toString() };
    if (notBefore.epochMilliseconds > now) {
      return { code: 'CERTIFICATE_NOT_YET_VALID', notBefore: notBefore.toString() };
    }
    if (subjectNip !== undefined && context.type !== 'PeppolId' && context.value.slice(0, 10) !== subjectNip) {
      return { code: 'CERTIFICATE_OF_ANOTHER_NIP', subjectNip, context: contextLabel(context) };
    }
    return undefined;
  }
}
