import type { JobQueue, SystemStores, TenantId, TenantStores, UnitOfWork } from '@latarnik/domain';
import { TypeormAlertLog } from '../alert/typeorm-alert-log.js';
import { PostgresAuditSeals } from '../audit/postgres-audit-seals.js';
import { TypeormAuditTrail } from '../audit/typeorm-audit-trail.js';
import { TypeormBatchParts } from '../batch/typeorm-batch-parts.js';
import { TypeormBatchRuns } from '../batch/typeorm-batch-runs.js';
import { TypeormBatchRepository } from '../batch/typeorm-batch-repository.js';
import { TypeormCertificateLifecycle } from '../certificate/typeorm-certificate-lifecycle.js';
import { TypeormCertificateRepository } from '../certificate/typeorm-certificate-repository.js';
import { TypeormEnrolmentRepository } from '../certificate/typeorm-enrolment-repository.js';
import { TypeormMassRejections } from '../correction/typeorm-mass-rejections.js';
import { TypeormTechnicalCorrectionRepository } from '../correction/typeorm-technical-correction-repository.js';
import type { Transaction, Transactions } from '../database/transactions.js';
import { TypeormDeadlineBook } from '../deadline/typeorm-deadline-book.js';
import { TypeormWaitingTerms } from '../deadline/typeorm-waiting-terms.js';
import { TypeormEventFeed } from '../event/typeorm-event-feed.js';
import { TypeormOutbox } from '../event/typeorm-outbox.js';
import { TypeormEmailBook } from '../handover/typeorm-email-book.js';
import { TypeormEmailSettings } from '../handover/typeorm-email-settings.js';
import { TypeormHandoverBook } from '../handover/typeorm-handover-book.js';
import { TypeormIdempotencyRecords } from '../invoice/typeorm-idempotency-records.js';
import { TypeormInvoiceRepository } from '../invoice/typeorm-invoice-repository.js';
import { KnownLegalRecords } from '../legal-situation/known-legal-records.js';
import { TypeormLegalArchive } from '../legal-situation/typeorm-legal-archive.js';
import { TypeormSystemRecalculations, TypeormTenantRecalculations } from '../legal-situation/typeorm-recalculations.js';
import { TypeormBulletinArchive } from '../outage/typeorm-bulletin-archive.js';
import { TypeormConnectionLog } from '../outage/typeorm-connection-log.js';
import { TypeormSessionBook } from '../session/typeorm-session-book.js';
import { TypeormSendingBook, waitingContextsOfAll } from '../sending/typeorm-sending-book.js';
import { TypeormDrillRepository } from '../simulation/typeorm-drill-repository.js';
import { TypeormDeliveryTracking } from '../tracking/typeorm-delivery-tracking.js';
import { TypeormApiKeyBook } from '../tenant/typeorm-api-key-book.js';
import { TypeormApprovalBook } from '../tenant/typeorm-approval-book.js';
import { TypeormRequestAnswers } from '../tenant/typeorm-request-answers.js';
import { TypeormTenantContexts } from '../tenant/typeorm-tenant-contexts.js';
import { TypeormWebhookDeliveries } from '../webhook/typeorm-webhook-deliveries.js';
import { TypeormWebhookRepository } from '../webhook/typeorm-webhook-repository.js';
import { dueBatches, dueWebhooks, handBack, hopelessBatches, systemTenants } from './system-queries.js';

export class TypeormUnitOfWork implements UnitOfWork {
  readonly #legalRecords = new KnownLegalRecords();

  constructor(
    private readonly transactions: Transactions,
    private readonly jobsOf: (transaction: Transaction) => JobQueue,
  ) {}

  inTenant<T>(tenant: TenantId, work: (stores: TenantStores) => Promise<T>): Promise<T> {
    return this.transactions.run(tenant, (transaction) => work(this.tenantStores(transaction, tenant)));
  }

  inSystem<T>(work: (stores: SystemStores) => Promise<T>): Promise<T> {
    return this.transactions.run(undefined, (transaction) => work(this.systemStores(transaction)));
  }

  private tenantStores(transaction: Transaction, tenant: TenantId): TenantStores {
    return {
      invoices: new TypeormInvoiceRepository(transaction, tenant),
      batches: new TypeormBatchRepository(transaction, tenant),
      batchParts: new TypeormBatchParts(transaction, tenant),
      massRejections: new TypeormMassRejections(transaction, tenant),
      corrections: new TypeormTechnicalCorrectionRepository(transaction, tenant),
      idempotency: new TypeormIdempotencyRecords(transaction, tenant),
      requestAnswers: new TypeormRequestAnswers(transaction, tenant),
      certificates: new TypeormCertificateRepository(transaction, tenant),
      enrolments: new TypeormEnrolmentRepository(transaction, tenant),
      certificateLifecycle: new TypeormCertificateLifecycle(transaction, tenant),
      contexts: new TypeormTenantContexts(transaction, tenant),
      apiKeys: new TypeormApiKeyBook(transaction, tenant),
      approvals: new TypeormApprovalBook(transaction, tenant),
      audit: new TypeormAuditTrail(transaction, tenant),
      legal: new TypeormLegalArchive(transaction, tenant, this.#legalRecords),
      terms: new TypeormWaitingTerms(transaction, tenant),
      deadlineBook: new TypeormDeadlineBook(transaction, tenant),
      recalculations: new TypeormTenantRecalculations(transaction, tenant),
      alerts: new TypeormAlertLog(transaction, tenant),
      outbox: new TypeormOutbox(transaction, tenant),
      eventFeed: new TypeormEventFeed(transaction, tenant),
      webhooks: new TypeormWebhookRepository(transaction, tenant),
      webhookDeliveries: new TypeormWebhookDeliveries(transaction, tenant),
      handovers: new TypeormHandoverBook(transaction, tenant),
      emails: new TypeormEmailBook(transaction, tenant),
      emailSettings: new TypeormEmailSettings(transaction, tenant),
      drills: new TypeormDrillRepository(transaction, tenant),
      tracking: new TypeormDeliveryTracking(transaction, tenant),
      sending: new TypeormSendingBook(transaction, tenant),
      batchRuns: new TypeormBatchRuns(transaction, tenant),
      sessionBook: new TypeormSessionBook(transaction, tenant),
      ...this.sharedStores(transaction),
    };
  }

  private systemStores(transaction: Transaction): SystemStores {
    return {
      ...this.sharedStores(transaction),
      bulletins: new TypeormBulletinArchive(transaction),
      recalculations: new TypeormSystemRecalculations(transaction),
      auditSeals: new PostgresAuditSeals(transaction),
      tenants: systemTenants(transaction),
      hopelessBatches: () => hopelessBatches(transaction),
      handBack: (worker) => handBack(transaction, worker),
      waitingContexts: () => waitingContextsOfAll(transaction),
      dueBatches: (limit) => dueBatches(transaction, limit),
      dueWebhooks: (limit) => dueWebhooks(transaction, limit),
    };
  }

  private sharedStores(transaction: Transaction) {
    return {
      connection: new TypeormConnectionLog(transaction),
      jobs: this.jobsOf(transaction),
    };
  }
}
