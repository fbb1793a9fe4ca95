import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { InvoiceNumber } from '../invoice/invoice-facts.js';
import type { AwaitingQuery } from '../invoice/invoice-repository.port.js';
import type { Invoice, IssuedInvoice } from '../invoice/invoice.js';
import type { KsefNumber } from '../ksef-number/ksef-number.js';
import { sameContext } from '../party/context-identifier.js';
import {
  PUBLISHED_CONTEXT_LIMITS,
  type ContextLimits,
  type ContextLimitsSource,
} from '../rate-limit/context-limits.port.js';
import { Temporal } from '../shared/instant.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import { JURISDICTION } from '../testing/issuing-world.js';
import { OTHER_CONTEXT, SELLER_CONTEXT, TENANT, anIssuedInvoice, someFacts } from '../testing/builders.js';
import { aBulletin, anEndBulletin } from '../testing/bulletins.js';
import { DeliveryWorld } from '../testing/delivery-world.js';
import { refused } from '../testing/scripted-ksef.js';
import { PlanBatches } from './plan-batches.js';

const inBatch = async (world: DeliveryWorld, id: Parameters<DeliveryWorld['batch']>[0]) =>
  (await world.database.invoices.inBatch(id)).map(({ facts }) => facts.number);

function dated(number: string, issueDate: string, sizeBytes?: number): IssuedInvoice {
  const facts = someFacts({ number: number as InvoiceNumber, issueDate: Temporal.PlainDate.from(issueDate) });
  return anIssuedInvoice(number, { facts, ...(sizeBytes === undefined ? {} : { sizeBytes }) });
}

/** Last days of the law, sorted. */
async function dueDays(world: DeliveryWorld, members: readonly Invoice[]): Promise<readonly string[]> {
  const stored = await world.database.invoices.findAll(members.map(({ id }) => id));
  return stored.map(({ term }) => (term?.deadline.kind === 'due' ? term.deadline.day.toString() : '')).sort();
}

/** The published limits but these, for batches of any context. */
const limitsOf = (lower: Partial<ContextLimits['batch']>): ContextLimitsSource => ({
  contextLimits: () =>
    Promise.resolve({ ...PUBLISHED_CONTEXT_LIMITS, batch: { ...PUBLISHED_CONTEXT_LIMITS.batch, ...lower } }),
});

describe('an invoice that is larger than KSeF takes in its context', () => {
  const planner = (world: DeliveryWorld, invoiceBytes: number) =>
    new PlanBatches(world.database, world.clock, world.ids, JURISDICTION, limitsOf({ invoiceBytes }));

  it('is blocked with the reason and told outside; the others go', async () => {
    const world = new DeliveryWorld();
    await world.add('FV/1', dated('FV/2', '2026-11-23', 1_500_000));
    expect(await planner(world, 1_000_000).execute(TENANT, 'worker')).toMatchObject([{ invoiceCount: 1 }]);
    expect(world.invoiceStates).toEqual(['FV/1: planned', 'FV/2: blocked']);
    expect(world.invoice('FV/2')).toMatchObject({
      refusal: { description: 'It has 1500000 bytes; KSeF takes 1000000 in this context.' },
    });
    const { id } = world.invoice('FV/2');
    expect(world.database.outbox.events).toMatchObject([{ type: 'invoice.blocked', subject: id }]);
    expect(await world.database.audit.of('invoice', id)).toMatchObject([{ action: 'invoice.blocked' }]);
  });

  it('goes when a person names it and the limit allows it by then; before that it is told again', async () => {
    const world = new DeliveryWorld();
    await world.add(dated('FV/2', '2026-11-23', 1_500_000));
    await planner(world, 1_000_000).execute(TENANT, 'worker');
    const named = [world.invoice('FV/2').id];
    expect(await planner(world, 1_000_000).named(TENANT, 'api-key:7', named)).toEqual({ planned: [], passedOver: [] });
    expect(world.invoiceStates).toEqual(['FV/2: blocked']);
    expect(await planner(world, 2_000_000).named(TENANT, 'api-key:7', named)).toMatchObject({
      planned: [{ invoiceCount: 1 }],
    });
    expect(world.invoiceStates).toEqual(['FV/2: planned']);
  });
});

