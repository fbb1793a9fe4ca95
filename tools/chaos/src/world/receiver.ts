import { callJson, type SeededTenant } from '@latarnik/launcher';
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Every so many-th message is refused, or answered by cutting the connection: the worker has to send it again. */
const REFUSED_EVERY = 7;
const CUT_EVERY = 11;

/** A message as it came, in the order in which they came. */
export interface Message {
  readonly tenantId: string;
  /** Header `webhook-id`. */
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  /** Whether it was signed with the secret of the webhook; `undefined` when nobody knows the secret. */
  readonly isSigned: boolean | undefined;
  /** Whether it was answered with 204. */
  readonly isTaken: boolean;
}

/** A receiver of events, as an ERP has it; not a reliable one. */
export interface Receiver {
  readonly messages: readonly Message[];
  /** All events of the tenant come here from now on. Safe to repeat. */
  register(apiUrl: string, tenant: SeededTenant): Promise<void>;
  stop(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const messages: Message[] = [];
  const secrets = new Map<string, string>();
  const server = createServer((request, response) => {
    void textOf(request).then((body) => {
      const at = messages.length + 1;
      const isCut = at % CUT_EVERY === 0;
      const isTaken = !isCut && at % REFUSED_EVERY !== 0;
      const tenantId = request.url?.split('/').at(-1) ?? '';
      messages.push({ tenantId, isTaken, ...read(request.headers, body, secrets.get(tenantId)) });
      if (isCut) request.socket.destroy();
      else response.writeHead(isTaken ? 204 : 500).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    messages,
    register: async (apiUrl, { apiKey, tenantId }) => {
      const headers = { authorization: `Bearer ${apiKey}`, 'idempotency-key': 'chaos-receiver' };
      const url = `${origin}/events/${tenantId}`;
      const { secret } = (await callJson('POST', `${apiUrl}/v1/webhooks`, { url }, headers)) as Registered;
      // Shown once: to whoever asks again after the API died it is not shown.
      if (secret !== null) secrets.set(tenantId, secret);
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

interface Registered {
  readonly secret: string | null;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function read(headers: IncomingHttpHeaders, body: string, secret: string | undefined) {
  const id = String(headers['webhook-id']);
  const { type, subject } = JSON.parse(body) as { readonly type: string; readonly subject: string };
  if (secret === undefined) return { id, type, subject, isSigned: undefined };
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signed = `${id}.${String(headers['webhook-timestamp'])}.${body}`;
  const signature = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  return { id, type, subject, isSigned: headers['webhook-signature'] === signature };
}
