import { describe, expect, it } from '@jest/globals';
import { TENANT } from '../testing/builders.js';
import { DeliveryWorld } from '../testing/delivery-world.js';
import { afterOpenRefusal, afterSessionFailure, MOST_HALVINGS } from './after-session-failure.js';

describe('what becomes of invoices of a failed session', () => {
  it.each([
    [405, [], 100, 'same-again'],
    [405, [405], 100, 'person'],
    [405, [415], 100, 'same-again'],
    [415, [], 100, 'same-again'],
    [435, [], 100, 'same-again'],
    [435, [415], 100, 'person'],
    [415, [405, 435], 100, 'person'],
    [420, [], 100, 'halves'],
    [430, [430, 430], 2, 'halves'],
    [430, [], 1, 'person'],
    [420, [], 1, 'person'],
    [430, Array<number>(MOST_HALVINGS).fill(430), 2, 'person'],
    [440, [440, 440], 100, 'requeue'],
    [500, [], 100, 'requeue'],
    [499, [], 100, 'person'],
  ] as const)('%i after %j with %i invoices: %s', (code, before, invoices, policy) => {
    expect(afterSessionFailure(code, before, invoices)).toBe(policy);
  });

  it.each([
    [{ ksefCode: 21405, httpStatus: 400 }, [], 'same-again'],
    [{ ksefCode: 21405, httpStatus: 400 }, [21405], 'person'],
    [{ ksefCode: 21157, httpStatus: 400 }, [], 'same-again'],
    [{ ksefCode: 21161, httpStatus: 400 }, [21161], 'person'],
    [{ httpStatus: 403 }, [], 'block'],
    [{ httpStatus: 413 }, [], 'same-again'],
    [{ httpStatus: 413 }, [413], 'person'],
    [{ ksefCode: 21155, httpStatus: 400 }, [21155], 'requeue'],
    [{ httpStatus: 404 }, [], 'requeue'],
    [{ ksefCode: 21180, httpStatus: 400 }, [], 'requeue'],
  ] as const)('a refusal to open %j after %j: %s', (refusal, before, policy) => {
    expect(afterOpenRefusal({ code: 'KSEF_REFUSED', description: '', ...refusal }, before)).toBe(policy);
  });
});

/** Advances every batch until none has anything to do. @returns how many sessions were opened */
async function drain(world: DeliveryWorld): Promise<number> {
  for (let round = 0; round < 200; round++) {
    const due = await world.database.inSystem((stores) => stores.dueBatches(50));
    if (due.length === 0) {
      const waiting = world.database.batches.stored.map(
        ({ id }) => world.database.batches.nextActionInSeconds(id) ?? 0,
      );
      const next = Math.max(0, ...waiting);
      if (next === 0) return world.ksef.sessions.length;
      world.clock.advance(next);
    }
    for (const { batchId } of due) await world.worker().execute(TENANT, batchId, { aborted: false });
  }
  throw new Error('it does not drain');
}

describe('a file that spoils every package (reliability C31)', () => {
  it.each([420, 430])('with code %i is found by halving; all the others are delivered', async (code) => {
    const world = new DeliveryWorld();
    const numbers = Array.from({ length: 33 }, (_, at) => `FV/${String(at + 1)}`);
    world.ksef.spoilers.set('FV/20', code);
    await world.plannedBatch(...numbers);

    const sessions = await drain(world);

    expect(world.invoice('FV/20')).toMatchObject({ state: 'needs-review', refusal: { code } });
    const others = world.invoiceStates.filter((text) => !text.startsWith('FV/20:'));
    expect(others).toEqual(numbers.filter((number) => number !== 'FV/20').map((number) => `${number}: complete`));
    expect(world.ksef.ledger).toHaveLength(32);
    // 33, 17, 9, 5, 3, 2 and 1 with it, and the other half each time.
    expect(sessions).toBeLessThanOrEqual(13);
  });

  it('among 10,000 takes 14 halvings: 28 sessions more than one', () => {
    let invoices = 10_000;
    const codes: number[] = [];
    let sessions = 1;
    while (afterSessionFailure(430, codes, invoices) === 'halves') {
      codes.push(430);
      sessions += 2;
      invoices = Math.ceil(invoices / 2);
    }
    expect([invoices, codes.length, sessions]).toEqual([1, 14, 29]);
  });

  it('may be two files: both are found', async () => {
    const world = new DeliveryWorld();
    const numbers = Array.from({ length: 12 }, (_, at) => `FV/${String(at + 1)}`);
    world.ksef.spoilers.set('FV/3', 430).set('FV/4', 430);
    await world.plannedBatch(...numbers);
    await drain(world);
    expect(world.invoiceStates.filter((text) => text.endsWith('needs-review'))).toEqual([
      'FV/3: needs-review',
      'FV/4: needs-review',
    ]);
    expect(world.ksef.ledger).toHaveLength(10);
  });
});

describe('a package that KSeF cannot open', () => {
  it.each([415, 435])('(%i) goes once more under a fresh key, with its keys read anew', async (code) => {
    const world = new DeliveryWorld();
    world.ksef.sessionVerdicts.push(code);
    const id = await world.plannedBatch('FV/1', 'FV/2');
    await drain(world);
    expect(world.invoiceStates).toEqual(['FV/1: complete', 'FV/2: complete']);
    expect(world.packager.seals).toBe(2);
    expect(world.ksef.keysReadAnew).toBe(1);
    expect(world.batch(id)).toMatchObject({ state: 'dead', session: 'session-1' });
    expect(world.invoice('FV/1')).toMatchObject({ deliveryAttempts: 0 });
  });

  it.each([
    [415, 435],
    [405, 405],
  ])('twice (%i, %i) goes to a person', async (first, second) => {
    const world = new DeliveryWorld();
    world.ksef.sessionVerdicts.push(first, second);
    await world.plannedBatch('FV/1', 'FV/2');
    await drain(world);
    expect(world.invoiceStates).toEqual(['FV/1: needs-review', 'FV/2: needs-review']);
    expect(world.invoice('FV/1')).toMatchObject({
      refusal: { code: second, advice: expect.stringContaining('twice') },
    });
    expect(world.ksef.sessions).toHaveLength(2);
  });

  it('(405) and then delivers what it held: each batch says where it comes from', async () => {
    const world = new DeliveryWorld();
    world.ksef.sessionVerdicts.push(405);
    const id = await world.plannedBatch('FV/1');
    await drain(world);
    const [, next] = world.database.batches.stored;
    expect(next).toMatchObject({
      state: 'done',
      lineage: { previous: id, cause: 'session-failed', codes: [405] },
    });
    const trail = await world.database.audit.of('invoice', world.invoice('FV/1').id);
    expect(trail.map(({ action }) => action)).toEqual([
      'invoice.planned',
      'invoice.in-session',
      'invoice.issued',
      'invoice.planned',
      'invoice.in-session',
      'invoice.accepted',
      'invoice.complete',
    ]);
  });
});
