import {
  BEFORE_ALL_EVENTS,
  PruneEvents,
  ReadEvents,
  type EventSequence,
  type OutboxEvent,
  type SequencedEvent,
  type TenantId,
} from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { NOON } from '../testing/samples.js';
import { Stage } from '../testing/stage.js';
import { until } from '../testing/test-database.js';

const stage = Stage.forThisFile();

const event = (subject: string, type = 'invoice.accepted'): OutboxEvent => ({
  at: NOON,
  type,
  subject,
  facts: { ksefNumber: '1' },
});
const append = (...events: readonly OutboxEvent[]) =>
  stage.inTenant(stage.tenant, ({ outbox }) => outbox.append(events));
const reader = () => new ReadEvents(stage.database.unitOfWork);
const next = async (after: EventSequence, filter: readonly string[] = []) =>
  (await reader().next(stage.tenant, after, filter)).events;
const subjects = (events: readonly SequencedEvent[]) => events.map(({ subject }) => subject);
const numbers = (events: readonly SequencedEvent[]) => events.map(({ sequence }) => Number(sequence));

/** A transaction of another process, that stays open until it is told to end. */
async function slowly(tenant: TenantId, subject: string) {
  const client = new pg.Client({ connectionString: stage.database.url });
  await client.connect();
  await client.query('BEGIN');
  await client.query("SELECT set_config('latarnik.tenant_id', $1, true)", [tenant]);
  await client.query(
    "INSERT INTO outbox_event (tenant_id, at, type, subject, facts) VALUES ($1, $2, 'x.y', $3, '{}')",
    [...[tenant, NOON.toString(), subject]],
  );
  return async (end: 'COMMIT' | 'ROLLBACK') => {
    await client.query(end);
    await client.end();
  };
}

describe('the order of events', () => {
  it('has no gaps and no repetitions, in the order of writing', async () => {
    await append(event('a'), event('b'));
    await append(event('c'));
    const first = await next(BEFORE_ALL_EVENTS);
    expect(subjects(first)).toEqual(['a', 'b', 'c']);
    expect(numbers(first)).toEqual([1, 2, 3]);
    await append(event('d'));
    expect(subjects(await next(first.at(-1)!.sequence))).toEqual(['d']);
  });

  it('misses nothing that commits late: it comes after what was read already, though it was written before', async () => {
    const end = await slowly(stage.tenant, 'late');
    await append(event('early'));
    const seen = await next(BEFORE_ALL_EVENTS);
    expect(subjects(seen)).toEqual(['early']);
    await end('COMMIT');
    const rest = await next(seen.at(-1)!.sequence);
    expect(subjects(rest)).toEqual(['late']);
    expect(numbers(rest)).toEqual([2]);
  });

  it('waits for no transaction: one that is open for long, or rolled back, holds up and leaves nothing', async () => {
    const end = await slowly(stage.tenant, 'never');
    await append(event('a'));
    expect(numbers(await next(BEFORE_ALL_EVENTS))).toEqual([1]);
    await end('ROLLBACK');
    await append(event('b'));
    expect(subjects(await next(1n as EventSequence))).toEqual(['b']);
    expect(numbers(await next(1n as EventSequence))).toEqual([2]);
  });

  it('is that of the changes for one subject, however transactions overlap', async () => {
    // The first one began before the second, and changed the subject after the second had committed.
    await stage.inTenant(stage.tenant, async ({ outbox }) => {
      await outbox.append([event('elsewhere')]);
      await append(event('subject', 'invoice.issued'));
      await outbox.append([event('subject', 'invoice.accepted')]);
    });
    const told = (await next(BEFORE_ALL_EVENTS)).filter(({ subject }) => subject === 'subject');
    expect(told.map(({ type }) => type)).toEqual(['invoice.issued', 'invoice.accepted']);
  });

  it('is one order for all who give places at the same moment', async () => {
    const writing = Array.from({ length: 40 }, (_, at) => append(event(`s${String(at)}`)));
    const reading = Array.from({ length: 8 }, () => next(BEFORE_ALL_EVENTS));
    await Promise.all([...writing, ...reading]);
    const all = await next(BEFORE_ALL_EVENTS);
    expect(numbers(all)).toEqual(Array.from({ length: 40 }, (_, at) => at + 1));
    expect(new Set(subjects(all)).size).toBe(40);
  });

  it('loses no event to a reader that follows while many write, each transaction ending when it likes', async () => {
    const seen: SequencedEvent[] = [];
    let isWriting = true;
    const following = until(async () => {
      const wasWriting = isWriting;
      seen.push(...(await next(seen.at(-1)?.sequence ?? BEFORE_ALL_EVENTS)));
      return !wasWriting;
    });
    const late = await Promise.all(['l1', 'l2', 'l3'].map((subject) => slowly(stage.tenant, subject)));
    for (let round = 0; round < 10; round++) {
      await Promise.all([append(event(`r${String(round)}`)), append(event(`q${String(round)}`))]);
      await late[round - 4]?.('COMMIT');
    }
    isWriting = false;
    await following;
    expect(seen).toHaveLength(23);
    expect(numbers(seen)).toEqual(Array.from({ length: 23 }, (_, at) => at + 1));
  });
});

