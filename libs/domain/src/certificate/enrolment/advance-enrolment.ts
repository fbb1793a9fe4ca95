import type { KsefAccess } from '../../session/ksef-access.js';
import { KsefLoginError, KsefThrottledError } from '../../session/ksef-access.js';
import type { Clock } from '../../shared/clock.port.js';
import { err, ok, type Result } from '../../shared/result.js';
import type { TenantId } from '../../tenant/tenant.js';
import type { Certificate, CertificateId, CertificateSerial } from '../certificate.js';
import type { KsefCertificates } from '../ksef-certificates.port.js';
import type { CertificateReader } from './certificate-requests.port.js';
import type { EnrolmentWork } from './enrolment-repository.port.js';
import {
  beginSendingEnrolment,
  enrolmentCompleted,
  type Enrolment,
  enrolmentIssued,
  type IssuedEnrolment,
  enrolmentNotTaken,
  type PreparedEnrolment,
  enrolmentReferenceLost,
  enrolmentRefused,
  resolveSendingEnrolment,
  sendEnrolmentAgain,
  type SendingEnrolment,
  enrolmentSubmitted,
  type SubmittedEnrolment,
} from './enrolment.js';

/**
 * Takes an enrolment one step further: sends it, asks for its outcome, fetches the certificate. What is about to be sent
 * is stored as sent first, so a process that dies leaves an unknown outcome, and that is resolved by the key in KSeF's
 * list. Run it again until the enrolment is `completed` or `refused`; running it twice at a time does no harm.
 */
export class AdvanceEnrolment {
  constructor(
    private readonly work: EnrolmentWork,
    private readonly ksef: KsefCertificates,
    private readonly certificates: CertificateReader,
    private readonly clock: Clock,
  ) {}

  /**
   * @returns the enrolment as it stands; unchanged when there is nothing new yet
   * @throws KsefUnreachableError, KsefThrottledError, KsefLoginError: ask again later
   * @throws ConcurrentUpdateError when another did the step
   */
  async execute(
    tenant: TenantId,
    id: CertificateId,
  ): Promise<Result<Enrolment, { readonly code: 'ENROLMENT_NOT_FOUND' }>> {
    const enrolment = await this.work.inTenant(tenant, ({ enrolments }) => enrolments.find(id));
    if (enrolment === undefined) return err({ code: 'ENROLMENT_NOT_FOUND' });
    const access: KsefAccess = { tenant, context: enrolment.context };
    switch (enrolment.state) {
      case 'prepared':
        return ok(await this.send(access, enrolment));
      case 'sending':
        return ok(await this.resolve(access, enrolment));
      case 'submitted':
        return ok(await this.track(access, enrolment));
      case 'issued':
        return ok(await this.fetch(access, enrolment));
      case 'completed':
      case 'refused':
        return ok(enrolment);
    }
  }

  private async send(access: KsefAccess, prepared: PreparedEnrolment): Promise<Enrolment> {
    const limits = await this.ksef.limits(access);
    if (!limits.canRequest) return this.save(access, enrolmentRefused(prepared, { code: 'LIMIT_REACHED', limits }));
    const sending = await this.save(access, beginSendingEnrolment(prepared, limits, this.clock.now()));
    const { name, type, validFrom } = sending;
    try {
      const attempt = await this.ksef.enrol(access, {
        name,
        type,
        csr: sending.request.csr,
        ...(validFrom === undefined ? {} : { validFrom }),
      });
      switch (attempt.outcome) {
        case 'done':
          return await this.save(access, enrolmentSubmitted(sending, attempt.value.reference));
        case 'failed':
          return await this.save(access, enrolmentRefused(sending, attempt.error));
        case 'unknown':
          return sending;
      }
    } catch (error) {
      // The port's word: KSeF took nothing.
      if (error instanceof KsefThrottledError || error instanceof KsefLoginError) {
        await this.save(access, enrolmentNotTaken(sending));
      }
      throw error;
    }
  }

