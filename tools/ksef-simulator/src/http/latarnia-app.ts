import Fastify, { type FastifyInstance } from 'fastify';

import type { SimulatorState } from '../simulator-state.js';
import { guardCalls } from './call-guard.js';
import { bareErrorHandler } from './errors.js';
import { guardReachability, HTTP, markAnswers } from './reachability-guard.js';
import { answerBrokenRequests } from './broken-requests.js';

/** Latarnia: two public addresses, no authorization. */
export function createLatarniaApp(state: SimulatorState, report: (error: unknown) => void): FastifyInstance {
  const { board, latarniaReachability } = state;
  const app = Fastify({ forceCloseConnections: true, clientErrorHandler: answerBrokenRequests, http: HTTP });
  markAnswers(app, state);
  app.setErrorHandler(bareErrorHandler(report));
  guardReachability(app, latarniaReachability);
  guardCalls(app, state);
  app.get('/status', () => board.status());
  app.get('/messages', () => board.messages());
  return app;
}
