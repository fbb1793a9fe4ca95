import { beforeEach, describe, expect, it } from '@jest/globals';
import { TENANT } from '../testing/builders.js';
import type { RegisterWebhookRefusal, WebhookRegistration } from './register-webhook.js';
import { WebhookWorld } from './testing/webhook-world.js';
import { MOST_WEBHOOKS, WEBHOOK_TRANSITIONS, type WebhookId } from './webhook.js';

let world: WebhookWorld;
beforeEach(() => {
  world = new WebhookWorld();
});

const request = (change: Partial<WebhookRegistration> = {}): WebhookRegistration => ({
  ...{
    tenant: TENANT,
    actor: 'api-key:k',
    claim: { key: 'k1', fingerprint: 'p' },
    url: 'https://erp.example/hook?token=t',
  },
  ...{ filter: ['invoice.*'], description: 'ERP' },
  ...change,
});
const order = (id: WebhookId) => ({ tenant: TENANT, actor: 'api-key:k', id });
const actions = () => world.database.audit.entries.map(({ action }) => action);

describe('registering', () => {
  it('shows the secret once, keeps it sealed, and audits the host, but not the address', async () => {
    const registered = await world.register.execute(request());
    expect(registered).toMatchObject({
      ok: true,
      value: { secret: new Uint8Array(32).fill(1), webhook: { state: 'enabled' } },
    });
    const again = await world.register.execute(request());
    expect(again).toMatchObject({ ok: true, value: { webhook: { url: 'https://erp.example/hook?token=t' } } });
    expect(again.ok && again.value.secret).toBeUndefined();
    expect(world.database.webhooks.rows).toHaveLength(1);
    expect(world.database.audit.entries).toMatchObject([
      { action: 'webhook.registered', facts: { host: 'erp.example', filter: 'invoice.*' } },
    ]);
    expect(JSON.stringify(world.database.audit.entries)).not.toContain('token');
  });

  it.each<[Partial<WebhookRegistration>, RegisterWebhookRefusal['code']]>([
    [{ filter: ['invoice.nothing'] }, 'UNKNOWN_EVENT_TYPES'],
    [{ filter: ['*'] }, 'UNKNOWN_EVENT_TYPES'],
    [{ filter: Array<string>(51).fill('invoice.*') }, 'UNKNOWN_EVENT_TYPES'],
  ])('refuses %j with %s', async (change, code) => {
    expect(await world.register.execute(request(change))).toMatchObject({ ok: false, error: { code } });
    expect(world.database.webhooks.rows).toEqual([]);
  });

  it('refuses another request with the same key, too many, an address that will not do, and a missing key', async () => {
    await world.register.execute(request());
    const reused = await world.register.execute(request({ claim: { key: 'k1', fingerprint: 'other' } }));
    expect(reused).toMatchObject({ ok: false, error: { code: 'WEBHOOK_KEY_REUSED' } });
    for (let at = 1; at < MOST_WEBHOOKS; at++) await world.webhook();
    const one = request({ claim: { key: 'one more', fingerprint: 'p' } });
    expect(await world.register.execute(one)).toEqual({
      ok: false,
      error: { code: 'TOO_MANY_WEBHOOKS', most: MOST_WEBHOOKS },
    });
    world.receiver.refusal = { code: 'WEBHOOK_URL_PRIVATE' };
    expect(await world.register.execute(one)).toEqual({ ok: false, error: { code: 'WEBHOOK_URL_PRIVATE' } });
    world.receiver.refusal = undefined;
    world.secretBox.hasKey = false;
    await expect(world.register.execute(one)).rejects.toMatchObject({ name: 'SecretBoxError' });
    expect(world.database.webhooks.rows).toHaveLength(MOST_WEBHOOKS);
  });

  it('answers one of two requests with the same key at the same moment, and repeats it to the other', async () => {
    const both = await Promise.all([world.register.execute(request()), world.register.execute(request())]);
    expect(both.map(({ ok }) => ok)).toEqual([true, true]);
    expect(both.filter((each) => each.ok && each.value.secret !== undefined)).toHaveLength(1);
    expect(world.database.webhooks.rows).toHaveLength(1);
  });
});

