import type { FastifyInstance } from 'fastify';

import { ksefTimestamp } from '../core/time.js';
import type { SimulatorState } from '../simulator-state.js';

/** Public keys of the simulated Ministry. */
export function registerSecurityRoutes(app: FastifyInstance, { keys }: SimulatorState): void {
  app.get('/security/public-key-certificates', () =>
    keys.published.map(({ certificateDer, certificateId, publicKeyId, validFrom, validTo, usage }) => ({
      certificate: certificateDer.toString('base64'),
      certificateId,
      publicKeyId,
      validFrom: ksefTimestamp(validFrom),
      validTo: ksefTimestamp(validTo),
      usage: [usage],
    })),
  );
}
