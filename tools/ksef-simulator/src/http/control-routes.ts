import type { FastifyInstance } from 'fastify';

import { ManualClock } from '../core/clock.js';
import type { ContextIdentifier } from '../core/context.js';
import type { OutageManner, Reachability } from '../core/reachability.js';
import type { Settings } from '../core/settings.js';
import type { CertificateRequest } from '../crypto/certificate-authority.js';
import type { Correction, OutageEvent } from '../latarnia/board.js';
import type { OutageOrder } from '../latarnia/outage-desk.js';
import type { SimulatorState } from '../simulator-state.js';
import { registerFaultControl } from './fault-control-routes.js';
import { registerTimelineControl } from './timeline-control-routes.js';
import { describeState } from './control-state.js';
import { registerWitnessRoutes } from './witness-routes.js';
import {
  ADVANCE_SCHEMA,
  CERTIFICATE_SCHEMA,
  ISSUER_SCHEMA,
  OUTAGE_CORRECTION_SCHEMA,
  OUTAGE_END_SCHEMA,
  OUTAGE_SCHEMA,
  REACHABILITY_SCHEMA,
  SETTINGS_SCHEMA,
} from './control-schemas.js';

type Timed<T, K extends keyof T> = Omit<T, K> & Readonly<Partial<Record<K, string>>>;

/** What a test turns and reads; the real KSeF has none of it. */
export function registerControlRoutes(app: FastifyInstance, state: SimulatorState): void {
  app.get('/state', () => describeState(state));
  app.get('/ledger', () => state.ledger.report());
  app.patch<{ Body: Partial<Settings> }>('/settings', { schema: { body: SETTINGS_SCHEMA } }, (request) =>
    Object.assign(state.settings, request.body),
  );
  app.post<{ Body: { ms: number } }>('/clock/advance', { schema: { body: ADVANCE_SCHEMA } }, async (request, reply) => {
    if (!(state.clock instanceof ManualClock)) return reply.code(409).send({ error: 'the clock is not a manual one' });
    state.clock.advance(request.body.ms);
    await state.tasks.settled();
    return { now: new Date(state.clock.now()).toISOString() };
  });
  registerCertificateControl(app, state);
  registerIssuerControl(app, state);
  registerOutageControl(app, state);
  registerFaultControl(app, state);
  registerTimelineControl(app, state);
  registerWitnessRoutes(app, state);
  registerReachabilityControl(app, '/ksef', state.ksefReachability);
  registerReachabilityControl(app, '/latarnia', state.latarniaReachability);
}

function registerCertificateControl(app: FastifyInstance, { authority, clock, upoSeal }: SimulatorState): void {
  app.get('/upo-signer', (_request, reply) => reply.type('application/x-pem-file').send(upoSeal.certificatePem));
  app.get('/ca', (_request, reply) => reply.type('application/x-pem-file').send(authority.certificatePem));

  app.post<{ Body: Timed<CertificateRequest, 'validFrom' | 'validTo'> }>(
    '/certificates',
    { schema: { body: CERTIFICATE_SCHEMA } },
    async (request, reply) => {
      const { validFrom, validTo, ...order } = request.body;
      const issued = await authority.issue(
        { ...order, validFrom: instant(validFrom), validTo: instant(validTo) },
        clock.now(),
      );
      return reply.code(201).send(issued);
    },
  );

  app.post<{ Params: { serial: string } }>('/certificates/:serial/revoke', (request, reply) => {
    authority.revoke(request.params.serial);
    return reply.code(204).send();
  });
}

function registerIssuerControl(app: FastifyInstance, { permissions }: SimulatorState): void {
  interface Body {
    readonly context: ContextIdentifier;
    readonly sellerNip: string;
  }
  app.post<{ Body: Body }>('/issuers', { schema: { body: ISSUER_SCHEMA } }, (request, reply) => {
    permissions.allowIssuing(request.body.context, request.body.sellerNip);
    return reply.code(204).send();
  });
  app.delete<{ Body: Body }>('/issuers', { schema: { body: ISSUER_SCHEMA } }, (request, reply) => {
    permissions.forbidIssuing(request.body.context, request.body.sellerNip);
    return reply.code(204).send();
  });
}

function registerOutageControl(app: FastifyInstance, { board, outages }: SimulatorState): void {
  app.post<{ Body: Timed<OutageOrder, 'start' | 'end'> }>(
    '/outages',
    { schema: { body: OUTAGE_SCHEMA } },
    (request, reply) => {
      const { start, end, ...order } = request.body;
      const event = outages.begin({ ...order, start: instant(start), end: instant(end) });
      return reply.code(201).send(describeOutage(event));
    },
  );

  app.post<{ Params: { eventId: string }; Body: { end?: string } | null }>(
    '/outages/:eventId/end',
    { schema: { body: OUTAGE_END_SCHEMA } },
    (request, reply) => {
      const event = board.find(Number(request.params.eventId));
      if (event === undefined) return reply.code(404).send({ error: 'no such outage' });
      return reply.send(describeOutage(outages.finish(event, instant(request.body?.end))));
    },
  );

  app.post<{ Params: { eventId: string }; Body: Timed<Correction, 'start' | 'end'> }>(
    '/outages/:eventId/correct',
    { schema: { body: OUTAGE_CORRECTION_SCHEMA } },
    (request, reply) => {
      const event = board.find(Number(request.params.eventId));
      if (event === undefined) return reply.code(404).send({ error: 'no such outage' });
      const { start, end, ...texts } = request.body;
      return reply.send(describeOutage(outages.correct(event, { ...texts, start: instant(start), end: instant(end) })));
    },
  );
}

function registerReachabilityControl(app: FastifyInstance, path: string, reachability: Reachability): void {
  app.post<{ Body: { reachable: boolean; manner?: OutageManner } }>(
    path,
    { schema: { body: REACHABILITY_SCHEMA } },
    (request) => {
      if (request.body.reachable) reachability.restore();
      else reachability.cut(request.body.manner ?? 'refuse');
      return { reachable: reachability.reachable, manner: reachability.manner ?? null };
    },
  );
}

/** An outage with its times as ISO 8601. */
export function describeOutage({ start, end, ...event }: OutageEvent) {
  return {
    ...event,
    start: new Date(start).toISOString(),
    end: end === undefined ? null : new Date(end).toISOString(),
  };
}

function instant(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}
