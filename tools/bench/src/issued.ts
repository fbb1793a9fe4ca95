import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { ExampleInvoice } from '@latarnik/demo';
import type { System } from '@latarnik/launcher';
import pg from 'pg';

/** What a 201 promised. */
export interface Issued {
  readonly id: string;
  /** Of the document, Base64. */
  readonly sha256: string;
}

/** Issues the example offline under another number. @throws unless it was answered with 201 */
export async function issueOne(
  { apiUrl, apiKey }: Pick<System, 'apiUrl' | 'apiKey'>,
  { body, number }: ExampleInvoice,
  as: { readonly number: string; readonly key?: string },
): Promise<Issued> {
  const response = await fetch(`${apiUrl}/v1/invoices?mode=offline24`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/xml',
      'idempotency-key': as.key ?? randomUUID(),
    },
    body: new TextDecoder().decode(body).replace(`<P_2>${number}</P_2>`, `<P_2>${as.number}</P_2>`),
  });
  const text = await response.text();
  if (response.status !== 201) throw new IssueRefusedError(response.status);
  const { id, sha256 } = JSON.parse(text) as Issued;
  return { id, sha256 };
}

export class IssueRefusedError extends Error {
  override readonly name = 'IssueRefusedError';

  constructor(readonly status: number) {
    super(`issue answered ${String(status)}`);
  }
}

const BETWEEN_TRIES_MS = 500;
const MOST_TRIES = 240;

/** As a client does whose server may die: the same request with the same key, until it is answered with 201. */
export async function issueSurely(
  system: Pick<System, 'apiUrl' | 'apiKey'>,
  example: ExampleInvoice,
  number: string,
): Promise<Issued> {
  const key = randomUUID();
  for (let tries = 1; ; tries += 1) {
    try {
      return await issueOne(system, example, { number, key });
    } catch (error) {
      if (tries === MOST_TRIES || !mayPass(error)) throw error;
      await pause(BETWEEN_TRIES_MS);
    }
  }
}

/** 409: the request that was cut off still runs. */
const mayPass = (error: unknown): boolean =>
  !(error instanceof IssueRefusedError) || error.status >= 500 || error.status === 409;

/** How many invoices that were answered with 201 are not in the database with exactly those bytes. */
export async function missingIn(databaseUrl: string, issued: readonly Issued[]): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ missing: number }>(MISSING, [
      issued.map(({ id }) => id),
      issued.map(({ sha256 }) => sha256),
    ]);
    return rows[0]?.missing ?? issued.length;
  } finally {
    await client.end();
  }
}

const MISSING = `
  SELECT count(*)::integer AS missing FROM unnest($1::uuid[], $2::text[]) AS told (id, sha256)
  WHERE NOT EXISTS (
    SELECT FROM invoice JOIN invoice_document AS document
      ON document.tenant_id = invoice.tenant_id AND document.invoice_id = invoice.id
    WHERE invoice.id = told.id AND invoice.issued_at IS NOT NULL
      AND sha256(document.bytes) = decode(told.sha256, 'base64'))`;
