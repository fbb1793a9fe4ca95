import { expect, it } from '@jest/globals';

import { KsefThrottledError } from '../session/ksef-access.js';
import { TENANT } from '../testing/builders.js';
import { DeliveryWorld } from '../testing/delivery-world.js';

/** More often than a batch may try to open a session. */
const MANY_TIMES = 25;

it('a batch that finds no room for its session waits as long as told, however often, and is sent then', async () => {
  const world = new DeliveryWorld();
  const id = await world.plannedBatch('FV/1');
  for (let time = 0; time < MANY_TIMES; time += 1) {
    world.ksef.script('open', new KsefThrottledError(3_000));
    expect(await world.worker().execute(TENANT, id, { aborted: false })).toBe('waiting');
    expect(world.database.batches.nextActionInSeconds(id)).toBe(3_000);
    expect(world.batch(id)).toMatchObject({ state: 'packed', openAttempts: 0 });
  }

  await world.worker().execute(TENANT, id, { aborted: false });
  expect(world.batch(id)).toMatchObject({ openAttempts: 1 });
  expect(world.batch(id).state).not.toBe('dead');
});