describe('PlanBatches', () => {
  it('makes one batch for each context, and takes every invoice once', async () => {
    const world = new DeliveryWorld();
    await world.add('FV/1', anIssuedInvoice('FV/2', { context: OTHER_CONTEXT }), 'FV/3');
    const batches = await world.planner.execute(TENANT, 'api-key:7');

    expect(batches).toMatchObject([
      { state: 'planned', context: SELLER_CONTEXT, invoiceCount: 2, openAttempts: 0 },
      { state: 'planned', context: OTHER_CONTEXT, invoiceCount: 1 },
    ]);
    expect(await inBatch(world, batches[0]!.id)).toEqual(['FV/1', 'FV/3']);
    expect(await inBatch(world, batches[1]!.id)).toEqual(['FV/2']);
    expect(world.invoiceStates).toEqual(['FV/1: planned', 'FV/2: planned', 'FV/3: planned']);
    expect(world.database.jobs.queued).toEqual(
      batches.map(({ id }) => ({ job: { kind: 'advance-batch', tenant: TENANT, batchId: id }, afterSeconds: 0 })),
    );
    expect(world.database.audit.entries.map(({ actor, action }) => [actor, action])).toEqual([
      ['api-key:7', 'batch.planned'],
      ['api-key:7', 'invoice.planned'],
      ['api-key:7', 'invoice.planned'],
      ['api-key:7', 'batch.planned'],
      ['api-key:7', 'invoice.planned'],
    ]);
    expect(await world.planner.execute(TENANT, 'worker')).toEqual([]);
  });

  it('takes only the invoices it is given, of those that wait', async () => {
    const world = new DeliveryWorld();
    await world.add('FV/1', 'FV/2', 'FV/3');
    const only = [world.invoice('FV/3').id, world.invoice('FV/1').id];
    const [batch] = await world.planner.execute(TENANT, 'worker', only);
    expect(await inBatch(world, batch!.id)).toEqual(['FV/1', 'FV/3']);
    expect(await world.planner.execute(TENANT, 'worker', only)).toEqual([]);
    expect(world.invoice('FV/2').state).toBe('issued');
  });

  it('asks for no more than a session takes, and goes on until nothing waits', async () => {
    const world = new DeliveryWorld();
    await world.add(dated('FV/1', '2026-11-23'), dated('FV/2', '2026-11-20'), dated('FV/3', '2026-11-19'));
    const limits: unknown[] = [];
    const watched: UnitOfWork = {
      inTenant: (tenant, work) =>
        world.database.inTenant(tenant, (stores: TenantStores) =>
          work({
            ...stores,
            invoices: new Proxy(stores.invoices, {
              get: (target, name) => {
                const member: unknown = Reflect.get(target, name, target);
                if (typeof member !== 'function') return member;
                return (...args: unknown[]): unknown => {
                  if (name === 'lockAwaiting') limits.push((args[0] as AwaitingQuery).limit);
                  return Reflect.apply(member, target, args);
                };
              },
            }),
          }),
        ),
      inSystem: (work) => world.database.inSystem(work),
    };
    const planner = new PlanBatches(watched, world.clock, world.ids, JURISDICTION);
    const batches = await planner.execute(TENANT, 'worker');

    expect(limits[0]).toEqual({
      ...{ invoices: 10_000, bytes: 5_000_000_000, entryBytes: 2_048 },
      ...{ invoiceBytes: 1_000_000, invoiceWithAttachmentBytes: 3_000_000 },
    });
    expect(new Set(limits.map((limit) => JSON.stringify(limit))).size).toBe(1);
    expect(await Promise.all(batches.map(({ id }) => inBatch(world, id)))).toEqual([['FV/1', 'FV/2', 'FV/3']]);
  });

  it('takes fewer where KSeF allows fewer, the earliest deadline first', async () => {
    const world = new DeliveryWorld();
    await world.add(
      dated('FV/1', '2026-11-23'),
      dated('FV/2', '2026-11-20'),
      dated('FV/3', '2026-11-19', 500),
      dated('FV/4', '2026-11-18', 501),
    );
    const lower = limitsOf({ invoices: 2, invoiceBytes: 500 });
    const batches = await new PlanBatches(world.database, world.clock, world.ids, JURISDICTION, lower).execute(
      TENANT,
      'worker',
    );
    expect(await Promise.all(batches.map(({ id }) => inBatch(world, id)))).toEqual([['FV/2', 'FV/3'], ['FV/1']]);
    expect(world.invoice('FV/4').state).toBe('issued');
    const none = new PlanBatches(world.database, world.clock, world.ids, JURISDICTION, limitsOf({ invoices: 0 }));
    expect(await none.execute(TENANT, 'worker')).toEqual([]);
  });

  it('takes an invoice of the new day only when KSeF has surely begun that day (domain rules 1.9)', async () => {
    const world = new DeliveryWorld();
    await world.add(dated('FV/1', '2026-11-24'));
    const at = (moment: string) => {
      const target = Temporal.Instant.from(moment).epochMilliseconds;
      world.clock.advance((target - world.clock.now().epochMilliseconds) / 1000);
    };
    at('2026-11-23T23:59:00+01:00');
    expect(await world.planner.execute(TENANT, 'worker')).toEqual([]);
    at('2026-11-24T00:00:59.999+01:00');
    expect(await world.planner.execute(TENANT, 'worker')).toEqual([]);
    expect((await world.planner.named(TENANT, 'api-key:7', [world.invoice('FV/1').id])).passedOver).toMatchObject([
      { reason: 'It is dated 2026-11-24, which KSeF takes on that day at the earliest.' },
    ]);
    at('2026-11-24T00:01:00+01:00');
    expect(await world.planner.execute(TENANT, 'worker')).toHaveLength(1);
  });

  it('takes every waiting invoice exactly once, holds every limit, and no later target goes before an earlier one (P4)', async () => {
    const waiting = fc.array(
      fc.record({
        context: fc.constantFrom(SELLER_CONTEXT, OTHER_CONTEXT),
        day: fc.integer({ min: 1, max: 20 }),
        sizeBytes: fc.integer({ min: 1, max: 1_000 }),
      }),
      { maxLength: 25 },
    );
    await fc.assert(
      fc.asyncProperty(waiting, fc.integer({ min: 1, max: 5 }), async (invoices, most) => {
        const world = new DeliveryWorld();
        for (const [at, { context, day, sizeBytes }] of invoices.entries()) {
          const date = `2026-11-${String(day).padStart(2, '0')}`;
          await world.add({ ...dated(`FV/${String(at)}`, date, sizeBytes), context });
        }
        const limits = limitsOf({ invoices: most, invoiceBytes: 900 });
        const planner = new PlanBatches(world.database, world.clock, world.ids, JURISDICTION, limits);
        const batches = await planner.execute(TENANT, 'worker');

        const members = await Promise.all(batches.map(({ id }) => world.database.invoices.inBatch(id)));
        const taken = members.flat().map(({ facts }) => facts.number);
        const wanted = invoices.flatMap(({ sizeBytes }, at) => (sizeBytes <= 900 ? [`FV/${String(at)}`] : []));
        expect([...taken].sort()).toEqual([...wanted].sort());
        expect(members.every(({ length }, at) => length <= most && length === batches[at]?.invoiceCount)).toBe(true);
        for (const context of [SELLER_CONTEXT, OTHER_CONTEXT]) {
          const own = members.filter((_, at) => sameContext(batches[at]!.context, context));
          expect(own.every((batch) => batch.every((invoice) => sameContext(invoice.context, context)))).toBe(true);
          const days = await Promise.all(own.map((batch) => dueDays(world, batch)));
          expect(days.every((batch, at) => at === 0 || days[at - 1]!.at(-1)! <= batch[0]!)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('a corrective invoice (domain rules 1.7)', () => {
  const correction = (number: string, correctedKsefNumbers: readonly KsefNumber[] = []) => {
    const facts = someFacts({ kind: 'KOR', number: number as InvoiceNumber, correctedNumbers: ['FV/1'] });
    return anIssuedInvoice(number, { facts: { ...facts, correctedKsefNumbers } });
  };

  it('waits for the number of its original, which goes without it', async () => {
    const world = new DeliveryWorld();
    await world.add(correction('KOR/1'), 'FV/1');
    const [batch, ...more] = await world.planner.execute(TENANT, 'worker');
    expect(more).toEqual([]);
    expect(await inBatch(world, batch!.id)).toEqual(['FV/1']);
    const { passedOver } = await world.planner.named(TENANT, 'api-key:7', [world.invoice('KOR/1').id]);
    expect(passedOver).toMatchObject([
      { reason: 'It corrects FV/1, which has no KSeF number yet; a correction is sent after it.' },
    ]);
    expect(world.invoice('KOR/1').state).toBe('issued');
  });

  it('goes by itself once it quotes a number that is there, and by the word of a person without', async () => {
    const world = new DeliveryWorld();
    await world.runToEnd(await world.plannedBatch('FV/1'));
    const original = world.invoice('FV/1');
    if (original.state !== 'complete') throw new Error(original.state);
    await world.add(correction('KOR/1'), correction('KOR/2', [original.acceptance.ksefNumber]));

    const [batch] = await world.planner.execute(TENANT, 'worker');
    expect(await inBatch(world, batch!.id)).toEqual(['KOR/2']);
    const { planned, passedOver } = await world.planner.named(TENANT, 'api-key:7', [world.invoice('KOR/1').id]);
    expect(passedOver).toEqual([]);
    expect(await inBatch(world, planned[0]!.id)).toEqual(['KOR/1']);
  });

  it('waits for nothing that a total failure keeps from ever getting a number', async () => {
    const world = new DeliveryWorld();
    await world.add('FV/1', correction('KOR/1'));
    const lifted = { kind: 'none', regime: 'total-failure', basis: 'art. 106ng' } as const;
    await world.database.invoices.saveTerm(world.invoice('FV/1').id, {
      deadline: { ...lifted, explanation: [], calendarVersion: '2026-1' },
    });
    const [batch] = await world.planner.execute(TENANT, 'worker');
    expect(await inBatch(world, batch!.id)).toEqual(['KOR/1']);
  });
});

describe('sending by the worker', () => {
  const looked = (world: DeliveryWorld, reachable: boolean) =>
    world.database.connection.looked(reachable, world.clock.now());
  const held = { ok: false, error: { code: 'SENDING_HELD', reason: expect.any(String) } };

  it('waits while KSeF does not answer, or an outage is announced', async () => {
    const world = new DeliveryWorld();
    await world.add('FV/1');
    expect(await world.planner.whenSendable(TENANT)).toEqual(held);
    await looked(world, true);
    await world.database.bulletins.add([aBulletin()]);
    expect(await world.planner.whenSendable(TENANT)).toEqual(held);
    expect(world.invoice('FV/1').state).toBe('issued');

    await world.database.bulletins.add([anEndBulletin({ end: '2026-11-23T10:30:00+01:00' })]);
    expect(await world.planner.whenSendable(TENANT)).toMatchObject({ ok: true, value: [{ invoiceCount: 1 }] });
  });

  it('does not wait for the end of a total failure nobody has confirmed', async () => {
    const world = new DeliveryWorld();
    await world.add('FV/1');
    await looked(world, true);
    await world.database.bulletins.add([aBulletin({ category: 'total-failure' })]);
    expect(await world.planner.whenSendable(TENANT)).toMatchObject({ ok: true });
  });

  it('is done by a person whatever the connection', async () => {
    const world = new DeliveryWorld();
    await world.add('FV/1');
    expect(await world.planner.execute(TENANT, 'api-key:1')).toHaveLength(1);
  });

  it('rests after batches that came to nothing: 15 s, then twice as long each time', async () => {
    const world = new DeliveryWorld();
    await world.add('FV/1');
    for (const restSeconds of [15, 30, 60, 120, 240, 480, 480]) {
      world.ksef.script('open', refused(21184, 'sesja chwilowo niedostępna'));
      const [batch] = await world.planner.execute(TENANT, 'worker');
      await world.worker().execute(TENANT, batch!.id, { aborted: false });
      expect(world.batch(batch!.id).state).toBe('dead');

      // Two looks: after more than five minutes without any, one alone does not let batches out.
      world.clock.advance(restSeconds - 3.001);
      await looked(world, true);
      world.clock.advance(3);
      await looked(world, true);
      expect(await world.planner.whenSendable(TENANT)).toEqual({
        ok: false,
        error: {
          code: 'SENDING_HELD',
          reason: 'The last batch came to nothing: KSeF refused to open a session: sesja chwilowo niedostępna.',
        },
      });
      world.clock.advance(0.001);
    }
    await looked(world, true);
    const after = await world.planner.whenSendable(TENANT);
    if (!after.ok) throw new Error(after.error.reason);
    await world.runToEnd(after.value[0]!.id);

    await world.add('FV/2');
    await looked(world, true);
    expect(await world.planner.whenSendable(TENANT)).toMatchObject({ ok: true });
  });
});

describe('sending named invoices', () => {
  it('takes a blocked one again with its bytes, and says what it passed over', async () => {
    const world = new DeliveryWorld();
    world.ksef.verdicts.set('FV/1', [410]);
    const id = await world.plannedBatch('FV/1', 'FV/2');
    await world.runToEnd(id);
    expect(world.invoiceStates).toEqual(['FV/1: blocked', 'FV/2: complete']);
    const { hash } = world.invoice('FV/1');

    const unknown = '00000000-0000-4000-8000-00000000dead' as IssuedInvoice['id'];
    const ids = [world.invoice('FV/1').id, world.invoice('FV/2').id, unknown];
    const { planned, passedOver } = await world.planner.named(TENANT, 'api-key:7', ids);
    expect(planned).toMatchObject([{ invoiceCount: 1 }]);
    expect(passedOver).toEqual([
      { invoiceId: world.invoice('FV/2').id, reason: 'It is in state complete.' },
      { invoiceId: unknown, reason: 'There is no such invoice.' },
    ]);
    await world.runToEnd(planned[0]!.id);
    expect(world.invoice('FV/1')).toMatchObject({ state: 'complete', hash });
    const trail = await world.database.audit.of('invoice', world.invoice('FV/1').id);
    expect(trail).toContainEqual(expect.objectContaining({ actor: 'api-key:7', action: 'invoice.issued' }));
  });
});
