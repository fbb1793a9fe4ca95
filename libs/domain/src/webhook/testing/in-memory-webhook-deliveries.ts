import { passes } from '../../event/event-types.js';
import type { EventSequence, SequencedEvent } from '../../event/public-event.js';
import type { InMemoryEventFeed } from '../../event/testing/in-memory-event-feed.js';
import type { Clock } from '../../shared/clock.port.js';
import { Temporal } from '../../shared/instant.js';
import type {
  ClaimedDelivery,
  DeliveryCounts,
  DeliveryFailure,
  DeliveryView,
  FailureStanding,
  WebhookDeliveries,
} from '../webhook-deliveries.port.js';
import type { DeliveryState, WebhookId } from '../webhook.js';
import type { InMemoryWebhooks } from './in-memory-webhooks.js';

interface Row {
  readonly id: WebhookId;
  readonly event: SequencedEvent;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly dueMs: number;
  readonly leaseMs: number;
  readonly fence: bigint;
  readonly deliveredMs?: number;
  readonly failure?: DeliveryFailure;
}

interface Receiver {
  readonly upTo: bigint;
  readonly failures: number;
  readonly sinceMs?: number;
  readonly restsMs: number;
}

const NEW: Receiver = { upTo: 0n, failures: 0, restsMs: 0 };

/** The rules of the tables, over arrays; one clock for all. */
export class InMemoryWebhookDeliveries implements WebhookDeliveries {
  rows: readonly Row[] = [];
  #receivers: ReadonlyMap<WebhookId, Receiver> = new Map();

  constructor(
    private readonly clock: Clock,
    private readonly feed: InMemoryEventFeed,
    private readonly webhooks: InMemoryWebhooks,
  ) {}

  savepoint(): () => void {
    const { rows } = this;
    const receivers = this.#receivers;
    return () => {
      this.rows = rows;
      this.#receivers = receivers;
    };
  }

  async fanOut(limit: number): Promise<boolean> {
    let isOver = true;
    for (const { id, state, filter } of await this.webhooks.all()) {
      if (state !== 'enabled') continue;
      const { upTo } = this.receiver(id);
      const looked = this.feed.placed.filter(({ sequence }) => sequence > upTo).slice(0, limit);
      const wanted = looked.filter(({ type }) => passes(filter, type));
      this.rows = [...this.rows, ...wanted.map((event) => this.fresh(id, event))];
      this.note(id, { upTo: looked.at(-1)?.sequence ?? upTo });
      if (looked.length === limit) isOver = false;
    }
    return isOver;
  }

  claim(
    id: WebhookId,
    { leaseSeconds }: { readonly leaseSeconds: number },
    limit: number,
  ): Promise<readonly ClaimedDelivery[]> {
    if (this.receiver(id).restsMs > this.now) return Promise.resolve([]);
    const open = this.rows.filter((row) => row.id === id && row.state !== 'delivered');
    const isFirst = ({ event }: Row) =>
      !open.some((other) => other.event.subject === event.subject && other.event.sequence < event.sequence);
    const due = open
      .filter((row) => row.dueMs <= this.now && row.leaseMs < this.now && isFirst(row))
      .sort((a, b) => a.dueMs - b.dueMs || Number(a.event.sequence - b.event.sequence))
      .slice(0, limit);
    const leaseMs = this.now + leaseSeconds * 1000;
    const taken = due.map((row) => {
      const next = { ...row, state: 'sending', attempts: row.attempts + 1, leaseMs, fence: row.fence + 1n } as const;
      this.put(row, next);
      return { webhookId: id, event: row.event, attempt: next.attempts, fence: next.fence };
    });
    return Promise.resolve(taken);
  }

  delivered(claimed: ClaimedDelivery): Promise<boolean> {
    const row = this.held(claimed);
    if (row === undefined) return Promise.resolve(false);
    this.put(row, { ...row, state: 'delivered', leaseMs: 0, deliveredMs: this.now });
    const { upTo, restsMs } = this.receiver(row.id);
    this.#receivers = new Map(this.#receivers).set(row.id, { upTo, restsMs, failures: 0 });
    return Promise.resolve(true);
  }

