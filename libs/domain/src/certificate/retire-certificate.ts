import { contextLabel } from '../party/context-identifier.js';
import type { Clock } from '../shared/clock.port.js';
import { err, ok, type Result } from '../shared/result.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { Certificate, CertificateId } from './certificate.js';

export interface RetireCertificateRefusal {
  readonly code: 'CERTIFICATE_NOT_FOUND';
}

/**
 * Takes a certificate out of use: it signs nothing any more, and stays for the invoices that carry its signature.
 * Doing it again changes nothing. Not a revocation: that is KSeF's, and makes codes signed so far fail when scanned.
 */
export class RetireCertificate {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  async execute(request: {
    readonly tenant: TenantId;
    readonly actor: string;
    readonly certificateId: CertificateId;
  }): Promise<Result<Certificate, RetireCertificateRefusal>> {
    const at = this.clock.now();
    return this.unitOfWork.inTenant(request.tenant, async (stores) => {
      const retired = await stores.certificates.retire(request.certificateId, at);
      if (retired === undefined) return err({ code: 'CERTIFICATE_NOT_FOUND' });
      const { certificate, isNew } = retired;
      if (!isNew) return ok(certificate);
      const { id, serial, purpose, context } = certificate;
      await stores.audit.append([
        {
          at,
          actor: request.actor,
          action: 'certificate.retired',
          subject: { kind: 'certificate', id },
          facts: { serial, purpose, context: contextLabel(context) },
        },
      ]);
      return ok(certificate);
    });
  }
}
