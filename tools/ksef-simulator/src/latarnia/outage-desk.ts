import type { Clock } from '../core/clock.js';
import type { OutageManner, Reachability } from '../core/reachability.js';
import { HOUR_MS } from '../core/time.js';
import type { Correction, LatarniaBoard, OutageCategory, OutageEvent } from './board.js';

/** What a test orders. Times in epoch milliseconds. */
export interface OutageOrder {
  readonly category: OutageCategory;
  /** Whether Latarnia says so. @default true */
  readonly announce?: boolean | undefined;
  /** Whether KSeF really cannot be reached meanwhile. @default true */
  readonly unreachable?: boolean | undefined;
  /** @default now */
  readonly start?: number | undefined;
  /** Maintenance only. @default two hours after the start */
  readonly end?: number | undefined;
  readonly title?: string | undefined;
  /** @default refuse */
  readonly manner?: OutageManner | undefined;
}

/** Plays outages: what Latarnia says, and whether KSeF answers. */
export class OutageDesk {
  readonly #cutting = new Set<number>();

  constructor(
    private readonly clock: Clock,
    private readonly board: LatarniaBoard,
    private readonly ksef: Reachability,
  ) {}

  begin(order: OutageOrder): OutageEvent {
    const start = order.start ?? this.clock.now();
    const plannedEnd = order.category === 'MAINTENANCE' ? (order.end ?? start + 2 * HOUR_MS) : undefined;
    const event = this.board.begin({
      category: order.category,
      announced: order.announce ?? true,
      unreachable: order.unreachable ?? true,
      start,
      end: plannedEnd,
      title: order.title,
    });
    if (event.unreachable) this.#cutAtStart(event, order.manner ?? 'refuse');
    return event;
  }

  /** Ends the outage, at `end` in law and at once in fact. */
  finish(event: OutageEvent, end?: number): OutageEvent {
    this.board.finish(event, end ?? this.clock.now());
    this.#restore(event);
    return event;
  }

  /** Corrects what Latarnia said; a maintenance whose end moved keeps KSeF away until the new one. */
  correct(event: OutageEvent, correction: Correction): OutageEvent {
    this.board.correct(event, correction);
    if (event.category === 'MAINTENANCE' && event.unreachable) this.#restoreAtEnd(event);
    return event;
  }

  #cutAtStart(event: OutageEvent, manner: OutageManner): void {
    const cut = (): void => {
      if (event.end !== undefined && event.end <= this.clock.now()) return;
      if (event.start > this.clock.now()) {
        // The start was put off by a correction.
        this.clock.schedule(event.start - this.clock.now(), cut);
        return;
      }
      this.#cutting.add(event.eventId);
      this.ksef.cut(manner);
      this.#restoreAtEnd(event);
    };
    const wait = event.start - this.clock.now();
    if (wait <= 0) cut();
    else this.clock.schedule(wait, cut);
  }

  #restoreAtEnd(event: OutageEvent): void {
    if (event.end === undefined) return;
    this.clock.schedule(event.end - this.clock.now(), () => {
      if (event.end !== undefined && event.end <= this.clock.now()) this.#restore(event);
    });
  }

  #restore(event: OutageEvent): void {
    if (this.#cutting.delete(event.eventId) && this.#cutting.size === 0) this.ksef.restore();
  }
}
