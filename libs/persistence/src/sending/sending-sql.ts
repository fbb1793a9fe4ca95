import { HELD_BACK, originalHolds, READY, waitingIn } from '../invoice/awaiting-sql.js';

/** $1 tenant. One row for each context in which something may go by itself. */
export const WAITING_CONTEXTS = `
  SELECT context.tenant_id, context.type, context.value, oldest.issued_at, first.aim_at, rule.schedule,
    rule.hours_before_target, ordered.ordered_at, ordered.due_before
  FROM tenant_context AS context
    CROSS JOIN LATERAL (
      SELECT term.issued_at ${waitingIn('context.tenant_id', 'context.type', 'context.value')} AND ${READY}
      ORDER BY term.issued_at LIMIT 1
    ) AS oldest
    CROSS JOIN LATERAL (
      SELECT least(term.target_at, term.ends_at) AS aim_at, term.ends_at
      ${waitingIn('context.tenant_id', 'context.type', 'context.value')} AND ${READY}
      ORDER BY least(term.target_at, term.ends_at) NULLS LAST, term.ends_at NULLS LAST, term.invoice_id LIMIT 1
    ) AS first
    LEFT JOIN LATERAL (
      SELECT schedule, hours_before_target FROM sending_rule
      WHERE sending_rule.tenant_id = context.tenant_id ORDER BY id DESC LIMIT 1
    ) AS rule ON true
    LEFT JOIN LATERAL (
      SELECT ordered_at, due_before FROM sending_order
      WHERE sending_order.tenant_id = context.tenant_id AND fulfilled_at IS NULL
        AND (context_type IS NULL OR (context_type = context.type AND context_value = context.value))
        AND (due_before IS NULL OR first.ends_at < due_before)
      ORDER BY id DESC LIMIT 1
    ) AS ordered ON true
  WHERE context.tenant_id = $1
  ORDER BY first.aim_at NULLS LAST, context.tenant_id, context.id`;

/** $1 tenant, $2-$3 context, $4 invoices at most. Counted by target; there are few of them. */
export const BACKLOG = `
  SELECT aim_at, ends_at, count(*)::integer AS invoices, sum(size_bytes)::double precision AS bytes
  FROM (
    SELECT least(term.target_at, term.ends_at) AS aim_at, term.ends_at, invoice.size_bytes
    ${waitingIn('$1', '$2', '$3')} AND ${READY}
    ORDER BY least(term.target_at, term.ends_at) NULLS LAST, term.ends_at NULLS LAST, term.invoice_id
    LIMIT $4
  ) AS waiting
  GROUP BY aim_at, ends_at
  ORDER BY aim_at NULLS LAST, ends_at NULLS LAST`;

/**
 * $1 tenant, $2-$3 context, $4 bytes of an invoice on average: a backlog of any size, counted in the narrow rows of terms
 * alone, less those that may not go.
 */
export const LARGE_BACKLOG = `
  WITH held AS (
    SELECT least(term.target_at, term.ends_at) AS aim_at, term.ends_at, count(*) AS invoices
    ${HELD_BACK} AND NOT (${READY})
    GROUP BY 1, 2
  ), counted AS (
    SELECT least(target_at, ends_at) AS aim_at, ends_at, count(*) AS invoices
    FROM invoice_term
    WHERE tenant_id = $1 AND waits_for = 'sending' AND kind IS DISTINCT FROM 'none'
      AND context_type = $2 AND context_value = $3
    GROUP BY 1, 2
  ), free AS (
    SELECT counted.aim_at, counted.ends_at, counted.invoices - coalesce(held.invoices, 0) AS invoices
    FROM counted LEFT JOIN held ON held.aim_at IS NOT DISTINCT FROM counted.aim_at
      AND held.ends_at IS NOT DISTINCT FROM counted.ends_at
  )
  SELECT aim_at, ends_at, invoices::integer AS invoices, invoices * $4::double precision AS bytes
  FROM free WHERE invoices > 0
  ORDER BY aim_at NULLS LAST, ends_at NULLS LAST`;

/** $1 tenant, $2-$3 context. */
export const HELD = `
  SELECT reason, count(*)::integer AS invoices
  FROM (
    SELECT CASE WHEN invoice.not_before > (SELECT app_now()) THEN 'NOT_BEFORE' ELSE ${originalHolds('invoice')} END AS reason
    ${HELD_BACK}
  ) AS waiting
  WHERE reason IS NOT NULL
  GROUP BY reason ORDER BY reason`;

export const LIVE = `
  SELECT id, context_type, context_value, state, invoice_count, planned_at, body ->> 'openedAt' AS opened_at
  FROM batch WHERE tenant_id = $1 AND next_action_at IS NOT NULL
  ORDER BY id`;

/** $1 tenant, $2-$3 context, $4 how many. */
export const PAST = `
  SELECT invoice_count, planned_at, body ->> 'openedAt' AS opened_at, body ->> 'finishedAt' AS finished_at
  FROM batch
  WHERE tenant_id = $1 AND context_type = $2 AND context_value = $3 AND state = 'done'
  ORDER BY id DESC LIMIT $4`;

/** Batches looked at for what was opened lately: more than KSeF lets anybody open in an hour. */
const LATELY = 200;

/** $1 tenant, $2-$3 context. The newest batches, by id, which rises with time. */
const LATEST = `
  SELECT state, body ->> 'openedAt' AS opened_at FROM batch
  WHERE tenant_id = $1 AND context_type = $2 AND context_value = $3
  ORDER BY id DESC LIMIT ${String(LATELY)}`;

/** $1-$3 as above, $4 since. */
export const OPENINGS = `
  SELECT opened_at FROM (${LATEST}) AS batch
  WHERE opened_at::timestamptz >= $4::timestamptz ORDER BY opened_at::timestamptz`;

/** The same. */
export const DELIVERED_SINCE = `
  SELECT EXISTS (
    SELECT FROM (${LATEST}) AS batch
    WHERE opened_at::timestamptz >= $4::timestamptz AND state NOT IN ('open', 'closing', 'dead')) AS delivered`;

/** $1 tenant. */
export const END_FULFILLED = `
  UPDATE sending_order SET fulfilled_at = app_now()
  WHERE tenant_id = $1 AND fulfilled_at IS NULL AND NOT EXISTS (
    SELECT FROM tenant_context AS context
    CROSS JOIN LATERAL (
      SELECT 1 ${waitingIn('context.tenant_id', 'context.type', 'context.value')} AND ${READY}
        AND term.issued_at <= sending_order.ordered_at
        AND (sending_order.due_before IS NULL OR term.ends_at < sending_order.due_before)
      LIMIT 1
    ) AS owed
    WHERE context.tenant_id = sending_order.tenant_id
      AND (context_type IS NULL OR (context_type = context.type AND context_value = context.value)))`;
