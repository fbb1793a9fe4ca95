import { digestOf } from './term.mapper.js';

/** $1 tenant, $2 boundaries. `width_bucket` counts the boundaries at or before a moment. */
export const GROUPS = `
  SELECT context_type, context_value, issue_date, mode, width_bucket(issued_at, $2::timestamptz[]) AS interval,
    min(issued_at) AS issued_at, count(*)::integer AS invoices
  FROM invoice_term
  WHERE tenant_id = $1 AND waits_for IS NOT NULL
  GROUP BY 1, 2, 3, 4, 5
  ORDER BY 1, 2, 3, 4, 5`;

/** $1 tenant, $2 array of terms as JSON: the digest of each, as hexadecimal text, in their order. Those unknown are stored. */
export const STORE_TERMS = `
  WITH term AS MATERIALIZED (
    SELECT ordinal, value, ${digestOf('value')} AS digest
    FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS element (value, ordinal)
  ), stored AS (
    -- In one order, whoever stores them: two runs at a time do not wait for each other in a circle.
    INSERT INTO deadline_value (tenant_id, digest, value)
    SELECT DISTINCT ON (digest) $1::uuid, digest, value FROM term ORDER BY digest
    ON CONFLICT DO NOTHING
  )
  SELECT encode(digest, 'hex') AS digest FROM term ORDER BY ordinal`;

/**
 * $1 tenant, $2 boundaries, $3 array of groups as JSON, $4 invoices to look at, $5 id after which to begin, or null. One
 * row: the last id looked at unless it was the last of all, and what moved, by what it was and by the place of its group
 * in $3 (from 0).
 *
 * An invoice that was given another term since it was looked at, or no longer waits, is left to whoever changed it.
 */
export const MOVE = `
  WITH chunk AS MATERIALIZED (
    SELECT invoice_id, context_type, context_value, issue_date, mode, issued_at, digest AS before
    FROM invoice_term
    WHERE tenant_id = $1 AND waits_for IS NOT NULL
      AND invoice_id > coalesce($5::uuid, '00000000-0000-0000-0000-000000000000')
    ORDER BY invoice_id
    LIMIT $4
  ), circumstances AS MATERIALIZED (
    SELECT ordinal - 1 AS place, decode(digest, 'hex') AS digest, context_type, context_value, issue_date, mode, interval,
      kind, ends_at, target_at
    FROM jsonb_array_elements($3::jsonb) WITH ORDINALITY AS element (value, ordinal),
      jsonb_to_record(value) AS (digest text, context_type text, context_value text, issue_date date, mode text,
        interval integer, kind text, ends_at timestamptz, target_at timestamptz)
  ), wanted AS (
    SELECT invoice_id, before, place, digest, kind, ends_at, target_at
    FROM chunk JOIN circumstances USING (context_type, context_value, issue_date, mode)
    WHERE interval = width_bucket(issued_at, $2::timestamptz[]) AND before IS DISTINCT FROM digest
  ), moved AS (
    UPDATE invoice_term AS term
    SET digest = wanted.digest, kind = wanted.kind, ends_at = wanted.ends_at, target_at = wanted.target_at
    FROM wanted
    WHERE term.tenant_id = $1 AND term.invoice_id = wanted.invoice_id AND term.waits_for IS NOT NULL
      AND term.digest IS NOT DISTINCT FROM wanted.before
    RETURNING term.invoice_id, before, place
  ), grouped AS (
    SELECT before, place, array_agg(invoice_id ORDER BY invoice_id) AS ids FROM moved GROUP BY before, place
  ), last AS (
    SELECT invoice_id AS id FROM chunk ORDER BY invoice_id DESC LIMIT 1
  )
  SELECT
    (SELECT id FROM last WHERE EXISTS (
      SELECT FROM invoice_term WHERE tenant_id = $1 AND waits_for IS NOT NULL AND invoice_id > last.id)) AS last,
    (SELECT coalesce(json_agg(json_build_object('ids', ids, 'place', place, 'before', known.value) ORDER BY ids[1]), '[]')
     FROM grouped LEFT JOIN deadline_value AS known ON known.tenant_id = $1 AND known.digest = grouped.before) AS moved`;

/** $1 tenant, $2-$3 context or nulls. Counted by term first, so that the few terms are read once each. */
export const BOOK_LINES = `
  WITH counted AS (
    SELECT term.context_type, term.context_value, digest, term.kind, ends_at, target_at, count(*) AS invoices,
      count(*) FILTER (WHERE needing.id IS NOT NULL) AS need_person
    FROM invoice_term AS term
      -- Few of many: those are read from their index, the invoices that wait are not.
      LEFT JOIN invoice AS needing ON needing.tenant_id = term.tenant_id AND needing.id = term.invoice_id
        AND needing.tenant_id = $1 AND needing.state IN ('rejected', 'blocked', 'conflict', 'needs-review')
    WHERE term.tenant_id = $1 AND waits_for IS NOT NULL AND digest IS NOT NULL
      AND ($2::text IS NULL OR (term.context_type = $2 AND term.context_value = $3))
    GROUP BY 1, 2, 3, 4, 5, 6
  )
  SELECT context_type, context_value, kind, value -> 'deadline' ->> 'regime' AS regime, ends_at,
    min(target_at) AS target_at, sum(invoices)::integer AS invoices, sum(need_person)::integer AS need_person
  FROM counted JOIN deadline_value AS known ON known.tenant_id = $1 AND known.digest = counted.digest
  GROUP BY 1, 2, 3, 4, 5
  ORDER BY ends_at NULLS LAST, 1, 2, 3, 4`;
