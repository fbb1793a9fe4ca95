const FUNCTION = 'LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp';

/** The clock is read once, by a subquery: an index is not searched by a volatile function. */
const NOW = '(SELECT app_now())';

/** Which tenants: what is in their rows is then read as that tenant. */
const TENANTS = `
  CREATE FUNCTION all_tenants() RETURNS TABLE (tenant_id uuid) ${FUNCTION} AS $$
    SELECT id FROM tenant ORDER BY id $$;

  CREATE FUNCTION tenants_with_awaiting() RETURNS TABLE (tenant_id uuid, seconds double precision) ${FUNCTION} AS $$
    SELECT invoice.tenant_id, greatest(0, extract(epoch FROM app_now() - min(issued_at)))::double precision
    FROM invoice WHERE state = 'issued' AND (not_before IS NULL OR not_before <= ${NOW})
      AND NOT EXISTS (
        SELECT FROM invoice_term AS term
        WHERE term.tenant_id = invoice.tenant_id AND term.invoice_id = invoice.id
          AND term.waits_for = 'sending' AND term.kind = 'none')
    GROUP BY invoice.tenant_id ORDER BY invoice.tenant_id $$;

  -- The same words as the index invoice_unresolved.
  CREATE FUNCTION tenants_with_unresolved_interactive() RETURNS TABLE (tenant_id uuid) ${FUNCTION} AS $$
    SELECT DISTINCT invoice.tenant_id FROM invoice
    WHERE (state = 'received' OR (channel = 'interactive' AND state IN ('in-session', 'accepted')))
      AND (track_after IS NULL OR track_after <= ${NOW})
    UNION
    SELECT session.tenant_id FROM interactive_session AS session
    WHERE state IN ('open', 'closing') AND close_after <= ${NOW}
    ORDER BY 1 $$;

  -- Looks at KSeF's list go by the caller's clock, the others by that of the database.
  CREATE FUNCTION tenants_with_certificate_work(by_clock timestamptz) RETURNS TABLE (tenant_id uuid) ${FUNCTION} AS $$
    SELECT enrolment.tenant_id FROM enrolment WHERE state NOT IN ('completed', 'refused') AND look_after <= ${NOW}
    UNION
    SELECT certificate.tenant_id FROM certificate WHERE revocation_state = 'sending' AND revocation_look_after <= ${NOW}
    UNION
    SELECT certificate.tenant_id
    FROM certificate LEFT JOIN certificate_sync AS known USING (tenant_id, context_type, context_value)
    WHERE retired_at IS NULL AND (known.next_at IS NULL OR known.next_at <= by_clock)
    ORDER BY 1 $$;

  -- The same words as the index technical_correction_due; not those whose duty to be sent a total failure lifted.
  CREATE FUNCTION tenants_with_corrections() RETURNS TABLE (tenant_id uuid) ${FUNCTION} AS $$
    SELECT DISTINCT correction.tenant_id FROM technical_correction AS correction
    WHERE state IN ('approved', 'sending', 'resolving', 'accepted') AND look_after <= ${NOW}
      AND (lease_until IS NULL OR lease_until < ${NOW})
      AND (state <> 'approved' OR NOT EXISTS (
        SELECT FROM invoice_term AS term
        WHERE term.tenant_id = correction.tenant_id AND term.invoice_id = correction.invoice_id AND term.kind = 'none'))
    ORDER BY 1 $$;

  CREATE FUNCTION tenants_with_drills() RETURNS TABLE (tenant_id uuid) ${FUNCTION} AS $$
    SELECT drill.tenant_id FROM drill WHERE state NOT IN ('checked', 'failed', 'skipped') AND look_after <= ${NOW}
    ORDER BY 1 $$;

  CREATE FUNCTION tenants_without_drill_since(moment timestamptz) RETURNS TABLE (tenant_id uuid) ${FUNCTION} AS $$
    SELECT id FROM tenant
    WHERE NOT EXISTS (SELECT FROM drill WHERE drill.tenant_id = tenant.id AND requested_at > moment) ORDER BY id $$;

  CREATE FUNCTION tenants_waiting_to_send() RETURNS TABLE (tenant_id uuid) ${FUNCTION} AS $$
    SELECT id FROM tenant
    WHERE EXISTS (
      SELECT FROM invoice_term AS term
      WHERE term.tenant_id = tenant.id AND term.waits_for = 'sending' AND term.kind IS DISTINCT FROM 'none')
    ORDER BY id $$;

  -- settle_seconds: how long a done request stands; pause_seconds: between two runs that only do again what is done.
  CREATE FUNCTION tenants_to_recalculate(settle_seconds double precision, pause_seconds double precision)
    RETURNS TABLE (tenant_id uuid) ${FUNCTION} AS $$
    SELECT tenant.id FROM tenant
      LEFT JOIN recalculation_done AS done ON done.tenant_id = tenant.id
      CROSS JOIN LATERAL (
        SELECT least(coalesce(done.up_to, 0),
          CASE WHEN done.ran_at > ${NOW} - make_interval(secs => pause_seconds) THEN NULL ELSE
            (SELECT min(id) - 1 FROM recalculation_request
             WHERE at > ${NOW} - make_interval(secs => settle_seconds)) END) AS id
      ) AS settled
    WHERE (done.lease_until > ${NOW}) IS NOT TRUE AND (
      EXISTS (SELECT FROM recalculation_request AS own WHERE own.tenant_id = tenant.id AND own.id > settled.id)
      OR EXISTS (SELECT FROM recalculation_request AS common WHERE common.tenant_id IS NULL AND common.id > settled.id))
    ORDER BY tenant.id $$;`;

