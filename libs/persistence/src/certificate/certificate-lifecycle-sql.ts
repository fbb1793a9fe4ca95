/** $1 tenant, $2 certificate, $3-$5 reason, person and moment, $6 seconds until somebody looks what became of it. */
export const BEGIN_REVOCATION = `
  UPDATE certificate SET revocation_state = 'sending', revocation_reason = $3, revocation_person = $4,
    revocation_requested_at = $5, revocation_settled_at = NULL, revocation_refusal = NULL,
    revocation_look_after = app_now() + make_interval(secs => $6)
  WHERE tenant_id = $1 AND id = $2 AND (revocation_state IS NULL OR revocation_state = 'refused')`;

/** $3 state, $4 moment, $5 refusal. */
export const SETTLE_REVOCATION = `
  UPDATE certificate SET revocation_state = $3, revocation_settled_at = $4, revocation_refusal = $5,
    revocation_look_after = NULL
  WHERE tenant_id = $1 AND id = $2 AND revocation_state = 'sending'`;

/** $2 at most so many, $3 seconds. */
export const CLAIM_REVOCATIONS = `
  UPDATE certificate SET revocation_look_after = app_now() + make_interval(secs => $3)
  FROM (
    SELECT id FROM certificate
    WHERE tenant_id = $1 AND revocation_state = 'sending' AND revocation_look_after <= app_now()
    ORDER BY revocation_look_after, id
    LIMIT $2
    FOR UPDATE SKIP LOCKED
  ) AS due
  WHERE certificate.tenant_id = $1 AND certificate.id = due.id
  RETURNING certificate.id`;

/** $2 what was seen, as JSON. Rows that were looked at later stay, and are not returned. */
export const SAVE_REMOTE = `
  UPDATE certificate SET remote_state = seen.state, remote_type = seen.type, remote_not_after = seen.not_after,
    remote_synced_at = seen.synced_at
  FROM jsonb_to_recordset($2::jsonb)
      AS seen (id uuid, state text, type text, not_after timestamptz, synced_at timestamptz)
    JOIN certificate AS before ON before.tenant_id = $1 AND before.id = seen.id
  WHERE certificate.tenant_id = $1 AND certificate.id = seen.id
    AND (certificate.remote_synced_at IS NULL OR certificate.remote_synced_at <= seen.synced_at)
  RETURNING certificate.id, (before.remote_state, before.remote_type, before.remote_not_after)
    IS DISTINCT FROM (certificate.remote_state, certificate.remote_type, certificate.remote_not_after) AS is_changed`;

/** $2 now, $3 when the look is due again. Of two at once one gets a context: the other finds it moved. */
export const CLAIM_SYNCS = `
  INSERT INTO certificate_sync AS known (tenant_id, context_type, context_value, next_at)
  SELECT DISTINCT tenant_id, context_type, context_value, $3::timestamptz
  FROM certificate WHERE tenant_id = $1 AND retired_at IS NULL
  ORDER BY context_type, context_value
  ON CONFLICT (tenant_id, context_type, context_value)
    DO UPDATE SET next_at = excluded.next_at WHERE known.next_at <= $2
  RETURNING context_type, context_value`;

export const SYNCED = `
  INSERT INTO certificate_sync (tenant_id, context_type, context_value, next_at) VALUES ($1, $2, $3, $4)
  ON CONFLICT (tenant_id, context_type, context_value) DO UPDATE SET next_at = excluded.next_at`;

/** Over the index of what waits; a serial number has none of its own, for this is seldom asked. */
export const UNSENT_INVOICES = `
  SELECT invoice.id, invoice.number, invoice.state, invoice.mode, count(*) OVER ()::integer AS count
  FROM invoice_term AS term JOIN invoice ON invoice.tenant_id = term.tenant_id AND invoice.id = term.invoice_id
  WHERE term.tenant_id = $1 AND term.waits_for IS NOT NULL AND invoice.certificate_serial = $2
  ORDER BY invoice.issued_at, invoice.id
  LIMIT $3`;

/** $2 serial numbers. As above; the terms of one kind and end say what a deadline is. */
export const DEADLINES_SIGNED_BY = `
  SELECT invoice.certificate_serial AS serial, max(term.ends_at) FILTER (WHERE term.kind = 'due') AS longest,
    bool_or(term.kind = 'open') AS is_open
  FROM invoice_term AS term JOIN invoice ON invoice.tenant_id = term.tenant_id AND invoice.id = term.invoice_id
  WHERE term.tenant_id = $1 AND term.waits_for IS NOT NULL AND term.kind IN ('due', 'open')
    AND invoice.certificate_serial = ANY ($2::text[])
  GROUP BY 1
  ORDER BY 1`;

/** $2 warnings, as JSON. */
export const RAISE = `
  INSERT INTO certificate_warning (tenant_id, certificate_id, stage, ends_at, deadline_at, raised_at)
  SELECT $1, certificate_id, stage, ends_at, deadline_at, raised_at
  FROM ROWS FROM (
      jsonb_to_recordset($2::jsonb)
        AS (certificate_id uuid, stage text, ends_at timestamptz, deadline_at timestamptz, raised_at timestamptz))
    WITH ORDINALITY AS given (certificate_id, stage, ends_at, deadline_at, raised_at, ordinal)
  ORDER BY ordinal
  ON CONFLICT DO NOTHING
  RETURNING certificate_id, stage, ends_at, deadline_at, raised_at`;

export const WARNINGS = `
  SELECT certificate_id, stage, ends_at, deadline_at, raised_at
  FROM certificate_warning WHERE tenant_id = $1 ORDER BY arrival`;
