import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TENANT } from '../testing/builders.js';
import { restSeconds, retryDelaySeconds } from './retry-delay.js';
import { TAKEN, WebhookWorld } from './testing/webhook-world.js';

const FAILED = { kind: 'refused', httpStatus: 500 } as const;

let world: WebhookWorld;
beforeEach(() => {
  world = new WebhookWorld();
});

describe('delivering', () => {
  it('posts each event once, in its public form, signed with the opened secret, and is done', async () => {
    const id = await world.webhook();
    await world.happened('a', 'b');
    expect(await world.deliver(id)).toEqual({ delivered: 2, failed: 0, unknown: 0 });
    const [first] = world.receiver.messages;
    const prefix = `evt_${TENANT.slice(-12)}_`;
    expect(first).toMatchObject({
      id: `${prefix}1`,
      url: 'https://erp.example/hook?token=t',
      secrets: [new Uint8Array(32).fill(1)],
    });
    expect(JSON.parse(first!.body)).toEqual({
      ...{ id: `${prefix}1`, type: 'invoice.accepted', at: '2026-11-23T10:00:00Z', subject: 'a', data: {} },
    });
    expect(await world.deliver(id)).toEqual({ delivered: 0, failed: 0, unknown: 0 });
    expect(world.sent).toEqual(['a_1', 'b_2']);
  });

  it('holds back later events of a subject whose earlier one failed, and of no other', async () => {
    const id = await world.webhook();
    await world.happened('a', 'a', 'b', 'a', 'b');
    world.receiver.answer = ({ subject }) => (subject === 'a' ? FAILED : TAKEN);
    expect(await world.deliver(id)).toEqual({ delivered: 2, failed: 1, unknown: 0 });
    expect(world.sent).toEqual(['a_1', 'b_3', 'b_5']);
    world.receiver.answer = () => TAKEN;
    expect(await world.deliver(id)).toMatchObject({ delivered: 0 });
    world.clock.advance(5);
    await world.deliver(id);
    expect(world.sent).toEqual(['a_1', 'b_3', 'b_5', 'a_1', 'a_2', 'a_4']);
  });

  it('tries again with the same id what may have arrived: the receiver knows it by that', async () => {
    const id = await world.webhook();
    await world.happened('a');
    world.receiver.answer = () => ({ kind: 'unknown', cause: 'no answer in time' });
    expect(await world.deliver(id)).toEqual({ delivered: 0, failed: 0, unknown: 1 });
    expect(await world.database.webhookDeliveries.list(id, { limit: 1 })).toMatchObject([
      { state: 'pending', attempts: 1, lastFailure: { outcome: 'unknown', cause: 'no answer in time' } },
    ]);
    world.receiver.answer = () => TAKEN;
    world.clock.advance(5);
    await world.deliver(id);
    expect(world.sent).toEqual(['a_1', 'a_1']);
    const [one, two] = world.receiver.messages;
    expect(two?.body).toBe(one?.body);
    expect(two?.at).not.toEqual(one?.at);
  });

  it('has stored that it sends before it does: whoever dies in the midst leaves an attempt that is taken up', async () => {
    const id = await world.webhook();
    await world.happened('a');
    world.receiver.answer = async () => {
      expect(await world.database.webhookDeliveries.list(id, { limit: 1 })).toMatchObject([
        { state: 'sending', attempts: 1 },
      ]);
      throw new Error('killed');
    };
    await expect(world.deliver(id)).rejects.toThrow('killed');
    world.receiver.answer = () => TAKEN;
    expect(await world.deliver(id, world.worker('worker-2'))).toMatchObject({ delivered: 0 });
    world.clock.advance(61);
    expect(await world.deliver(id, world.worker('worker-2'))).toMatchObject({ delivered: 1 });
  });

  it('believes the worker that holds the lease: what another one says late changes nothing', async () => {
    const id = await world.webhook();
    await world.happened('a');
    const late = Promise.withResolvers<typeof FAILED>();
    const isSending = Promise.withResolvers<undefined>();
    world.receiver.answer = () => {
      isSending.resolve(undefined);
      return late.promise;
    };
    const slow = world.deliver(id, world.worker('slow'));
    await isSending.promise;
    world.clock.advance(61);
    world.receiver.answer = () => TAKEN;
    expect(await world.deliver(id, world.worker('quick'))).toMatchObject({ delivered: 1 });
    late.resolve(FAILED);
    expect(await slow).toEqual({ delivered: 0, failed: 0, unknown: 0 });
    expect(await world.database.webhookDeliveries.list(id, { limit: 1 })).toMatchObject([{ state: 'delivered' }]);
  });

  it('waits as long as the receiver asks, with everything', async () => {
    const id = await world.webhook();
    await world.happened('a');
    world.receiver.answer = () => ({ kind: 'refused', httpStatus: 429, retryAfterSeconds: 120 });
    await world.deliver(id);
    await world.happened('b');
    world.receiver.answer = () => TAKEN;
    world.clock.advance(119);
    expect(await world.deliver(id)).toMatchObject({ delivered: 0 });
    world.clock.advance(1);
    expect(await world.deliver(id)).toMatchObject({ delivered: 2 });
  });

  it('leaves a receiver that takes nothing alone for longer and longer, and begins anew when it takes something', async () => {
    const id = await world.webhook();
    await world.happened(...Array.from({ length: 40 }, (_, at) => `s${String(at)}`));
    world.receiver.answer = () => ({ kind: 'not-sent', cause: 'ECONNREFUSED' });
    await world.deliver(id);
    expect(world.sent).toHaveLength(8);
    await world.deliver(id);
    expect(world.sent).toHaveLength(8);
    world.clock.advance(60);
    world.receiver.answer = () => TAKEN;
    expect(await world.deliver(id)).toMatchObject({ delivered: 40 });
  });

  it('waits, and loses nothing, while the key-encryption key is away; that is no failure of the receiver', async () => {
    const id = await world.webhook();
    await world.happened('a');
    world.secretBox.hasKey = false;
    expect(await world.deliver(id)).toEqual({ delivered: 0, failed: 0, unknown: 0, stopped: 'sealed' });
    expect(await world.database.webhookDeliveries.list(id, { limit: 1 })).toMatchObject([
      { state: 'pending', attempts: 0 },
    ]);
    world.secretBox.hasKey = true;
    world.clock.advance(30);
    expect(await world.deliver(id)).toMatchObject({ delivered: 1 });
  });
});

