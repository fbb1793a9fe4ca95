import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  PORTS,
  PUBLISHED_CONTEXT_LIMITS,
  PUBLISHED_RATE_LIMITS,
  type CallBudget,
  type CallDecision,
  type ContextIdentifier,
  type EndpointGroup,
  type KsefLimits,
  type RateLimits,
} from '@latarnik/domain';
import fc from 'fast-check';
import { Container } from 'inversify';
import { openPersistence, type Persistence } from '../open-persistence.js';
import { Stage } from '../testing/stage.js';

const stage = Stage.forThisFile();
const NARROW = { perSecond: 3, perMinute: 5, perHour: 8 };
const WINDOWS = [
  [NARROW.perSecond, 1],
  [NARROW.perMinute, 60],
  [NARROW.perHour, 3600],
] as const;

let contexts = 0;
/** A context that no other test uses. */
const freshContext = (): ContextIdentifier => {
  contexts += 1;
  return { type: 'InternalId', value: `5265877635-${String(contexts).padStart(5, '0')}` as ContextIdentifier['value'] };
};

const limitsWith = (rates: Partial<RateLimits>): KsefLimits => ({
  rates: { ...PUBLISHED_RATE_LIMITS.value, ...rates },
  context: PUBLISHED_CONTEXT_LIMITS,
  subject: {},
});

/** Processes of their own, each with several connections to the same database. */
const processes: { persistence: Persistence; budget: CallBudget }[] = [];
beforeAll(async () => {
  for (let at = 0; at < 3; at += 1) {
    const persistence = await openPersistence({ databaseUrl: stage.database.appUrl, poolSize: 4, queue: false });
    const container = new Container();
    container.load(persistence.module);
    processes.push({ persistence, budget: container.get<CallBudget>(PORTS.callBudget) });
  }
});
afterAll(async () => {
  for (const { persistence } of processes) await persistence.close();
});

const budgetOf = (at: number): CallBudget => processes[at % processes.length]?.budget ?? stage.database.callBudget;

/** So many calls wanted at once, spread over the processes. */
const burst = (count: number, context: ContextIdentifier, group: EndpointGroup): Promise<readonly CallDecision[]> =>
  Promise.all(Array.from({ length: count }, (_, at) => budgetOf(at).take({ group, context })));

const permittedOf = (decisions: readonly CallDecision[]): number =>
  decisions.filter(({ kind }) => kind === 'permitted').length;

async function recorded(context: ContextIdentifier): Promise<readonly { id: string; at: number }[]> {
  return stage.database.sql<{ id: string; at: number }>(
    `SELECT ksef_call.id, extract(epoch FROM permitted_at)::double precision AS at
     FROM ksef_call JOIN ksef_call_counter AS counter ON counter.id = counter_id
     WHERE context_type = $1 AND context_value = $2 ORDER BY permitted_at`,
    [context.type, context.value],
  );
}

/** The database's clock stands, and is moved by hand: no test depends on how fast the machine is. */
let passed = 0;
async function standAt(seconds: number): Promise<void> {
  await stage.database.sql(`CREATE OR REPLACE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
    RETURN timestamptz '2026-11-20T10:00:00.0004Z' + make_interval(secs => ${String(seconds)})`);
}
async function pass(seconds: number): Promise<void> {
  passed += seconds;
  await standAt(passed);
}
beforeAll(() => pass(0));

