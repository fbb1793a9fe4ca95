import { describe, expect, it } from '@jest/globals';
import { KsefThrottledError } from '../session/ksef-access.js';
import { TENANT } from '../testing/builders.js';
import { DeliveryWorld } from '../testing/delivery-world.js';
import type { BatchId } from './batch.js';

const GO_ON = { aborted: false };
const FIVE = ['FV/1', 'FV/2', 'FV/3', 'FV/4', 'FV/5'];

const statesOf = async (world: DeliveryWorld, id: BatchId): Promise<readonly string[]> =>
  (await world.database.batchParts.of(id)).map(
    ({ ordinal, state, attempts }) => `${String(ordinal)} ${state} ${String(attempts)}`,
  );

describe('the rows of the parts', () => {
  it('are pending from packing on, and stay when the batch is done', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('open', new KsefThrottledError(5));
    const id = await world.plannedBatch(...FIVE);
    await world.worker().execute(TENANT, id, GO_ON);
    expect(await statesOf(world, id)).toEqual([
      '1 pending 0',
      '2 pending 0',
      '3 pending 0',
      '4 pending 0',
      '5 pending 0',
    ]);

    await world.runToEnd(id);
    const parts = await world.database.batchParts.of(id);
    expect(parts.map(({ state, attempts }) => ({ state, attempts }))).toEqual(
      Array<unknown>(5).fill({ state: 'uploaded', attempts: 1 }),
    );
    expect(world.batch(id)).toMatchObject({
      sealed: { parts: parts.map(({ ordinal, sizeBytes, sha256 }) => ({ ordinal, sizeBytes, sha256 })) },
    });
  });

  it('are those of the last package when KSeF withdrew its key and the batch was packed anew', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('open', { no: { code: 'PUBLIC_KEY_WITHDRAWN' } });
    const id = await world.plannedBatch('FV/1', 'FV/2');
    const batch = await world.runToEnd(id);
    const parts = await world.database.batchParts.of(id);
    expect(batch).toMatchObject({ sealed: { parts: parts.map(({ sha256 }) => ({ sha256 })) } });
    expect(world.packager.seals).toBe(2);
  });

  it('say why a part is of unknown fate, and how often it was tried', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('uploadPart', ...Array<'lost-before'>(12).fill('lost-before'));
    const id = await world.plannedBatch('FV/1');
    const waits: (number | undefined)[] = [];
    for (let round = 0; round < 6; round++) {
      await world.worker().execute(TENANT, id, GO_ON);
      const wait = world.database.batches.nextActionInSeconds(id);
      waits.push(wait);
      world.clock.advance(wait ?? 0);
    }
    const [part] = await world.database.batchParts.of(id);
    expect(part?.state).toBe('unknown');
    expect(part).toHaveProperty('lastError');
    expect(part?.attempts).toBe(6);
    expect(waits).toEqual([5, 10, 20, 40, 60, 60]);
    expect(await world.runToEnd(id)).toMatchObject({ state: 'done' });
  });

  it('say which part KSeF refused, when the batch has ended with it', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('uploadPart', { no: { code: 'UPLOAD_REJECTED', httpStatus: 400 } });
    const id = await world.plannedBatch('FV/1');
    await world.worker().execute(TENANT, id, GO_ON);
    expect(world.batch(id).state).toBe('dead');
    const [first] = await world.database.batchParts.of(id);
    expect(first).toMatchObject({ state: 'refused', lastError: 'UPLOAD_REJECTED (HTTP 400)', attempts: 1 });
  });
});

describe('a worker that uploads', () => {
  it('stops between parts when it is told to, and another goes on with what is missing', async () => {
    const world = new DeliveryWorld();
    const stop = { aborted: false };
    const upload = world.ksef.batchSessions.uploadPart.bind(world.ksef.batchSessions);
    let sent = 0;
    world.ksef.batchSessions.uploadPart = (...args) => {
      sent += 1;
      stop.aborted = true;
      return upload(...args);
    };
    const id = await world.plannedBatch(...FIVE);
    expect(await world.worker().execute(TENANT, id, stop)).toBe('waiting');
    expect(sent).toBe(4);
    expect(await statesOf(world, id)).toEqual([
      '1 uploaded 1',
      '2 uploaded 1',
      '3 uploaded 1',
      '4 uploaded 1',
      '5 pending 0',
    ]);
    expect(await world.runToEnd(id)).toMatchObject({ state: 'done' });
    expect(sent).toBe(5);
  });

  it('puts no further part on its way when KSeF tells it to wait', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('uploadPart', new KsefThrottledError(30));
    const id = await world.plannedBatch(...FIVE);
    expect(await world.worker().execute(TENANT, id, GO_ON)).toBe('waiting');
    expect(world.database.batches.nextActionInSeconds(id)).toBe(30);
    expect((await statesOf(world, id))[0]).toBe('1 unknown 1');
    expect((await statesOf(world, id))[4]).toBe('5 pending 0');
    expect(await world.runToEnd(id)).toMatchObject({ state: 'done' });
  });
});