  private async resolve(access: KsefAccess, sending: SendingEnrolment): Promise<Enrolment> {
    // The limit first: an application taken in between is then missed by it and not by the list.
    const { enrolments } = await this.ksef.limits(access);
    const found = await this.findByKey(access, sending);
    const resolved = resolveSendingEnrolment(sending, found, enrolments.remaining, this.clock.now());
    return resolved === 'wait' ? sending : this.save(access, resolved);
  }

  /** An active certificate of the type for the key of the request. */
  private async findByKey(access: KsefAccess, sending: SendingEnrolment): Promise<CertificateSerial | undefined> {
    const { name, type, request } = sending;
    const candidates = (await this.ksef.list(access)).filter(
      (entry) => entry.name === name && entry.type === type && entry.state === 'active',
    );
    const retrieved = await this.ksef.retrieve(
      access,
      candidates.map(({ serial }) => serial),
    );
    return retrieved.find(({ der }) => this.certificates.read(der)?.keyFingerprint === request.keyFingerprint)?.serial;
  }

  private async track(access: KsefAccess, enrolment: SubmittedEnrolment): Promise<Enrolment> {
    const status = await this.ksef.enrolmentStatus(access, enrolment.reference);
    switch (status.state) {
      case 'processing':
        return enrolment;
      case 'issued':
        return this.save(access, enrolmentIssued(enrolment, status.serial));
      case 'rejected': {
        const { description, details } = status;
        return this.save(access, enrolmentRefused(enrolment, { code: 'ENROLMENT_REJECTED', description, details }));
      }
      case 'failed':
        return this.save(access, sendEnrolmentAgain(enrolment));
      case 'unknown-reference':
      case 'forgotten':
        return this.save(access, enrolmentReferenceLost(enrolment));
    }
  }

  private async fetch(access: KsefAccess, enrolment: IssuedEnrolment): Promise<Enrolment> {
    const { serial } = enrolment;
    const [retrieved] = await this.ksef.retrieve(access, [serial]);
    if (retrieved === undefined) return enrolment;
    const certificate = this.certificateOf(enrolment, retrieved.der);
    return certificate === undefined
      ? this.save(access, enrolmentRefused(enrolment, { code: 'CERTIFICATE_NOT_OURS', serial }))
      : this.save(access, enrolmentCompleted(enrolment), certificate);
  }

  /** `undefined` when it is another serial number, type or key than we applied for. */
  private certificateOf(enrolment: IssuedEnrolment, der: Uint8Array): Certificate | undefined {
    const { id, context, serial, type, keyAlgorithm, request } = enrolment;
    const facts = this.certificates.read(der);
    if (facts?.serial !== serial || facts.purpose !== type || facts.keyFingerprint !== request.keyFingerprint) {
      return undefined;
    }
    const { subject, notBefore, notAfter } = facts;
    const { sealedKey } = request;
    return { purpose: type, id, context, serial, keyAlgorithm, der, subject, notBefore, notAfter, sealedKey };
  }

  /** In one transaction: the new state, the certificate if there is one, and who did it. */
  private save<E extends Enrolment>({ tenant }: KsefAccess, enrolment: E, certificate?: Certificate): Promise<E> {
    return this.work.inTenant(tenant, async ({ enrolments, certificates, audit }) => {
      await enrolments.save(enrolment);
      if (certificate !== undefined) await certificates.add(certificate);
      await audit.append([
        {
          at: this.clock.now(),
          actor: 'worker',
          action: `certificate.enrolment-${enrolment.state}`,
          subject: { kind: 'certificate', id: enrolment.id },
          facts: factsOf(enrolment),
        },
      ]);
      return { ...enrolment, version: enrolment.version + 1 };
    });
  }
}

function factsOf(enrolment: Enrolment): Readonly<Record<string, string | number>> {
  const { sendings } = enrolment;
  switch (enrolment.state) {
    case 'submitted':
      return { sendings, reference: enrolment.reference };
    case 'issued':
    case 'completed':
      return { sendings, serial: enrolment.serial };
    case 'refused':
      return { sendings, refusal: enrolment.refusal.code };
    case 'prepared':
    case 'sending':
      return { sendings };
  }
}