describe('a budget that many processes share', () => {
  it('permits as many calls as the published limit says, however many ask at once', async () => {
    const context = freshContext();
    const decisions = await burst(30, context, 'batch-open');

    expect(permittedOf(decisions)).toBe(10);
    for (const decision of decisions.filter(({ kind }) => kind === 'later')) {
      expect(decision).toMatchObject({ because: 'limit' });
      expect((decision as { waitMs: number }).waitMs).toBeLessThanOrEqual(2_100);
    }
    expect(await recorded(context)).toHaveLength(10);
  });

  it('counts each context, each endpoint group, and what has no context, for itself', async () => {
    const [one, other] = [freshContext(), freshContext()];
    await burst(12, one, 'batch-open');

    expect(permittedOf(await burst(1, one, 'batch-open'))).toBe(0);
    expect(permittedOf(await burst(1, one, 'batch-close'))).toBe(1);
    expect(permittedOf(await burst(1, other, 'batch-open'))).toBe(1);
    const open = await Promise.all(Array.from({ length: 80 }, (_, at) => budgetOf(at).take({ group: 'public' })));
    expect(permittedOf(open)).toBe(60);
  });

  it('never overfills a window, whatever the pattern of calls (P9)', async () => {
    // A burst, then a pause around the length of a window.
    const steps = fc.array(
      fc.tuple(
        fc.integer({ min: 1, max: 9 }),
        fc.oneof(
          fc.integer({ min: 0, max: 4 }),
          fc.integer({ min: 50, max: 70 }),
          fc.integer({ min: 1_800, max: 3_700 }),
        ),
      ),
      { minLength: 3, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (bursts) => {
        const context = freshContext();
        await stage.database.ksefLimitsBook.save(context, limitsWith({ batchSession: NARROW }));
        const seen = new Map<string, number>();
        for (const [count, pauseSeconds] of bursts) {
          await burst(count, context, 'batch-open');
          for (const { id, at } of await recorded(context)) seen.set(id, at);
          await pass(pauseSeconds);
        }
        const moments = [...seen.values()];
        for (const [most, lengthSeconds] of WINDOWS) {
          const busiest = moments.map(
            (start) => moments.filter((at) => at >= start && at < start + lengthSeconds).length,
          );
          expect(Math.max(...busiest)).toBeLessThanOrEqual(most);
        }
      }),
      { numRuns: 12 },
    );
  }, 60_000);

  it('counts a permit from before it is given until no window looks back, and forgets it then', async () => {
    const context = freshContext();
    await stage.database.ksefLimitsBook.save(context, limitsWith({ batchSession: { ...NARROW, perHour: 1 } }));
    const [first] = await burst(1, context, 'batch-open');
    expect(first).toMatchObject({ kind: 'permitted' });
    expect(await recorded(context)).toHaveLength(1);

    await pass(3_600);
    const [early] = await burst(1, context, 'batch-open');
    expect(early).toMatchObject({ kind: 'later', because: 'limit' });
    await pass(31);
    expect(permittedOf(await burst(1, context, 'batch-open'))).toBe(1);
    await pass(3 * 3_600);
    await burst(1, context, 'batch-open');
    expect(await recorded(context)).toHaveLength(1);
  });

  it('no longer counts what was given back, even twice', async () => {
    const context = freshContext();
    await stage.database.ksefLimitsBook.save(context, limitsWith({ batchSession: { ...NARROW, perSecond: 1 } }));
    const [first] = await burst(1, context, 'batch-open');
    if (first?.kind !== 'permitted') throw new Error('no permit');
    expect(first.permit.leaveWithinMs).toBeLessThanOrEqual(500);
    expect(permittedOf(await burst(1, context, 'batch-open'))).toBe(0);

    await budgetOf(1).giveBack(first.permit);
    await budgetOf(2).giveBack(first.permit);
    expect(permittedOf(await burst(2, context, 'batch-open'))).toBe(1);
  });

  it('leaves a fifth of every window to others when the same is asked again and again', async () => {
    const context = freshContext();
    const group = 'session-other';
    const polls = await Promise.all(
      Array.from({ length: 20 }, (_, at) => budgetOf(at).take({ group, context, pollAbout: String(at) })),
    );

    expect(permittedOf(polls)).toBe(8);
    expect(permittedOf(await burst(5, context, group))).toBe(2);
  });

  it('gives each of many sessions its turn when the hour gets short', async () => {
    const context = freshContext();
    await stage.database.ksefLimitsBook.save(
      context,
      limitsWith({ sessionMisc: { perSecond: 100, perMinute: 100, perHour: 50 } }),
    );
    const ask = (about: string) => budgetOf(0).take({ group: 'session-other', context, pollAbout: about });
    const first = ['one', 'two', 'three', 'four'];
    // 20 of the hour's 50 go to whoever asks first, another 10 by turns.
    for (let at = 0; at < 20; at += 1) expect((await ask(first[at % 4] ?? '')).kind).toBe('permitted');

    await pass(10);
    // Four sessions share 10 questions an hour: one in 1440 s each.
    const waits = await Promise.all(first.map(ask));
    for (const wait of waits) expect(wait).toMatchObject({ kind: 'later', because: 'limit' });
    expect(Math.round((waits[0] as { waitMs: number }).waitMs / 1000)).toBe(1430);
    expect((await ask('five')).kind).toBe('permitted');
    await pass(601);
    // Nobody followed the others in the meantime: its turn comes every 360 s.
    expect((await ask('one')).kind).toBe('permitted');
    expect(await ask('one')).toMatchObject({ kind: 'later', waitMs: 360_000 });
  });

  it('follows lowered and raised values with the next call', async () => {
    const context = freshContext();
    const book = stage.database.ksefLimitsBook;
    expect(permittedOf(await burst(3, context, 'session-list'))).toBe(3);
    await book.save(context, limitsWith({ sessionList: { perSecond: 3, perMinute: 3, perHour: 3 } }));
    expect(permittedOf(await burst(1, context, 'session-list'))).toBe(0);
    await book.save(context, limitsWith({ sessionList: { perSecond: 40, perMinute: 40, perHour: 40 } }));
    expect(permittedOf(await burst(50, context, 'session-list'))).toBe(37);
  });

  it('does not forget calls when the clock is set back', async () => {
    const context = freshContext();
    await burst(10, context, 'batch-open');
    await standAt(passed - 5);
    const [decision] = await burst(1, context, 'batch-open');
    await standAt(passed);

    expect(decision).toMatchObject({ kind: 'later', because: 'limit' });
  });
});

