import { snakeCase } from '../database/column-types.js';
import { digestOf } from '../deadline/term.mapper.js';
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

/**
 * $1 tenant, $2 id, $3 the term as JSON, $4 kind, $5 end or null, $6 target or null: stores the value unless it is there,
 * and gives it to the invoice, in one round trip. A term is derived, so it does not raise the version.
 */
export const SAVE_TERM = `
  WITH term AS (
    SELECT value, ${digestOf('value')} AS digest FROM (VALUES ($3::jsonb)) AS given (value)
  ), stored AS (
    INSERT INTO deadline_value (tenant_id, digest, value) SELECT $1, digest, value FROM term
    ON CONFLICT DO NOTHING
  )
  INSERT INTO invoice_term AS known (tenant_id, invoice_id, context_type, context_value, issue_date, mode, issued_at,
    waits_for, digest, kind, ends_at, target_at)
  SELECT invoice.tenant_id, id, context_type, context_value, issue_date, mode, issued_at,
    invoice_waits_for(kod_ii, state), term.digest, $4, $5::timestamptz, $6::timestamptz
  FROM invoice, term WHERE invoice.tenant_id = $1 AND id = $2
  ON CONFLICT (tenant_id, invoice_id) DO UPDATE
    SET digest = excluded.digest, kind = excluded.kind, ends_at = excluded.ends_at, target_at = excluded.target_at`;

/**
 * $1 tenant, $2-$3 context: waits until no other transaction plans for this context. A statement of its own, so that the
 * next one sees what the planner before it stored.
 */
export const LOCK_CONTEXT =
  "SELECT pg_advisory_xact_lock(hashtextextended(concat_ws('|', 'plan', $1::text, $2::text, $3::text), 0))";

/**
 * After LOCK_CONTEXT. $1 tenant, $2-$3 context, $4-$6 schema, $7 invoices at most, $8 bytes at most, $9 ids or null.
 * What a total failure lifted the duty from is left alone. A row that is just being changed is waited for: one backlog
 * becomes one batch. The rows returned are locked and are
 * as they are now only when read by a further statement.
 */
export const LOCK_AWAITING = `
  WITH candidate AS MATERIALIZED (
    SELECT invoice.id, term.ends_at, invoice.size_bytes
    FROM invoice_term AS term JOIN invoice ON invoice.tenant_id = term.tenant_id AND invoice.id = term.invoice_id
    WHERE term.tenant_id = $1 AND term.waits_for IS NOT NULL AND term.waits_for = 'sending'
      AND term.context_type = $2 AND term.context_value = $3 AND term.kind IS DISTINCT FROM 'none'
      AND invoice.tenant_id = $1 AND invoice.state = 'issued'
      AND invoice.form_system_code = $4 AND invoice.form_schema_version = $5 AND invoice.form_value = $6
      AND CASE WHEN $9::uuid[] IS NULL THEN not_before IS NULL OR not_before <= (SELECT app_now())
               ELSE invoice.id = ANY ($9::uuid[]) END
    ORDER BY term.ends_at NULLS LAST, term.invoice_id
    LIMIT $7
    FOR NO KEY UPDATE OF invoice
  ), filled AS (
    SELECT id, sum(size_bytes) OVER (ORDER BY ends_at NULLS LAST, id) AS total_bytes FROM candidate
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
