import {
  Temporal,
  type EventFeed,
  type EventFilter,
  type EventSequence,
  type FeedBounds,
  type FeedPage,
  type OutboxEvent,
  type SequencedEvent,
  type TenantId,
} from '@latarnik/domain';
import type { Transaction } from '../database/transactions.js';

export class TypeormEventFeed implements EventFeed {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async sequence(limit: number): Promise<number> {
    const { rows } = await this.transaction.sql(ANY_WITHOUT_PLACE, [this.tenant]);
    if (rows.length === 0) return 0;
    await this.transaction.sql(COUNTER, [this.tenant]);
    await this.transaction.sql('SELECT FROM event_counter WHERE tenant_id = $1 FOR UPDATE', [this.tenant]);
    // A statement of its own: it sees what was committed until the lock was ours.
    const { count } = await this.transaction.sql(GIVE_PLACES, [this.tenant, limit]);
    await this.transaction.sql('UPDATE event_counter SET last = last + $2 WHERE tenant_id = $1', [this.tenant, count]);
    return count;
  }

  async bounds(): Promise<FeedBounds> {
    const { rows } = await this.transaction.sql<{ pruned_up_to: string; last: string }>(
      'SELECT pruned_up_to, last FROM event_counter WHERE tenant_id = $1',
      [this.tenant],
    );
    const [{ pruned_up_to: prunedUpTo, last } = { pruned_up_to: '0', last: '0' }] = rows;
    return { prunedUpTo: toSequence(prunedUpTo), last: toSequence(last) };
  }

  async after(place: EventSequence, filter: EventFilter, limit: number): Promise<FeedPage> {
    const { rows } = await this.transaction.sql<EventRow & { wanted: boolean }>(AFTER, [
      ...[this.tenant, String(place), limit, [...filter]],
    ]);
    const last = rows.at(-1);
    return {
      events: rows.filter(({ wanted }) => wanted).map(toEvent),
      upTo: last === undefined ? place : toSequence(last.sequence),
    };
  }

  async prune(olderThanDays: number, limit: number): Promise<number> {
    await this.transaction.sql('SELECT FROM event_counter WHERE tenant_id = $1 FOR UPDATE', [this.tenant]);
    const { rows } = await this.transaction.sql<{ up_to: string | null }>(PRUNABLE, [
      ...[this.tenant, olderThanDays, limit],
    ]);
    const upTo = rows[0]?.up_to ?? null;
    if (upTo === null) return 0;
    await this.transaction.sql('UPDATE event_counter SET pruned_up_to = $2 WHERE tenant_id = $1', [this.tenant, upTo]);
    const sql = 'DELETE FROM outbox_event WHERE tenant_id = $1 AND sequence <= $2';
    return (await this.transaction.sql(sql, [this.tenant, upTo])).count;
  }
}

export interface EventRow {
  readonly sequence: string;
  readonly at: string;
  readonly type: string;
  readonly subject: string;
  readonly facts: OutboxEvent['facts'];
}

export const toSequence = (text: string): EventSequence => BigInt(text) as EventSequence;

export function toEvent({ sequence, at, type, subject, facts }: EventRow): SequencedEvent {
  return { sequence: toSequence(sequence), at: Temporal.Instant.from(at), type, subject, facts };
}

/** Of one event: whether a filter ($n) lets it through; the same as `passes` of the domain. */
export const wantedBy = (filter: string, type: string): string =>
  `(cardinality(${filter}) = 0 OR ${type} = ANY (${filter}) OR split_part(${type}, '.', 1) || '.*' = ANY (${filter}))`;

const ANY_WITHOUT_PLACE = 'SELECT 1 FROM outbox_event WHERE tenant_id = $1 AND sequence IS NULL LIMIT 1';

const COUNTER = 'INSERT INTO event_counter (tenant_id) VALUES ($1) ON CONFLICT DO NOTHING';

/**
 * Identities are taken one after another: an event that was written after another one was committed has the higher one. So
 * of one subject, whose changes wait for one another, this is the order of the changes.
 */
const GIVE_PLACES = `
  UPDATE outbox_event AS event SET sequence = counter.last + next.n
  FROM (
    SELECT id, row_number() OVER (ORDER BY id) AS n
    FROM (SELECT id FROM outbox_event WHERE tenant_id = $1 AND sequence IS NULL ORDER BY id LIMIT $2) AS waiting
  ) AS next, event_counter AS counter
  WHERE event.tenant_id = $1 AND event.id = next.id AND counter.tenant_id = $1`;

const AFTER = `
  SELECT sequence, at, type, subject, facts, ${wantedBy('$4::text[]', 'type')} AS wanted
  FROM outbox_event WHERE tenant_id = $1 AND sequence > $2::bigint ORDER BY sequence LIMIT $3`;

/** The end of the oldest stretch in which every event is old enough, and had by every webhook that is left. */
const PRUNABLE = `
  SELECT max(sequence) AS up_to
  FROM (
    SELECT sequence,
      bool_and(at < (SELECT app_now()) - make_interval(days => $2)) OVER (ORDER BY sequence) AS is_old
    FROM (
      SELECT sequence, at FROM outbox_event
      WHERE tenant_id = $1 AND sequence IS NOT NULL AND sequence < least(
        (SELECT min(fanned_out_to) + 1 FROM webhook WHERE tenant_id = $1 AND state <> 'deleted'),
        (SELECT min(sequence) FROM webhook_delivery WHERE tenant_id = $1 AND state <> 'delivered'),
        9223372036854775807)
      ORDER BY sequence LIMIT $3
    ) AS oldest
  ) AS stretch
  WHERE is_old`;
