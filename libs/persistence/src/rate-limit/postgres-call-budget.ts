import {
  blockAfter,
  decideCall,
  decidingPlaces,
  FOLLOWED_MS,
  limitOf,
  LONGEST_WINDOW_MS,
  PERMIT_LIFE_MS,
  type Block,
  type CallBudget,
  type CallDecision,
  type CallPermit,
  type CounterState,
  type Poll,
  type RateLimits,
  type WantedCall,
} from '@latarnik/domain';
import { required } from '../database/required.js';
import type { Transaction, Transactions } from '../database/transactions.js';

/**
 * The budget of calls in PostgreSQL, shared by all processes and counted by the database's clock. A decision is one short
 * transaction under the lock of its counter's row, so there is one at a time; the rule itself is the domain's.
 */
export class PostgresCallBudget implements CallBudget {
  /** @param environment of KSeF: calls to one do not count in another */
  constructor(
    private readonly transactions: Transactions,
    private readonly environment: string,
  ) {}

  async take(call: WantedCall): Promise<CallDecision> {
    const decided = await this.transactions.run(undefined, async (transaction) => {
      const { id, block, limits } = await this.lock(transaction, call);
      const limit = limitOf(call.group, limits ?? undefined);
      // Before the clock is read, so that the permit is never younger than it is taken for.
      const startedAt = performance.now();
      const { nowMs, ...known } = await countedSoFar(
        transaction,
        id,
        decidingPlaces(limit, isPoll(call)),
        call.pollAbout,
      );
      const verdict = decideCall(limit, { ...known, block }, nowMs);
      if (verdict.kind === 'later') return verdict;
      return { kind: 'permitted' as const, id: await record(transaction, id, nowMs, call.pollAbout), startedAt };
    });
    if (decided.kind === 'later') return decided;
    const leaveWithinMs = PERMIT_LIFE_MS - (performance.now() - decided.startedAt);
    return { kind: 'permitted', permit: { id: decided.id, leaveWithinMs } };
  }

  async giveBack({ id }: CallPermit): Promise<void> {
    await this.transactions.run(undefined, ({ sql }) => sql('DELETE FROM ksef_call WHERE id = $1', [id]));
  }

  async block(call: WantedCall, retryAfterSeconds: number): Promise<void> {
    await this.transactions.run(undefined, async (transaction) => {
      const { id, block } = await this.lock(transaction, call);
      const { nowMs } = await countedSoFar(transaction, id, [1]);
      const { untilMs, strikes } = blockAfter(block, retryAfterSeconds, nowMs);
      await transaction.sql(BLOCK, [id, untilMs, strikes]);
    });
  }

  /** The counter of this call, which nobody else decides on until the transaction ends. */
  private async lock({ sql }: Transaction, { group, context }: WantedCall): Promise<LockedCounter> {
    const { rows } = await sql<CounterRow>(LOCK, [this.environment, context?.type ?? '', context?.value ?? '', group]);
    const { id, blocked_until_ms: untilMs, strikes, rates } = required(rows[0], 'counter of calls');
    return { id, limits: rates, block: untilMs === null ? undefined : { untilMs, strikes } };
  }
}

interface CounterRow {
  readonly id: string;
  readonly blocked_until_ms: number | null;
  readonly strikes: number;
  readonly rates: RateLimits | null;
}

interface LockedCounter {
  readonly id: string;
  readonly block: Block | undefined;
  readonly limits: RateLimits | null;
}

const isPoll = ({ pollAbout }: WantedCall): boolean => pollAbout !== undefined;

interface CountedRow {
  readonly now_ms: number;
  readonly found: (number | null)[];
  readonly others: number;
  readonly last_ms: number | null;
  readonly in_minute: number;
  readonly in_hour: number;
}

/**
 * The present moment, cut to a millisecond, and what decides: some of the calls, and what is followed. A
 * statement of its own after the lock: it must see what those before committed. A clock that was set back must not shorten
 * a window.
 */
