import { beforeEach, describe, expect, it } from '@jest/globals';
import type { InvoiceNumber } from '../invoice/invoice-facts.js';
import { PlanBatches } from '../batch/plan-batches.js';
import type { PlannedBatch } from '../batch/batch.js';
import { PUBLISHED_CONTEXT_LIMITS, type ContextLimitsSource } from '../rate-limit/context-limits.port.js';
import { Temporal } from '../shared/instant.js';
import { OTHER_CONTEXT, SELLER_CONTEXT, TENANT, anIssuedInvoice, someFacts } from '../testing/builders.js';
import { DeliveryWorld } from '../testing/delivery-world.js';
import { refused } from '../testing/scripted-ksef.js';
import { JURISDICTION } from '../testing/issuing-world.js';
import { ChangeSendingRule } from './change-sending-rule.js';
import { SendNow } from './send-now.js';
import { FIRST_SESSION_INVOICES, SendWhenDue } from './send-when-due.js';

const LINGER_SECONDS = 120;

let world: DeliveryWorld;
let planner: PlanBatches;
let sender: SendWhenDue;

/** Sessions of this context take so few invoices that small backlogs make many batches. */
const smallSessions = (invoices: number): ContextLimitsSource => ({
  contextLimits: () =>
    Promise.resolve({ ...PUBLISHED_CONTEXT_LIMITS, batch: { ...PUBLISHED_CONTEXT_LIMITS.batch, invoices } }),
});

function use(limits?: ContextLimitsSource): void {
  planner = new PlanBatches(world.database, world.clock, world.ids, JURISDICTION, limits);
  sender = new SendWhenDue(world.database, world.clock, planner, JURISDICTION, LINGER_SECONDS);
}

beforeEach(() => {
  world = new DeliveryWorld();
  use();
});

const invoices = (count: number, from = 0, context = SELLER_CONTEXT) =>
  Array.from({ length: count }, (_, at) => {
    const number = `FV/${String(from + at)}`;
    return anIssuedInvoice(number, { context, facts: someFacts({ number: number as InvoiceNumber }) });
  });

/** Looks that keep the gate open while time passes. */
async function pass(seconds: number): Promise<void> {
  for (let left = seconds; left > 0; left -= 60) {
    world.clock.advance(Math.min(60, left));
    await world.database.connection.looked(true, world.clock.now());
  }
}

async function plannedNow(): Promise<readonly PlannedBatch[]> {
  const planned = await sender.execute(TENANT);
  if (!planned.ok) throw new Error(planned.error.reason);
  return planned.value;
}

describe('sending when it is due', () => {
  it('waits for company, then sends; and says so to the sweeper', async () => {
    await world.database.connection.looked(true, world.clock.now());
    await world.add('FV/1', 'FV/2');
    await pass(LINGER_SECONDS - 1);
    expect(await sender.tenantsDue()).toEqual([]);
    expect(await plannedNow()).toEqual([]);
    await pass(1);
    expect(await sender.tenantsDue()).toEqual([TENANT]);
    expect(await plannedNow()).toMatchObject([{ invoiceCount: 2 }]);
    expect(await sender.tenantsDue()).toEqual([]);
  });

  it('is held while nobody reaches KSeF', async () => {
    await world.add('FV/1');
    world.clock.advance(LINGER_SECONDS);
    expect(await sender.execute(TENANT)).toMatchObject({ ok: false, error: { code: 'SENDING_HELD' } });
  });

  it('begins small after an outage, and goes on when the first session has got through', async () => {
    await world.add(...invoices(FIRST_SESSION_INVOICES + 20));
    await pass(LINGER_SECONDS + 30);
    const [first, ...more] = await plannedNow();
    expect([first?.invoiceCount, more]).toEqual([FIRST_SESSION_INVOICES, []]);
    expect(await plannedNow()).toEqual([]);

    await world.runToEnd(first!.id);
    await pass(60);
    expect(await plannedNow()).toMatchObject([{ invoiceCount: 20 }]);
  });

  it('does not begin small when a target presses', async () => {
    await world.add(...invoices(FIRST_SESSION_INVOICES + 20));
    // Due on Tuesday at midnight; six hours before it nothing is held back.
    const late = Temporal.Instant.from('2026-11-24T18:00:00+01:00');
    await pass((late.epochMilliseconds - world.clock.now().epochMilliseconds) / 1000);
    expect(await plannedNow()).toMatchObject([{ invoiceCount: FIRST_SESSION_INVOICES + 20 }]);
  });

  it('keeps few batches in hand, and plans the next when one has gone to KSeF', async () => {
    use(smallSessions(1));
    await world.database.connection.looked(true, world.clock.now());
    await world.runToEnd(await world.plannedBatch('FV/first'));
    await world.add(...invoices(3), ...invoices(5, 10, OTHER_CONTEXT));
    await pass(LINGER_SECONDS + 30);
    const planned = await plannedNow();
    // Two in the context that has delivered lately, one small first session in the other.
    expect(planned.map(({ context }) => context)).toEqual([SELLER_CONTEXT, SELLER_CONTEXT, OTHER_CONTEXT]);
    expect(await plannedNow()).toEqual([]);
    await world.runToEnd(planned[0]!.id);
    await pass(60);
    expect(await plannedNow()).toMatchObject([{ context: SELLER_CONTEXT }]);
  });

  it('rests a context after failures, and only that one', async () => {
    await world.add(...invoices(1), ...invoices(1, 10, OTHER_CONTEXT));
    await pass(LINGER_SECONDS + 30);
    const [failing] = await planner.inContext(TENANT, { context: SELLER_CONTEXT, actor: 'worker' });
    world.ksef.script('open', refused(21184, 'sesja chwilowo niedostępna'));
    await world.worker().execute(TENANT, failing!.id, { aborted: false });
    expect(await plannedNow()).toMatchObject([{ context: OTHER_CONTEXT }]);
    await pass(60);
    expect(await plannedNow()).toMatchObject([{ context: SELLER_CONTEXT }]);
  });
});

