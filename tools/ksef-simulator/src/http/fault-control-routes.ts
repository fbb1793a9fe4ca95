import type { FastifyInstance, FastifyReply } from 'fastify';

import { CALL_FAULTS, INNER_FAULTS } from '../faults/fault-kinds.js';
import { FAULT_PROFILES, type FaultProfile, type FaultProfileName } from '../faults/fault-profile.js';
import { FaultSettingsError } from '../faults/fault-settings.js';
import type { FaultOrder } from '../faults/faults.js';
import { INCIDENTS, type IncidentName, ordersOf } from '../faults/incidents.js';
import type { SimulatorState } from '../simulator-state.js';
import {
  FAULT_ORDER_SCHEMA,
  INCIDENT_SCHEMA,
  PROFILE_SCHEMA,
  RELEASE_SCHEMA,
  ROTATION_SCHEMA,
} from './fault-control-schemas.js';

interface ProfileChange {
  readonly profile?: FaultProfileName | FaultProfile;
  readonly seed?: string;
}

/** What a test turns to make KSeF misbehave, and where it reads what happened. */
export function registerFaultControl(app: FastifyInstance, state: SimulatorState): void {
  const { clock, faults, holds, keys, windows } = state;

  app.get('/faults', () => describeFaults(state));
  app.put<{ Body: ProfileChange }>('/faults', { schema: { body: PROFILE_SCHEMA } }, (request, reply) => {
    const { profile, seed } = request.body;
    const chosen = typeof profile === 'string' ? FAULT_PROFILES[profile] : (profile ?? faults.profile);
    return changed(state, reply, () => {
      faults.use(chosen, seed);
    });
  });
  app.post<{ Body: FaultOrder }>('/faults', { schema: { body: FAULT_ORDER_SCHEMA } }, (request, reply) =>
    changed(state, reply, () => {
      faults.order('ordered', request.body);
    }),
  );
  /** Back to a system that behaves: no profile, no orders, no blocks; what hangs goes on. */
  app.delete('/faults', () => {
    faults.use(FAULT_PROFILES.calm);
    faults.disarm();
    windows.clear();
    holds.release();
    return describeFaults(state);
  });

  app.get<{ Querystring: { after?: string } }>('/journal', (request) => ({
    seed: faults.draws.seed,
    entries: faults.journal.read(Number(request.query.after ?? '0')),
  }));

  app.get('/incidents', () =>
    Object.entries(INCIDENTS).map(([name, { description, source }]) => ({ name, description, source })),
  );
  app.post<{ Body: { name: IncidentName; times?: number } }>(
    '/incidents',
    { schema: { body: INCIDENT_SCHEMA } },
    (request) => {
      const { name, times } = request.body;
      faults.order(`incident: ${name}`, ...ordersOf(name, times));
      return describeFaults(state);
    },
  );

  app.post<{ Body: { name?: string } | null }>('/holds/release', { schema: { body: RELEASE_SCHEMA } }, (request) => ({
    released: holds.release(request.body?.name),
  }));

  app.post<{ Body: { usage?: 'SymmetricKeyEncryption' | 'KsefTokenEncryption'; old?: 'withdrawn' | 'kept' } | null }>(
    '/keys/rotate',
    { schema: { body: ROTATION_SCHEMA } },
    async (request) => {
      const { usage = 'SymmetricKeyEncryption', old = 'withdrawn' } = request.body ?? {};
      const { publicKeyId } = await keys.rotate(usage, clock.now(), old);
      return { usage, publicKeyId };
    },
  );
}

/** Faults after a change; 400 when it made no sense, and then nothing changed. */
function changed(state: SimulatorState, reply: FastifyReply, change: () => void): FastifyReply {
  try {
    change();
  } catch (error) {
    if (error instanceof FaultSettingsError) return reply.code(400).send({ error: error.message });
    throw error;
  }
  return reply.send(describeFaults(state));
}

function describeFaults({ faults, holds }: SimulatorState) {
  return {
    seed: faults.draws.seed,
    profile: faults.profile,
    armed: faults.armed,
    hanging: holds.names,
    injected: faults.journal.read().length,
    profiles: Object.keys(FAULT_PROFILES),
    kinds: { ...CALL_FAULTS, ...INNER_FAULTS },
  };
}
