import { describe, expect, it } from '@jest/globals';
import { TENANT } from '../testing/builders.js';
import { DeliveryWorld } from '../testing/delivery-world.js';
import { nextStepOf } from './next-step.js';

describe('what happens next with a batch', () => {
  it('is told at every step of its way, with its moment', async () => {
    const world = new DeliveryWorld();
    const id = await world.plannedBatch('FV/1', 'FV/2');
    const codes: string[] = [];
    const look = async () => {
      const standing = await world.database.batches.runs.standing(id);
      return nextStepOf(world.batch(id), standing!, world.clock.now());
    };
    for (let round = 0; round < 40; round++) {
      const next = await look();
      if (codes.at(-1) !== next.code) codes.push(next.code);
      if (next.code === 'NOTHING') break;
      const waitSeconds = world.database.batches.nextActionInSeconds(id) ?? 0;
      expect(next.at).toEqual(world.clock.now().add({ milliseconds: Math.max(0, waitSeconds * 1000) }));
      world.clock.advance(Math.max(0, waitSeconds));
      const { state } = world.batch(id);
      // One step at a time: it stops as soon as the state has changed.
      const stop = {
        get aborted() {
          return world.batch(id).state !== state;
        },
      };
      await world.worker().execute(TENANT, id, stop);
    }
    expect(codes[0]).toBe('PACK');
    expect(codes.at(-1)).toBe('NOTHING');
    expect(codes).toEqual(expect.arrayContaining(['OPEN_SESSION', 'UPLOAD_PARTS', 'CLOSE_SESSION', 'ASK_KSEF']));
  });

  it('says when a worker is at it', async () => {
    const world = new DeliveryWorld();
    const id = await world.plannedBatch('FV/1');
    await world.database.inTenant(TENANT, ({ batches }) => batches.lease(id, 'worker-1', 15));
    const standing = await world.database.batches.runs.standing(id);
    const next = nextStepOf(world.batch(id), standing!, world.clock.now());
    expect(next).toEqual({
      code: 'PACK',
      at: world.clock.now(),
      detail: 'Its invoices are packed, checked and encrypted. A worker is at it now.',
    });
  });
});
