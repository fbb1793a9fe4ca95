/** The clock is read once, by a subquery: an index is not searched by a volatile function. */
const NOW = '(SELECT app_now())';

/** An original of a correction (`original` with its term as `fate`) that will get a number and has none. */
const WITHOUT_NUMBER = `(original.ksef_number IS NULL AND fate.kind IS DISTINCT FROM 'none')`;

/**
 * Rows `original` and `fate` for each invoice that a corrective invoice names; the numbers are few, so the index by number
 * is searched for each.
 */
const originalsOf = (invoice: string): string => `
  FROM invoice AS original
    LEFT JOIN invoice_term AS fate ON fate.tenant_id = original.tenant_id AND fate.invoice_id = original.id
  WHERE original.tenant_id = ${invoice}.tenant_id AND original.seller_nip = ${invoice}.seller_nip
    AND original.number = ANY (ARRAY(SELECT jsonb_array_elements_text(${invoice}.facts -> 'correctedNumbers')))
    AND original.id <> ${invoice}.id AND original.state <> 'not-issued'`;

/**
 * What `correctionHold` of the domain says, for `invoice`. A test holds the two together.
 * @param named SQL of a truth: whether a person named the invoice
 */
const heldAsCorrection = (named: string): string => `(
  invoice.kind IN ('KOR', 'KOR_ZAL', 'KOR_ROZ') AND EXISTS (
    SELECT ${originalsOf('invoice')}
      AND (${WITHOUT_NUMBER} OR (NOT ${named} AND original.ksef_number IS NOT NULL
        AND NOT (invoice.facts -> 'correctedKsefNumbers') ? original.ksef_number))))`;

/** The code of what `correctionHold` says of an invoice, or null. */
export const originalHolds = (invoice: string): string => `(
  SELECT CASE WHEN bool_or(${WITHOUT_NUMBER}) THEN 'ORIGINAL_WITHOUT_NUMBER'
    WHEN bool_or(original.ksef_number IS NOT NULL
      AND NOT (${invoice}.facts -> 'correctedKsefNumbers') ? original.ksef_number) THEN 'ORIGINAL_HAS_NUMBER' END
  ${originalsOf(invoice)})`;

/** The order of planning: the columns of the index `invoice_term_planning`. */
const PLANNING_ORDER = `least(term.target_at, term.ends_at) NULLS LAST, term.ends_at NULLS LAST, term.invoice_id`;

/**
 * Rows `term` and `invoice` that wait for a batch in a context: terms in the order of their index, each with its invoice by
 * primary key. `IS NOT DISTINCT FROM` keeps partial indexes of the same words out of the inner side: while statistics do
 * not know of a burst yet, one of them would be searched whole for every row. Arguments are SQL.
 */
export const waitingIn = (tenant: string, type: string, value: string): string => `
  FROM invoice_term AS term JOIN invoice ON invoice.tenant_id = term.tenant_id AND invoice.id = term.invoice_id
  WHERE term.tenant_id = ${tenant} AND term.waits_for = 'sending' AND term.kind IS DISTINCT FROM 'none'
    AND term.context_type = ${type} AND term.context_value = ${value}
    AND invoice.tenant_id = ${tenant} AND invoice.state IS NOT DISTINCT FROM 'issued'`;

/**
 * The same for the few that may not go by themselves, from the side of the invoices. $1 tenant, $2-$3 context; the words of
 * the index `invoice_held_back`.
 */
export const HELD_BACK = `
  FROM invoice JOIN invoice_term AS term ON term.tenant_id = invoice.tenant_id AND term.invoice_id = invoice.id
  WHERE invoice.tenant_id = $1 AND invoice.context_type = $2 AND invoice.context_value = $3 AND invoice.state = 'issued'
    AND (invoice.not_before IS NOT NULL OR invoice.kind IN ('KOR', 'KOR_ZAL', 'KOR_ROZ'))
    AND term.tenant_id = $1 AND term.waits_for IS NOT DISTINCT FROM 'sending' AND term.kind IS DISTINCT FROM 'none'`;

/** Of those: what may go now by itself. */
export const READY = `(invoice.not_before IS NULL OR invoice.not_before <= ${NOW}) AND NOT ${heldAsCorrection('false')}`;

