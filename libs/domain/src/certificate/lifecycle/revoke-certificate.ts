import { contextLabel } from '../../party/context-identifier.js';
import {
  KsefLoginError,
  KsefThrottledError,
  KsefUnreachableError,
  type KsefAccess,
} from '../../session/ksef-access.js';
import type { Clock } from '../../shared/clock.port.js';
import { err, ok, type Result } from '../../shared/result.js';
import type { TenantStores, UnitOfWork } from '../../shared/unit-of-work.port.js';
import type { TenantId } from '../../tenant/tenant.js';
import type { Certificate, CertificateId } from '../certificate.js';
import type { CertificateCallRefusal, KsefCertificates, RevocationReason } from '../ksef-certificates.port.js';
import type { UnsentInvoices } from './certificate-lifecycle.port.js';
import type { Revocation, RevocationIntent, SendingRevocation } from './revocation.js';

/** The call that is under way may last so long; until then nobody looks what became of it. */
const CALL_PATIENCE_SECONDS = 120;
/** KSeF blocks at once and revokes a little later. */
const NEXT_LOOK_SECONDS = 60;
/** Invoices that are listed by name. */
export const LISTED_INVOICES = 100;

export interface RevocationOrder {
  readonly tenant: TenantId;
  readonly actor: string;
  readonly certificateId: CertificateId;
  readonly reason: RevocationReason;
  readonly person: string;
}

export type RevokeCertificateRefusal =
  | { readonly code: 'CERTIFICATE_NOT_FOUND' }
  | { readonly code: 'PERSON_MISSING' }
  | { readonly code: 'REVOCATION_REFUSED'; readonly refusal: CertificateCallRefusal };

export type RevokedCertificate = Certificate & { readonly revocation: Revocation };

export interface RevocationAnswer {
  readonly certificate: RevokedCertificate;
  /** Those whose KOD II it signed and that KSeF has not accepted: they are still sent. */
  readonly invoices: UnsentInvoices;
  /** Why KSeF could not be told yet; it is told as soon as that ends. */
  readonly trouble?: string;
}

/**
 * Has KSeF revoke a certificate. The wish is stored first: from then on the certificate signs nothing, whatever KSeF
 * answers, unless it says no. An answer that was lost is read from KSeF's list, by `settle`.
 */