/**
 * Few are due: workers hold few batches of each tenant, and those with KSeF wait for their next look. One unclean end is
 * the worker's (it was killed, the machine went down); from the second in a row the batch is suspected. The worker that
 * stops ended its runs, so they count for nothing against the batch; one that its own last transaction is just writing is
 * left to that, or to the end of its lease.
 */
const BATCHES = `
  CREATE FUNCTION due_batches(most integer) RETURNS TABLE (tenant_id uuid, id uuid, suspect boolean) ${FUNCTION} AS $$
    SELECT due.tenant_id, due.id, due.unfinished_runs >= 2
    FROM (
      SELECT batch.tenant_id, batch.id, next_action_at, unfinished_runs,
        row_number() OVER (PARTITION BY batch.tenant_id ORDER BY next_action_at, batch.id) AS turn
      FROM batch
      WHERE next_action_at <= ${NOW} AND (lease_until IS NULL OR lease_until < ${NOW}) AND held_at IS NULL
    ) AS due
    ORDER BY due.unfinished_runs >= 2, turn, next_action_at, due.id
    LIMIT most $$;

  CREATE FUNCTION hopeless_batches(unfinished integer, failed integer) RETURNS TABLE (tenant_id uuid, id uuid)
    ${FUNCTION} AS $$
    SELECT batch.tenant_id, batch.id FROM batch
    WHERE next_action_at IS NOT NULL AND held_at IS NULL AND (lease_until IS NULL OR lease_until < ${NOW})
      AND (unfinished_runs >= unfinished OR failed_runs >= failed)
    ORDER BY batch.tenant_id, batch.id $$;

  CREATE FUNCTION hand_back_batches(worker text) RETURNS bigint ${FUNCTION.replace('STABLE', 'VOLATILE')} AS $$
    WITH handed AS (
      UPDATE batch SET lease_owner = NULL, lease_until = NULL, fence = fence + 1, unfinished_runs = 0
      WHERE (tenant_id, id) IN (
        SELECT tenant_id, id FROM batch WHERE next_action_at IS NOT NULL AND lease_owner = worker FOR UPDATE SKIP LOCKED)
      RETURNING 1
    )
    SELECT count(*) FROM handed $$;`;

/** An enrolment keeps the key of a certificate to be under its id; ids are UUIDs of version 7, which begin with the time. */
const SEALED = `
  CREATE FUNCTION sealed_ids_after(kind text, after_tenant uuid, after_id uuid, most integer)
    RETURNS TABLE (tenant_id uuid, id uuid) ${FUNCTION} AS $$
    SELECT boxes.tenant_id, boxes.id
    FROM (
      SELECT certificate.tenant_id, certificate.id FROM certificate WHERE kind = 'certificate'
      UNION ALL
      SELECT enrolment.tenant_id, enrolment.id FROM enrolment WHERE kind = 'certificate' AND sealed_key IS NOT NULL
      UNION ALL
      SELECT batch.tenant_id, batch.id FROM batch WHERE kind = 'session-key' AND sealed_session_key IS NOT NULL
      UNION ALL
      SELECT webhook_secret.tenant_id, webhook_secret.id FROM webhook_secret WHERE kind = 'webhook-secret'
    ) AS boxes
    WHERE after_tenant IS NULL OR (boxes.tenant_id, boxes.id) > (after_tenant, after_id)
    ORDER BY boxes.tenant_id, boxes.id LIMIT most $$;

  CREATE FUNCTION sealed_ids_of_version(kind text, key_version bytea, most integer)
    RETURNS TABLE (tenant_id uuid, id uuid) ${FUNCTION} AS $$
    SELECT boxes.tenant_id, boxes.id
    FROM (
      SELECT certificate.tenant_id, certificate.id, sealed_key AS box FROM certificate WHERE kind = 'certificate'
      UNION ALL
      SELECT enrolment.tenant_id, enrolment.id, sealed_key FROM enrolment WHERE kind = 'certificate'
      UNION ALL
      SELECT batch.tenant_id, batch.id, sealed_session_key FROM batch WHERE kind = 'session-key'
      UNION ALL
      SELECT webhook_secret.tenant_id, webhook_secret.id, sealed_secret FROM webhook_secret WHERE kind = 'webhook-secret'
    ) AS boxes
    WHERE substring(box FROM 2 FOR 4) = key_version
    ORDER BY boxes.id DESC LIMIT most $$;`;

export const SYSTEM_READS = `${TENANTS}${BATCHES}${SEALED}`;

export const WITHOUT_SYSTEM_READS = `
  DROP FUNCTION all_tenants(), tenants_with_awaiting(), tenants_with_unresolved_interactive(),
    tenants_with_certificate_work(timestamptz), tenants_with_corrections(), tenants_with_drills(),
    tenants_without_drill_since(timestamptz), tenants_waiting_to_send(),
    tenants_to_recalculate(double precision, double precision), due_batches(integer), hopeless_batches(integer, integer),
    hand_back_batches(text), sealed_ids_after(text, uuid, uuid, integer), sealed_ids_of_version(text, bytea, integer);`;
