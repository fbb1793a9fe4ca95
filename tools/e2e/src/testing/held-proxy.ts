import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where a call is caught: on its way to KSeF, or with KSeF's answer on its way back. */
export type CaughtAt = 'request' | 'answer';

/**
 * Stands between the product and the simulator, and can keep the next call of a kind for good: what a process sees that is
 * killed meanwhile. Addresses of the simulator in its answers become addresses of the proxy.
 */
export class HeldProxy {
  #catching: { readonly at: CaughtAt; readonly path: RegExp; readonly caught: () => void } | undefined;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** @param originOf where to send calls; until it is known ('') nothing is answered */
  static async before(originOf: () => string): Promise<HeldProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new HeldProxy(server, `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
    server.on('request', (incoming: IncomingMessage, answer: ServerResponse) => {
      proxy.forward(originOf(), incoming, answer);
    });
    return proxy;
  }

  /** Keeps the next POST to such a path. @returns when it was caught */
  catchNext(path: RegExp, at: CaughtAt): Promise<void> {
    return new Promise((resolve) => {
      this.#catching = { at, path, caught: resolve };
    });
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private forward(origin: string, incoming: IncomingMessage, answer: ServerResponse): void {
    const caught = this.take(incoming);
    // Whoever asked is killed meanwhile: a broken connection is what the test is about.
    incoming.on('error', () => undefined);
    answer.on('error', () => undefined);
    if (origin === '') {
      answer.destroy();
      return;
    }
    if (caught?.at === 'request') {
      caught.caught();
      return;
    }
    const outgoing = request(
      new URL(incoming.url ?? '/', origin),
      { method: incoming.method ?? 'GET', headers: { ...incoming.headers, host: new URL(origin).host } },
      (given) => {
        if (caught !== undefined) {
          given.resume().on('end', caught.caught);
          return;
        }
        void this.answer(origin, given, answer);
      },
    );
    outgoing.on('error', () => answer.destroy());
    incoming.pipe(outgoing);
  }

  private async answer(origin: string, given: IncomingMessage, answer: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of given) chunks.push(chunk as Buffer);
    } catch {
      answer.destroy();
      return;
    }
    const bytes = Buffer.concat(chunks);
    const isJson = (given.headers['content-type'] ?? '').includes('json');
    const body = isJson ? Buffer.from(bytes.toString('utf8').replaceAll(origin, this.url)) : bytes;
    const { 'transfer-encoding': _chunked, ...headers } = given.headers;
    answer.writeHead(given.statusCode ?? 502, { ...headers, 'content-length': body.length });
    answer.end(body);
  }

  private take({ method, url = '' }: IncomingMessage) {
    const catching = this.#catching;
    if (catching === undefined || method !== 'POST' || !catching.path.test(url)) return undefined;
    this.#catching = undefined;
    return catching;
  }
}
