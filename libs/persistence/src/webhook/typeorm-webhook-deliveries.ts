import {
  Temporal,
  type ClaimedDelivery,
  type DeliveryCounts,
  type DeliveryFailure,
  type DeliveryState,
  type DeliveryView,
  type EventSequence,
  type FailureStanding,
  type TenantId,
  type WebhookDeliveries,
  type WebhookId,
} from '@latarnik/domain';
import type { Transaction } from '../database/transactions.js';
import { toEvent, wantedBy, type EventRow } from '../event/typeorm-event-feed.js';

/** As long as the column takes. */
const LONGEST_CAUSE = 200;

export class TypeormWebhookDeliveries implements WebhookDeliveries {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async fanOut(limit: number): Promise<boolean> {
    const { rows } = await this.transaction.sql<{ id: string }>(BEHIND, [this.tenant]);
    let isOver = true;
    for (const { id } of rows) {
      const { rows: looked } = await this.transaction.sql<{ events: number }>(FAN_OUT, [this.tenant, id, limit]);
      if ((looked[0]?.events ?? 0) >= limit) isOver = false;
    }
    return isOver;
  }

  async claim(
    id: WebhookId,
    { owner, leaseSeconds }: { readonly owner: string; readonly leaseSeconds: number },
    limit: number,
  ): Promise<readonly ClaimedDelivery[]> {
    const { rows } = await this.transaction.sql<EventRow & { attempts: number; fence: string }>(CLAIM, [
      ...[this.tenant, id, limit, owner, leaseSeconds],
    ]);
    return rows.map((row) => ({
      webhookId: id,
      event: toEvent(row),
      attempt: row.attempts,
      fence: BigInt(row.fence),
    }));
  }

  async delivered(claimed: ClaimedDelivery): Promise<boolean> {
    const { count } = await this.transaction.sql(DELIVERED, this.held(claimed));
    if (count === 0) return false;
    await this.transaction.sql(TAKEN, [this.tenant, claimed.webhookId]);
    return true;
  }

  async failed(
    claimed: ClaimedDelivery,
    { outcome, cause, httpStatus }: DeliveryFailure,
    retrySeconds: number,
  ): Promise<FailureStanding | undefined> {
    const { count } = await this.transaction.sql(FAILED, [
      ...this.held(claimed),
      ...[retrySeconds, outcome, cause.slice(0, LONGEST_CAUSE), httpStatus ?? null],
    ]);
    if (count === 0) return undefined;
    const { rows } = await this.transaction.sql<{ failures: number; seconds: number }>(NOT_TAKEN, [
      ...[this.tenant, claimed.webhookId],
    ]);
    return { failuresInARow: rows[0]?.failures ?? 0, failingSeconds: rows[0]?.seconds ?? 0 };
  }

  async rest(id: WebhookId, seconds: number): Promise<void> {
    await this.transaction.sql(REST, [this.tenant, id, seconds]);
  }

  async list(
    id: WebhookId,
    page: { readonly before?: EventSequence; readonly state?: DeliveryState; readonly limit: number },
  ): Promise<readonly DeliveryView[]> {
    const { rows } = await this.transaction.sql<DeliveryRow>(LIST, [
      ...[this.tenant, id, page.before === undefined ? null : String(page.before), page.state ?? null, page.limit],
    ]);
    return rows.map(toView);
  }

  async counts(): Promise<ReadonlyMap<WebhookId, DeliveryCounts>> {
    const { rows } = await this.transaction.sql<{ webhook_id: string; pending: number; oldest: string | null }>(
      COUNTS,
      [this.tenant],
    );
    return new Map(
      rows.map((row) => [
        row.webhook_id as WebhookId,
        { pending: row.pending, oldestPendingAt: row.oldest === null ? undefined : Temporal.Instant.from(row.oldest) },
      ]),
    );
  }

