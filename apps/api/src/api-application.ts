import { tmpdir } from 'node:os';
import {
  CODE_VERIFIER,
  type Clock,
  type CodeImages,
  type CodeVerifier,
  type TenantDirectory,
  type UnitOfWork,
} from '@latarnik/domain';
import type { Composition, Log } from '@latarnik/composition';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { DEFAULT_ACCESS, type AccessOptions } from './access/access-options.js';
import { ApiKeysController } from './access/api-keys.controller.js';
import { ApprovalsController } from './access/approvals.controller.js';
import { buildGuard } from './access/build-guard.js';
import { ContextsController } from './access/contexts.controller.js';
import type { KnownKeys } from './access/known-keys.js';
import { TenantsController } from './access/tenants.controller.js';
import { AnnouncementsController } from './announcements/announcements.controller.js';
import { AvailabilityController } from './availability/availability.controller.js';
import { BatchEventsController } from './batches/batch-events.controller.js';
import { BatchesController } from './batches/batches.controller.js';
import { BodySpool } from './bulk/body-spool.js';
import { BulkController } from './bulk/bulk.controller.js';
import { CertificatesController } from './certificates/certificates.controller.js';
import { EnrolmentsController } from './certificates/enrolments.controller.js';
import { CertificateLifecycleController } from './certificates/lifecycle.controller.js';
import { CorrectionsController } from './corrections/corrections.controller.js';
import { IssuingStopController } from './corrections/issuing-stop.controller.js';
import { AlertsController } from './deadlines/alerts.controller.js';
import { DeadlinesController } from './deadlines/deadlines.controller.js';
import { DeliveriesController } from './deliveries/deliveries.controller.js';
import { EventsController } from './events/events.controller.js';
import { EvidencePackageController } from './evidence/evidence-package.controller.js';
import { DocumentsController } from './handover/documents.controller.js';
import { EmailSettingsController } from './handover/email-settings.controller.js';
import { EmailsController } from './handover/emails.controller.js';
import { HealthController } from './health/health.controller.js';
import {
  BULK_WITHIN_MS,
  DEFAULT_API_LIMITS,
  KEEP_ALIVE_MS,
  SERVER_OPTIONS,
  type ApiLimits,
} from './http/api-limits.js';
import { BodyRules } from './http/body-rules.js';
import { DeclaredQuery } from './http/declared-query.js';
import { describeApi } from './http/open-api.js';
import { ProblemFilter } from './http/problem.filter.js';
import { answerBadAddress, answerClientError, logAnswers } from './http/raw-problems.js';
import { nameRequests, requestIdOf } from './http/request-id.js';
import { RequestBound } from './http/request-bound.js';
import { secureHeaders } from './http/security-headers.js';
import { StoredAnswers } from './http/stored-answers.js';
import {
  BODY_SPOOL,
  CLOCK,
  CODE_IMAGES,
  KNOWN_KEYS,
  LOG,
  TENANT_DIRECTORY,
  UNIT_OF_WORK,
  USE_CASES,
} from './http/tokens.js';
import { InvoiceDeadlineController } from './invoices/invoice-deadline.controller.js';
import { InvoiceDocumentsController } from './invoices/invoice-documents.controller.js';
import { InvoiceReviewController } from './invoices/invoice-review.controller.js';
import { ReadableDocumentsController } from './invoices/readable-documents.controller.js';
import { InvoicesController } from './invoices/invoices.controller.js';
import { DeadlinePoliciesController } from './policies/deadline-policies.controller.js';
import { HousePoliciesController } from './policies/house-policies.controller.js';
import { ForecastController } from './sending/forecast.controller.js';
import { SendingRulesController } from './sending/sending-rules.controller.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { DowntimeController } from './simulations/downtime.controller.js';
import { DrillsController } from './simulations/drills.controller.js';
import { WebhooksController } from './webhooks/webhooks.controller.js';

/** Nest wants a class to hang a module on; what it holds comes from `apiModule`. */
@Module({})
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- a module class of Nest has no members
class ApiModule {}

