import { contextLabel, sameContext, type ContextIdentifier } from '../party/context-identifier.js';
import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import { err, ok, type Result } from '../shared/result.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { CertificateImporter, ImportedCertificate, ImportRefusal, KeyFile } from './certificate-importer.port.js';
import type { Certificate, CertificateId } from './certificate.js';

export interface CertificateImport {
  readonly tenant: TenantId;
  readonly actor: string;
  readonly context: ContextIdentifier;
  /** Its secret bytes are zero afterwards. */
  readonly file: KeyFile;
  /** What the caller believes it to be: refused when the certificate says otherwise. */
  readonly expected?: Certificate['purpose'];
}

export type ImportCertificateRefusal =
  | ImportRefusal
  | { readonly code: 'CONTEXT_NOT_FOUND'; readonly contexts: readonly string[] }
  | {
      readonly code: 'WRONG_TYPE';
      readonly expected: Certificate['purpose'];
      readonly found: Certificate['purpose'];
    }
  | { readonly code: 'CERTIFICATE_EXPIRED'; readonly notAfter: string }
  | { readonly code: 'CERTIFICATE_NOT_YET_VALID'; readonly notBefore: string }
  | { readonly code: 'CERTIFICATE_OF_ANOTHER_NIP'; readonly subjectNip: string; readonly context: string }
  | { readonly code: 'CERTIFICATE_ALREADY_IMPORTED'; readonly certificateId: string };

/**
 * Takes a KSeF certificate with its key into a context. Its type is read from its key usage; what the caller believes it
 * to be can only refuse it. Nothing is stored unless everything fits.
 */
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
    const read = await this.importer.read({ tenant, certificateId: id }, request.file);
    if (!read.ok) return read;
    const refusal = this.whyNot(read.value, request);
    if (refusal !== undefined) return err(refusal);
    const { subjectNip: _nip, ...imported } = read.value;
    return this.store(request, { ...imported, id, context });
  }

  private store(
    { tenant, context, actor }: CertificateImport,
    certificate: Certificate,
  ): Promise<Result<Certificate, ImportCertificateRefusal>> {
    const { id, serial, purpose } = certificate;
    return this.unitOfWork.inTenant(tenant, async ({ contexts, certificates, audit }) => {
      const own = (await contexts.all()).map(({ identifier }) => identifier);
      if (!own.some((candidate) => sameContext(candidate, context))) {
        return err({ code: 'CONTEXT_NOT_FOUND', contexts: own.map(contextLabel) });
      }
      const inUse = (await certificates.all()).filter(({ retiredAt }) => retiredAt === undefined);
      const twin = inUse.find((candidate) => candidate.serial === serial);
      if (twin !== undefined) return err({ code: 'CERTIFICATE_ALREADY_IMPORTED', certificateId: twin.id });
      await certificates.add(certificate);
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
    { context, expected }: CertificateImport,
  ): ImportCertificateRefusal | undefined {
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