describe('a 429', () => {
  it('stops everybody in this context and group until Retry-After is over, in full', async () => {
    const context = freshContext();
    const call = { group: 'online-send' as const, context };
    await budgetOf(0).block(call, 30);

    const decision = await budgetOf(1).take(call);
    expect(decision).toMatchObject({ kind: 'later', because: 'blocked' });
    expect((decision as { waitMs: number }).waitMs).toBe(31_000);
    expect((await budgetOf(2).take({ group: 'online-open', context })).kind).toBe('permitted');
    await pass(30);
    expect((await budgetOf(2).take(call)).kind).toBe('later');
    await pass(1);
    expect((await budgetOf(2).take(call)).kind).toBe('permitted');
  });

  it('again within the hour stops them for longer, and never for less than before', async () => {
    const context = freshContext();
    const call = { group: 'online-send' as const, context };
    await budgetOf(0).block(call, 10);
    await budgetOf(1).block(call, 5);
    expect(await waitMs(call)).toBe(11_000);
    await pass(12);
    await budgetOf(1).block(call, 10);
    expect(await waitMs(call)).toBe(22_000);
    await expect(
      stage.database.sql(
        `UPDATE ksef_call_counter SET blocked_until = blocked_until - interval '1 second' WHERE context_value = $1`,
        [context.value],
      ),
    ).rejects.toMatchObject({ code: 'LA001' });
  });

  async function waitMs(call: { group: EndpointGroup; context: ContextIdentifier }): Promise<number> {
    const decision = await budgetOf(0).take(call);
    return decision.kind === 'later' ? decision.waitMs : 0;
  }
});

describe('the book of limits', () => {
  it('keeps what KSeF said by context, and the published values until then', async () => {
    const context = freshContext();
    const book = stage.database.ksefLimitsBook;
    expect(await book.find(context)).toBeUndefined();
    const limits = limitsWith({ other: NARROW });
    await book.save(context, limits);
    expect((await book.find(context))?.limits).toEqual(limits);
    expect(await book.find(freshContext())).toBeUndefined();
  });

  it('names one process that is to read them, and another when that one did not', async () => {
    const context = freshContext();
    const book = stage.database.ksefLimitsBook;
    const due = { olderThanSeconds: 86_400, retrySeconds: 900 };
    const claims = await Promise.all(Array.from({ length: 5 }, () => book.claim(context, due)));

    expect(claims.filter(Boolean)).toHaveLength(1);
    await pass(901);
    expect(await book.claim(context, due)).toBe(true);
    await book.save(context, limitsWith({}));
    await pass(86_000);
    expect(await book.claim(context, due)).toBe(false);
    await pass(401);
    expect(await book.claim(context, due)).toBe(true);
  });
});
