import type { Invoice, InvoiceState, Issue, TenantId } from '@latarnik/domain';
import { snakeCase } from '../database/column-types.js';
import { progressOf, toRecord } from '../invoice/invoice.mapper.js';
import { ACCEPTANCE, aReceivedInvoice, anOfflineIssue, REFUSAL, SESSION } from './samples.js';
import type { TestDatabase } from './test-database.js';
import type { BatchId, ReceivedInvoice, TechnicalCorrectionId } from '@latarnik/domain';

/** The same invoice as it would be in another state. */
export function inState(
  identity: ReceivedInvoice,
  state: InvoiceState,
  batchId: BatchId,
  issue: Issue = anOfflineIssue(),
): Invoice {
  const offline = issue.mode === 'online' ? anOfflineIssue() : issue;
  const planned = { channel: 'batch' as const, batchId };
  const delivery = { ...planned, session: SESSION };
  const byState: Record<InvoiceState, Invoice> = {
    received: identity,
    'not-issued': { ...identity, state: 'not-issued', reason: 'KSeF refused the login' },
    issued: { ...identity, state: 'issued', issue: offline },
    planned: { ...identity, state: 'planned', issue: offline, delivery: planned },
    'in-session': { ...identity, state: 'in-session', issue, delivery },
    accepted: { ...identity, state: 'accepted', issue, delivery, acceptance: ACCEPTANCE },
    complete: { ...identity, state: 'complete', issue, delivery, acceptance: ACCEPTANCE },
    rejected: { ...identity, state: 'rejected', issue, delivery, refusal: REFUSAL },
    correcting: {
      ...identity,
      state: 'correcting',
      issue: offline,
      delivery,
      refusal: REFUSAL,
      correctionId: correctionOf(identity.id),
    },
    blocked: { ...identity, state: 'blocked', issue, delivery, refusal: REFUSAL },
    conflict: { ...identity, state: 'conflict', issue, delivery, refusal: REFUSAL },
    'needs-review': { ...identity, state: 'needs-review', issue, delivery, refusal: REFUSAL },
    closed: { ...identity, state: 'closed', issue: offline, delivery, refusal: REFUSAL },
  };
  return byState[state];
}

/** The approved technical correction that `plant` gives an invoice. */
export const correctionOf = (id: ReceivedInvoice['id']): TechnicalCorrectionId => id as string as TechnicalCorrectionId;

/** Puts an invoice straight into the state it has, with document, evidence and UPO. */
export async function plant(
  database: TestDatabase,
  tenant: TenantId,
  invoice: Invoice,
  bytes: Uint8Array = aReceivedInvoice().bytes,
): Promise<void> {
  const columns = Object.assign(toRecord(tenant, { ...invoice, state: 'received' }), progressOf(invoice), {
    updatedAt: invoice.receivedAt,
  });
  const row = Object.fromEntries(
    Object.entries(columns).map(([property, value]) => [
      snakeCase(property),
      value instanceof Uint8Array ? `\\x${Buffer.from(value).toString('hex')}` : (value as unknown),
    ]),
  );
  await database.force('INSERT INTO invoice SELECT (jsonb_populate_record(NULL::invoice, $1::jsonb)).*', [
    JSON.stringify(row),
  ]);
  await database.force(
    'INSERT INTO invoice_document (tenant_id, invoice_id, sha256, size_bytes, bytes) VALUES ($1, $2, sha256($3), length($3), $3)',
    [tenant, invoice.id, Buffer.from(bytes)],
  );
  await database.force(APPROVED_CORRECTION, [tenant, invoice.id]);
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

const APPROVED_CORRECTION = `
  INSERT INTO technical_correction (tenant_id, id, invoice_id, context_type, context_value, form_system_code,
    form_schema_version, form_value, ordinal, sha256, size_bytes, policy, proposed_by, proposed_actor, proposed_at,
    approved_by, approved_actor, approved_at, ground_status, comparison, claim_key, version, state, attempts, sessions,
    progress)
  SELECT tenant_id, id, id, context_type, context_value, form_system_code, form_schema_version, form_value, 2,
    sha256('mended'), 6, 'two-persons', 'Ewa', 'api-key:1', received_at, 'Jan', 'api-key:2', received_at, 450, '{}',
    id::text, 1, 'approved', 0, '{}', '{}'
  FROM invoice WHERE tenant_id = $1 AND id = $2`;
