import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What happens to one connection. */
export type Fault =
  | { readonly kind: 'none' }
  /** The connection is reset when so many bytes of the request went through. */
  | { readonly kind: 'reset-at'; readonly bytes: number }
  /** The request goes through in small pieces, each taken when the one before has left. */
  | { readonly kind: 'slow'; readonly pieceBytes: number }
  /** The request goes through; of the answer, so many bytes. */
  | { readonly kind: 'truncated-answer'; readonly bytes: number }
  /** Told to go on at once, and then nothing: the request goes nowhere. */
  | { readonly kind: 'continue-stall' };

export interface FaultProxy {
  readonly port: number;
  /** Faults of the next connections, in order; the ones after them have none. */
  readonly next: Fault[];
  /** Faults that came about. */
  readonly happened: Fault['kind'][];
  close(): Promise<void>;
}

/** A TCP proxy in front of a server on this machine. */
export async function startFaultProxy(upstreamPort: number): Promise<FaultProxy> {
  const next: Fault[] = [];
  const happened: Fault['kind'][] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const fault = next.shift() ?? { kind: 'none' };
    const upstream = connect(upstreamPort, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.end());
    passOn(fault, client, upstream, (kind) => happened.push(kind));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    next,
    happened,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function passOn(fault: Fault, client: Socket, upstream: Socket, happens: (kind: Fault['kind']) => void): void {
  switch (fault.kind) {
    case 'none':
      client.pipe(upstream);
      upstream.pipe(client);
      return;
    case 'reset-at':
      upstream.pipe(client);
      client.on(
        'data',
        untilBytes(fault.bytes, upstream, () => {
          happens(fault.kind);
          client.resetAndDestroy();
        }),
      );
      return;
    case 'slow':
      happens(fault.kind);
      upstream.pipe(client);
      void inPieces(client, upstream, fault.pieceBytes);
      return;
    case 'truncated-answer':
      client.pipe(upstream);
      upstream.on(
        'data',
        untilBytes(fault.bytes, client, () => {
          happens(fault.kind);
          client.resetAndDestroy();
        }),
      );
      return;
    case 'continue-stall':
      client.once('data', () => {
        happens(fault.kind);
        client.write('HTTP/1.1 100 Continue\r\n\r\n');
      });
      client.resume();
  }
}

/** Passes so many bytes on, and then calls `cut`. */
function untilBytes(bytes: number, to: Socket, cut: () => void): (chunk: Buffer) => void {
  let left = bytes;
  return (chunk) => {
    if (left < 0) return;
    to.write(chunk.subarray(0, left));
    left -= chunk.length;
    if (left >= 0) return;
    cut();
  };
}

async function inPieces(from: Socket, to: Socket, pieceBytes: number): Promise<void> {
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; at += pieceBytes) {
        await new Promise<void>((resolve) => {
          to.write(chunk.subarray(at, at + pieceBytes), () => {
            setImmediate(resolve);
          });
        });
      }
    }
  } catch {
    to.destroy();
  }
}
