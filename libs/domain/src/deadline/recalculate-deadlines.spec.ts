import { describe, expect, it } from '@jest/globals';
import { polishBusinessDays } from '../calendar/business-day-calendar.js';
import type { InvoiceNumber } from '../invoice/invoice-facts.js';
import type { InvoiceId } from '../invoice/invoice.js';
import { TENANT, aReceivedInvoice, anIssuedInvoice, someFacts } from '../testing/builders.js';
import { aBulletin, aMaintenanceBulletin, anEndBulletin } from '../testing/bulletins.js';
import { DeliveryWorld } from '../testing/delivery-world.js';
import { RecalculateDeadlines, describeDeadline, statutoryDeadline } from './recalculate-deadlines.js';

const calendar = polishBusinessDays();
const recalculate = (world: DeliveryWorld) =>
  new RecalculateDeadlines(world.database, calendar, world.clock).execute(TENANT);

async function deadlineOf(world: DeliveryWorld, number: string): Promise<string | undefined> {
  const stored = await world.database.invoices.find(world.invoice(number).id);
  return stored?.deadline === undefined ? undefined : describeDeadline(stored.deadline);
}

describe('RecalculateDeadlines', () => {
  it('moves the deadline of a waiting invoice as messages come, each move with an audit row', async () => {
    const world = new DeliveryWorld();
    await world.add('FV/1');
    expect(await deadlineOf(world, 'FV/1')).toBe('2026-11-24');
    expect(await recalculate(world)).toBe(0);

    await world.database.bulletins.add([aBulletin({ start: '2026-11-24T09:00:00+01:00' })]);
    expect(await recalculate(world)).toBe(1);
    expect(await deadlineOf(world, 'FV/1')).toBe('open: the outage has not ended');

    const ended = { start: '2026-11-24T09:00:00+01:00', end: '2026-11-24T15:00:00+01:00' };
    await world.database.bulletins.add([anEndBulletin(ended)]);
    expect(await recalculate(world)).toBe(1);
    expect(await deadlineOf(world, 'FV/1')).toBe('2026-12-03');

    expect(await recalculate(world)).toBe(0);
    const trail = await world.database.audit.of('invoice', world.invoice('FV/1').id);
    expect(trail.map(({ action, facts }) => [action, facts])).toEqual([
      ['deadline.moved', { deadline: 'open: the outage has not ended', basis: 'art. 106nha' }],
      ['deadline.moved', { deadline: '2026-12-03', basis: 'art. 106nha' }],
    ]);
  });

  it('does not move it for maintenance, nor for a total failure nobody has confirmed', async () => {
    const world = new DeliveryWorld();
    await world.add('FV/1');
    await world.database.bulletins.add([
      aMaintenanceBulletin({ start: '2026-11-24T08:00:00+01:00', end: '2026-11-25T02:00:00+01:00' }),
      aBulletin({ id: 'K/2026/AWC/01', category: 'total-failure', start: '2026-11-24T08:00:00+01:00' }),
    ]);
    expect(await recalculate(world)).toBe(0);
    expect(await deadlineOf(world, 'FV/1')).toBe('2026-11-24');
  });

  it('passes over invoices that KSeF has accepted', async () => {
    const world = new DeliveryWorld();
    await world.runToEnd(await world.plannedBatch('FV/1'));
    await world.add('FV/2');
    await world.database.bulletins.add([aBulletin({ start: '2026-11-24T09:00:00+01:00' })]);
    expect(await recalculate(world)).toBe(1);
    expect(await deadlineOf(world, 'FV/1')).toBe('2026-11-24');
  });

  it('goes through more invoices than one transaction takes, each once', async () => {
    const world = new DeliveryWorld();
    await world.add(
      ...Array.from({ length: 2001 }, (_, at) => {
        const number = `FV/${String(at).padStart(5, '0')}`;
        return anIssuedInvoice(number, {
          id: `invoice-${number}` as InvoiceId,
          facts: someFacts({ number: number as InvoiceNumber }),
        });
      }),
    );
    await world.database.bulletins.add([aBulletin({ start: '2026-11-24T09:00:00+01:00' })]);
    expect(await recalculate(world)).toBe(2001);
    expect(world.database.audit.entries).toHaveLength(2001);
  });
});

describe('statutoryDeadline', () => {
  it('is none for an invoice that is not issued, or issued online', () => {
    expect(statutoryDeadline(aReceivedInvoice(), [], calendar)).toBeUndefined();
    const issued = anIssuedInvoice();
    const online = { ...issued, issue: { ...issued.issue, mode: 'online' as const } };
    expect(
      statutoryDeadline({ ...online, state: 'in-session', delivery: { channel: 'interactive' } }, [], calendar),
    ).toBe(undefined);
  });

  it('says for people what it is', () => {
    const base = { regime: 'total-failure', basis: 'art. 106ng', explanation: [], calendarVersion: 'x' } as const;
    expect(describeDeadline({ ...base, kind: 'none' })).toBe('none: nothing is sent');
    expect(describeDeadline({ ...base, kind: 'open' })).toBe('open: the outage has not ended');
  });
});
