import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { ExampleInvoice } from '@latarnik/demo';
import type { System } from '@latarnik/launcher';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // A test reads whatever it expects to be there; a wrong guess fails the test.
  readonly json: Readonly<Record<string, unknown>>;
}

export interface Call {
  readonly method?: string;
  readonly path: string;
  readonly body?: string | Uint8Array;
  readonly type?: string;
  readonly key?: string;
  readonly apiKey?: string;
}

/** Any call to the API, answered without judgement. */
export async function call(system: Pick<System, 'apiUrl' | 'apiKey'>, request: Call): Promise<Answer> {
  const { method = 'GET', path, body, type = 'application/xml', key, apiKey = system.apiKey } = request;
  const response = await fetch(`${system.apiUrl}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${apiKey}`,
      ...(body === undefined ? {} : { 'content-type': type }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : Buffer.from(body) }),
  });
  const text = await response.text();
  const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? (JSON.parse(text) as Readonly<Record<string, unknown>>) : {},
  };
}

/** Issues a document under a fresh key. */
export function issue(
  system: Pick<System, 'apiUrl' | 'apiKey'>,
  { body, contentType }: Pick<ExampleInvoice, 'body' | 'contentType'>,
  query = '',
): Promise<Answer> {
  return call(system, { method: 'POST', path: `/v1/invoices${query}`, body, type: contentType, key: randomUUID() });
}

const POLL_MS = 50;

/** Looks until it is so. @throws after two minutes */
export async function eventually(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 120_000;
  while (!(await isSo())) {
    if (Date.now() > giveUpAt) throw new Error(`in vain: ${what}`);
    await pause(POLL_MS);
  }
}

/** Today in Poland, as P_1 wants it. */
export const today = (): string => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Warsaw' }).format(new Date());
