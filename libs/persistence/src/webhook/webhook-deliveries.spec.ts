import {
  DELIVERY_TRANSITIONS,
  disable,
  enable,
  FanOutEvents,
  PruneEvents,
  remove,
  WEBHOOK_TRANSITIONS,
  type ClaimedDelivery,
  type EnabledWebhook,
  type EventSequence,
  type OutboxEvent,
  type WebhookId,
} from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import { bytesOf, nextId, NOON } from '../testing/samples.js';
import { Stage } from '../testing/stage.js';

const stage = Stage.forThisFile();
const OWNER = { owner: 'worker-1', leaseSeconds: 60 };
const FAILURE = { outcome: 'failed', cause: 'HTTP 500', httpStatus: 500 } as const;

const event = (subject: string, type = 'invoice.accepted', at = NOON): OutboxEvent => ({
  at,
  type,
  subject,
  facts: {},
});
const append = (...events: readonly OutboxEvent[]) =>
  stage.inTenant(stage.tenant, ({ outbox }) => outbox.append(events));
const fanOut = () => new FanOutEvents(stage.database.unitOfWork).execute(stage.tenant);

async function aWebhook(filter: readonly string[] = []): Promise<EnabledWebhook> {
  const webhook: EnabledWebhook = {
    ...{ state: 'enabled', id: nextId() as WebhookId, url: 'https://erp.example/hook', filter, description: 'ERP' },
    ...{ createdAt: NOON, createdBy: 'api-key:k', version: 0 },
  };
  const secret = { id: nextId(), box: bytesOf('sealed') };
  const claim = { key: webhook.id, fingerprint: 'print' };
  expect(await stage.inTenant(stage.tenant, ({ webhooks }) => webhooks.add(webhook, secret, claim))).toBe(true);
  return webhook;
}
const claim = (id: WebhookId, limit = 10, by = OWNER) =>
  stage.inTenant(stage.tenant, ({ webhookDeliveries }) => webhookDeliveries.claim(id, by, limit));
const delivered = (claimed: ClaimedDelivery) =>
  stage.inTenant(stage.tenant, ({ webhookDeliveries }) => webhookDeliveries.delivered(claimed));
const failed = (claimed: ClaimedDelivery, seconds = 0) =>
  stage.inTenant(stage.tenant, ({ webhookDeliveries }) => webhookDeliveries.failed(claimed, FAILURE, seconds));
const told = (claimed: readonly ClaimedDelivery[]) =>
  claimed.map((each) => `${each.event.subject}${String(each.event.sequence)}`);
const due = async () =>
  (await stage.database.unitOfWork.inSystem((stores) => stores.dueWebhooks(1000))).filter(
    ({ tenant }) => tenant === stage.tenant,
  );