describe('a reader', () => {
  it('gets what its filter lets through, and goes on behind what it does not', async () => {
    await append(event('a', 'deadline.alert'), event('b', 'invoice.issued'), event('c', 'invoice.accepted'));
    expect(subjects(await next(BEFORE_ALL_EVENTS, ['invoice.*']))).toEqual(['b', 'c']);
    expect(subjects(await next(BEFORE_ALL_EVENTS, ['invoice.accepted', 'deadline.alert']))).toEqual(['a', 'c']);
    expect(await reader().next(stage.tenant, BEFORE_ALL_EVENTS, ['batch.*'])).toEqual({ events: [], upTo: 3n });
  });

  it('sees the events of its tenant only', async () => {
    await append(event('mine'));
    const other = await stage.database.aTenant();
    expect(await reader().next(other, BEFORE_ALL_EVENTS, [])).toEqual({ events: [], upTo: 0n });
    const page = await reader().next(stage.tenant, BEFORE_ALL_EVENTS, []);
    expect(await reader().begin(other, { kind: 'after', eventId: `evt_${other.slice(-12)}_1` })).toEqual({
      ok: false,
      error: { code: 'EVENT_ID_UNKNOWN' },
    });
    expect(page.upTo).toBe(1n);
  });

  it('begins now, at the start, or after an event that it had', async () => {
    await append(event('a'), event('b'));
    const prefix = `evt_${stage.tenant.slice(-12)}_`;
    const begin = (from: Parameters<ReadEvents['begin']>[1]) => reader().begin(stage.tenant, from);
    expect(await begin({ kind: 'now' })).toEqual({ ok: true, value: 2n });
    expect(await begin({ kind: 'start' })).toEqual({ ok: true, value: 0n });
    expect(await begin({ kind: 'after', eventId: `${prefix}1` })).toEqual({ ok: true, value: 1n });
    for (const wrong of [`${prefix}3`, `${prefix}01`, 'evt_000000000000_1', '1', '']) {
      expect(await begin({ kind: 'after', eventId: wrong })).toEqual({
        ok: false,
        error: { code: 'EVENT_ID_UNKNOWN' },
      });
    }
  });
});

describe('events', () => {
  it('are written once: only their place is added, and only their age removes them', async () => {
    await append(event('a'), event('b'));
    const own = [stage.tenant];
    const refused = { code: 'LA001' };
    const change = (what: string) => stage.database.sql(`${what} WHERE tenant_id = $1`, [...own]);
    await expect(change("UPDATE outbox_event SET subject = 'x'")).rejects.toMatchObject(refused);
    await expect(change("UPDATE outbox_event SET sequence = id, type = 'x'")).rejects.toMatchObject(refused);
    await expect(change('DELETE FROM outbox_event')).rejects.toMatchObject(refused);
    await next(BEFORE_ALL_EVENTS);
    await expect(change('UPDATE outbox_event SET sequence = sequence + 10')).rejects.toMatchObject(refused);
    await expect(change('DELETE FROM outbox_event')).rejects.toMatchObject(refused);
    await expect(change('UPDATE event_counter SET last = 1')).rejects.toMatchObject(refused);
    await expect(stage.database.sql('TRUNCATE outbox_event CASCADE')).rejects.toMatchObject(refused);
  });

  it('go for their age, the oldest first; whoever resumes before what is left hears so', async () => {
    const old = (subject: string) => ({ ...event(subject), at: NOON.subtract({ hours: 24 * 365 }) });
    await append(old('a'), old('b'), { ...event('young'), at: NOON.add({ hours: 24 * 365 * 50 }) }, old('c'));
    await next(BEFORE_ALL_EVENTS);
    const unplaced = await stage.database.aTenant();
    await stage.inTenant(unplaced, ({ outbox }) => outbox.append([old('x')]));
    const prune = new PruneEvents(stage.database.unitOfWork, 30);
    expect(await prune.tenantsDue()).toEqual(expect.arrayContaining([stage.tenant, unplaced]));
    expect(await prune.execute(unplaced)).toBe(1);
    expect(await prune.execute(stage.tenant)).toBe(2);
    expect(subjects(await next(BEFORE_ALL_EVENTS))).toEqual(['young', 'c']);
    const prefix = `evt_${stage.tenant.slice(-12)}_`;
    const begin = (eventId: string) => reader().begin(stage.tenant, { kind: 'after', eventId });
    expect(await begin(`${prefix}1`)).toEqual({
      ok: false,
      error: { code: 'EVENTS_GONE', oldestKept: `${prefix}3` },
    });
    expect(await begin(`${prefix}2`)).toEqual({ ok: true, value: 2n });
    expect(await reader().begin(stage.tenant, { kind: 'start' })).toEqual({ ok: true, value: 2n });
  });
});
