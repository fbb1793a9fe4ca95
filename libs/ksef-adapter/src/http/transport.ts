import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';

import { Agent, DecoratorHandler, type Dispatcher, request } from 'undici';

import { errorCode } from '../error-code.js';

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | Readable;
  /** The answer's body may not be larger. */
  readonly maxAnswerBytes: number;
  /** For the whole exchange, with the wait for a free connection. */
  readonly timeoutMs: number;
  /** A request that is not on its way by then is not sent at all. Absent: whenever there is a connection. */
  readonly leaveWithinMs?: number;
}

export interface HttpAnswer {
  readonly kind: 'answer';
  readonly status: number;
  /** Names in lower case; a repeated header counts as absent. */
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
}

/**
 * `not-sent`: no connection came about, so the other side surely saw nothing. `lost`: the request may have arrived, and
 * no whole answer came back. Causes name the fault only: no address, no header, no body.
 */
export type HttpOutcome =
  | HttpAnswer
  | {
      readonly kind: 'not-sent' | 'lost';
      readonly cause: string;
      /** Not sent because the time to leave was over: it may find a connection the next time. */
      readonly tooLate?: true;
    };

export interface TransportOptions {
  readonly connectTimeoutMs: number;
  /** How a name becomes an address. @default as the system does it */
  readonly lookup?: LookupFunction;
}

/** One HTTP exchange with nothing added: no redirects, no cookies, no retries, no decompression. */
export class Transport {
  readonly #agent: Agent;

  constructor({ connectTimeoutMs, lookup }: TransportOptions) {
    const connect = { timeout: connectTimeoutMs, ...(lookup === undefined ? {} : { lookup }) };
    this.#agent = new Agent({ connect, connections: 16, maxHeaderSize: 65_536 });
  }

  async exchange(message: HttpRequest): Promise<HttpOutcome> {
    const departure = new Departure(message.leaveWithinMs);
    const dispatcher = this.#agent.compose(departureWitness(departure));
    try {
      return await inTime(message.timeoutMs, departure, (signal) => roundTrip(message, dispatcher, signal));
    } catch (error) {
      if (error instanceof RequestBodyError) throw error.cause;
      if (departure.hasLeft) return { kind: 'lost', cause: faultName(error) };
      return { kind: 'not-sent', cause: faultName(error), ...(error instanceof TooLateError ? { tooLate: true } : {}) };
    } finally {
      departure.end();
    }
  }
}

/** The time to leave was over before there was a connection. */
class TooLateError extends Error {
  override readonly name = 'TooLateError';
}

/** Whether a request is on its way: before that, nothing can have arrived. */
class Departure {
  hasLeft = false;
  /** Rejects when the time to leave is over and the request has not left. */
  readonly missed: Promise<never>;
  readonly #leaveBefore: number;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(leaveWithinMs: number | undefined) {
    const { promise, reject } = Promise.withResolvers<never>();
    this.missed = promise;
    this.missed.catch(() => undefined);
    this.#leaveBefore = performance.now() + (leaveWithinMs ?? Number.POSITIVE_INFINITY);
    if (leaveWithinMs === undefined) return;
    this.#timer = setTimeout(
      () => {
        if (!this.hasLeft) reject(new TooLateError());
      },
      Math.max(0, leaveWithinMs),
    );
  }

  /** @returns whether it may leave now */
  leave(): boolean {
    this.hasLeft ||= performance.now() <= this.#leaveBefore;
    return this.hasLeft;
  }

  /** Whatever is still waiting for a connection is not sent any more. */
  end(): void {
    clearTimeout(this.#timer);
  }
}

/** The source of a request's body failed: a matter of ours, not of the network. */
export class RequestBodyError extends Error {
  override readonly name = 'RequestBodyError';
  constructor(override readonly cause: unknown) {
    super('the body of a request could not be read');
  }
}

/** undici heeds a signal only once there is a connection. A request given up before that is never sent. */
async function inTime<T>(
  timeoutMs: number,
  { missed }: Departure,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.timeout(timeoutMs);
  const { promise: timeUp, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => {
    reject(signal.reason as Error);
  };
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([work(signal), timeUp, missed]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

async function roundTrip(message: HttpRequest, dispatcher: Dispatcher, signal: AbortSignal): Promise<HttpOutcome> {
  const { method, url, headers, body, maxAnswerBytes, timeoutMs } = message;
  const response = await request(url, {
    dispatcher,
    method: method,
    headers: { ...headers },
    body: body ?? null,
    signal,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  const chunks: Uint8Array[] = [];
  let size = 0;
  const answered: AsyncIterable<Uint8Array> = response.body;
  for await (const chunk of answered) {
    size += chunk.length;
    if (size > maxAnswerBytes) {
      return { kind: 'lost', cause: `HTTP ${String(response.statusCode)}, more than ${String(maxAnswerBytes)} bytes` };
    }
    chunks.push(chunk);
  }
  return {
    kind: 'answer',
    status: response.statusCode,
    header: (name) => {
      const value = response.headers[name];
      return typeof value === 'string' ? value : undefined;
    },
    body: Buffer.concat(chunks),
  };
}

/** Sees a request being handed to a connected socket, and stops one that is too late. */
function departureWitness(departure: Departure): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    const inner: Dispatcher.DispatchHandler = new DecoratorHandler(handler);
    return dispatch(options, {
      onRequestStart: (controller, context) => {
        if (!departure.leave()) controller.abort(new TooLateError());
        inner.onRequestStart?.(controller, context);
      },
      onRequestUpgrade: (...args) => inner.onRequestUpgrade?.(...args),
      onResponseStart: (...args) => inner.onResponseStart?.(...args),
      onResponseData: (...args) => inner.onResponseData?.(...args),
      onResponseEnd: (...args) => inner.onResponseEnd?.(...args),
      onResponseError: (...args) => inner.onResponseError?.(...args),
    });
  };
}

/** Codes and names are safe to show; messages may quote addresses. */
function faultName(error: unknown): string {
  const code = errorCode(error);
  if (code !== undefined) return code;
  if (error instanceof TooLateError) return 'no free connection in time';
  const name = typeof error === 'object' && error !== null && 'name' in error ? error.name : undefined;
  return name === 'TimeoutError' ? 'no answer in time' : 'a fault without a name';
}