describe('deliveries', () => {
  it('are made once of each event that a webhook wants, from its registration on', async () => {
    await append(event('before'));
    await fanOut();
    const [all, some] = [await aWebhook(), await aWebhook(['deadline.*', 'invoice.rejected'])];
    // Written before, and without a place until now: it may come as well, and none is missed.
    await append(event('a'), event('b', 'deadline.alert'), event('c', 'invoice.rejected'));
    expect(await stage.database.unitOfWork.inSystem(({ tenants }) => tenants.withNewEvents())).toContain(stage.tenant);
    await Promise.all([fanOut(), fanOut(), fanOut()]);
    expect(await stage.database.unitOfWork.inSystem(({ tenants }) => tenants.withNewEvents())).not.toContain(
      stage.tenant,
    );
    await fanOut();
    const claimed = [await claim(all.id), await claim(some.id)].map((each) =>
      each.map(({ event: { subject } }) => subject),
    );
    expect(claimed).toEqual([
      ['a', 'b', 'c'],
      ['b', 'c'],
    ]);
  });

  it('go to one of two workers each, and a failed one holds back later ones of its subject only', async () => {
    const { id } = await aWebhook();
    await append(event('x'), event('y'), event('x'), event('z'), event('y'));
    await fanOut();
    expect(await due()).toEqual([{ tenant: stage.tenant, webhookId: id }]);
    const both = await Promise.all([claim(id, 2), claim(id, 2, { ...OWNER, owner: 'worker-2' })]);
    const first = both.flat();
    expect(told(first).sort()).toEqual(['x1', 'y2', 'z4']);
    expect(await claim(id)).toEqual([]);
    for (const each of first) {
      if (each.event.subject === 'y') expect(await failed(each, 3600)).toMatchObject({ failuresInARow: 1 });
      else expect(await delivered(each)).toBe(true);
    }
    expect(told(await claim(id))).toEqual(['x3']);
    await stage.inTenant(stage.tenant, ({ webhookDeliveries }) => webhookDeliveries.replay(id, 1n as EventSequence));
    expect(told(await claim(id))).toEqual(['y2', 'z4']);
  });

  it('whose worker died are taken up when its lease has run out, and what that one still says counts no more', async () => {
    const { id } = await aWebhook();
    await append(event('x'));
    await fanOut();
    const [dead] = await claim(id, 1, { owner: 'dead', leaseSeconds: 0 });
    expect(await due()).toHaveLength(1);
    const [taken] = await claim(id);
    expect(taken).toMatchObject({ attempt: 2, fence: dead!.fence + 1n });
    expect(await delivered(dead!)).toBe(false);
    expect(await failed(dead!)).toBeUndefined();
    expect(await delivered(taken!)).toBe(true);
    expect(await delivered(taken!)).toBe(false);
    expect(await due()).toEqual([]);
  });

  it('rest as a whole when the receiver is to be left alone; a success forgets the failures', async () => {
    const { id } = await aWebhook();
    await append(event('x'), event('y'));
    await fanOut();
    const [x, y] = await claim(id);
    expect(await failed(x!)).toMatchObject({ failuresInARow: 1 });
    expect(await failed(y!)).toMatchObject({ failuresInARow: 2 });
    await stage.inTenant(stage.tenant, ({ webhookDeliveries }) => webhookDeliveries.rest(id, 600));
    expect(await claim(id)).toEqual([]);
    expect(await due()).toEqual([]);
    await stage.inTenant(stage.tenant, ({ webhookDeliveries }) => webhookDeliveries.replay(id, 0n as EventSequence));
    const again = await claim(id);
    expect(await delivered(again[0]!)).toBe(true);
    expect(await failed(again[1]!)).toMatchObject({ failuresInARow: 1 });
    const [second, first] = await stage.inTenant(stage.tenant, (stores) =>
      stores.webhookDeliveries.list(id, { limit: 5 }),
    );
    expect(first).toMatchObject({ state: 'delivered', attempts: 2, nextAttemptAt: undefined });
    expect(second).toMatchObject({ state: 'pending', attempts: 2, deliveredAt: undefined, lastFailure: FAILURE });
    const counts = await stage.inTenant(stage.tenant, (stores) => stores.webhookDeliveries.counts());
    expect([...counts]).toMatchObject([[id, { pending: 1 }]]);
  });

  it('wait for a disabled webhook, and keep their events from going for their age', async () => {
    const webhook = await aWebhook();
    const old = NOON.subtract({ hours: 24 * 365 });
    await append(event('x', 'invoice.issued', old), event('y', 'invoice.issued', old));
    await fanOut();
    const [first] = await claim(webhook.id, 1);
    await delivered(first!);
    const disabled = disable(webhook, 'person', NOON);
    await stage.inTenant(stage.tenant, ({ webhooks }) => webhooks.save(disabled));
    await append(event('z', 'invoice.issued', old));
    await fanOut();
    expect(await due()).toEqual([]);
    const prune = new PruneEvents(stage.database.unitOfWork, 30);
    expect(await prune.execute(stage.tenant)).toBe(1);
    await stage.inTenant(stage.tenant, ({ webhooks }) => webhooks.save(enable({ ...disabled, version: 1 })));
    await fanOut();
    const rest = await claim(webhook.id);
    expect(told(rest)).toEqual(['y2', 'z3']);
    expect(await prune.execute(stage.tenant)).toBe(0);
    for (const each of rest) await delivered(each);
    expect(await prune.execute(stage.tenant)).toBe(2);
    expect(
      await stage.inTenant(stage.tenant, (stores) => stores.webhookDeliveries.list(webhook.id, { limit: 5 })),
    ).toEqual([]);
  });

  it('go again from an event on, as the filter now is, in their order', async () => {
    const webhook = await aWebhook(['invoice.issued']);
    await append(event('x', 'invoice.issued'), event('x'), event('y', 'invoice.issued'));
    await fanOut();
    for (const each of await claim(webhook.id)) await delivered(each);
    await stage.inTenant(stage.tenant, ({ webhooks }) => webhooks.save({ ...webhook, filter: [] }));
    const replay = (after: number) =>
      stage.inTenant(stage.tenant, (stores) =>
        stores.webhookDeliveries.replay(webhook.id, BigInt(after) as EventSequence),
      );
    expect(await replay(1)).toBe(2);
    expect(await replay(0)).toBe(3);
    expect(told(await claim(webhook.id))).toEqual(['x1', 'y3']);
  });

  it('belong to one tenant', async () => {
    const { id } = await aWebhook();
    await append(event('x'));
    await fanOut();
    const other = await stage.database.aTenant();
    await stage.inTenant(other, async ({ webhooks, webhookDeliveries }) => {
      expect(await webhooks.all()).toEqual([]);
      expect(await webhooks.find(id)).toBeUndefined();
      expect(await webhooks.secrets(id)).toEqual([]);
      expect(await webhookDeliveries.claim(id, OWNER, 5)).toEqual([]);
      expect(await webhookDeliveries.replay(id, 0n as EventSequence)).toBe(0);
      expect(await webhookDeliveries.list(id, { limit: 5 })).toEqual([]);
    });
    expect(told(await claim(id))).toEqual(['x1']);
  });
});