describe('a webhook', () => {
  it('is disabled and enabled by people, as often as they say so; only a change is audited', async () => {
    const id = await world.webhook();
    for (const _ of [1, 2])
      expect(await world.change.disable(order(id))).toMatchObject({
        ok: true,
        value: { state: 'disabled', cause: 'person' },
      });
    for (const _ of [1, 2])
      expect(await world.change.enable(order(id))).toMatchObject({ ok: true, value: { state: 'enabled' } });
    expect(actions()).toEqual(['webhook.registered', 'webhook.disabled', 'webhook.enabled']);
  });

  it('is not enabled when its address has become one that will not do', async () => {
    const id = await world.webhook();
    await world.change.disable(order(id));
    world.receiver.refusal = { code: 'WEBHOOK_URL_PRIVATE' };
    expect(await world.change.enable(order(id))).toEqual({ ok: false, error: { code: 'WEBHOOK_URL_PRIVATE' } });
    expect(await world.database.webhooks.find(id)).toMatchObject({ state: 'disabled' });
  });

  it('signs with both secrets while one takes over, and with the new one alone after that', async () => {
    const id = await world.webhook();
    const rotated = await world.change.rotateSecret(order(id), 3600);
    expect(rotated).toMatchObject({ ok: true, value: { secret: new Uint8Array(32).fill(2) } });
    await world.happened('a');
    await world.deliver(id);
    world.clock.advance(3601);
    await world.happened('b');
    await world.deliver(id);
    const signed = world.receiver.messages.map(({ secrets }) => secrets.map(([first]) => first));
    expect(signed).toEqual([[2, 1], [2]]);
  });

  it('is gone when it was deleted: nothing goes out, nothing can be done with it, and its key makes no new one', async () => {
    const id = await world.webhook();
    await world.happened('a');
    expect(await world.change.remove(order(id))).toMatchObject({ ok: true });
    expect(await world.deliver(id)).toEqual({ delivered: 0, failed: 0, unknown: 0 });
    expect(world.sent).toEqual([]);
    const missing = { ok: false, error: { code: 'WEBHOOK_NOT_FOUND' } };
    expect(await world.change.remove(order(id))).toEqual(missing);
    expect(await world.change.enable(order(id))).toEqual(missing);
    expect(await world.change.disable(order(id))).toEqual(missing);
    expect(await world.change.rotateSecret(order(id), 0)).toEqual(missing);
    expect(await world.change.replay(order(id), undefined)).toEqual(missing);
  });

  it('gets again, by hand, what came after an event, under the same ids', async () => {
    const id = await world.webhook();
    await world.happened('a', 'b', 'c');
    await world.deliver(id);
    const [first] = world.receiver.messages;
    expect(await world.change.replay(order(id), first!.id)).toEqual({ ok: true, value: 2 });
    await world.deliver(id);
    expect(world.sent).toEqual(['a_1', 'b_2', 'c_3', 'b_2', 'c_3']);
    expect(await world.change.replay(order(id), undefined)).toEqual({ ok: true, value: 3 });
    expect(await world.change.replay(order(id), 'evt_000000000000_1')).toEqual({
      ok: false,
      error: { code: 'EVENT_ID_UNKNOWN' },
    });
    expect(actions().filter((action) => action === 'webhook.replayed')).toHaveLength(2);
    await world.change.disable(order(id));
    expect(await world.change.replay(order(id), undefined)).toEqual({
      ok: false,
      error: { code: 'WEBHOOK_NOT_ENABLED' },
    });
  });

  it('has a lifecycle that ends with deletion', () => {
    expect(WEBHOOK_TRANSITIONS).toEqual({
      enabled: ['disabled', 'deleted'],
      disabled: ['enabled', 'deleted'],
      deleted: [],
    });
  });
});
