import type { IdempotencyClaim } from '../../invoice/idempotency.port.js';
import type { TenantStores } from '../../shared/unit-of-work.port.js';
import type { TenantId } from '../../tenant/tenant.js';
import type { CertificateId } from '../certificate.js';
import type { Enrolment, PreparedEnrolment } from './enrolment.js';

/** The enrolments of one tenant. */
export interface EnrolmentRepository {
  /**
   * Waits for another transaction that adds the like now, and answers by what became of it.
   *
   * @param claim by which a repeated request finds it
   * @returns false when the key is taken, or an enrolment of the type is under way in the context: read and decide
   */
  add(enrolment: PreparedEnrolment, claim: IdempotencyClaim): Promise<boolean>;
  find(id: CertificateId): Promise<Enrolment | undefined>;
  findByKey(key: string): Promise<ClaimedEnrolment | undefined>;
  /** Newest first. @param after id of the last one of the page before */
  list(limit: number, after?: CertificateId): Promise<readonly Enrolment[]>;
  /** Those that are not at their end, oldest first. */
  underWay(): Promise<readonly Enrolment[]>;
  /** Those under way whose time has come, longest waiting first; nobody else gets them for so long. */
  claim(limit: number, seconds: number): Promise<readonly Enrolment[]>;
  /** Its time comes again after so long. */
  postpone(id: CertificateId, seconds: number): Promise<void>;
  /**
   * Stores version + 1; the database refuses moves outside ENROLMENT_TRANSITIONS.
   * @throws ConcurrentUpdateError when the version moved on
   */
  save(enrolment: Enrolment): Promise<void>;
}

export interface ClaimedEnrolment {
  readonly fingerprint: string;
  readonly enrolment: Enrolment;
}

export interface EnrolmentStores extends Pick<TenantStores, 'certificates' | 'contexts' | 'audit'> {
  readonly enrolments: EnrolmentRepository;
}

/** Transactions over what an enrolment touches; the rules are those of UnitOfWork. */
export interface EnrolmentWork {
  inTenant<T>(tenant: TenantId, work: (stores: EnrolmentStores) => Promise<T>): Promise<T>;
}
