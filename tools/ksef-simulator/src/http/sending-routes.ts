import type { FastifyInstance, FastifyRequest } from 'fastify';

import { refuse } from '../core/refusals.js';
import type { BatchSession, OnlineSession, Session } from '../core/session.js';
import { ksefTimestamp } from '../core/time.js';
import type { BatchRequest } from '../processing/batch-request.js';
import type { OnlineRequest, SendInvoiceRequest } from '../processing/online-desk.js';
import type { SimulatorState } from '../simulator-state.js';
import { OPEN_BATCH_SCHEMA, OPEN_ONLINE_SCHEMA, SEND_INVOICE_SCHEMA } from './body-schemas.js';
import type { StorageLinks } from './links.js';
import { permittedLogin, sessionOf } from './requests.js';

/** Largest JSON body: an invoice of 3 MB, encrypted and in Base64, with room. */
const SEND_LIMIT_BYTES = 6 * 1024 * 1024;

/** Opening, filling and closing sessions of both kinds. */
export function registerSendingRoutes(app: FastifyInstance, state: SimulatorState, links: StorageLinks): void {
  registerBatchRoutes(app, state, links);
  registerOnlineRoutes(app, state);
}

function registerBatchRoutes(app: FastifyInstance, state: SimulatorState, links: StorageLinks): void {
  app.post<{ Body: BatchRequest }>(
    '/sessions/batch',
    { schema: { body: OPEN_BATCH_SCHEMA } },
    async (request, reply) => {
      const login = permittedLogin(state, request, ['InvoiceWrite']);
      await rotateByFault(state, 'POST /sessions/batch');
      const session = state.batch.open(login, request.body);
      return reply.code(201).send({
        referenceNumber: session.referenceNumber,
        partUploadRequests: session.parts.map((part) => ({
          ordinalNumber: part.ordinal,
          method: 'PUT',
          url: links.partUpload(session, part),
          headers: { 'x-ms-blob-type': 'BlockBlob' },
        })),
      });
    },
  );

  app.post('/sessions/batch/:referenceNumber/close', (request, reply) => {
    permittedLogin(state, request, ['InvoiceWrite']);
    state.batch.close(ofKind(sessionOf(state, request), 'Batch', request));
    return reply.code(204).send();
  });
}

function registerOnlineRoutes(app: FastifyInstance, state: SimulatorState): void {
  app.post<{ Body: OnlineRequest }>(
    '/sessions/online',
    { schema: { body: OPEN_ONLINE_SCHEMA } },
    async (request, reply) => {
      const login = permittedLogin(state, request, ['InvoiceWrite']);
      await rotateByFault(state, 'POST /sessions/online');
      const session = state.online.open(login, request.body);
      return reply
        .code(201)
        .send({ referenceNumber: session.referenceNumber, validUntil: ksefTimestamp(session.validUntil) });
    },
  );

  app.post<{ Body: SendInvoiceRequest }>(
    '/sessions/online/:referenceNumber/invoices',
    { schema: { body: SEND_INVOICE_SCHEMA }, bodyLimit: SEND_LIMIT_BYTES },
    (request, reply) => {
      permittedLogin(state, request, ['InvoiceWrite']);
      const session = ofKind(sessionOf(state, request), 'Online', request);
      const { referenceNumber } = state.online.send(session, request.body);
      return reply.code(202).send({ referenceNumber });
    },
  );

  app.post('/sessions/online/:referenceNumber/close', (request, reply) => {
    permittedLogin(state, request, ['InvoiceWrite']);
    state.online.close(ofKind(sessionOf(state, request), 'Online', request));
    return reply.code(204).send();
  });
}

async function rotateByFault({ clock, faults, keys }: SimulatorState, occasion: string): Promise<void> {
  if (faults.befalls('rotate-keys', occasion) === undefined) return;
  await keys.rotate('SymmetricKeyEncryption', clock.now(), 'withdrawn');
}

function ofKind(session: Session, kind: 'Batch', request: FastifyRequest): BatchSession;
function ofKind(session: Session, kind: 'Online', request: FastifyRequest): OnlineSession;
function ofKind(session: Session, kind: Session['kind']): Session {
  if (session.kind === kind) return session;
  throw refuse(21173, `Sesja o numerze referencyjnym ${session.referenceNumber} nie została znaleziona.`);
}
