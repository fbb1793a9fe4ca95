import { contextLabel } from '../../party/context-identifier.js';
import type { Clock } from '../../shared/clock.port.js';
import type { UnitOfWork } from '../../shared/unit-of-work.port.js';
import type { TenantId } from '../../tenant/tenant.js';
import type { AuthenticationCertificate, Certificate, OfflineCertificate } from '../certificate.js';
import type { LoginSigner } from '../login-signer.port.js';
import { SignerUnavailableError, type OfflineSigner } from '../offline-signer.port.js';

/** A key that cannot be used is tried again and again: it is written down so seldom, by each process. */
const SECONDS_BETWEEN_FAILURES = 60;

/** Writes down what keys are used for, beside the use itself. */
class KeyUses {
  /** Of each certificate, the moment (ms) of the last failure that was written down. */
  readonly #failures = new Map<string, number>();

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /** A failure to write the failure down must not hide it: the caller hears of the key. */
  async watch<T>(tenant: TenantId, certificate: Certificate, use: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof SignerUnavailableError) {
        await this.failed(tenant, certificate, use, error).catch(() => undefined);
      }
      throw error;
    }
  }

  append(
    tenant: TenantId,
    { id, serial, context }: Certificate,
    action: string,
    more: Readonly<Record<string, string>>,
  ) {
    const facts = { serial, context: contextLabel(context), ...more };
    return this.unitOfWork.inTenant(tenant, ({ audit }) =>
      audit.append([{ at: this.clock.now(), actor: 'latarnik', action, subject: { kind: 'certificate', id }, facts }]),
    );
  }

  private async failed(
    tenant: TenantId,
    certificate: Certificate,
    use: string,
    { trouble }: SignerUnavailableError,
  ): Promise<void> {
    const nowMs = this.clock.now().epochMilliseconds;
    const last = this.#failures.get(certificate.id);
    if (last !== undefined && nowMs - last < SECONDS_BETWEEN_FAILURES * 1000) return;
    this.#failures.set(certificate.id, nowMs);
    await this.append(tenant, certificate, 'certificate.key-unavailable', { use, trouble });
  }
}

/** A login signer each of whose signatures leaves an audit row (invariant I9): nothing is handed out without it. */
export class AuditedLoginSigner implements LoginSigner {
  readonly #uses: KeyUses;

  constructor(
    private readonly signer: LoginSigner,
    unitOfWork: UnitOfWork,
    clock: Clock,
  ) {
    this.#uses = new KeyUses(unitOfWork, clock);
  }

  async signAuthTokenRequest(
    tenant: TenantId,
    certificate: AuthenticationCertificate,
    request: Parameters<LoginSigner['signAuthTokenRequest']>[2],
  ): Promise<Uint8Array> {
    const signed = await this.#uses.watch(tenant, certificate, 'login', () =>
      this.signer.signAuthTokenRequest(tenant, certificate, request),
    );
    await this.#uses.append(tenant, certificate, 'certificate.login-signed', {});
    return signed;
  }
}

/**
 * An offline signer whose failures leave an audit row. Its signatures leave theirs with the invoice: `invoice.issued`
 * names the certificate, in the transaction of the issue, so issuing takes no further trip to the database.
 */
export class AuditedOfflineSigner implements OfflineSigner {
  readonly #uses: KeyUses;

  constructor(
    private readonly signer: OfflineSigner,
    unitOfWork: UnitOfWork,
    clock: Clock,
  ) {
    this.#uses = new KeyUses(unitOfWork, clock);
  }

  signKodII(...call: Parameters<OfflineSigner['signKodII']>): Promise<Uint8Array> {
    return this.#watch(call[0], call[1], 'kod-ii', () => this.signer.signKodII(...call));
  }

  signEvidence(...call: Parameters<OfflineSigner['signEvidence']>): Promise<Uint8Array> {
    return this.#watch(call[0], call[1], 'evidence', () => this.signer.signEvidence(...call));
  }

  #watch(tenant: TenantId, certificate: OfflineCertificate, use: string, work: () => Promise<Uint8Array>) {
    return this.#uses.watch(tenant, certificate, use, work);
  }
}