describe('webhooks', () => {
  it('are registered once for a key, and changed at the version that was read', async () => {
    const webhook = await aWebhook(['invoice.*']);
    const secret = { id: nextId(), box: bytesOf('another') };
    await stage.inTenant(stage.tenant, async ({ webhooks }) => {
      const claimed = { key: webhook.id, fingerprint: 'print' };
      expect(await webhooks.add({ ...webhook, id: nextId() as WebhookId }, secret, claimed)).toBe(false);
      expect(await webhooks.findByKey(webhook.id)).toEqual({ webhook, fingerprint: 'print' });
      expect(await webhooks.findByKey('other')).toBeUndefined();
      await webhooks.save(disable(webhook, 'gone', NOON));
      expect(await webhooks.find(webhook.id)).toEqual({ ...disable(webhook, 'gone', NOON), version: 1 });
    });
    const late = stage.inTenant(stage.tenant, ({ webhooks }) => webhooks.save(webhook));
    await expect(late).rejects.toMatchObject({ name: 'ConcurrentUpdateError' });
  });

  it('have two secrets while one takes over from another, three when it is done twice, and never more', async () => {
    const { id } = await aWebhook();
    const boxes = () =>
      stage.inTenant(stage.tenant, async ({ webhooks }) =>
        (await webhooks.secrets(id)).map(({ box }) => new TextDecoder().decode(box)),
      );
    const add = (text: string, overlapSeconds: number) =>
      stage.inTenant(stage.tenant, ({ webhooks }) =>
        webhooks.addSecret(id, { id: nextId(), box: bytesOf(text) }, overlapSeconds),
      );
    expect(await boxes()).toEqual(['sealed']);
    await add('second', 3600);
    expect(await boxes()).toEqual(['second', 'sealed']);
    await add('third', 3600);
    expect(await boxes()).toEqual(['third', 'second', 'sealed']);
    await add('fourth', 0);
    expect(await boxes()).toEqual(['fourth', 'second']);
    await add('fifth', 60);
    expect(await boxes()).toEqual(['fifth', 'fourth', 'second']);
  });

  it('are deleted with their secrets and deliveries; the row stays', async () => {
    const webhook = await aWebhook();
    await append(event('x'));
    await fanOut();
    await stage.inTenant(stage.tenant, ({ webhooks }) => webhooks.remove(remove(webhook, NOON)));
    await stage.inTenant(stage.tenant, async ({ webhooks }) => {
      expect(await webhooks.find(webhook.id)).toBeUndefined();
      expect(await webhooks.secrets(webhook.id)).toEqual([]);
      expect(await webhooks.findByKey(webhook.id)).toMatchObject({ webhook: { state: 'deleted' } });
    });
    expect(await due()).toEqual([]);
    const gone = stage.database.sql('DELETE FROM webhook WHERE id = $1', [webhook.id]);
    await expect(gone).rejects.toMatchObject({ code: 'LA001' });
  });

  it('are audited as a kind of their own, and the kinds of others stay', async () => {
    const entries = (['webhook', 'invoice', 'policy'] as const).map((kind) => ({
      ...{ at: NOON, actor: 'worker', action: 'webhook.disabled', subject: { kind, id: 'x' }, facts: {} },
    }));
    await stage.inTenant(stage.tenant, ({ audit }) => audit.append(entries));
    expect(await stage.inTenant(stage.tenant, ({ audit }) => audit.of('webhook', 'x'))).toEqual([entries[0]]);
  });
});

