import type { AlertLog } from '../alert/alert-log.port.js';
import type { AuditTrail } from '../audit/audit-trail.port.js';
import type { BatchRepository, DueBatch } from '../batch/batch-repository.port.js';
import type { CertificateRepository } from '../certificate/certificate-repository.port.js';
import type { EnrolmentRepository } from '../certificate/enrolment/enrolment-repository.port.js';
import type { CertificateLifecycle } from '../certificate/lifecycle/certificate-lifecycle.port.js';
import type { DeadlineBook } from '../deadline/deadline-book.js';
import type { WaitingTerms } from '../deadline/waiting-terms.port.js';
import type { Outbox } from '../event/outbox.port.js';
import type { IdempotencyRecords } from '../invoice/idempotency.port.js';
import type { InvoiceRepository } from '../invoice/invoice-repository.port.js';
import type { LegalArchive } from '../legal-situation/legal-archive.port.js';
import type { SystemRecalculations, TenantRecalculations } from '../legal-situation/recalculation-requests.port.js';
import type { BulletinArchive } from '../outage/bulletin-archive.port.js';
import type { ConnectionLog } from '../outage/connection.js';
import type { DrillRepository } from '../simulation/drill-repository.port.js';
import type { TenantContexts } from '../tenant/tenant-contexts.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { Instant } from './instant.js';
import type { JobQueue } from './job-queue.port.js';

/** Everything one tenant has; every query runs for that tenant only (invariant I7). */
export interface TenantStores {
  readonly invoices: InvoiceRepository;
  readonly batches: BatchRepository;
  readonly idempotency: IdempotencyRecords;
  readonly certificates: CertificateRepository;
  readonly enrolments: EnrolmentRepository;
  readonly certificateLifecycle: CertificateLifecycle;
  readonly contexts: TenantContexts;
  readonly audit: AuditTrail;
  readonly jobs: JobQueue;
  /** The Ministry's messages, which are the same for all, and what this tenant entered and decided. */
  readonly legal: LegalArchive;
  readonly terms: WaitingTerms;
  readonly deadlineBook: DeadlineBook;
  readonly recalculations: TenantRecalculations;
  readonly alerts: AlertLog;
  readonly outbox: Outbox;
  readonly connection: ConnectionLog;
  readonly drills: DrillRepository;
}

/** What belongs to no tenant. */
export interface SystemStores {
  readonly bulletins: BulletinArchive;
  readonly recalculations: SystemRecalculations;
  readonly connection: ConnectionLog;
  readonly jobs: JobQueue;
  readonly tenants: {
    all(): Promise<readonly TenantId[]>;
    /** Tenants with invoices in state `issued` that are to be sent and may go now, and how long (s) the oldest has waited. */
    withAwaiting(): Promise<readonly { readonly tenant: TenantId; readonly oldestSeconds: number }[]>;
    /** Tenants for which `unresolvedInteractive` would give something now. */
    withUnresolvedInteractive(): Promise<readonly TenantId[]>;
    /** Tenants with an enrolment, a revocation or a look at KSeF's list of certificates that is due. */
    withCertificateWork(now: Instant): Promise<readonly TenantId[]>;
    /** Tenants with a drill that is due. */
    withDrills(): Promise<readonly TenantId[]>;
    /** Tenants for which no drill was asked for since that moment. */
    withoutDrillSince(moment: Instant): Promise<readonly TenantId[]>;
  };
  /** Batches whose time has come and that nobody holds. */
  dueBatches(limit: number): Promise<readonly DueBatch[]>;
}

/**
 * Database transactions. What `work` returns is returned after commit; when it throws, everything is rolled back.
 * A serialisation failure or deadlock is repeated a few times, so `work` has no effect outside the stores.
 */
export interface UnitOfWork {
  inTenant<T>(tenant: TenantId, work: (stores: TenantStores) => Promise<T>): Promise<T>;
  inSystem<T>(work: (stores: SystemStores) => Promise<T>): Promise<T>;
}
