import type { RateLimit } from '../rate-limit/rate-limit.js';
import type { BacklogLine, HeldInvoices, LiveBatch } from '../sending/sending-book.port.js';
import type { DeliverySpeed } from '../sending/sending-turn.js';
import { Temporal, type Instant } from '../shared/instant.js';
import type { MeasuredSpeed } from './delivery-speed.js';

/** What a forecast of one context goes by. */
export interface ForecastInputs {
  readonly now: Instant;
  /** When sessions can be opened again; `undefined`: nobody knows when (an outage without an end). */
  readonly sendingFrom: Instant | undefined;
  /** What may go by itself, in the order in which it is planned. */
  readonly backlog: readonly BacklogLine[];
  readonly held: readonly HeldInvoices[];
  readonly live: readonly LiveBatch[];
  /** Openings of the last hour, oldest first. */
  readonly openings: readonly Instant[];
  readonly limits: {
    /** Of one session. */
    readonly invoices: number;
    readonly bytes: number;
    readonly entryBytes: number;
    /** Of opening sessions. */
    readonly openings: RateLimit;
  };
  /** Batches that are made ready side by side. */
  readonly lanes: number;
  readonly speed: MeasuredSpeed;
}

/** How many invoices would have their number only after their day, and after their house target. */
export interface LateInvoices {
  readonly afterStatutoryEnd: number;
  readonly afterTarget: number;
}

/** When everything that waits or is under way in a context has its number. */
export interface Forecast {
  /** Waiting and free to go. */
  readonly waiting: { readonly invoices: number; readonly bytes: number };
  readonly underWay: number;
  readonly held: readonly HeldInvoices[];
  /** Sessions still to be opened. */
  readonly sessions: number;
  /** Absent while nobody knows when sending is possible again. Now, when nothing waits. */
  readonly clearsAt?: Instant;
  /** The same with the slowest steps of late, and each delivery done twice. */
  readonly clearsAtWorst?: Instant;
  /** The earliest statutory end of what waits. */
  readonly firstEndAt?: Instant;
  /** Of what waits; while nobody knows when sending is possible, only what is late already. */
  readonly late: LateInvoices;
  readonly lateAtWorst: LateInvoices;
  /** Deliveries that the speed was measured by. */
  readonly measuredDeliveries: number;
}

/** A piece of the backlog in the session that will carry it. */
interface Portion {
  readonly session: number;
  readonly invoices: number;
  readonly line: BacklogLine;
}

/** Invoices with their share of the sessions; more of them never clear earlier. */
export function forecast(inputs: ForecastInputs): Forecast {
  const { backlog, held, live, now, sendingFrom, speed } = inputs;
  const portions = fill(backlog, inputs.limits);
  const unopened = live.filter(({ openedAt }) => openedAt === undefined).length;
  const sessions = unopened + (portions.at(-1)?.session ?? -1) + 1;
  const ends = backlog.flatMap(({ endsAt }) => endsAt ?? []);
  const common = {
    waiting: {
      invoices: backlog.reduce((sum, line) => sum + line.invoices, 0),
      bytes: backlog.reduce((sum, line) => sum + line.bytes, 0),
    },
    underWay: live.reduce((sum, batch) => sum + batch.invoices, 0),
    held,
    sessions,
    ...(ends.length === 0 ? {} : { firstEndAt: earliest(ends) }),
    measuredDeliveries: speed.deliveries,
  };
  if (sendingFrom === undefined && sessions > 0) {
    const late = lateOf(portions, () => now);
    return { ...common, late, lateAtWorst: late };
  }
  const expected = course(inputs, sessions, speed.typical, 1);
  const worst = course(inputs, sessions, speed.worst, 2);
  return {
    ...common,
    clearsAt: expected.clearsAt,
    clearsAtWorst: worst.clearsAt,
    late: lateOf(portions, (session) => expected.numberedAt(unopened + session)),
    lateAtWorst: lateOf(portions, (session) => worst.numberedAt(unopened + session)),
  };
}

