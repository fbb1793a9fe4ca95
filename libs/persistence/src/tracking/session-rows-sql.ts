/** $1 tenant, $2 session, $3 rows as JSON; a row that is known keeps the word that speaks louder (rowRank). */
export const RECORD = `
  INSERT INTO session_row AS known (tenant_id, session_reference, invoice_reference, sha256, code, description, details,
    ksef_number, invoicing_date, acquisition_date, invoicing_mode, original_ksef_number, original_session_reference)
  SELECT $1, $2, invoice_reference, decode(sha256, 'base64'), code, description, details, ksef_number, invoicing_date,
    acquisition_date, invoicing_mode, original_ksef_number, original_session_reference
  FROM jsonb_to_recordset($3::jsonb) AS given (invoice_reference text, sha256 text, code integer, description text,
    details jsonb, ksef_number text, invoicing_date timestamptz, acquisition_date timestamptz, invoicing_mode text,
    original_ksef_number text, original_session_reference text)
  ON CONFLICT (tenant_id, session_reference, invoice_reference) DO UPDATE SET
    sha256 = excluded.sha256, code = excluded.code, description = excluded.description, details = excluded.details,
    ksef_number = excluded.ksef_number, invoicing_date = excluded.invoicing_date,
    acquisition_date = excluded.acquisition_date, invoicing_mode = excluded.invoicing_mode,
    original_ksef_number = excluded.original_ksef_number,
    original_session_reference = excluded.original_session_reference, read_at = app_now()
  WHERE (excluded.rank, -excluded.code) <= (known.rank, -known.code)`;

/** $1 tenant, $2 batch, $3 session. */
export const TALLY = `
  WITH listed AS MATERIALIZED (
    SELECT sha256, code FROM session_row WHERE tenant_id = $1 AND session_reference = $3
  ), content AS MATERIALIZED (
    SELECT DISTINCT invoice.sha256
    FROM delivery_attempt AS attempt
      JOIN invoice ON invoice.tenant_id = attempt.tenant_id AND invoice.id = attempt.invoice_id
    WHERE attempt.tenant_id = $1 AND attempt.batch_id = $2
  )
  SELECT count(*)::integer AS rows,
    (count(*) FILTER (WHERE code = 200))::integer AS accepted,
    (count(*) FILTER (WHERE code < 200))::integer AS unfinished,
    (SELECT count(*)::integer FROM (SELECT sha256 FROM content EXCEPT SELECT sha256 FROM listed) AS gone) AS missing,
    (count(*) FILTER (WHERE sha256 NOT IN (SELECT sha256 FROM content)))::integer AS "foreign"
  FROM listed`;

const ROW = `invoice_reference, sha256, code, description, details, ksef_number, invoicing_date, acquisition_date,
    invoicing_mode, original_ksef_number, original_session_reference`;

/**
 * $1 tenant, $2 batch, $3 session, $4 whether with these codes or with others, $5 codes, $6 limit. Row by row, by the index
 * `invoice_on_its_way`, whose words it repeats: a planner that does not know yet how large a session is would compare each
 * row with each invoice.
 */
export const ANSWERED = `
  WITH best AS MATERIALIZED (
    SELECT DISTINCT ON (sha256) ${ROW}
    FROM session_row WHERE tenant_id = $1 AND session_reference = $3
    ORDER BY sha256, rank, code DESC, invoice_reference
  )
  SELECT invoice.id, best.*
  FROM best
    CROSS JOIN LATERAL (
      SELECT id, state, batch_id, earlier_batch_id FROM invoice
      WHERE tenant_id = $1 AND sha256 = best.sha256 AND state IN ('planned', 'in-session')
      OFFSET 0
    ) AS invoice
    LEFT JOIN LATERAL (
      SELECT ends_at FROM invoice_term WHERE tenant_id = $1 AND invoice_id = invoice.id OFFSET 0
    ) AS term ON true
  WHERE invoice.state = 'in-session' AND (invoice.batch_id = $2 OR invoice.earlier_batch_id = $2)
    AND best.code >= 200 AND (best.code = ANY ($5::integer[])) = $4::boolean
  ORDER BY term.ends_at NULLS LAST, invoice.id
  LIMIT $6`;

/** $1 tenant, $2 hash. */
export const SESSIONS_WITH = `
  SELECT DISTINCT session FROM (
    SELECT session_reference AS session FROM session_row WHERE tenant_id = $1 AND sha256 = $2
    UNION ALL
    SELECT batch.session_reference
    FROM invoice
      JOIN delivery_attempt AS attempt ON attempt.tenant_id = invoice.tenant_id AND attempt.invoice_id = invoice.id
      JOIN batch ON batch.tenant_id = attempt.tenant_id AND batch.id = attempt.batch_id
    WHERE invoice.tenant_id = $1 AND invoice.sha256 = $2 AND batch.session_reference IS NOT NULL
  ) AS found
  ORDER BY session`;

/** $1 tenant, $2 session, $3 limit, $4 reference after which to begin, or null. */
export const LIST = `
  SELECT ${ROW} FROM session_row
  WHERE tenant_id = $1 AND session_reference = $2 AND ($4::text IS NULL OR invoice_reference > $4::text)
  ORDER BY invoice_reference
  LIMIT $3`;
