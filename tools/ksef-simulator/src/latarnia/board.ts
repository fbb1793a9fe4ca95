import type { Clock } from '../core/clock.js';
import { DAY_MS, latarniaTimestamp } from '../core/time.js';

export const OUTAGE_CATEGORIES = ['FAILURE', 'TOTAL_FAILURE', 'MAINTENANCE'] as const;
export type OutageCategory = (typeof OUTAGE_CATEGORIES)[number];

/** One message as Latarnia publishes it (domain-rules 1.13). */
export interface LatarniaMessage {
  readonly id: string;
  readonly eventId: number;
  readonly category: OutageCategory;
  readonly type: 'FAILURE_START' | 'FAILURE_END' | 'MAINTENANCE_ANNOUNCEMENT';
  readonly title: string;
  readonly text: string;
  readonly start: string;
  readonly end: string | null;
  readonly version: number;
  readonly published: string;
}

/** One outage, announced or not. Times in epoch milliseconds. */
export interface OutageEvent {
  readonly eventId: number;
  readonly category: OutageCategory;
  readonly announced: boolean;
  readonly unreachable: boolean;
  title: string;
  start: number;
  /** Known in advance for maintenance; otherwise set when it ends. */
  end: number | undefined;
}

/** What a corrected message says anew. Times in epoch milliseconds. */
export interface Correction {
  readonly start?: number | undefined;
  /** Of a failure: only after its end was published. */
  readonly end?: number | undefined;
  readonly title?: string | undefined;
  readonly text?: string | undefined;
}

/** Messages stay readable for about 30 days (domain-rules 1.13). */
const MESSAGE_LIFE_MS = 30 * DAY_MS;

const TITLES: Readonly<Record<OutageCategory, string>> = {
  FAILURE: 'Awaria KSeF',
  TOTAL_FAILURE: 'Awaria całkowita KSeF',
  MAINTENANCE: 'Prace serwisowe KSeF',
};

const SEVERITY = ['MAINTENANCE', 'FAILURE', 'TOTAL_FAILURE'] as const;

/** What Latarnia says: a list of messages, and the events behind them. */
export class LatarniaBoard {
  readonly #events = new Map<number, OutageEvent>();
  readonly #messages: { readonly message: LatarniaMessage; readonly publishedAt: number }[] = [];
  #lastEventId = 1000;
  #lastMessageNumber = 0;

  constructor(private readonly clock: Clock) {}

  /** Enters an outage and, if announced, publishes its first message. */
  begin(
    outage: Pick<OutageEvent, 'category' | 'announced' | 'unreachable'> & {
      readonly start?: number | undefined;
      readonly end?: number | undefined;
      readonly title?: string | undefined;
    },
  ): OutageEvent {
    const { category, announced, unreachable } = outage;
    const event: OutageEvent = {
      eventId: ++this.#lastEventId,
      category,
      announced,
      unreachable,
      title: outage.title ?? TITLES[category],
      start: outage.start ?? this.clock.now(),
      end: outage.end,
    };
    this.#events.set(event.eventId, event);
    if (!announced) return event;
    if (category === 'MAINTENANCE') this.#publish(event, 'MAINTENANCE_ANNOUNCEMENT', event.end ?? null);
    else this.#publish(event, 'FAILURE_START', null);
    return event;
  }

  /** Ends an outage: a failure by a message of its own, maintenance by a new version of its announcement. */
  finish(event: OutageEvent, end: number): void {
    const endMoved = event.end !== end;
    event.end = end;
    if (!event.announced) return;
    if (event.category !== 'MAINTENANCE') this.#publish(event, 'FAILURE_END', end);
    else if (endMoved) this.#publish(event, 'MAINTENANCE_ANNOUNCEMENT', end);
  }

  /** Publishes a new version of the newest message about an event, with what was wrong put right. */
  correct(event: OutageEvent, { start, end, title, text }: Correction): void {
    event.start = start ?? event.start;
    event.title = title ?? event.title;
    const known = event.category === 'MAINTENANCE' || event.end !== undefined;
    if (known) event.end = end ?? event.end;
    const newest = this.#messages.findLast(({ message }) => message.eventId === event.eventId)?.message;
    if (newest === undefined) return;
    this.#publish(event, newest.type, newest.type === 'FAILURE_START' ? null : (event.end ?? null), text);
  }

  find(eventId: number): OutageEvent | undefined {
    return this.#events.get(eventId);
  }

  events(): readonly OutageEvent[] {
    return [...this.#events.values()];
  }

  /** GET /messages: newest first, of a message only its newest version. */
  messages(): readonly LatarniaMessage[] {
    const oldest = this.clock.now() - MESSAGE_LIFE_MS;
    const newest = new Map<string, LatarniaMessage>();
    for (const { message, publishedAt } of this.#messages) if (publishedAt > oldest) newest.set(message.id, message);
    return [...newest.values()].reverse();
  }

  /** GET /status: the gravest of the active announced events, with the messages about them. */
  status(): { readonly status: 'AVAILABLE' | OutageCategory; readonly messages?: readonly LatarniaMessage[] } {
    const now = this.clock.now();
    const active = this.events().filter(
      ({ announced, start, end }) => announced && start <= now && (end === undefined || now < end),
    );
    const gravest = SEVERITY.findLast((category) => active.some((event) => event.category === category));
    if (gravest === undefined) return { status: 'AVAILABLE' };
    const ids = new Set(active.map(({ eventId }) => eventId));
    return { status: gravest, messages: this.messages().filter(({ eventId }) => ids.has(eventId)) };
  }

  #publish(event: OutageEvent, type: LatarniaMessage['type'], end: number | null, text?: string): void {
    const previous = this.#messages.findLast(
      ({ message }) => message.type === type && message.eventId === event.eventId,
    )?.message;
    const publishedAt = this.clock.now();
    const message: LatarniaMessage = {
      id: previous?.id ?? this.#nextId(event.category, publishedAt),
      eventId: event.eventId,
      category: event.category,
      type,
      title: event.title,
      text: text ?? describe(event, type),
      start: latarniaTimestamp(event.start),
      end: end === null ? null : latarniaTimestamp(end),
      version: (previous?.version ?? 0) + 1,
      published: latarniaTimestamp(publishedAt),
    };
    this.#messages.push({ message, publishedAt });
  }

  #nextId(category: OutageCategory, at: number): string {
    const year = String(new Date(at).getUTCFullYear());
    const number = String(++this.#lastMessageNumber).padStart(2, '0');
    return `K/${year}/${category === 'MAINTENANCE' ? 'SER' : 'AWR'}/${number}`;
  }
}

function describe({ title }: OutageEvent, type: LatarniaMessage['type']): string {
  if (type === 'FAILURE_END') return `${title}: zakończenie. Komunikat symulatora testowego.`;
  return `${title}. Komunikat symulatora testowego.`;
}
