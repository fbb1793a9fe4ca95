import type { Socket } from 'node:net';
import type { Log } from '@latarnik/composition';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ProblemCode } from '../problems/catalogue.js';
import { problem } from './problem.js';

/** What Node's parser of HTTP refuses, by its code; there is no request yet to answer. */
const PARSER_PROBLEMS: Readonly<Record<string, readonly [number, ProblemCode, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'HEADERS_TOO_LARGE', 'The headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'REQUEST_TIMEOUT', 'The request did not come to its end'],
};

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/** Answers what is no HTTP with a problem document as well, and ends the connection. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, code, title] = PARSER_PROBLEMS[error.code ?? ''] ?? [400, 'BAD_REQUEST', 'This is no HTTP request'];
  const body = JSON.stringify(problem(status, code, title, 'The connection was closed.'));
  const head = [
    `HTTP/1.1 ${String(status)} ${REASONS[status] ?? 'Bad Request'}`,
    'content-type: application/problem+json',
    `content-length: ${String(Buffer.byteLength(body))}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** What goes wrong before there is a route: an address that cannot be decoded. */
export function answerBadAddress(id: string, reply: FastifyReply): void {
  const detail = 'See the API description at /openapi.json.';
  const document = problem(400, 'BAD_REQUEST', 'The address cannot be understood', detail);
  void reply
    .status(document.status)
    .header('content-type', 'application/problem+json')
    .header('x-request-id', id)
    .send(Buffer.from(JSON.stringify({ ...document, instance: `#${id}` })));
}

/** Logs each answer: which request, by the pattern of its route, with what status, in how many milliseconds. */
export function logAnswers(fastify: FastifyInstance, log: Log): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    const { id: requestId, method, routeOptions } = request;
    const ms = Math.round(reply.elapsedTime);
    log({ event: 'api.answered', requestId, method, route: routeOptions.url ?? '', status: reply.statusCode, ms });
    done();
  });
}
