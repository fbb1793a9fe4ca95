import { randomUUID } from 'node:crypto';
import { exampleInvoices } from '@latarnik/demo';
import type { System } from '@latarnik/launcher';
import pg from 'pg';

/** Stores so many issued invoices that wait: copies of one that was really issued, with numbers and hashes of their own. */
export async function storeWaiting(system: System, invoices: number): Promise<void> {
  const id = await issueOne(system);
  await withClient(system.databaseUrl, async (client) => {
    const { rows } = await client.query<{ column_name: string }>(
      `SELECT column_name FROM information_schema.columns WHERE table_name = 'invoice' AND table_schema = 'public'`,
    );
    const own = ['id', 'number', 'sha256'];
    const copied = rows.map(({ column_name: name }) => name).filter((name) => !own.includes(name));
    // Copies have no documents, which play no part in planning: the checks that demand them are off for these statements.
    await client.query(`SET session_replication_role = replica`);
    await client.query(
      `INSERT INTO invoice (id, number, sha256, ${copied.join(', ')})
       SELECT gen_random_uuid(), 'BENCH/' || at, sha256(('BENCH/' || at)::bytea),
         ${copied.map((name) => `template.${name}`).join(', ')}
       FROM generate_series(1, $2::integer - 1) AS at, invoice AS template WHERE template.id = $1`,
      [id, invoices],
    );
    await client.query(
      `INSERT INTO invoice_term (tenant_id, invoice_id, context_type, context_value, issue_date, mode, issued_at,
         waits_for, kind, digest, ends_at, target_at)
       SELECT invoice.tenant_id, invoice.id, invoice.context_type, invoice.context_value, invoice.issue_date,
         invoice.mode, invoice.issued_at, 'sending', term.kind, term.digest, term.ends_at, term.target_at
       FROM invoice, invoice_term AS term WHERE term.invoice_id = $1 AND invoice.id <> $1`,
      [id],
    );
    await client.query(`SET session_replication_role = DEFAULT`);
    await client.query('VACUUM ANALYZE invoice, invoice_term');
  });
}

/** A real invoice, issued through the API. */
async function issueOne(system: System): Promise<string> {
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Warsaw' }).format(new Date());
  const [example] = await exampleInvoices(1, today);
  if (example === undefined) throw new Error('no example to issue');
  const response = await fetch(`${system.apiUrl}/v1/invoices?mode=offline24`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${system.apiKey}`,
      'content-type': example.contentType,
      'idempotency-key': randomUUID(),
    },
    body: example.body,
  });
  if (response.status !== 201) throw new Error(`issuing answered ${String(response.status)}`);
  return ((await response.json()) as { id: string }).id;
}

export async function withClient<T>(databaseUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
