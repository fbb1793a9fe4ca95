import { expect, it } from '@jest/globals';
import { Temporal } from '../shared/instant.js';
import { OTHER_CONTEXT, SELLER_CONTEXT, TENANT, anIssuedInvoice, someFacts } from '../testing/builders.js';
import { aBulletin } from '../testing/bulletins.js';
import { DeliveryWorld } from '../testing/delivery-world.js';
import { ReadDeadlines } from './deadline-book.js';

const day = Temporal.PlainDate.from('2026-11-24');
const endsAt = Temporal.Instant.from('2026-11-24T22:59:59.999Z');

it('groups what waits by day and context, and counts what is at risk', async () => {
  const world = new DeliveryWorld();
  await world.add('FV/1', 'FV/2', anIssuedInvoice('FV/3', { context: OTHER_CONTEXT }));
  const issued = anIssuedInvoice('FV/4');
  await world.add({
    ...issued,
    facts: someFacts({ ...issued.facts, issueDate: Temporal.PlainDate.from('2026-11-20') }),
  });
  const read = (moment: string) => {
    world.clock.set(moment);
    return new ReadDeadlines(world.database, world.clock).execute(TENANT);
  };
  const noneAtRisk = { '24h': 0, '6h': 0, '1h': 0 };

  const overdueFrom = (await read('2026-11-24T00:00:00+01:00')).find(({ overdue }) => overdue > 0);
  expect(overdueFrom).toMatchObject({
    day: Temporal.PlainDate.from('2026-11-23'),
    invoices: 1,
    overdue: 1,
    atRisk: noneAtRisk,
  });

  const dueNext = (await read('2026-11-24T18:30:00+01:00')).filter((line) => line.day?.equals(day));
  expect(dueNext).toEqual([
    {
      day,
      endsAt,
      targetAt: endsAt,
      context: SELLER_CONTEXT,
      kind: 'due',
      invoices: 2,
      needPerson: 0,
      byRegime: { offline24: 2 },
      atRisk: { '24h': 2, '6h': 2, '1h': 0 },
      overdue: 0,
    },
    expect.objectContaining({ context: OTHER_CONTEXT, invoices: 1 }),
  ]);
});

it('shows what has no day yet', async () => {
  const world = new DeliveryWorld();
  await world.database.bulletins.add([aBulletin()]);
  await world.add('FV/1');
  const [line] = await new ReadDeadlines(world.database, world.clock).execute(TENANT, SELLER_CONTEXT);
  expect(line).toMatchObject({ kind: 'open', invoices: 1, byRegime: { emergency: 1 }, overdue: 0 });
  expect(line).not.toHaveProperty('day');
  expect(await new ReadDeadlines(world.database, world.clock).execute(TENANT, OTHER_CONTEXT)).toEqual([]);
});
