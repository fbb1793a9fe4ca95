import {
  err,
  ok,
  type Result,
  type WebhookAnswer,
  type WebhookMessage,
  type WebhookSender,
  type WebhookUrlRefusal,
} from '@latarnik/domain';
import { isIP } from 'node:net';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { allowedAddresses, allowedLookup, PrivateAddressError, type ResolveName } from './name-resolution.js';
import { retryAfterSeconds } from './retry-after.js';
import { signatureHeaders } from './signature.js';
import { hostOf, mayBePostedTo, readWebhookUrl, type AddressRules } from './webhook-url.js';

export interface WebhookSenderOptions extends AddressRules {
  /** For the whole exchange, with name and connection. */
  readonly timeoutMs: number;
  readonly resolve: ResolveName;
  /** Certificates (PEM) to trust beside those of the runtime: for tests. */
  readonly ca?: string;
}

/** Of an answer's body, which nobody looks at: that the receiver may finish writing a short one. */
const MOST_ANSWER_BYTES = 4096;
const MOST_HEADER_BYTES = 16_384;

/**
 * Posts with a connection of its own for each message: what one receiver does to its connection is nobody else's trouble.
 * Knows no redirects, cookies or proxies.
 */
export class HttpWebhookSender implements WebhookSender {
  constructor(private readonly options: WebhookSenderOptions) {}

  async examine(text: string): Promise<Result<void, WebhookUrlRefusal>> {
    const url = readWebhookUrl(text, this.options);
    if (!url.ok) return url;
    const host = hostOf(url.value);
    if (isIP(host) !== 0) return ok(undefined);
    try {
      await allowedAddresses(host, this.options.resolve, this.options);
      return ok(undefined);
    } catch (error) {
      return err({ code: error instanceof PrivateAddressError ? 'WEBHOOK_URL_PRIVATE' : 'WEBHOOK_HOST_UNKNOWN' });
    }
  }

  async send(message: WebhookMessage): Promise<WebhookAnswer> {
    const url = readWebhookUrl(message.url, this.options);
    if (!url.ok) return { kind: 'not-sent', cause: NOT_ALLOWED };
    const connection = new Connection(this.options);
    try {
      return await this.post(url.value, message, connection.agent);
    } catch (error) {
      return connection.isOpen
        ? { kind: 'unknown', cause: faultOf(error) }
        : { kind: 'not-sent', cause: connection.refusal ?? faultOf(error) };
    } finally {
      await connection.agent.destroy();
    }
  }

  private async post(url: URL, { id, at, body, secrets }: WebhookMessage, agent: Agent): Promise<WebhookAnswer> {
    const { timeoutMs } = this.options;
    const answer = await agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'latarnik-webhooks/1',
        ...signatureHeaders(id, Math.floor(at.epochMilliseconds / 1000), body, secrets),
      },
      body,
      signal: AbortSignal.timeout(timeoutMs),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    const { statusCode: httpStatus } = answer;
    await answer.body.dump({ limit: MOST_ANSWER_BYTES }).catch(() => undefined);
    if (httpStatus >= 200 && httpStatus < 300) return { kind: 'taken', httpStatus };
    const asked = retryAfterSeconds(single(answer.headers['retry-after']), at.epochMilliseconds);
    return { kind: 'refused', httpStatus, ...(asked === undefined ? {} : { retryAfterSeconds: asked }) };
  }
}

const NOT_ALLOWED = 'the address is not allowed';

/** One connection, which nothing leaves on before its address was looked at. */
class Connection {
  isOpen = false;
  refusal: string | undefined;
  readonly agent: Agent;

  constructor({ timeoutMs, resolve, ca, ...rules }: WebhookSenderOptions) {
    const connect = buildConnector({
      timeout: timeoutMs,
      lookup: allowedLookup(resolve, rules),
      ...(ca === undefined ? {} : { ca }),
    });
    this.agent = new Agent({
      connect: (options, callback) => {
        connect(options, (error, socket) => {
          if (error !== null) {
            if (isPrivate(error)) this.refusal = NOT_ALLOWED;
            callback(error, null);
          } else if (mayBePostedTo(socket.remoteAddress ?? '', rules)) {
            this.isOpen = true;
            callback(null, socket);
          } else {
            this.refusal = NOT_ALLOWED;
            socket.destroy();
            callback(new PrivateAddressError('a connection to a private address'), null);
          }
        });
      },
      connections: 1,
      pipelining: 0,
      maxHeaderSize: MOST_HEADER_BYTES,
    });
  }
}

const isPrivate = (error: unknown): boolean => error instanceof PrivateAddressError;

const single = (header: Dispatcher.ResponseData['headers'][string]): string | undefined =>
  typeof header === 'string' ? header : undefined;

/** The name of the fault only: messages hold names and addresses of the receiver. */
function faultOf(error: unknown): string {
  const { name, code } = (error ?? {}) as { readonly name?: unknown; readonly code?: unknown };
  if (name === 'TimeoutError') return 'no answer in time';
  const word = [code, name].find((each) => typeof each === 'string' && /^\w{1,60}$/.test(each));
  return typeof word === 'string' ? word : 'unnamed fault';
}
