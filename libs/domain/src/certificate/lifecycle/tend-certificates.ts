import { ConcurrentUpdateError } from '../../batch/batch-repository.port.js';
import { KsefLoginError, KsefThrottledError, KsefUnreachableError } from '../../session/ksef-access.js';
import type { Clock } from '../../shared/clock.port.js';
import type { StopSignal } from '../../shared/job-source.port.js';
import type { UnitOfWork } from '../../shared/unit-of-work.port.js';
import type { TenantId } from '../../tenant/tenant.js';
import type { CertificateId } from '../certificate.js';
import type { AdvanceEnrolment } from '../enrolment/advance-enrolment.js';
import { isUnderWay, type Enrolment, type IssuedEnrolment } from '../enrolment/enrolment.js';
import { tellOfMissedCertificate } from './missed-certificate.js';
import type { RevokeCertificate } from './revoke-certificate.js';
import type { SyncCertificates } from './sync-certificates.js';

/** Enrolments, and revocations, of one round. */
const AT_A_TIME = 20;
/** Nobody else takes up what this process holds for so long; after it, a process that died is made up for. */
const CLAIM_SECONDS = 180;
/** KSeF gives a subject 120 calls an hour of this kind (OpenAPI, group `other`): seldomer, the longer it takes. */
const PACE = [
  { forSeconds: 60, everySeconds: 2 },
  { forSeconds: 600, everySeconds: 30 },
  { forSeconds: Number.POSITIVE_INFINITY, everySeconds: 300 },
] as const;
/** KSeF said that it issued the certificate and does not give it: people were told, and it may still come. */
const SECONDS_BETWEEN_LOOKS_FOR_MISSED = 3600;
const MOST_STEPS = 8;

export interface Tended {
  /** Enrolments that moved, and how they stand. */
  readonly enrolments: readonly Enrolment[];
  readonly revocations: number;
  readonly synced: number;
}

/** What certificates need without anybody asking: enrolments go on, revocations are settled, KSeF's list is read. */
export class TendCertificates {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly advance: AdvanceEnrolment,
    private readonly revoke: RevokeCertificate,
    private readonly sync: SyncCertificates,
    private readonly clock: Clock,
  ) {}

  /** @throws AggregateError when something failed that is neither KSeF's silence nor a lost race; the rest was done */
  async execute(tenant: TenantId, stop: StopSignal = { aborted: false }): Promise<Tended> {
    const errors: unknown[] = [];
    const collected = async <T>(step: () => Promise<T>, otherwise: T): Promise<T> => {
      try {
        return await step();
      } catch (error) {
        errors.push(error);
        return otherwise;
      }
    };
    const enrolments = await collected(() => this.advanceEnrolments(tenant, stop, errors), []);
    const revocations = await collected(() => this.settleRevocations(tenant, stop, errors), 0);
    const synced = await collected(() => this.readLists(tenant, stop, errors), 0);
    if (errors.length > 0) throw new AggregateError(errors, `certificates of tenant ${tenant}`);
    return { enrolments, revocations, synced };
  }

  private async advanceEnrolments(
    tenant: TenantId,
    stop: StopSignal,
    errors: unknown[],
  ): Promise<readonly Enrolment[]> {
    const claimed = await this.unitOfWork.inTenant(tenant, (stores) =>
      stores.enrolments.claim(AT_A_TIME, CLAIM_SECONDS),
    );
    const moved: Enrolment[] = [];
    for (const enrolment of claimed) {
      if (stop.aborted) break;
      try {
        const after = await this.advanceOne(tenant, enrolment, stop);
        if (after.version !== enrolment.version) moved.push(after);
      } catch (error) {
        if (!isExpected(error)) errors.push(error);
        await this.postpone(tenant, enrolment.id, pauseAfter(error));
      }
    }
    return moved;
  }

  /** Steps until nothing is left to do now. */
  private async advanceOne(tenant: TenantId, enrolment: Enrolment, stop: StopSignal): Promise<Enrolment> {
    let last = enrolment;
    for (let step = 0; step < MOST_STEPS && !stop.aborted; step += 1) {
      const outcome = await this.advance.execute(tenant, enrolment.id);
      if (!outcome.ok || outcome.value.version === last.version) break;
      last = outcome.value;
      if (!isUnderWay(last)) return last;
    }
    const isMissed = last.state === 'issued' && (await this.tellOfMissed(tenant, last));
    await this.postpone(tenant, enrolment.id, isMissed ? SECONDS_BETWEEN_LOOKS_FOR_MISSED : this.paceOf(last));
    return last;
  }

  private async readLists(tenant: TenantId, stop: StopSignal, errors: unknown[]): Promise<number> {
    const reports = stop.aborted ? [] : await this.sync.due(tenant, 'worker');
    for (const report of reports)
      if (report.outcome === 'failed' && report.code === 'UNEXPECTED') errors.push(report.error);
    return reports.filter(({ outcome }) => outcome === 'synced').length;
  }

  private postpone(tenant: TenantId, id: CertificateId, seconds: number): Promise<void> {
    return this.unitOfWork.inTenant(tenant, ({ enrolments }) => enrolments.postpone(id, seconds));
  }

  private tellOfMissed(tenant: TenantId, enrolment: IssuedEnrolment): Promise<boolean> {
    return this.unitOfWork.inTenant(tenant, (stores) => tellOfMissedCertificate(stores, enrolment, this.clock.now()));
  }

  private paceOf({ plannedAt }: Enrolment): number {
    const ageSeconds = (this.clock.now().epochMilliseconds - plannedAt.epochMilliseconds) / 1000;
    return PACE.find(({ forSeconds }) => ageSeconds < forSeconds)?.everySeconds ?? 300;
  }

  private async settleRevocations(tenant: TenantId, stop: StopSignal, errors: unknown[]): Promise<number> {
    const open = await this.unitOfWork.inTenant(tenant, ({ certificateLifecycle }) =>
      certificateLifecycle.claimRevocations(AT_A_TIME, CLAIM_SECONDS),
    );
    let settled = 0;
    for (const certificate of open) {
      if (stop.aborted) break;
      try {
        const { state } = await this.revoke.settle(tenant, certificate);
        if (state !== 'sending') settled += 1;
      } catch (error) {
        if (!isExpected(error)) errors.push(error);
      }
    }
    return settled;
  }
}

/** A login that KSeF refuses is not tried again at once (reliability C11a). */
function pauseAfter(error: unknown): number {
  if (error instanceof KsefThrottledError) return Math.max(error.retryAfterSeconds, 30);
  return error instanceof KsefLoginError ? 300 : 60;
}

/** KSeF is asked again later; who lost a race has nothing left to do. */
const isExpected = (error: unknown): boolean =>
  error instanceof KsefUnreachableError ||
  error instanceof KsefThrottledError ||
  error instanceof KsefLoginError ||
  error instanceof ConcurrentUpdateError;
