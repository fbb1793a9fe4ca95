import { createServer as createHttp, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export interface ReceivedMessage {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

type Behaviour = (response: ServerResponse, request: IncomingMessage) => void;

/** A real server on this machine that keeps what it gets, and answers as a test says. */
export class Receiver {
  readonly messages: ReceivedMessage[] = [];
  connections = 0;
  closed = 0;
  behaviour: Behaviour = (response) => response.writeHead(204).end();

  private constructor(
    private readonly server: Server,
    private readonly protocol: 'http' | 'https',
  ) {}

  static async start(tls?: { readonly key: string; readonly cert: string }): Promise<Receiver> {
    const server: Server = tls === undefined ? createHttp() : createHttps(tls);
    const own = new Receiver(server, tls === undefined ? 'http' : 'https');
    server.on('request', (request, response) => void own.take(request, response));
    server.on('connection', (socket: Socket) => {
      own.connections += 1;
      socket.on('error', () => undefined);
      socket.on('close', () => (own.closed += 1));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return own;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  url(host = '127.0.0.1', path = '/hook'): string {
    return `${this.protocol}://${host}:${String(this.port)}${path}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const body = Buffer.concat(chunks).toString('utf8');
    this.messages.push({ method: request.method ?? '', path: request.url ?? '', headers, body });
    this.behaviour(response, request);
  }
}
