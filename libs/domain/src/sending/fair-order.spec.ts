import { describe, expect, it } from '@jest/globals';
import { inTurns, MOST_IN_HAND, roomFor } from './fair-order.js';

describe('turns', () => {
  it('go round the owners, each keeping its own order', () => {
    const work = ['a1', 'a2', 'a3', 'b1', 'c1', 'c2'];
    expect(inTurns(work, (item) => item.slice(0, 1))).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
    expect(inTurns([], String)).toEqual([]);
  });

  it.each([
    [0, 0, 2],
    [1, 1, 1],
    [2, 2, 0],
    [0, 3, 1],
    [0, 4, 0],
    [5, 9, 0],
  ])('with %i in hand of the context and %i of the tenant there is room for %i', (ofContext, ofTenant, room) => {
    expect(roomFor({ ofContext, ofTenant })).toBe(room);
  });
});

/** A tenant's backlog on the simulated clock. */
interface Queue {
  readonly tenant: string;
  left: number;
  inHand: number;
  doneAt: number;
}

/**
 * Workers on a simulated clock: a sweep every ten seconds plans within the caps and takes up batches in turns, so many
 * lanes work on one batch each, for ten seconds and a millisecond an invoice.
 */
function drain(backlogs: Readonly<Record<string, number>>, lanes: number): ReadonlyMap<string, number> {
  const queues: Queue[] = Object.entries(backlogs).map(([tenant, left]) => ({ tenant, left, inHand: 0, doneAt: 0 }));
  const [planned, busy]: [{ queue: Queue; size: number }[], { queue: Queue; until: number }[]] = [[], []];
  for (let now = 0; queues.some(({ left, inHand }) => left + inHand > 0); now += 10) {
    for (const done of busy.filter(({ until }) => until <= now)) {
      done.queue.inHand -= 1;
      done.queue.doneAt = done.until;
      busy.splice(busy.indexOf(done), 1);
    }
    for (const queue of queues) {
      for (
        let room = roomFor({ ofContext: queue.inHand, ofTenant: queue.inHand });
        room > 0 && queue.left > 0;
        room--
      ) {
        const size = Math.min(10_000, queue.left);
        planned.push({ queue, size });
        [queue.left, queue.inHand] = [queue.left - size, queue.inHand + 1];
      }
    }
    for (const next of inTurns(planned.splice(0), ({ queue }) => queue.tenant)) {
      if (busy.length >= lanes) planned.push(next);
      else busy.push({ queue: next.queue, until: now + 10 + next.size / 1000 });
    }
  }
  return new Map(queues.map(({ tenant, doneAt }) => [tenant, doneAt]));
}

describe('tenants share the workers (reliability X9)', () => {
  it('50 tenants with 2,000 invoices each: the slowest needs at most three times as long as the middle one', () => {
    const backlogs = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`tenant-${String(n)}`, 2_000]));
    const times = [...drain(backlogs, 4).values()].sort((a, b) => a - b);
    expect(times.at(-1)!).toBeLessThanOrEqual(3 * times[25]!);
  });

  it('a tenant with a million invoices does not delay ten of another', () => {
    const alone = drain({ small: 10 }, 4).get('small')!;
    const beside = drain({ large: 1_000_000, small: 10 }, 4);
    expect(beside.get('small')!).toBeLessThanOrEqual(alone + 20);
    expect(beside.get('large')!).toBeGreaterThan(50 * alone);
    expect(MOST_IN_HAND.ofTenant).toBeLessThanOrEqual(4);
  });
});
