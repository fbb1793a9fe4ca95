import Fastify, { type FastifyInstance } from 'fastify';

import type { SimulatorState } from '../simulator-state.js';
import { registerAuthRoutes } from './auth-routes.js';
import { registerControlRoutes } from './control-routes.js';
import { ksefErrorHandler, notSimulated } from './errors.js';
import { registerInvoiceRoutes } from './invoice-routes.js';
import type { StorageLinks } from './links.js';
import { guardReachability, markAnswers } from './reachability-guard.js';
import { registerSecurityRoutes } from './security-routes.js';
import { registerSendingRoutes } from './sending-routes.js';
import { registerSessionRoutes } from './session-routes.js';
import { registerStorageRoutes } from './storage-routes.js';
import { registerTestDataRoutes } from './testdata-routes.js';

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
    ajv: { customOptions: { coerceTypes: false, allErrors: true, removeAdditional: false, allowUnionTypes: true } },
  });
  markAnswers(app);
  await app.register(
    (v2, _options, done) => {
      v2.setErrorHandler(ksefErrorHandler(state.clock, report));
      v2.setNotFoundHandler(notSimulated(state.clock));
      guardReachability(v2, state.ksefReachability);
      acceptBodies(v2);
      registerSecurityRoutes(v2, state);
      registerAuthRoutes(v2, state);
      registerSendingRoutes(v2, state, links);
      registerSessionRoutes(v2, state, links);
      registerInvoiceRoutes(v2, state);
      registerTestDataRoutes(v2, state);
      done();
    },
    { prefix: '/v2' },
  );
  await app.register((storage, _options, done) => {
    guardReachability(storage, state.ksefReachability);
    registerStorageRoutes(storage, state);
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