  async replay(id: WebhookId, after: EventSequence): Promise<number> {
    // Behind the feed's lock nothing is deleted for its age meanwhile.
    await this.transaction.sql('SELECT FROM event_counter WHERE tenant_id = $1 FOR UPDATE', [this.tenant]);
    await this.transaction.sql('SELECT FROM webhook WHERE tenant_id = $1 AND id = $2 FOR UPDATE', [this.tenant, id]);
    const values = [this.tenant, id, String(after)];
    await this.transaction.sql(REPLAY_KNOWN, values);
    await this.transaction.sql(REPLAY_NEW, values);
    await this.transaction.sql('UPDATE webhook SET rests_until = NULL WHERE tenant_id = $1 AND id = $2', [
      this.tenant,
      id,
    ]);
    const { rows } = await this.transaction.sql<{ due: number }>(
      `SELECT count(*)::integer AS due FROM webhook_delivery
       WHERE tenant_id = $1 AND webhook_id = $2 AND sequence > $3::bigint AND state <> 'delivered'`,
      values,
    );
    return rows[0]?.due ?? 0;
  }

  private held({ webhookId, event, fence }: ClaimedDelivery): readonly unknown[] {
    return [this.tenant, webhookId, String(event.sequence), String(fence)];
  }
}

interface DeliveryRow extends EventRow {
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly next_attempt_at: string;
  readonly delivered_at: string | null;
  readonly failure_outcome: DeliveryFailure['outcome'] | null;
  readonly failure_cause: string | null;
  readonly failure_status: number | null;
}

function toView(row: DeliveryRow): DeliveryView {
  const { state, attempts, delivered_at: deliveredAt, failure_outcome: outcome } = row;
  return {
    event: toEvent(row),
    ...{ state, attempts },
    nextAttemptAt: state === 'delivered' ? undefined : Temporal.Instant.from(row.next_attempt_at),
    deliveredAt: deliveredAt === null ? undefined : Temporal.Instant.from(deliveredAt),
    lastFailure:
      outcome === null
        ? undefined
        : {
            ...{ outcome, cause: row.failure_cause ?? '' },
            ...(row.failure_status === null ? {} : { httpStatus: row.failure_status }),
          },
  };
}

/** Locked: two workers that fan out make each delivery once, and in order. */
const BEHIND = `
  SELECT id FROM webhook
  WHERE tenant_id = $1 AND state = 'enabled'
    AND fanned_out_to < (SELECT last FROM event_counter WHERE tenant_id = $1)
  ORDER BY id FOR UPDATE`;

const FAN_OUT = `
  WITH looked AS (
    SELECT event.sequence, event.type, event.subject, webhook.filter
    FROM webhook JOIN outbox_event AS event
      ON event.tenant_id = webhook.tenant_id AND event.sequence > webhook.fanned_out_to
    WHERE webhook.tenant_id = $1 AND webhook.id = $2
    ORDER BY event.sequence LIMIT $3
  ), made AS (
    INSERT INTO webhook_delivery (tenant_id, webhook_id, sequence, subject)
    SELECT $1, $2, sequence, subject FROM looked WHERE ${wantedBy('filter', 'type')}
    ON CONFLICT DO NOTHING
  ), moved AS (
    UPDATE webhook SET fanned_out_to = (SELECT max(sequence) FROM looked)
    WHERE tenant_id = $1 AND id = $2 AND EXISTS (SELECT FROM looked)
  )
  SELECT count(*)::integer AS events FROM looked`;

/**
 * The row before it of the same subject decides: while that is not delivered, this one waits, whoever works on that one.
 * Rows that another worker is just taking are passed over.
 */
const CLAIM = `
  WITH due AS (
    SELECT delivery.sequence FROM webhook_delivery AS delivery
    WHERE delivery.tenant_id = $1 AND delivery.webhook_id = $2 AND delivery.state <> 'delivered'
      AND delivery.next_attempt_at <= (SELECT app_now())
      AND (delivery.lease_until IS NULL OR delivery.lease_until < (SELECT app_now()))
      AND NOT EXISTS (
        SELECT FROM webhook_delivery AS earlier
        WHERE earlier.tenant_id = delivery.tenant_id AND earlier.webhook_id = delivery.webhook_id
          AND earlier.subject = delivery.subject AND earlier.sequence < delivery.sequence
          AND earlier.state <> 'delivered')
      AND NOT EXISTS (
        SELECT FROM webhook WHERE tenant_id = $1 AND id = $2 AND rests_until > (SELECT app_now()))
    ORDER BY delivery.next_attempt_at, delivery.sequence
    LIMIT $3 FOR UPDATE OF delivery SKIP LOCKED
  ), taken AS (
    UPDATE webhook_delivery AS delivery
    SET state = 'sending', lease_owner = $4, lease_until = app_now() + make_interval(secs => $5),
      fence = fence + 1, attempts = attempts + 1
    FROM due WHERE delivery.tenant_id = $1 AND delivery.webhook_id = $2 AND delivery.sequence = due.sequence
    RETURNING delivery.sequence, delivery.attempts, delivery.fence
  )
  SELECT event.sequence, event.at, event.type, event.subject, event.facts, taken.attempts, taken.fence
  FROM taken JOIN outbox_event AS event ON event.tenant_id = $1 AND event.sequence = taken.sequence
  ORDER BY event.sequence`;