/** Fills sessions in the order of planning, as the planner does. */
function fill(backlog: readonly BacklogLine[], limits: ForecastInputs['limits']): readonly Portion[] {
  const portions: Portion[] = [];
  let [session, invoices, bytes] = [0, 0, 0];
  for (const line of backlog) {
    const eachBytes = line.bytes / Math.max(1, line.invoices) + limits.entryBytes;
    let left = line.invoices;
    while (left > 0) {
      const fits = Math.min(limits.invoices - invoices, Math.floor((limits.bytes - bytes) / eachBytes));
      if (fits <= 0 && invoices > 0) {
        [session, invoices, bytes] = [session + 1, 0, 0];
        continue;
      }
      const taken = Math.min(left, Math.max(1, fits));
      portions.push({ session, invoices: taken, line });
      [left, invoices, bytes] = [left - taken, invoices + taken, bytes + taken * eachBytes];
    }
  }
  return portions;
}

/**
 * When each session is opened: not before sending is possible, when it is ready, and never more in a minute or an hour
 * than KSeF allows, counted with those that were opened already.
 */
function openingTimes(
  { now, sendingFrom, openings, limits, lanes }: ForecastInputs,
  sessions: number,
  { preparationSeconds }: DeliverySpeed,
): readonly number[] {
  const startMs = Math.max(now.epochMilliseconds, sendingFrom?.epochMilliseconds ?? 0);
  const times = openings.map(({ epochMilliseconds }) => epochMilliseconds);
  const known = times.length;
  const { perMinute = Number.POSITIVE_INFINITY, perHour = Number.POSITIVE_INFINITY } = limits.openings;
  for (let session = 0; session < sessions; session++) {
    const readyMs = startMs + preparationSeconds * 1000 * (Math.floor(session / lanes) + 1);
    const afterMinute = (times[times.length - perMinute] ?? Number.NEGATIVE_INFINITY) + 60_000;
    const afterHour = (times[times.length - perHour] ?? Number.NEGATIVE_INFINITY) + 3_600_000;
    times.push(Math.max(readyMs, afterMinute, afterHour));
  }
  return times.slice(known);
}

/** @param rounds how often each delivery is done: at worst it is done again */
function course(inputs: ForecastInputs, sessions: number, speed: DeliverySpeed, rounds: number) {
  const { now, live } = inputs;
  const processingMs = speed.processingSeconds * 1000 * rounds;
  const openingMs = openingTimes(inputs, sessions, speed);
  const numberedMs = (session: number): number => (openingMs[session] ?? now.epochMilliseconds) + processingMs;
  const underWayMs = live.flatMap(({ openedAt }) =>
    openedAt === undefined ? [] : [Math.max(now.epochMilliseconds, openedAt.epochMilliseconds + processingMs)],
  );
  const lastMs = Math.max(
    now.epochMilliseconds,
    ...underWayMs,
    sessions === 0 ? now.epochMilliseconds : numberedMs(sessions - 1),
  );
  return {
    clearsAt: instantOf(lastMs),
    numberedAt: (session: number): Instant => instantOf(numberedMs(session)),
  };
}

function lateOf(portions: readonly Portion[], numberedAt: (session: number) => Instant): LateInvoices {
  let [afterStatutoryEnd, afterTarget] = [0, 0];
  for (const { session, invoices, line } of portions) {
    const at = numberedAt(session);
    if (isAfter(at, line.endsAt)) afterStatutoryEnd += invoices;
    if (isAfter(at, line.targetAt)) afterTarget += invoices;
  }
  return { afterStatutoryEnd, afterTarget };
}

const isAfter = (at: Instant, moment: Instant | undefined): boolean =>
  moment !== undefined && Temporal.Instant.compare(at, moment) > 0;

const instantOf = (ms: number): Instant => Temporal.Instant.fromEpochMilliseconds(Math.ceil(ms));

const earliest = (moments: readonly Instant[]): Instant =>
  instantOf(Math.min(...moments.map(({ epochMilliseconds }) => epochMilliseconds)));
