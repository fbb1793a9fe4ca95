import Fastify, { type FastifyInstance } from 'fastify';

import type { SimulatorState } from '../simulator-state.js';
import { answerBrokenRequests } from './broken-requests.js';
import { guardCalls } from './call-guard.js';
import { registerAuthRoutes } from './auth-routes.js';
import { registerCertificateRoutes } from './certificate-routes.js';
import { registerControlRoutes } from './control-routes.js';
import { bareErrorHandler, ksefErrorHandler, notSimulated } from './errors.js';
import { registerExportRoutes } from './export-routes.js';
import { registerInvoiceRoutes } from './invoice-routes.js';
import { registerLimitRoutes } from './limit-routes.js';
import type { StorageLinks } from './links.js';
import { guardReachability, HTTP, markAnswers } from './reachability-guard.js';
import { registerSecurityRoutes } from './security-routes.js';
import { registerSendingRoutes } from './sending-routes.js';
import { registerSessionRoutes } from './session-routes.js';
import { registerStorageRoutes } from './storage-routes.js';
import { registerSubjectLimitRoutes } from './subject-limit-routes.js';
import { registerTestDataRoutes } from './testdata-routes.js';
import { registerTokenRoutes } from './token-routes.js';
import { registerVerificationRoutes } from './verification-routes.js';

/** Logins are small; an AuthTokenRequest with a certificate chain stays well below. */
const LOGIN_LIMIT_BYTES = 256 * 1024;

/** KSeF under /v2, its blob storage under /storage, and the control API under /control. */
export async function createKsefApp(
  state: SimulatorState,
  links: StorageLinks,
  report: (error: unknown) => void,
): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: 1024 * 1024,
    forceCloseConnections: true,
    clientErrorHandler: answerBrokenRequests,
    http: HTTP,
    ajv: { customOptions: { coerceTypes: false, allErrors: true, removeAdditional: false, allowUnionTypes: true } },
  });
  markAnswers(app, state);
  await app.register(
    (v2, _options, done) => {
      v2.setErrorHandler(ksefErrorHandler(state.clock, report));
      v2.setNotFoundHandler(notSimulated(state.clock));
      guardReachability(v2, state.ksefReachability);
      guardCalls(v2, state);
      acceptBodies(v2);
      registerSecurityRoutes(v2, state);
      registerAuthRoutes(v2, state);
      registerSendingRoutes(v2, state, links);
      registerSessionRoutes(v2, state, links);
      registerInvoiceRoutes(v2, state);
      registerCertificateRoutes(v2, state);
      registerSubjectLimitRoutes(v2, state);
      registerExportRoutes(v2, state, links);
      registerTokenRoutes(v2, state);
      registerLimitRoutes(v2, state);
      registerTestDataRoutes(v2, state);
      done();
    },
    { prefix: '/v2' },
  );
  await app.register((storage, _options, done) => {
    storage.setErrorHandler(bareErrorHandler(report));
    guardReachability(storage, state.ksefReachability);
    guardCalls(storage, state);
    registerStorageRoutes(storage, state);
    done();
  });
  await app.register((verification, _options, done) => {
    verification.setErrorHandler(bareErrorHandler(report));
    guardReachability(verification, state.ksefReachability);
    guardCalls(verification, state);
    registerVerificationRoutes(verification, state);
    done();
  });
  await app.register(
    (control, _options, done) => {
      acceptBodies(control);
      registerControlRoutes(control, state);
      done();
    },
    { prefix: '/control' },
  );
  return app;
}

/** XML comes as bytes; an empty JSON body is no body (clients send the content type with a bodyless POST). */
function acceptBodies(app: FastifyInstance): void {
  app.addContentTypeParser(
    ['application/xml', 'text/xml'],
    { parseAs: 'buffer', bodyLimit: LOGIN_LIMIT_BYTES },
    (_request, body, done) => {
      done(null, body);
    },
  );
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else void parseJson(request, body.toString(), done);
  });
}