describe('a receiver that fails', () => {
  it('is disabled when it took nothing for days, with audit row and event; its events wait', async () => {
    const id = await world.webhook();
    const other = await world.webhook(['webhook.disabled']);
    await world.happened('a', 'b');
    world.receiver.answer = () => FAILED;
    const states: (string | undefined)[] = [];
    for (let hour = 0; hour <= 5 * 24; hour++) {
      const { stopped } = await world.deliver(id);
      states.push((await world.database.webhooks.find(id))?.state);
      if (stopped !== undefined) break;
      world.clock.advance(1 * 3600);
    }
    expect(states).toEqual([...Array<string>(5 * 24).fill('enabled'), 'disabled']);
    expect(await world.database.webhooks.find(id)).toMatchObject({ cause: 'failing' });
    expect(world.database.audit.entries.at(-1)).toMatchObject({
      ...{ action: 'webhook.disabled', actor: 'worker', subject: { kind: 'webhook', id }, facts: { cause: 'failing' } },
    });
    world.receiver.answer = () => TAKEN;
    expect(await world.deliver(id)).toMatchObject({ delivered: 0 });
    expect(await world.deliver(other)).toMatchObject({ delivered: 1 });
    expect(world.sent.at(-1)).toBe(`${id}_3`);
    await world.change.enable({ tenant: TENANT, actor: 'api-key:k', id });
    world.clock.advance(1 * 3600);
    expect(await world.deliver(id)).toMatchObject({ delivered: 3 });
  });

  it('stays enabled while it takes anything, however long one event is refused', async () => {
    const id = await world.webhook();
    await world.happened('poison');
    world.receiver.answer = ({ subject }) => (subject === 'poison' ? FAILED : TAKEN);
    for (let day = 0; day < 10; day++) {
      await world.happened(`s${String(day)}`);
      expect((await world.deliver(id)).stopped).toBeUndefined();
      world.clock.advance(24 * 3600);
    }
    expect(await world.database.webhooks.find(id)).toMatchObject({ state: 'enabled' });
    expect(await world.database.webhookDeliveries.list(id, { state: 'pending', limit: 5 })).toHaveLength(1);
  });

  it('is disabled at once when it says that it is gone (410)', async () => {
    const id = await world.webhook();
    await world.happened('a');
    world.receiver.answer = () => ({ kind: 'refused', httpStatus: 410 });
    expect(await world.deliver(id)).toEqual({ delivered: 0, failed: 1, unknown: 0, stopped: 'gone' });
    expect(await world.database.webhooks.find(id)).toMatchObject({ state: 'disabled', cause: 'gone' });
    expect(world.database.outbox.events.at(-1)).toMatchObject({
      type: 'webhook.disabled',
      subject: id,
      facts: { cause: 'gone' },
    });
  });
});

describe('the wait before another attempt', () => {
  it('doubles from 5 seconds to an hour', () => {
    const waits = [1, 2, 3, 4, 9, 10, 11, 1000].map((attempt) => retryDelaySeconds(attempt, 0));
    expect(waits).toEqual([5, 10, 20, 40, 1280, 2560, 3600, 3600]);
  });

  it('lies between half and all of it, and is never shorter than asked for, up to a day', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.nat(200_000),
        (attempt, random, asked) => {
          const full = retryDelaySeconds(attempt, 0);
          const wait = retryDelaySeconds(attempt, random, asked);
          expect(wait).toBeGreaterThanOrEqual(Math.min(asked, 86_400));
          expect(wait).toBeGreaterThanOrEqual(full / 2);
          expect(wait).toBeLessThanOrEqual(Math.max(full, Math.min(asked, 86_400)));
        },
      ),
    );
  });

  it('of the receiver as a whole begins at the fifth failure in a row', () => {
    expect([1, 4, 5, 6, 8, 11, 12, 99].map((failures) => restSeconds(failures))).toEqual([0, 0, 1, 2, 8, 60, 60, 60]);
    expect(restSeconds(1, 30)).toBe(30);
    expect(restSeconds(1, 1_000_000)).toBe(86_400);
  });
});
