import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** What the server does instead of an answer. */
export type Misbehaviour = 'reset' | 'reset-mid-answer' | 'silence';
export type Handler = (request: SeenRequest) => Reply | Misbehaviour;

export interface LocalServer {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** Requests whose body came whole. */
  close(): Promise<void>;
}

/** A server on this machine that answers as told and remembers what it was sent. */
export async function startLocalServer(handler: Handler, port = 0): Promise<LocalServer> {
  const requests: SeenRequest[] = [];
  const server = createServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('error', () => undefined);
    message.on('end', () => {
      const seen: SeenRequest = {
        method: message.method ?? '',
        path: message.url ?? '',
        headers: message.headers,
        body: Buffer.concat(chunks),
      };
      requests.push(seen);
      reply(handler(seen), message, response);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function reply(what: Reply | Misbehaviour, message: IncomingMessage, response: ServerResponse): void {
  if (what === 'silence') return;
  if (what === 'reset') {
    message.socket.resetAndDestroy();
    return;
  }
  if (what === 'reset-mid-answer') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"referenceNumber":', () => message.socket.resetAndDestroy());
    return;
  }
  // No connection outlives its answer, so that a server that was closed is noticed as such.
  response.shouldKeepAlive = false;
  response.writeHead(what.status, what.headers);
  response.end(what.body);
}

export const json = (status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(value),
});

export const html = (status: number): Reply => ({
  status,
  headers: { 'content-type': 'text/html' },
  body: '<html><body>Request unsuccessful.</body></html>',
});

/** A 400 in the form asked for with X-Error-Format. */
export const problem = (code: number, description: string, details: readonly string[] = []): Reply => ({
  status: 400,
  headers: { 'content-type': 'application/problem+json' },
  body: JSON.stringify({
    title: 'Bad Request',
    status: 400,
    instance: '/v2/somewhere',
    detail: 'Żądanie jest nieprawidłowe.',
    errors: [{ code, description, details }],
    timestamp: '2026-11-20T12:23:56.0154302+00:00',
    traceId: '673843e023c432286660bc0501a3af44',
  }),
});
