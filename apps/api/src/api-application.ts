import {
  CODE_VERIFIER,
  PORTS,
  type ApiKeys,
  type Clock,
  type CodeImages,
  type CodeVerifier,
  type UnitOfWork,
} from '@latarnik/domain';
import type { Composition, Log } from '@latarnik/composition';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AnnouncementsController } from './announcements/announcements.controller.js';
import { AvailabilityController } from './availability/availability.controller.js';
import { BatchEventsController } from './batches/batch-events.controller.js';
import { BatchesController } from './batches/batches.controller.js';
import { CertificatesController } from './certificates/certificates.controller.js';
import { EnrolmentsController } from './certificates/enrolments.controller.js';
import { CertificateLifecycleController } from './certificates/lifecycle.controller.js';
import { CorrectionsController } from './corrections/corrections.controller.js';
import { AlertsController } from './deadlines/alerts.controller.js';
import { DeadlinesController } from './deadlines/deadlines.controller.js';
import { DeliveriesController } from './deliveries/deliveries.controller.js';
import { HealthController } from './health/health.controller.js';
import { ApiKeyGuard } from './http/api-key.guard.js';
import { describeApi } from './http/open-api.js';
import { ProblemFilter } from './http/problem.filter.js';
import { BODY_LIMIT_BYTES, keepBodiesAsBytes } from './http/request-body.js';
import { CLOCK, CODE_IMAGES, UNIT_OF_WORK, USE_CASES } from './http/tokens.js';
import { InvoiceDeadlineController } from './invoices/invoice-deadline.controller.js';
import { InvoiceDocumentsController } from './invoices/invoice-documents.controller.js';
import { InvoiceReviewController } from './invoices/invoice-review.controller.js';
import { InvoicesController } from './invoices/invoices.controller.js';
import { DeadlinePoliciesController } from './policies/deadline-policies.controller.js';
import { HousePoliciesController } from './policies/house-policies.controller.js';
import { ForecastController } from './sending/forecast.controller.js';
import { SendingRulesController } from './sending/sending-rules.controller.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { DowntimeController } from './simulations/downtime.controller.js';
import { DrillsController } from './simulations/drills.controller.js';

/** Nest wants a class to hang a module on; what it holds comes from `apiModule`. */
@Module({})
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- a module class of Nest has no members
class ApiModule {}

/** Nest delivers HTTP and nothing else: it receives ready use cases from the composition. */
function apiModule({ container, useCases }: Composition): DynamicModule {
  return {
    module: ApiModule,
    controllers: [
      InvoicesController,
      InvoiceDocumentsController,
      InvoiceDeadlineController,
      InvoiceReviewController,
      CorrectionsController,
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
      HealthController,
    ],
    providers: [
      { provide: USE_CASES, useValue: useCases },
      { provide: UNIT_OF_WORK, useFactory: () => container.get<UnitOfWork>(UNIT_OF_WORK) },
      { provide: CLOCK, useFactory: () => container.get<Clock>(CLOCK) },
      { provide: CODE_IMAGES, useFactory: () => container.get<CodeImages>(CODE_IMAGES) },
      { provide: CODE_VERIFIER, useFactory: () => container.get<CodeVerifier>(CODE_VERIFIER) },
    ],
  };
}

/** In characters: the event of a notice has 200 at most, each of them up to twelve when it is percent-encoded. */
const LONGEST_PATH_PARAMETER = 2400;

/** The HTTP API over a composition; the caller makes it listen and closes it. */
export async function createApi(composition: Composition, log: Log): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: false,
    routerOptions: { maxParamLength: LONGEST_PATH_PARAMETER },
  });
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest's options are a class by accident
  const app = await NestFactory.create<NestFastifyApplication>(apiModule(composition), adapter, {
    logger: ['error', 'warn'],
    bodyParser: false,
  });
  keepBodiesAsBytes(adapter.getInstance());
  app.useGlobalGuards(new ApiKeyGuard(composition.container.get<ApiKeys>(PORTS.apiKeys)));
  app.useGlobalFilters(new ProblemFilter(log));
  describeApi(app);
  return app;
}
