import type { Readable } from 'node:stream';

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { Session } from '../core/session.js';
import type { LinkRefusal } from '../crypto/signed-links.js';
import type { UploadOutcome } from '../processing/part-desk.js';
import type { SimulatorState } from '../simulator-state.js';
import { findInvoiceUpo, sendXml } from './xml-answers.js';

const UPLOAD_STATUS: Readonly<Record<UploadOutcome, number>> = { STORED: 201, NOT_AS_DECLARED: 400, NOT_WRITABLE: 403 };
const LINK_STATUS: Readonly<Record<LinkRefusal, number>> = { BAD_SIGNATURE: 401, EXPIRED: 403 };

type Query = Readonly<Record<string, string | undefined>>;

/** The blob storage: parts go in, UPO documents come out; the address itself is the authorization. */
export function registerStorageRoutes(app: FastifyInstance, state: SimulatorState): void {
  // Parts may have 100 MB: the stream goes on as it is, whatever the content type.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => {
    done(null, payload);
  });

  app.addHook('onRequest', (request, _reply, done) => {
    if (request.headers.authorization !== undefined) {
      state.ledger.recordViolation(
        'AUTHORIZATION_SENT_TO_STORAGE',
        `${request.method} ${pathOf(request)}`,
        state.clock.now(),
      );
    }
    done();
  });

  registerExportDownload(app, state);

  app.put<{ Params: { session: string; ordinal: string } }>(
    '/storage/00/:session/batch-parts/:ordinal',
    async (request, reply) => {
      const refusal = state.links.check(pathOf(request), 'w', request.query as Query, state.clock.now());
      if (refusal !== undefined) return answerUpload(request, reply, LINK_STATUS[refusal]);
      const breach = breachOfStorageRules(state, request);
      if (breach !== undefined) return answerUpload(request, reply, breach);
      const session = findSession(state, request.params.session);
      const part =
        session?.kind === 'Batch'
          ? session.parts.find(({ ordinal }) => String(ordinal) === request.params.ordinal)
          : undefined;
      if (session?.kind !== 'Batch' || part === undefined) return answerUpload(request, reply, 400);
      const outcome = await state.partDesk.receive(session, part, request.body as Readable);
      return answerUpload(request, reply, UPLOAD_STATUS[outcome]);
    },
  );

  app.get<{ Params: { session: string; file: string } }>('/storage/01/:session/session-upo/:file', (request, reply) => {
    const refusal = state.links.check(pathOf(request), 'r', request.query as Query, state.clock.now());
    if (refusal !== undefined) return reply.code(403).send();
    const reference = request.params.file.replace(/\.xml$/, '');
    const upo = findSession(state, request.params.session)?.upoPages.find(
      ({ referenceNumber }) => referenceNumber === reference,
    );
    return upo === undefined ? reply.code(404).send() : sendXml(reply, upo.xml);
  });

  app.get<{ Params: { session: string; file: string } }>('/storage/01/:session/invoice-upo/:file', (request, reply) => {
    const refusal = state.links.check(pathOf(request), 'r', request.query as Query, state.clock.now());
    if (refusal !== undefined) return reply.code(403).send();
    const reference = request.params.file.replace(/\.xml$/, '');
    const session = findSession(state, request.params.session);
    const upo =
      session === undefined
        ? undefined
        : findInvoiceUpo(state, session, ({ referenceNumber }) => referenceNumber === reference);
    return upo === undefined ? reply.code(404).send() : sendXml(reply, upo);
  });
}

/** What the blob storage wants of an upload whatever it holds. @returns the status it refuses with */
function breachOfStorageRules({ settings }: SimulatorState, request: FastifyRequest): number | undefined {
  const length = request.headers['content-length'];
  if (settings.storageRules === 'azure' && length === undefined) return 411;
  const isEmpty = request.body === undefined || request.body === null || length === '0';
  return isEmpty || request.headers['x-ms-blob-type'] !== 'BlockBlob' ? 400 : undefined;
}

function registerExportDownload(app: FastifyInstance, state: SimulatorState): void {
  app.get<{ Params: { reference: string; ordinal: string } }>(
    '/storage/02/:reference/invoice-part/:ordinal',
    (request, reply) => {
      const refusal = state.links.check(pathOf(request), 'r', request.query as Query, state.clock.now());
      if (refusal !== undefined) return reply.code(403).send();
      const part = state.exports
        .find(request.params.reference.toUpperCase())
        ?.package?.parts.find(({ ordinal }) => String(ordinal) === request.params.ordinal);
      if (part === undefined) return reply.code(404).send();
      return reply.header('x-ms-meta-hash', part.encryptedHash).type('application/octet-stream').send(part.encrypted);
    },
  );
}

/** Storage answers with a bare status. What is left of a refused body is read away, so that the answer arrives. */
function answerUpload(request: FastifyRequest, reply: FastifyReply, status: number): FastifyReply {
  request.raw.resume();
  return reply.code(status).send();
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?')[0] ?? '';
}

function findSession(state: SimulatorState, lowerCaseReference: string): Session | undefined {
  return state.sessions.get(lowerCaseReference.toUpperCase());
}