async function countedSoFar(
  { sql }: Transaction,
  counter: string,
  places: readonly number[],
  pollAbout?: string,
): Promise<Omit<CounterState, 'block'> & { readonly nowMs: number }> {
  const { rows } = await sql<CountedRow>(COUNTED, [counter, places, pollAbout ?? null, FOLLOWED_MS / 1000]);
  const { now_ms: clockMs, found, others, last_ms: lastMs, ...asked } = required(rows[0], 'clock of the database');
  const byPlace = new Map(places.map((place, at) => [place, found[at] ?? undefined]));
  return {
    nowMs: Math.max(Math.floor(clockMs), byPlace.get(1) ?? 0),
    permitted: { nthLatest: (n) => byPlace.get(n) },
    ...(pollAbout === undefined ? {} : { poll: pollOf(others, lastMs, asked) }),
  };
}

const pollOf = (others: number, lastMs: number | null, asked: Pick<CountedRow, 'in_minute' | 'in_hour'>): Poll => ({
  followed: others + 1,
  lastMs: lastMs ?? undefined,
  askedInMinute: asked.in_minute,
  askedInHour: asked.in_hour,
});

/** Counts the call from the end of this millisecond, and forgets what no window looks back to. */
async function record({ sql }: Transaction, counter: string, nowMs: number, pollAbout?: string): Promise<string> {
  const { rows } = await sql<{ id: string }>(RECORD, [
    counter,
    nowMs + 1,
    nowMs - 2 * LONGEST_WINDOW_MS,
    pollAbout ?? null,
  ]);
  return required(rows[0], 'permitted call').id;
}

const LOCK = `
  WITH counter AS (
    INSERT INTO ksef_call_counter (environment, context_type, context_value, endpoint_group)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (environment, context_type, context_value, endpoint_group)
      DO UPDATE SET endpoint_group = EXCLUDED.endpoint_group
    RETURNING id, blocked_until, strikes
  )
  SELECT counter.id, strikes, (extract(epoch FROM blocked_until) * 1000)::double precision AS blocked_until_ms,
    known.limits -> 'rates' AS rates
  FROM counter LEFT JOIN ksef_limits AS known
    ON known.environment = $1 AND known.context_type = $2 AND known.context_value = $3`;

/** $2: places, counted from the latest; $3: what is asked about, $4: seconds for which it is followed after a question. */
const COUNTED = `
  SELECT (extract(epoch FROM moment.now) * 1000)::double precision AS now_ms,
    ARRAY(
      SELECT (
        SELECT (extract(epoch FROM permitted_at) * 1000)::double precision
        FROM ksef_call WHERE counter_id = $1 ORDER BY permitted_at DESC OFFSET place - 1 LIMIT 1)
      FROM unnest($2::integer[]) WITH ORDINALITY AS wanted (place, ordinal) ORDER BY ordinal
    ) AS found,
    polls.*
  FROM (SELECT app_now() AS now OFFSET 0) AS moment,
    LATERAL (
      SELECT count(DISTINCT poll_about) FILTER (
          WHERE poll_about <> $3 AND permitted_at > moment.now - make_interval(secs => $4))::integer AS others,
        (extract(epoch FROM max(permitted_at) FILTER (WHERE poll_about = $3)) * 1000)::double precision AS last_ms,
        (count(*) FILTER (
          WHERE poll_about = $3 AND permitted_at > moment.now - interval '1 minute'))::integer AS in_minute,
        (count(*) FILTER (WHERE poll_about = $3))::integer AS in_hour
      FROM ksef_call
      WHERE $3::text IS NOT NULL AND counter_id = $1 AND permitted_at > moment.now - interval '1 hour'
    ) AS polls`;

const RECORD = `
  WITH forgotten AS (
    DELETE FROM ksef_call WHERE counter_id = $1 AND permitted_at < to_timestamp($3::double precision / 1000)
  )
  INSERT INTO ksef_call (counter_id, permitted_at, poll_about)
  VALUES ($1, to_timestamp($2::double precision / 1000), $4)
  RETURNING id`;

const BLOCK = `
  UPDATE ksef_call_counter SET blocked_until = to_timestamp($2::double precision / 1000), strikes = $3 WHERE id = $1`;