const HELD = `tenant_id = $1 AND webhook_id = $2 AND sequence = $3::bigint AND fence = $4::bigint AND state = 'sending'`;

const DELIVERED = `
  UPDATE webhook_delivery SET state = 'delivered', delivered_at = app_now(), lease_owner = NULL, lease_until = NULL
  WHERE ${HELD}`;

const FAILED = `
  UPDATE webhook_delivery
  SET state = 'pending', next_attempt_at = app_now() + make_interval(secs => $5), lease_owner = NULL, lease_until = NULL,
    failure_outcome = $6, failure_cause = $7, failure_status = $8
  WHERE ${HELD}`;

/** Only where there is something to forget: a receiver in order costs no write. */
const TAKEN = `
  UPDATE webhook SET failures_in_a_row = 0, failing_since = NULL
  WHERE tenant_id = $1 AND id = $2 AND failing_since IS NOT NULL`;

const NOT_TAKEN = `
  UPDATE webhook SET failures_in_a_row = failures_in_a_row + 1, failing_since = coalesce(failing_since, app_now())
  WHERE tenant_id = $1 AND id = $2
  RETURNING failures_in_a_row AS failures, extract(epoch FROM app_now() - failing_since)::double precision AS seconds`;

const REST = `
  UPDATE webhook SET rests_until = greatest(rests_until, app_now() + make_interval(secs => $3))
  WHERE tenant_id = $1 AND id = $2`;

const LIST = `
  SELECT event.sequence, event.at, event.type, event.subject, event.facts, delivery.state, delivery.attempts,
    delivery.next_attempt_at, delivery.delivered_at, delivery.failure_outcome, delivery.failure_cause,
    delivery.failure_status
  FROM webhook_delivery AS delivery JOIN outbox_event AS event USING (tenant_id, sequence)
  WHERE delivery.tenant_id = $1 AND delivery.webhook_id = $2
    AND ($3::bigint IS NULL OR delivery.sequence < $3::bigint) AND ($4::text IS NULL OR delivery.state = $4)
  ORDER BY delivery.sequence DESC LIMIT $5`;

const COUNTS = `
  SELECT delivery.webhook_id, count(*)::integer AS pending, min(event.at) AS oldest
  FROM webhook_delivery AS delivery JOIN outbox_event AS event USING (tenant_id, sequence)
  WHERE delivery.tenant_id = $1 AND delivery.state <> 'delivered'
  GROUP BY delivery.webhook_id`;

/** What a worker is just sending ends first, and is delivered then as well. */
const REPLAY_KNOWN = `
  UPDATE webhook_delivery SET state = 'pending', next_attempt_at = app_now(), delivered_at = NULL, fence = fence + 1
  WHERE tenant_id = $1 AND webhook_id = $2 AND sequence > $3::bigint AND state IN ('pending', 'delivered')`;

const REPLAY_NEW = `
  INSERT INTO webhook_delivery (tenant_id, webhook_id, sequence, subject)
  SELECT $1, $2, event.sequence, event.subject
  FROM outbox_event AS event JOIN webhook ON webhook.tenant_id = event.tenant_id AND webhook.id = $2
  WHERE event.tenant_id = $1 AND event.sequence > $3::bigint AND event.sequence <= webhook.fanned_out_to
    AND ${wantedBy('webhook.filter', 'event.type')}
  ON CONFLICT DO NOTHING`;