describe('a rule of the tenant', () => {
  const rule = { hoursBeforeTarget: 3, person: 'Anna', actor: 'api-key:7', reason: 'At the end of the day.' };
  const decide = () =>
    new ChangeSendingRule(world.database, world.clock).execute(TENANT, {
      ...rule,
      schedule: { kind: 'daily', times: ['18:00'] },
    });
  const until = (moment: string) =>
    pass((Temporal.Instant.from(moment).epochMilliseconds - world.clock.now().epochMilliseconds) / 1000);

  it('is stored with its author, audited, and followed', async () => {
    expect(await decide()).toMatchObject({ ok: true });
    expect(await world.database.sending.rules()).toMatchObject([rule]);
    expect(await world.database.audit.of('policy', 'sending')).toMatchObject([
      { actor: 'api-key:7', action: 'sending-rule.decided', facts: { person: 'Anna', hoursBeforeTarget: 3 } },
    ]);
    await world.add('FV/1');
    await until('2026-11-23T17:59:59+01:00');
    expect(await plannedNow()).toEqual([]);
    await until('2026-11-23T18:00:00+01:00');
    expect(await plannedNow()).toHaveLength(1);
  });

  it('never holds back what its target presses for', async () => {
    await decide();
    await world.add('FV/1');
    await until('2026-11-23T18:00:00+01:00');
    const [batch] = await plannedNow();
    await world.runToEnd(batch!.id);
    // Issued after the hour of the schedule, due on Tuesday at midnight: at 21:00, not on Wednesday at 18:00.
    const later = anIssuedInvoice('FV/2');
    await world.add({
      ...later,
      issue: { ...later.issue, issuedAt: Temporal.Instant.from('2026-11-24T19:00:00+01:00') },
    });
    await until('2026-11-24T20:50:00+01:00');
    expect(await plannedNow()).toEqual([]);
    await until('2026-11-24T21:00:00+01:00');
    expect(await plannedNow()).toHaveLength(1);
  });
});

describe('sending on demand', () => {
  it('plans at once what is asked for, whatever the schedule and the connection', async () => {
    await world.add(...invoices(2), ...invoices(1, 10, OTHER_CONTEXT));
    const now = new SendNow(world.database, world.clock, planner);
    const dueBefore = Temporal.Instant.from('2026-11-23T00:00:00Z');
    expect(await now.execute(TENANT, { actor: 'api-key:7', dueBefore })).toEqual({ planned: [], moreFollow: false });
    expect(await now.execute(TENANT, { actor: 'api-key:7', context: OTHER_CONTEXT })).toMatchObject({
      planned: [{ context: OTHER_CONTEXT, invoiceCount: 1 }],
    });
    expect(await now.execute(TENANT, { actor: 'api-key:7' })).toMatchObject({ planned: [{ invoiceCount: 2 }] });
  });

  it('leaves the rest of a large backlog to the workers, as an order that ends when it is fulfilled', async () => {
    use(smallSessions(1));
    await new ChangeSendingRule(world.database, world.clock).execute(TENANT, {
      ...{ schedule: { kind: 'daily', times: ['18:00'] }, hoursBeforeTarget: 1 },
      ...{ person: 'Anna', actor: 'api-key:7', reason: 'At the end of the day.' },
    });
    await world.add(...invoices(6));
    world.clock.advance(1);
    const sent = await new SendNow(world.database, world.clock, planner).execute(TENANT, { actor: 'api-key:7' });
    expect([sent.planned.length, sent.moreFollow]).toEqual([4, true]);
    await pass(60);
    expect(await plannedNow()).toEqual([]);
    for (const { id } of sent.planned) await world.runToEnd(id);
    await pass(60);
    expect(await plannedNow()).toHaveLength(2);
    expect(await world.database.sending.openOrders()).toEqual([]);
  });
});