  failed(
    claimed: ClaimedDelivery,
    failure: DeliveryFailure,
    retrySeconds: number,
  ): Promise<FailureStanding | undefined> {
    const row = this.held(claimed);
    if (row === undefined) return Promise.resolve(undefined);
    this.put(row, { ...row, state: 'pending', leaseMs: 0, dueMs: this.now + retrySeconds * 1000, failure });
    const { failures, sinceMs = this.now } = this.receiver(row.id);
    this.note(row.id, { failures: failures + 1, sinceMs });
    return Promise.resolve({ failuresInARow: failures + 1, failingSeconds: (this.now - sinceMs) / 1000 });
  }

  rest(id: WebhookId, seconds: number): Promise<void> {
    this.note(id, { restsMs: Math.max(this.receiver(id).restsMs, this.now + seconds * 1000) });
    return Promise.resolve();
  }

  list(
    id: WebhookId,
    {
      before,
      state,
      limit,
    }: { readonly before?: EventSequence; readonly state?: DeliveryState; readonly limit: number },
  ): Promise<readonly DeliveryView[]> {
    const found = this.rows
      .filter((row) => row.id === id && (state === undefined || row.state === state))
      .filter(({ event }) => before === undefined || event.sequence < before)
      .sort((a, b) => Number(b.event.sequence - a.event.sequence));
    return Promise.resolve(found.slice(0, limit).map(viewOf));
  }

  counts(): Promise<ReadonlyMap<WebhookId, DeliveryCounts>> {
    const counts = new Map<WebhookId, DeliveryCounts>();
    for (const { id, state, event } of this.rows) {
      const { pending = 0, oldestPendingAt = event.at } = counts.get(id) ?? {};
      if (state !== 'delivered') counts.set(id, { pending: pending + 1, oldestPendingAt });
    }
    return Promise.resolve(counts);
  }

  async replay(id: WebhookId, after: EventSequence): Promise<number> {
    const filter = (await this.webhooks.find(id))?.filter ?? [];
    const again = this.feed.placed
      .filter(({ sequence, type }) => sequence > after && sequence <= this.receiver(id).upTo && passes(filter, type))
      .map((event) => this.rows.find((row) => row.id === id && row.event === event) ?? this.fresh(id, event));
    const kept = this.rows.filter((row) => !again.includes(row));
    this.rows = [
      ...kept,
      ...again.map((row) =>
        row.state === 'sending' ? row : { ...this.fresh(id, row.event), attempts: row.attempts, fence: row.fence + 1n },
      ),
    ];
    this.note(id, { restsMs: 0 });
    return this.rows.filter((row) => row.id === id && row.event.sequence > after && row.state !== 'delivered').length;
  }

  private get now(): number {
    return this.clock.now().epochMilliseconds;
  }

  private fresh(id: WebhookId, event: SequencedEvent): Row {
    return { id, event, state: 'pending', attempts: 0, dueMs: this.now, leaseMs: 0, fence: 0n };
  }

  private held({ webhookId, event, fence }: ClaimedDelivery): Row | undefined {
    return this.rows.find(
      (row) =>
        row.id === webhookId && row.event.sequence === event.sequence && row.fence === fence && row.state === 'sending',
    );
  }

  private put(row: Row, next: Row): void {
    this.rows = this.rows.map((each) => (each === row ? next : each));
  }

  private receiver(id: WebhookId): Receiver {
    return this.#receivers.get(id) ?? NEW;
  }

  private note(id: WebhookId, change: Partial<Receiver>): void {
    this.#receivers = new Map(this.#receivers).set(id, { ...this.receiver(id), ...change });
  }
}

function viewOf({ event, state, attempts, dueMs, deliveredMs, failure }: Row): DeliveryView {
  const moment = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms);
  return {
    ...{ event, state, attempts },
    nextAttemptAt: state === 'delivered' ? undefined : moment(dueMs),
    deliveredAt: deliveredMs === undefined ? undefined : moment(deliveredMs),
    lastFailure: failure,
  };
}
