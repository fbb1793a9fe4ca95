import { randomUUID } from 'node:crypto';
import { CallFailedError, type System } from '@latarnik/launcher';
import type { ExampleInvoice } from './example-invoices.js';

/** What the demo reads of an invoice; the API says more. */
export interface InvoiceView {
  readonly id: string;
  readonly number: string;
  readonly sellerNip: string;
  readonly mode: string;
  readonly status: string;
  readonly sha256: string;
  readonly codes: { readonly invoice: { readonly url: string }; readonly certificate: { readonly url: string } | null };
  readonly deadline: {
    readonly kind: string;
    readonly day: string | null;
    readonly basis: string;
    readonly explanation: readonly string[];
  } | null;
  readonly ksefNumber: string | null;
  readonly batchId: string | null;
  readonly sessionReferenceNumber: string | null;
  readonly error: { readonly description: string } | null;
}

export interface SessionView {
  readonly status: { readonly code: number };
  readonly invoices: readonly { readonly sha256: string; readonly ksefNumber: string | null }[];
}

/** Talks to the API the way an ERP would. */
export class ApiClient {
  constructor(private readonly system: Pick<System, 'apiUrl' | 'apiKey'>) {}

  async issue({ contentType, body }: ExampleInvoice): Promise<InvoiceView> {
    return (await this.json(
      'POST',
      '/v1/invoices',
      { 'content-type': contentType, 'idempotency-key': randomUUID() },
      body,
    )) as InvoiceView;
  }

  async availability(): Promise<{ readonly mode: string; readonly reason: string; readonly sending: boolean }> {
    return (await this.json('GET', '/v1/availability')) as Awaited<ReturnType<ApiClient['availability']>>;
  }

  async allInvoices(): Promise<readonly InvoiceView[]> {
    const { items } = (await this.json('GET', '/v1/invoices?limit=500')) as { readonly items: readonly InvoiceView[] };
    return items;
  }

  async batches(): Promise<readonly { readonly id: string; readonly state: string }[]> {
    const { items } = (await this.json('GET', '/v1/batches')) as { items: readonly { id: string; state: string }[] };
    return items;
  }

  async session(reference: string): Promise<SessionView> {
    return (await this.json('GET', `/v1/sessions/${reference}`)) as SessionView;
  }

  async bytes(path: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.call('GET', path)).arrayBuffer());
  }

  private async json(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body?: Uint8Array,
  ): Promise<unknown> {
    return (await this.call(method, path, headers, body)).json();
  }

  private async call(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body?: Uint8Array,
  ): Promise<Response> {
    const { apiUrl, apiKey } = this.system;
    const response = await fetch(`${apiUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, ...headers },
      ...(body === undefined ? {} : { body: Buffer.from(body) }),
    });
    if (!response.ok) throw new CallFailedError(response.status, await response.text(), `${method} ${path}`);
    return response;
  }
}
