import type { Invoice, InvoiceState, Issue, TenantId } from '@latarnik/domain';
import { snakeCase } from '../database/column-types.js';
import { progressOf, toRecord } from '../invoice/invoice.mapper.js';
import { ACCEPTANCE, aReceivedInvoice, anOfflineIssue, REFUSAL, SESSION } from './samples.js';
import type { TestDatabase } from './test-database.js';
import type { BatchId, ReceivedInvoice } from '@latarnik/domain';

/** The same invoice as it would be in another state. */
export function inState(
  identity: ReceivedInvoice,
  state: InvoiceState,
  batchId: BatchId,
  issue: Issue = anOfflineIssue(),
): Invoice {
  const delivery = { channel: 'batch' as const, batchId };
  const onTheWay = { ...identity, issue, delivery: { ...delivery, session: SESSION } };
  switch (state) {
    case 'received':
      return identity;
    case 'not-issued':
      return { ...identity, state, reason: 'KSeF refused the login' };
    case 'issued':
      return { ...identity, state, issue: issue.mode === 'online' ? anOfflineIssue() : issue };
    case 'planned':
      return { ...identity, state, issue: issue.mode === 'online' ? anOfflineIssue() : issue, delivery };
    case 'in-session':
      return { ...onTheWay, state };
    case 'accepted':
    case 'complete':
      return { ...onTheWay, state, acceptance: ACCEPTANCE };
    case 'rejected':
    case 'blocked':
      return { ...onTheWay, state, refusal: REFUSAL };
    case 'conflict':
    case 'needs-review':
      return { ...onTheWay, state, refusal: REFUSAL };
  }
}

/** Puts an invoice straight into the state it has, with document, evidence and UPO. */
export async function plant(
  database: TestDatabase,
  tenant: TenantId,
  invoice: Invoice,
  bytes: Uint8Array = aReceivedInvoice().bytes,
): Promise<void> {
  const record = { ...toRecord(tenant, { ...invoice, state: 'received' } as ReceivedInvoice), ...progressOf(invoice) };
  const row = Object.fromEntries(
    Object.entries({
      ...record,
      updatedAt: invoice.receivedAt,
      sha256: `\\x${Buffer.from(invoice.hash).toString('hex')}`,
    }).map(([property, value]) => [snakeCase(property), value]),
  );
  await database.force('INSERT INTO invoice SELECT (jsonb_populate_record(NULL::invoice, $1::jsonb)).*', [
    JSON.stringify(row),
  ]);
  await database.force(
    'INSERT INTO invoice_document (tenant_id, invoice_id, sha256, size_bytes, bytes) VALUES ($1, $2, sha256($3), length($3), $3)',
    [tenant, invoice.id, Buffer.from(bytes)],
  );
  for (const [table, column] of [
    ['invoice_evidence', 'xades'],
    ['invoice_upo', 'upo'],
  ] as const) {
    await database.force(`INSERT INTO ${table} (tenant_id, invoice_id, ${column}) VALUES ($1, $2, '<proof/>')`, [
      tenant,
      invoice.id,
    ]);
  }
}
