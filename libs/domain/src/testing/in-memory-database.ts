import { InMemoryApiKeys, InMemoryApprovals, InMemoryContexts } from '../access/testing/in-memory-access.js';
import { InMemoryEnrolments } from '../certificate/enrolment/testing/in-memory-enrolments.js';
import { InMemoryCertificateLifecycle } from '../certificate/lifecycle/testing/in-memory-certificate-lifecycle.js';
import { InMemoryCorrections } from '../correction/testing/in-memory-corrections.js';
import { InMemoryMassRejections } from '../correction/testing/in-memory-mass-rejections.js';
import { InMemoryEventFeed } from '../event/testing/in-memory-event-feed.js';
import { InMemoryEmails, InMemoryEmailSettings } from '../handover/testing/in-memory-emails.js';
import { InMemoryHandovers } from '../handover/testing/in-memory-handovers.js';
import { InMemoryDrills } from '../simulation/testing/in-memory-drills.js';
import type { Clock } from '../shared/clock.port.js';
import type { SystemStores, TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantContext, TenantId } from '../tenant/tenant.js';
import { InMemoryWebhookDeliveries } from '../webhook/testing/in-memory-webhook-deliveries.js';
import { InMemoryWebhooks } from '../webhook/testing/in-memory-webhooks.js';
import { OTHER_CONTEXT, SELLER_CONTEXT, TENANT } from './builders.js';
import { InMemoryBatchParts } from './in-memory-batch-parts.js';
import { InMemoryBatches } from './in-memory-batches.js';
import { InMemoryLegal, InMemoryRecalculations } from './in-memory-legal.js';
import { InMemoryAlerts, InMemoryOutbox, InMemoryTerms } from './in-memory-terms.js';
import { InMemoryInvoices } from './in-memory-invoices.js';
import { InMemorySending } from './in-memory-sending.js';
import { InMemoryTracking } from './in-memory-tracking.js';
import { InMemorySessionBook } from './in-memory-session-book.js';
import { InMemoryRequestAnswers } from './in-memory-request-answers.js';
import {
  InMemoryAudit,
  InMemoryBulletins,
  InMemoryCertificates,
  InMemoryConnection,
  InMemoryIdempotency,
  InMemoryJobs,
} from './in-memory-stores.js';

/**
 * A database with one tenant. Transactions run one after another, which is what a serialisable database amounts to;
 * one that throws leaves no trace. Work inside one must not open another: it would wait for itself.
 */
export class InMemoryDatabase implements UnitOfWork {
  readonly invoices: InMemoryInvoices;
  readonly batches: InMemoryBatches;
  readonly batchParts: InMemoryBatchParts;
  readonly idempotency = new InMemoryIdempotency();
  readonly requestAnswers = new InMemoryRequestAnswers();
  readonly certificates = new InMemoryCertificates();
  readonly audit = new InMemoryAudit();
  readonly jobs = new InMemoryJobs();
  readonly bulletins = new InMemoryBulletins();
  readonly connection = new InMemoryConnection();
  readonly legal = new InMemoryLegal(this.bulletins);
  readonly recalculations = new InMemoryRecalculations();
  readonly outbox = new InMemoryOutbox();
  readonly eventFeed = new InMemoryEventFeed(this.outbox);
  readonly webhooks: InMemoryWebhooks;
  readonly webhookDeliveries: InMemoryWebhookDeliveries;
  readonly alerts: InMemoryAlerts;
  readonly enrolments: InMemoryEnrolments;
  readonly certificateLifecycle: InMemoryCertificateLifecycle;
  readonly terms: InMemoryTerms;
  readonly drills: InMemoryDrills;
  readonly sending: InMemorySending;
  readonly tracking: InMemoryTracking;
  readonly corrections: InMemoryCorrections;
  readonly handovers: InMemoryHandovers;
  readonly emails: InMemoryEmails;
  readonly emailSettings = new InMemoryEmailSettings();
  readonly apiKeys = new InMemoryApiKeys();
  readonly approvals = new InMemoryApprovals();
  readonly massRejections = new InMemoryMassRejections();
  readonly sessionBook: InMemorySessionBook;
  tenantContexts: readonly TenantContext[] = [
    { id: 'context-1', identifier: SELLER_CONTEXT, name: 'Sprzedawca' },
    { id: 'context-2', identifier: OTHER_CONTEXT, name: 'Nabywca' },
  ];
  usedContexts: readonly string[] = [];
  #last: Promise<unknown> = Promise.resolve();

