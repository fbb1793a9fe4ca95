import { Temporal } from '@latarnik/domain';
import { instantText, snakeCase } from '../database/column-types.js';
import { prepared, type Prepared } from '../database/transactions.js';
import { digestOf } from '../deadline/term.mapper.js';
import type { InvoiceProgress, InvoiceRecord } from './invoice.record.js';

/** Every property of InvoiceProgress, by column. The compiler holds the list complete. */
const PROGRESS_COLUMNS = Object.keys({
  state: true,
  mode: true,
  modeEvidence: true,
  issuedAt: true,
  kodI: true,
  kodII: true,
  certificateSerial: true,
  preparedKodII: true,
  preparedCertificateSerial: true,
  channel: true,
  batchId: true,
  sessionReference: true,
  earlierBatchId: true,
  earlierSessionReference: true,
  invoiceReference: true,
  ksefNumber: true,
  acceptedSessionReference: true,
  acceptedInvoiceReference: true,
  invoicingDate: true,
  acquisitionDate: true,
  invoicingMode: true,
  correctionId: true,
  correctedSha256: true,
  refusal: true,
  notIssuedReason: true,
  deliveryAttempts: true,
  notBefore: true,
} satisfies Record<keyof InvoiceProgress, true>).map(snakeCase);

/**
 * $1 tenant, $2 array of rows as JSON with `id` and `version`, the one each row must still have. Each row is looked up by
 * its key: a planner without statistics would compare each of them with each invoice of the tenant.
 */
export const SAVE_PROGRESS = `
  UPDATE invoice SET
    ${PROGRESS_COLUMNS.map((column) => `${column} = next.${column}`).join(', ')},
    version = invoice.version + 1, updated_at = app_now()
  FROM jsonb_populate_recordset(NULL::invoice, $2::jsonb) AS next
    CROSS JOIN LATERAL (
      SELECT ctid FROM invoice AS known
      WHERE known.tenant_id = $1 AND known.id = next.id AND known.version = next.version
      OFFSET 0
      FOR NO KEY UPDATE
    ) AS found
  WHERE invoice.ctid = found.ctid`;

/** A row of SAVE_PROGRESS: Temporal values write themselves as text. */
export function progressRow(id: string, version: number, progress: InvoiceProgress): Readonly<Record<string, unknown>> {
  return Object.fromEntries([
    ['id', id],
    ['version', version],
    ...Object.entries(progress).map(([property, value]) => [snakeCase(property), jsonOf(value)] as const),
  ]);
}

function jsonOf(value: unknown): unknown {
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  return value instanceof Temporal.Instant ? instantText(value) : value;
}

/** A new invoice, by column. */
export function addedRow(record: InvoiceRecord): Readonly<Record<string, unknown>> {
  const values = Object.entries(record) as [string, unknown][];
  return Object.fromEntries(
    values.flatMap(([property, value]) => (value === undefined ? [] : [[snakeCase(property), jsonOf(value)]])),
  );
}

const ADDING = new Map<string, Prepared>();

/**
 * $1 such a row as JSON, $2 the bytes: the invoice with its document, in one round trip; nothing when its number is taken.
 * The database compares the SHA-256 and the size of the bytes with the invoice's.
 */
export function addStatement(row: Readonly<Record<string, unknown>>): Prepared {
  const columns = Object.keys(row).join(', ');
  const known = ADDING.get(columns);
  if (known !== undefined) return known;
  const statement = prepared(`
    WITH added AS (
      INSERT INTO invoice (${columns}) SELECT ${columns} FROM jsonb_populate_record(NULL::invoice, $1::jsonb)
      ON CONFLICT DO NOTHING
      RETURNING tenant_id, id, sha256, size_bytes
    )
    INSERT INTO invoice_document (tenant_id, invoice_id, sha256, size_bytes, bytes)
    SELECT tenant_id, id, sha256, size_bytes, $2::bytea FROM added`);
  ADDING.set(columns, statement);
  return statement;
}

/** $1 tenant, $2-$4 seller, kind, number. */
export const OF_NUMBER =
  "WHERE tenant_id = $1 AND seller_nip = $2 AND kind = $3 AND number = $4 AND state <> 'not-issued'";

/**
 * $1 tenant, $2 id, $3 the term as JSON, $4 kind, $5 end or null, $6 target or null: stores the value unless it is there,
 * and gives it to the invoice, in one round trip. A term is derived, so it does not raise the version.
 */
export const SAVE_TERM = prepared(`
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
    SET digest = excluded.digest, kind = excluded.kind, ends_at = excluded.ends_at, target_at = excluded.target_at`);

/**
 * $1 tenant, $2-$3 context: waits until no other transaction plans for this context. A statement of its own, so that the
 * next one sees what the planner before it stored.
 */
export const LOCK_CONTEXT =
  "SELECT pg_advisory_xact_lock(hashtextextended(concat_ws('|', 'plan', $1::text, $2::text, $3::text), 0))";

/** $1 tenant, $2 id, $3 seconds. No move, so it does not raise the version. */
export const POSTPONE_TRACKING = `
  UPDATE invoice SET track_after = app_now() + make_interval(secs => $3) WHERE tenant_id = $1 AND id = $2`;

/** A page of documents ends with the one that reaches this. */
export const DOCUMENT_PAGE_BYTES = 4_000_000;
/** Before every other id. */
export const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** $1 tenant, $2 batch, $3 documents at most, $4 the id before, $5 bytes: the page ends with the document that reaches them. */
export const DOCUMENTS_OF_BATCH = `
  SELECT id, sha256, bytes
  FROM (
    SELECT page.id, document.sha256, document.bytes,
      sum(document.size_bytes) OVER (ORDER BY page.id) - document.size_bytes AS bytes_before
    FROM (
      SELECT id FROM invoice WHERE tenant_id = $1 AND batch_id = $2 AND id > $4 ORDER BY id LIMIT $3
    ) AS page
    JOIN invoice_document AS document ON document.tenant_id = $1 AND document.invoice_id = page.id
  ) AS measured
  WHERE bytes_before < $5
  ORDER BY id`;

/** $1 tenant, $2 batch. */
export const COUNT_BY_STATE = `
  SELECT state, count(*)::integer AS count FROM invoice
  WHERE tenant_id = $1 AND (batch_id = $2 OR earlier_batch_id = $2)
  GROUP BY state`;

/** $1 tenant, $2 batch. */
export const EARLIEST_END = `
  SELECT min(term.ends_at) AS ends_at
  FROM invoice JOIN invoice_term AS term ON term.tenant_id = invoice.tenant_id AND term.invoice_id = invoice.id
  WHERE invoice.tenant_id = $1 AND (invoice.batch_id = $2 OR invoice.earlier_batch_id = $2)
    AND invoice.state = 'in-session'`;

/** $1 tenant, $2 batch, $3 session, $4 limit. */
export const UNPROVEN = `
  SELECT id FROM invoice WHERE tenant_id = $1 AND state = 'accepted' AND correction_id IS NULL
    AND (batch_id = $2 OR accepted_session_reference = $3)
  ORDER BY id
  LIMIT $4`;

/** $1 tenant, $2 batch, $3 session: what `enterSession` of the domain changes, and nothing else. */
export const ENTER_SESSION = `
  UPDATE invoice SET state = 'in-session', session_reference = $3, version = version + 1, updated_at = app_now()
  WHERE tenant_id = $1 AND batch_id = $2
    AND (state = 'planned' OR (state = 'in-session' AND session_reference IS NULL))
  RETURNING id`;