/** Nest delivers HTTP and nothing else: it receives ready use cases from the composition. */
function apiModule(
  { container, useCases }: Composition,
  log: Log,
  options: ApiOptions,
  knownKeys: KnownKeys,
): DynamicModule {
  return {
    module: ApiModule,
    controllers: [
      BulkController,
      InvoicesController,
      InvoiceDocumentsController,
      ReadableDocumentsController,
      DocumentsController,
      EmailsController,
      EmailSettingsController,
      EvidencePackageController,
      InvoiceDeadlineController,
      InvoiceReviewController,
      CorrectionsController,
      IssuingStopController,
      BatchesController,
      BatchEventsController,
      ForecastController,
      SendingRulesController,
      DeliveriesController,
      SessionsController,
      AvailabilityController,
      AnnouncementsController,
      DeadlinesController,
      AlertsController,
      DeadlinePoliciesController,
      HousePoliciesController,
      CertificatesController,
      EnrolmentsController,
      CertificateLifecycleController,
      DowntimeController,
      DrillsController,
      ApiKeysController,
      ApprovalsController,
      ContextsController,
      TenantsController,
      EventsController,
      WebhooksController,
      HealthController,
    ],
    providers: [
      { provide: USE_CASES, useValue: useCases },
      { provide: LOG, useValue: log },
      { provide: KNOWN_KEYS, useValue: knownKeys },
      { provide: TENANT_DIRECTORY, useFactory: () => container.get<TenantDirectory>(TENANT_DIRECTORY) },
      { provide: BODY_SPOOL, useValue: new BodySpool(options.spoolDirectory, options.limits.bulk) },
      { provide: UNIT_OF_WORK, useFactory: () => container.get<UnitOfWork>(UNIT_OF_WORK) },
      { provide: CLOCK, useFactory: () => container.get<Clock>(CLOCK) },
      { provide: CODE_IMAGES, useFactory: () => container.get<CodeImages>(CODE_IMAGES) },
      { provide: CODE_VERIFIER, useFactory: () => container.get<CodeVerifier>(CODE_VERIFIER) },
    ],
  };
}

/** In characters: the event of a notice has 200 at most, each of them up to twelve when it is percent-encoded. */
const LONGEST_PATH_PARAMETER = 2400;

export interface ApiOptions {
  /** Disposable files: bodies of bulk requests. */
  readonly spoolDirectory: string;
  readonly limits: ApiLimits;
  readonly access: AccessOptions;
}

/** The HTTP API over a composition; the caller makes it listen and closes it. */
export async function createApi(
  composition: Composition,
  log: Log,
  given: Partial<ApiOptions> = {},
): Promise<NestFastifyApplication> {
  const options: ApiOptions = {
    ...{ spoolDirectory: tmpdir(), limits: DEFAULT_API_LIMITS, access: DEFAULT_ACCESS },
    ...given,
  };
  const { guard, knownKeys } = buildGuard(composition, log, options.access);
  const adapter = adapterWith(options);
  const app = await NestFactory.create<NestFastifyApplication>(
    apiModule(composition, log, options, knownKeys),
    adapter,
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest's options are a class by accident
    { logger: ['error', 'warn'], bodyParser: false },
  );
  const fastify = adapter.getInstance<FastifyInstance>();
  const bodyRules = new BodyRules();
  nameRequests(fastify);
  await secureHeaders(fastify);
  logAnswers(fastify, log);
  new RequestBound(options.limits).apply(fastify);
  bodyRules.apply(fastify);
  app.useGlobalGuards(guard);
  const unitOfWork = composition.container.get<UnitOfWork>(UNIT_OF_WORK);
  app.useGlobalInterceptors(new DeclaredQuery(), new StoredAnswers(unitOfWork));
  app.useGlobalFilters(new ProblemFilter(log));
  bodyRules.describe(describeApi(app));
  return app;
}

function adapterWith({ limits, access: { trustedProxies } }: ApiOptions): FastifyAdapter {
  const adapter = new FastifyAdapter({
    trustProxy: trustedProxies === undefined ? false : [...trustedProxies],
    routerOptions: { maxParamLength: LONGEST_PATH_PARAMETER },
    http: SERVER_OPTIONS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: BULK_WITHIN_MS,
    genReqId: requestIdOf,
    clientErrorHandler: answerClientError,
    frameworkErrors: (_error: unknown, { id }: { readonly id: string }, reply: unknown) => {
      answerBadAddress(id, reply as FastifyReply);
    },
  });
  adapter.getInstance<FastifyInstance>().server.maxConnections = limits.mostConnections;
  return adapter;
}
