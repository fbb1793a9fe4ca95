import Fastify, { type FastifyInstance } from 'fastify';

import type { SimulatorState } from '../simulator-state.js';
import { guardReachability, markAnswers } from './reachability-guard.js';

/** Latarnia: two public addresses, no authorization. */
export function createLatarniaApp({ board, latarniaReachability }: SimulatorState): FastifyInstance {
  const app = Fastify({ forceCloseConnections: true });
  markAnswers(app);
  guardReachability(app, latarniaReachability);
  app.get('/status', () => board.status());
  app.get('/messages', () => board.messages());
  return app;
}
