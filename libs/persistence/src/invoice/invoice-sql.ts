import { snakeCase } from '../database/column-types.js';
import type { InvoiceProgress } from './invoice.record.js';

/** Every property of InvoiceProgress, by column. The compiler holds the list complete. */
const PROGRESS_COLUMNS = Object.keys({
  state: true,
  mode: true,
  modeEvidence: true,
  issuedAt: true,
  kodI: true,
  kodII: true,
  certificateSerial: true,
  channel: true,
  batchId: true,
  sessionReference: true,
  invoiceReference: true,
  ksefNumber: true,
  acceptedSessionReference: true,
  acceptedInvoiceReference: true,
  invoicingDate: true,
  acquisitionDate: true,
  invoicingMode: true,
  refusal: true,
  notIssuedReason: true,
  deliveryAttempts: true,
  notBefore: true,
} satisfies Record<keyof InvoiceProgress, true>).map(snakeCase);

/** $1 tenant, $2 array of rows as JSON with `id` and `version`, the one each row must still have. */
export const SAVE_PROGRESS = `
  UPDATE invoice SET
    ${PROGRESS_COLUMNS.map((column) => `${column} = next.${column}`).join(', ')},
    version = invoice.version + 1, updated_at = app_now()
  FROM jsonb_populate_recordset(NULL::invoice, $2::jsonb) AS next
  WHERE invoice.tenant_id = $1 AND invoice.id = next.id AND invoice.version = next.version`;

/** A row of SAVE_PROGRESS: Temporal values write themselves as text. */
export function progressRow(id: string, version: number, progress: InvoiceProgress): Readonly<Record<string, unknown>> {
  return Object.fromEntries([
    ['id', id],
    ['version', version],
    ...Object.entries(progress).map(([property, value]) => [snakeCase(property), value as unknown] as const),
  ]);
}

/** $1 tenant, $2 array of `{id, deadline, ends_at}`. A deadline is derived, so it does not raise the version. */
export const SAVE_DEADLINES = `
  UPDATE invoice SET deadline = next.deadline, deadline_kind = next.deadline ->> 'kind',
    deadline_ends_at = next.ends_at, updated_at = app_now()
  FROM jsonb_to_recordset($2::jsonb) AS next (id uuid, deadline jsonb, ends_at timestamptz)
  WHERE invoice.tenant_id = $1 AND invoice.id = next.id`;

/**
 * $1 tenant, $2-$3 context: waits until no other transaction plans for this context. A statement of its own, so that the
 * next one sees what the planner before it stored.
 */
export const LOCK_CONTEXT =
  "SELECT pg_advisory_xact_lock(hashtextextended(concat_ws('|', 'plan', $1::text, $2::text, $3::text), 0))";

/**
 * After LOCK_CONTEXT. $1 tenant, $2-$3 context, $4-$6 schema, $7 invoices at most, $8 bytes at most, $9 ids or null.
 * A row that is just being changed is waited for: one backlog becomes one batch. The rows returned are locked and are
 * as they are now only when read by a further statement.
 */
export const LOCK_AWAITING = `
  WITH candidate AS MATERIALIZED (
    SELECT id, deadline_ends_at, size_bytes FROM invoice
    WHERE tenant_id = $1 AND state = 'issued' AND context_type = $2 AND context_value = $3
      AND form_system_code = $4 AND form_schema_version = $5 AND form_value = $6
      AND CASE WHEN $9::uuid[] IS NULL THEN not_before IS NULL OR not_before <= (SELECT app_now())
               ELSE id = ANY ($9::uuid[]) END
    ORDER BY deadline_ends_at NULLS LAST, id
    LIMIT $7
    FOR NO KEY UPDATE
  ), filled AS (
    SELECT id, sum(size_bytes) OVER (ORDER BY deadline_ends_at NULLS LAST, id) AS total_bytes FROM candidate
  )
  SELECT id FROM filled WHERE total_bytes <= $8`;

/** $1 tenant, $2 id, $3 seconds. No move, so it does not raise the version. */
export const POSTPONE_TRACKING = `
  UPDATE invoice SET track_after = app_now() + make_interval(secs => $3) WHERE tenant_id = $1 AND id = $2`;

/** $1 tenant, $2 batch, $3 invoices at most, $4 id after which to begin, or null. */
export const DOCUMENTS_OF_BATCH = `
  SELECT invoice.id, document.sha256, document.bytes
  FROM invoice JOIN invoice_document AS document
    ON document.tenant_id = invoice.tenant_id AND document.invoice_id = invoice.id
  WHERE invoice.tenant_id = $1 AND invoice.batch_id = $2 AND ($4::uuid IS NULL OR invoice.id > $4::uuid)
  ORDER BY invoice.id
  LIMIT $3`;
