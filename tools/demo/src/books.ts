import { createHash } from 'node:crypto';
import type { System } from '@latarnik/launcher';
import pg from 'pg';
import type { ApiClient, InvoiceView } from './api-client.js';

/** One comparison of the books, and whether they agree. */
export interface Entry {
  readonly what: string;
  readonly agrees: boolean;
  readonly figures: string;
}

/** Compares API, database, KSeF's session and the simulator's own ledger, which know nothing of one another's word. */
export async function balanceBooks(
  system: System,
  api: ApiClient,
  issued: readonly InvoiceView[],
): Promise<readonly Entry[]> {
  const now = await api.allInvoices();
  const ledger = await system.control.ledger();
  const accepted = new Map(ledger.accepted.map((entry) => [entry.ksefNumber, entry.invoiceHash]));
  const sent = now.filter(({ status }) => status === 'sent');
  const session = await sessionHashes(api, now);
  const database = await databaseHashes(system.databaseUrl);
  const upos = await Promise.all(sent.map((invoice) => isProven(api, invoice)));
  const delivered = await Promise.all(issued.map((invoice) => hasItsBytes(api, invoice)));
  const ids = new Map(issued.map((invoice) => [invoice.id, invoice.sha256]));
  const count = issued.length;
  return [
    entry('issued = sent', sent.length, count),
    entry('issued = accepted in the ledger of KSeF', ledger.accepted.length, count),
    entry('hash in both QR links = SHA-256 of the file', delivered.filter(Boolean).length, count),
    entry('hash unchanged since issue', now.filter(({ id, sha256 }) => ids.get(id) === sha256).length, count),
    entry(
      'hash of the bytes in the database',
      now.filter(({ id, sha256 }) => database.get(id) === sha256).length,
      count,
    ),
    entry('hash in the batch session', now.filter(({ sha256 }) => session.has(sha256)).length, count),
    entry(
      'hash in the ledger under the same KSeF number',
      sent.filter(({ ksefNumber, sha256 }) => accepted.get(ksefNumber ?? '') === sha256).length,
      count,
    ),
    entry('UPO names the number and the hash', upos.filter(Boolean).length, count),
    entry('batch sessions', new Set(now.map(({ sessionReferenceNumber }) => sessionReferenceNumber)).size, 1),
    entry('duplicates, refusals and violations seen by KSeF', faults(ledger), 0),
  ];
}

function faults({ counters, violations }: Awaited<ReturnType<System['control']['ledger']>>): number {
  return (counters['duplicates'] ?? 0) + (counters['rejected'] ?? 0) + violations.length;
}

function entry(what: string, found: number, expected: number): Entry {
  return { what, agrees: found === expected, figures: `${String(found)} / ${String(expected)}` };
}

async function sessionHashes(api: ApiClient, invoices: readonly InvoiceView[]): Promise<ReadonlySet<string>> {
  const references = new Set(invoices.flatMap(({ sessionReferenceNumber }) => sessionReferenceNumber ?? []));
  const sessions = await Promise.all([...references].map((reference) => api.session(reference)));
  return new Set(sessions.flatMap(({ invoices: rows }) => rows.map(({ sha256 }) => sha256)));
}

/** By invoice, computed by PostgreSQL from the stored bytes. */
async function databaseHashes(databaseUrl: string): Promise<ReadonlyMap<string, string>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ invoice_id: string; hash: string }>(
      "select invoice_id, encode(sha256(bytes), 'base64') as hash from invoice_document",
    );
    return new Map(rows.map(({ invoice_id, hash }) => [invoice_id, hash]));
  } finally {
    await client.end();
  }
}

async function hasItsBytes(api: ApiClient, { id, sha256, codes }: InvoiceView): Promise<boolean> {
  const digest = createHash('sha256')
    .update(await api.bytes(`/v1/invoices/${id}/xml`))
    .digest();
  const inLink = digest.toString('base64url');
  return (
    digest.toString('base64') === sha256 &&
    codes.invoice.url.endsWith(`/${inLink}`) &&
    codes.certificate?.url.includes(`/${inLink}/`) === true
  );
}

async function isProven(api: ApiClient, { id, ksefNumber, sha256 }: InvoiceView): Promise<boolean> {
  const upo = Buffer.from(await api.bytes(`/v1/invoices/${id}/upo`)).toString('utf8');
  return ksefNumber !== null && upo.includes(`>${ksefNumber}<`) && upo.includes(`>${sha256}<`);
}