describe('the lifecycle in the database', () => {
  const STATES = { webhook: WEBHOOK_TRANSITIONS, webhook_delivery: DELIVERY_TRANSITIONS } as const;
  const shape: Readonly<Record<string, string>> = {
    enabled: 'disabled_cause = NULL, disabled_at = NULL, deleted_at = NULL',
    disabled: "disabled_cause = 'person', disabled_at = now(), deleted_at = NULL",
    deleted: 'disabled_cause = NULL, disabled_at = NULL, deleted_at = now()',
    pending: 'lease_owner = NULL, lease_until = NULL, delivered_at = NULL',
    sending: "lease_owner = 'w', lease_until = now(), delivered_at = NULL, fence = fence + 1",
    delivered: 'lease_owner = NULL, lease_until = NULL, delivered_at = now()',
  };

  it.each(Object.keys(STATES) as (keyof typeof STATES)[])('of %s is the table of the domain', async (table) => {
    const transitions: Readonly<Record<string, readonly string[]>> = STATES[table];
    const { id } = await aWebhook();
    await append(event('x'));
    await fanOut();
    const where = `WHERE tenant_id = '${stage.tenant}' AND ${table === 'webhook' ? 'id' : 'webhook_id'} = '${id}'`;
    const put = (state: string) => `UPDATE ${table} SET state = '${state}', ${shape[state] ?? ''} ${where}`;
    const allowed: string[] = [];
    for (const from of Object.keys(transitions)) {
      for (const to of Object.keys(transitions)) {
        // Row moves that keep the state change something else; only `sending` is taken up anew.
        if (from === to && from !== 'sending') continue;
        await stage.database.force(put(from));
        const ends = await stage.database.sql(put(to)).then(
          () => true,
          (error: unknown) => {
            expect(error).toMatchObject({ constraint: `${table}_lifecycle` });
            return false;
          },
        );
        if (ends) allowed.push(`${from} ${to}`);
      }
    }
    const expected = Object.entries(transitions).flatMap(([from, tos]) => tos.map((to) => `${from} ${to}`));
    expect(allowed.sort()).toEqual(expected.sort());
  });
});
