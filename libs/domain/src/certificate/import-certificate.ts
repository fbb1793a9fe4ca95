import { contextLabel, sameContext, type ContextIdentifier } from '../party/context-identifier.js';
import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import { err, ok, type Result } from '../shared/result.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { CertificateImporter, ImportedCertificate, ImportRefusal } from './certificate-importer.port.js';
import type { Certificate, CertificateId } from './certificate.js';

export interface CertificateImport {
  readonly tenant: TenantId;
  readonly actor: string;
  readonly context: ContextIdentifier;
  readonly certificatePem: string;
  readonly keyPem: string;
}

export type ImportCertificateRefusal =
  | ImportRefusal
  | { readonly code: 'CONTEXT_NOT_FOUND'; readonly contexts: readonly string[] }
  | { readonly code: 'CERTIFICATE_EXPIRED'; readonly notAfter: string }
  | { readonly code: 'CERTIFICATE_NOT_YET_VALID'; readonly notBefore: string }
  | { readonly code: 'CERTIFICATE_OF_ANOTHER_NIP'; readonly subjectNip: string }
  | { readonly code: 'CERTIFICATE_ALREADY_IMPORTED'; readonly certificateId: string };

/** Takes a KSeF certificate with its key into a context. Its type is read from its key usage, never told by the caller. */
export class ImportCertificate {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly importer: CertificateImporter,
    private readonly clock: Clock,
    private readonly ids: IdSource,
  ) {}

  async execute(request: CertificateImport): Promise<Result<Certificate, ImportCertificateRefusal>> {
    const { tenant, context } = request;
    const id = this.ids.next() as CertificateId;
    const read = await this.importer.fromPem({ tenant, certificateId: id }, request.certificatePem, request.keyPem);
    if (!read.ok) return read;
    const { subjectNip, ...imported } = read.value;
    const refusal = this.whyNot(imported, subjectNip, context);
    if (refusal !== undefined) return err(refusal);
    const certificate: Certificate = { ...imported, id, context };
    return this.unitOfWork.inTenant(tenant, async ({ contexts, certificates, audit }) => {
      const own = (await contexts.all()).map(({ identifier }) => identifier);
      if (!own.some((candidate) => sameContext(candidate, context))) {
        return err({ code: 'CONTEXT_NOT_FOUND', contexts: own.map(contextLabel) });
      }
      const twin = (await certificates.all()).find(({ serial }) => serial === certificate.serial);
      if (twin !== undefined) return err({ code: 'CERTIFICATE_ALREADY_IMPORTED', certificateId: twin.id });
      await certificates.add(certificate);
      await audit.append([
        {
          at: this.clock.now(),
          actor: request.actor,
          action: 'certificate.imported',
          subject: { kind: 'certificate', id },
          facts: { serial: certificate.serial, purpose: certificate.purpose, context: contextLabel(context) },
        },
      ]);
      return ok(certificate);
    });
  }

  private whyNot(
    { notBefore, notAfter }: Pick<ImportedCertificate, 'notBefore' | 'notAfter'>,
    subjectNip: string | undefined,
    context: ContextIdentifier,
  ): ImportCertificateRefusal | undefined {
    const now = this.clock.now().epochMilliseconds;
    if (notAfter.epochMilliseconds <= now) return { code: 'CERTIFICATE_EXPIRED', notAfter: notAfter.toString() };
    if (notBefore.epochMilliseconds > now)
      return { code: 'CERTIFICATE_NOT_YET_VALID', notBefore: notBefore.toString() };
    if (subjectNip !== undefined && context.type !== 'PeppolId' && context.value.slice(0, 10) !== subjectNip) {
      return { code: 'CERTIFICATE_OF_ANOTHER_NIP', subjectNip };
    }
    return undefined;
  }
}
