import type { ApiKeyBook } from '../access/api-key-book.port.js';
import type { ApprovalBook } from '../access/approval.js';
import type { AlertLog } from '../alert/alert-log.port.js';
import type { AuditSeals } from '../audit/audit-seals.port.js';
import type { AuditTrail } from '../audit/audit-trail.port.js';
import type { BatchParts } from '../batch/batch-part.js';
import type { BatchRepository, DueBatch } from '../batch/batch-repository.port.js';
import type { BatchRuns } from '../batch/batch-runs.port.js';
import type { CertificateRepository } from '../certificate/certificate-repository.port.js';
import type { EnrolmentRepository } from '../certificate/enrolment/enrolment-repository.port.js';
import type { CertificateLifecycle } from '../certificate/lifecycle/certificate-lifecycle.port.js';
import type { MassRejections } from '../correction/mass-rejections.port.js';
import type { TechnicalCorrectionRepository } from '../correction/technical-correction-repository.port.js';
import type { DeadlineBook } from '../deadline/deadline-book.js';
import type { WaitingTerms } from '../deadline/waiting-terms.port.js';
import type { EventFeed } from '../event/event-feed.port.js';
import type { Outbox } from '../event/outbox.port.js';
import type { EmailBook } from '../handover/email-book.port.js';
import type { EmailSettingsBook } from '../handover/email-settings.port.js';
import type { HandoverBook } from '../handover/handover-book.port.js';
import type { IdempotencyRecords } from '../invoice/idempotency.port.js';
import type { InvoiceRepository } from '../invoice/invoice-repository.port.js';
import type { LegalArchive } from '../legal-situation/legal-archive.port.js';
import type { SystemRecalculations, TenantRecalculations } from '../legal-situation/recalculation-requests.port.js';
import type { BulletinArchive } from '../outage/bulletin-archive.port.js';
import type { ConnectionLog } from '../outage/connection.js';
import type { SendingBook, WaitingTenant } from '../sending/sending-book.port.js';
import type { SessionBook } from '../session/session-book.port.js';
import type { DrillRepository } from '../simulation/drill-repository.port.js';
import type { TenantContexts } from '../tenant/tenant-contexts.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { DeliveryTracking } from '../tracking/delivery-tracking.port.js';
import type { DueWebhook } from '../webhook/due-webhook.js';
import type { WebhookDeliveries } from '../webhook/webhook-deliveries.port.js';
import type { WebhookRepository } from '../webhook/webhook-repository.port.js';
import type { Instant } from './instant.js';
import type { JobQueue } from './job-queue.port.js';
import type { RequestAnswers } from './request-answers.port.js';

/** Everything one tenant has; every query runs for that tenant only (invariant I7). */
export interface TenantStores {
  readonly invoices: InvoiceRepository;
  readonly batches: BatchRepository;
  readonly batchParts: BatchParts;
  readonly corrections: TechnicalCorrectionRepository;
  readonly massRejections: MassRejections;
  readonly idempotency: IdempotencyRecords;
  readonly requestAnswers: RequestAnswers;
  readonly certificates: CertificateRepository;
  readonly enrolments: EnrolmentRepository;
  readonly certificateLifecycle: CertificateLifecycle;
  readonly contexts: TenantContexts;
  readonly apiKeys: ApiKeyBook;
  readonly approvals: ApprovalBook;
  readonly audit: AuditTrail;
  readonly jobs: JobQueue;
  /** The Ministry's messages, which are the same for all, and what this tenant entered and decided. */
  readonly legal: LegalArchive;
  readonly terms: WaitingTerms;
  readonly deadlineBook: DeadlineBook;
  readonly recalculations: TenantRecalculations;
  readonly alerts: AlertLog;
  readonly outbox: Outbox;
  readonly eventFeed: EventFeed;
  readonly webhooks: WebhookRepository;
  readonly webhookDeliveries: WebhookDeliveries;
  readonly handovers: HandoverBook;
  readonly emails: EmailBook;
  readonly emailSettings: EmailSettingsBook;
  readonly connection: ConnectionLog;
  readonly drills: DrillRepository;
  readonly sessionBook: SessionBook;
  readonly sending: SendingBook;
  readonly batchRuns: BatchRuns;
  readonly tracking: DeliveryTracking;
}

/** What belongs to no tenant. */
export interface SystemStores {
  readonly auditSeals: AuditSeals;
  readonly bulletins: BulletinArchive;
  readonly recalculations: SystemRecalculations;
  readonly connection: ConnectionLog;
  readonly jobs: JobQueue;
  readonly tenants: {
    all(): Promise<readonly TenantId[]>;
    /** Tenants with invoices in state `issued` that are to be sent and may go now, and how long (s) the oldest has waited. */
    withAwaiting(): Promise<readonly { readonly tenant: TenantId; readonly oldestSeconds: number }[]>;
    /** Tenants for which `unresolvedInteractive` would give something now, or that have a session to close. */
    withUnresolvedInteractive(): Promise<readonly TenantId[]>;
    /** Tenants with an enrolment, a revocation or a look at KSeF's list of certificates that is due. */
    withCertificateWork(now: Instant): Promise<readonly TenantId[]>;
    /** Tenants with a technical correction to send, or on its way, whose time has come. */
    withCorrections(): Promise<readonly TenantId[]>;
    /** Tenants with a drill that is due. */
    withDrills(): Promise<readonly TenantId[]>;
    /** Tenants for which no drill was asked for since that moment. */
    withoutDrillSince(moment: Instant): Promise<readonly TenantId[]>;
    /** Tenants with an e-mail to a buyer that is due, or with events that automatic e-mails were not decided on yet. */
    withEmails(): Promise<readonly TenantId[]>;
    /** Tenants with events that enabled webhooks were not asked about yet. */
    withNewEvents(): Promise<readonly TenantId[]>;
    /** Tenants with events older than so many days. */
    withOldEvents(days: number): Promise<readonly TenantId[]>;
  };
  /** Contexts of all tenants with invoices that may go by themselves. */
  waitingContexts(): Promise<readonly WaitingTenant[]>;
  /** Webhooks with a delivery that is due: one of each tenant in turn. */
  dueWebhooks(limit: number): Promise<readonly DueWebhook[]>;
  /** Batches whose time has come and that nobody holds: one of each tenant in turn, suspects last. */
  dueBatches(limit: number): Promise<readonly DueBatch[]>;
  /** Batches that ran too often in vain (`MOST_UNFINISHED_RUNS`, `MOST_FAILED_RUNS`) and do not wait for a person yet. */
  hopelessBatches(): Promise<readonly DueBatch[]>;
  /**
   * Gives back every lease of a worker that stops; what it still writes under them is refused (invariant I6).
   * @returns how many
   */
  handBack(worker: string): Promise<number>;
}

/**
 * Database transactions. What `work` returns is returned after commit; when it throws, everything is rolled back.
 * A serialisation failure or deadlock is repeated a few times, so `work` has no effect outside the stores.
 */
export interface UnitOfWork {
  inTenant<T>(tenant: TenantId, work: (stores: TenantStores) => Promise<T>): Promise<T>;
  inSystem<T>(work: (stores: SystemStores) => Promise<T>): Promise<T>;
}