export class RevokeCertificate {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly ksef: KsefCertificates,
    private readonly clock: Clock,
  ) {}

  /** A second order for a certificate changes nothing and gets what became of the first, unless that was refused. */
  async execute(order: RevocationOrder): Promise<Result<RevocationAnswer, RevokeCertificateRefusal>> {
    if (order.person.trim() === '') return err({ code: 'PERSON_MISSING' });
    const begun = await this.begin(order);
    if (begun === undefined) return err({ code: 'CERTIFICATE_NOT_FOUND' });
    const { certificate, invoices, isNew } = begun;
    const { revocation } = certificate;
    if (!isNew || revocation.state !== 'sending') return ok({ certificate, invoices });
    try {
      const after = await this.send(order.tenant, { ...certificate, revocation }, order.actor);
      return after.state === 'refused'
        ? err({ code: 'REVOCATION_REFUSED', refusal: after.refusal })
        : ok({ certificate: { ...certificate, revocation: after }, invoices });
    } catch (error) {
      // KSeF did nothing, or would not say what it did. The wish stands, and `settle` goes on with it.
      if (!isNoAnswer(error)) throw error;
      return ok({ certificate, invoices, trouble: error.message });
    }
  }

  /**
   * Finds out what became of a wish, and repeats it when nothing did.
   * @throws KsefUnreachableError, KsefThrottledError, KsefLoginError: ask again later
   */
  async settle(
    tenant: TenantId,
    certificate: Certificate & { readonly revocation: SendingRevocation },
  ): Promise<Revocation> {
    const found = await this.readOutcome(tenant, certificate);
    return found === 'active'
      ? this.send(tenant, certificate, 'worker')
      : this.end(tenant, certificate, found, 'worker');
  }

  private begin({ tenant, actor, certificateId, reason, person }: RevocationOrder) {
    const requestedAt = this.clock.now();
    const intent: RevocationIntent = { reason, person, requestedAt };
    return this.unitOfWork.inTenant(tenant, async ({ certificateLifecycle, audit }) => {
      const begun = await certificateLifecycle.beginRevocation(certificateId, intent, CALL_PATIENCE_SECONDS);
      if (begun === undefined) return undefined;
      const { certificate, isNew } = begun;
      const { serial, purpose, context, revocation } = certificate;
      if (revocation === undefined) throw new Error(`certificate ${certificateId}: the wish to revoke was not stored`);
      const invoices = await certificateLifecycle.unsentInvoices(serial, LISTED_INVOICES);
      if (isNew) {
        const facts = {
          serial,
          purpose,
          context: contextLabel(context),
          reason,
          person,
          unsentInvoices: invoices.count,
        };
        await audit.append([
          {
            ...{ at: requestedAt, actor, action: 'certificate.revocation-requested' },
            ...{ subject: { kind: 'certificate', id: certificateId }, facts },
          },
        ]);
      }
      return { certificate: { ...certificate, revocation }, invoices, isNew };
    });
  }

  private async send(
    tenant: TenantId,
    certificate: Certificate & { readonly revocation: SendingRevocation },
    actor: string,
  ): Promise<Revocation> {
    const { serial, context, revocation } = certificate;
    const attempt = await this.ksef.revoke({ tenant, context }, serial, revocation.reason);
    switch (attempt.outcome) {
      case 'done':
        return this.end(tenant, certificate, 'revoked', actor);
      case 'failed':
        return attempt.error.code === 'CERTIFICATE_NOT_ACTIVE'
          ? this.endOfInactive(tenant, certificate, attempt.error, actor)
          : this.end(tenant, certificate, attempt.error, actor);
      case 'unknown':
        return revocation;
    }
  }

  /** KSeF says that it is not active: revoked before, perhaps by a call whose answer was lost, or expired. */
  private async endOfInactive(
    tenant: TenantId,
    certificate: Certificate & { readonly revocation: SendingRevocation },
    refusal: CertificateCallRefusal,
    actor: string,
  ): Promise<Revocation> {
    const found = await this.readOutcome(tenant, certificate);
    if (found === 'active') return certificate.revocation;
    return this.end(tenant, certificate, found === 'revoked' ? found : refusal, actor);
  }

  private async readOutcome(
    tenant: TenantId,
    { serial, context }: Certificate,
  ): Promise<'active' | 'revoked' | CertificateCallRefusal> {
    const access: KsefAccess = { tenant, context };
    const entry = (await this.ksef.list(access)).find((candidate) => candidate.serial === serial);
    switch (entry?.state) {
      case 'active':
        return 'active';
      case 'blocked':
      case 'revoked':
        return 'revoked';
      case 'expired':
        return {
          code: 'CERTIFICATE_NOT_ACTIVE',
          ksefCode: 25009,
          description: 'KSeF lists the certificate as expired.',
        };
      case undefined:
        return { code: 'CERTIFICATE_UNKNOWN', ksefCode: 25008, description: 'KSeF does not list it for this subject.' };
    }
  }

  private end(
    tenant: TenantId,
    certificate: Certificate & { readonly revocation: SendingRevocation },
    outcome: 'revoked' | CertificateCallRefusal,
    actor: string,
  ): Promise<Revocation> {
    const settledAt = this.clock.now();
    const { reason, person, requestedAt } = certificate.revocation;
    const intent: RevocationIntent = { reason, person, requestedAt };
    const settled =
      outcome === 'revoked'
        ? ({ ...intent, state: 'done', settledAt } as const)
        : ({ ...intent, state: 'refused', settledAt, refusal: outcome } as const);
    return this.unitOfWork.inTenant(tenant, async (stores) => {
      const isNew = await stores.certificateLifecycle.settleRevocation(certificate.id, settled);
      if (isNew) await this.tell(stores, certificate, settled, actor);
      return settled;
    });
  }

  private async tell(
    { audit, certificateLifecycle }: TenantStores,
    { id, serial, context }: Certificate,
    settled: Exclude<Revocation, SendingRevocation>,
    actor: string,
  ): Promise<void> {
    const { state, settledAt: at, reason, person } = settled;
    const facts = { serial, reason, person, ...(state === 'refused' ? { refusal: settled.refusal.code } : {}) };
    const action = state === 'done' ? 'certificate.revoked' : 'certificate.revocation-refused';
    await audit.append([{ at, actor, action, subject: { kind: 'certificate', id }, facts }]);
    if (state === 'done') await certificateLifecycle.synced(context, at.add({ seconds: NEXT_LOOK_SECONDS }));
  }
}

const isNoAnswer = (error: unknown): error is KsefThrottledError | KsefLoginError | KsefUnreachableError =>
  error instanceof KsefThrottledError || error instanceof KsefLoginError || error instanceof KsefUnreachableError;