  constructor(clock: Clock) {
    this.batches = new InMemoryBatches(clock);
    this.batchParts = new InMemoryBatchParts(this.batches);
    this.invoices = new InMemoryInvoices(clock);
    this.handovers = new InMemoryHandovers(this.invoices);
    this.emails = new InMemoryEmails(clock);
    this.alerts = new InMemoryAlerts(this.invoices);
    this.enrolments = new InMemoryEnrolments(clock);
    this.certificateLifecycle = new InMemoryCertificateLifecycle(clock, this.certificates, this.invoices);
    this.terms = new InMemoryTerms(this.invoices);
    this.drills = new InMemoryDrills(clock);
    this.sending = new InMemorySending(this.invoices, this.batches, clock);
    this.tracking = new InMemoryTracking(this.invoices, this.batches);
    this.corrections = new InMemoryCorrections(clock, this.invoices);
    this.sessionBook = new InMemorySessionBook(clock);
    this.webhooks = new InMemoryWebhooks(clock);
    this.webhookDeliveries = new InMemoryWebhookDeliveries(clock, this.eventFeed, this.webhooks);
  }

  inTenant<T>(tenant: TenantId, work: (stores: TenantStores) => Promise<T>): Promise<T> {
    if (tenant !== TENANT) throw new Error(`no tenant ${tenant}`);
    return this.transaction(() =>
      work({
        ...this.stores,
        terms: this.terms,
        deadlineBook: this.terms,
        contexts: new InMemoryContexts(this),
        batchRuns: this.batches.runs,
      }),
    );
  }

  inSystem<T>(work: (stores: SystemStores) => Promise<T>): Promise<T> {
    const { bulletins, recalculations, connection, jobs, batches } = this;
    const none = () => Promise.resolve([]);
    return this.transaction(() =>
      work({
        bulletins,
        recalculations,
        connection,
        jobs,
        auditSeals: { tenantsUnsealed: none, seal: () => Promise.resolve(0), checkpoints: none },
        tenants: {
          all: () => Promise.resolve([TENANT]),
          withAwaiting: none,
          withUnresolvedInteractive: none,
          withCertificateWork: () => Promise.resolve([TENANT]),
          withCorrections: () => Promise.resolve([TENANT]),
          withDrills: () => Promise.resolve([TENANT]),
          withoutDrillSince: none,
          withEmails: () => Promise.resolve([TENANT]),
          withNewEvents: none,
          withOldEvents: none,
        },
        hopelessBatches: () => Promise.resolve(batches.hopeless().map((batchId) => ({ tenant: TENANT, batchId }))),
        handBack: (worker) => Promise.resolve(batches.handBack(worker)),
        dueWebhooks: none,
        waitingContexts: async () => (await this.sending.waiting()).map((waiting) => ({ ...waiting, tenant: TENANT })),
        dueBatches: (limit) =>
          Promise.resolve(
            batches
              .due()
              .slice(0, limit)
              .map((batchId) => ({ tenant: TENANT, batchId })),
          ),
      }),
    );
  }

  private transaction<T>(work: () => Promise<T>): Promise<T> {
    const run = async (): Promise<T> => {
      const undo = Object.values(this.stores).map((store) => store.savepoint());
      try {
        return await work();
      } catch (error) {
        undo.forEach((restore) => {
          restore();
        });
        throw error;
      }
    };
    const result = this.#last.then(run, run);
    this.#last = result.catch(() => undefined);
    return result;
  }

  private get stores() {
    const { handovers, emails, emailSettings } = this;
    const { eventFeed, webhooks, webhookDeliveries } = this;
    const { invoices, batches, idempotency, certificates, audit, jobs, bulletins, connection } = this;
    const { legal, recalculations, outbox, alerts, enrolments, certificateLifecycle, drills, sessionBook, sending } =
      this;
    const { corrections, massRejections, tracking, batchParts, apiKeys, approvals } = this;
    const own = {
      invoices,
      batches,
      batchParts,
      corrections,
      massRejections,
      idempotency,
      requestAnswers: this.requestAnswers,
      certificates,
      audit,
      jobs,
      bulletins,
      connection,
    };
    return {
      ...own,
      legal,
      recalculations,
      outbox,
      alerts,
      enrolments,
      certificateLifecycle,
      drills,
      sessionBook,
      tracking,
      sending,
      eventFeed,
      webhooks,
      webhookDeliveries,
      apiKeys,
      approvals,
      handovers,
      emails,
      emailSettings,
    };
  }
}