/**
 * After LOCK_CONTEXT. $1 tenant, $2-$3 context, $4-$6 schema, $7 invoices at most, $8 bytes at most, $9 bytes beside each,
 * $10-$11 bytes of one invoice at most, without and with an attachment, $12 last day of P_1, $13 end before or null, $14
 * ids or null. A row that is just being changed is waited for: one backlog becomes one batch. The rows are locked.
 */
export const LOCK_AWAITING = `
  WITH candidate AS MATERIALIZED (
    SELECT invoice.id, invoice.size_bytes, least(term.target_at, term.ends_at) AS aim_at, term.ends_at
    ${waitingIn('$1', '$2', '$3')}
      AND invoice.form_system_code = $4 AND invoice.form_schema_version = $5 AND invoice.form_value = $6
      AND term.issue_date <= $12::date AND ($13::timestamptz IS NULL OR term.ends_at < $13::timestamptz)
      AND invoice.size_bytes <= CASE WHEN (invoice.facts ->> 'hasAttachment')::boolean THEN $11::bigint ELSE $10::bigint END
      AND CASE WHEN $14::uuid[] IS NULL THEN ${READY}
               ELSE invoice.id = ANY ($14::uuid[]) AND NOT ${heldAsCorrection('true')} END
    ORDER BY ${PLANNING_ORDER}
    LIMIT $7
    FOR NO KEY UPDATE OF invoice
  ), filled AS (
    SELECT id, size_bytes, row_number() OVER planning AS place, sum(size_bytes + $9::bigint) OVER planning AS total_bytes
    FROM candidate
    WINDOW planning AS (ORDER BY aim_at NULLS LAST, ends_at NULLS LAST, id)
  )
  SELECT id, size_bytes FROM filled WHERE total_bytes <= $8::bigint ORDER BY place`;

/**
 * $1 tenant, $2-$3 context, $4-$5 bytes of one invoice at most, without and with an attachment, $6 how many. By the index
 * `invoice_large_waiting`, whose words it repeats: KSeF's limits are whole megabytes.
 */
export const LOCK_TOO_LARGE = `
  SELECT invoice.id FROM invoice
  WHERE invoice.tenant_id = $1 AND invoice.context_type = $2 AND invoice.context_value = $3 AND invoice.state = 'issued'
    AND invoice.size_bytes > 1000000
    AND invoice.size_bytes > CASE WHEN (invoice.facts ->> 'hasAttachment')::boolean THEN $5::bigint ELSE $4::bigint END
    AND EXISTS (SELECT FROM invoice_term AS term
      WHERE term.tenant_id = $1 AND term.invoice_id = invoice.id AND term.kind IS DISTINCT FROM 'none')
  ORDER BY invoice.id LIMIT $6
  FOR NO KEY UPDATE OF invoice SKIP LOCKED`;

/** $1 tenant, $2 batch, $3 ids: what `planInto` of the domain changes, and nothing else. */
export const PLAN_ALL = `
  UPDATE invoice SET state = 'planned', channel = 'batch', batch_id = $2, not_before = NULL,
    version = version + 1, updated_at = app_now()
  WHERE tenant_id = $1 AND id = ANY ($3::uuid[]) AND state = 'issued'`;

const CORRECTED_COLUMNS = `original.id, original.number, original.state, original.ksef_number,
  original.ksef_number IS NULL AND fate.kind IS NOT DISTINCT FROM 'none' AS never_sent`;

/** $1 tenant, $2 ids. */
export const CORRECTED_BY = `
  SELECT invoice.id AS correction_id, corrected.*
  FROM invoice LEFT JOIN LATERAL (SELECT ${CORRECTED_COLUMNS} ${originalsOf('invoice')}) AS corrected ON true
  WHERE invoice.tenant_id = $1 AND invoice.id = ANY ($2::uuid[]) AND invoice.kind IN ('KOR', 'KOR_ZAL', 'KOR_ROZ')
  ORDER BY invoice.id, corrected.id`;

/** $1 tenant, $2 seller, $3 numbers. */
export const CORRECTED = `
  SELECT ${CORRECTED_COLUMNS}
  FROM invoice AS original
    LEFT JOIN invoice_term AS fate ON fate.tenant_id = original.tenant_id AND fate.invoice_id = original.id
  WHERE original.tenant_id = $1 AND original.seller_nip = $2 AND original.number = ANY ($3::text[])
    AND original.state <> 'not-issued'
  ORDER BY original.id`;
