import { describe, expect, it } from '@jest/globals';
import { RecalculateDeadlines } from '../deadline/recalculate-deadlines.js';
import type { InvoiceFacts, InvoiceNumber } from '../invoice/invoice-facts.js';
import type { AcceptedInvoice, CompleteInvoice, InvoiceId } from '../invoice/invoice.js';
import { stateEvents } from '../invoice/state-events.js';
import { Temporal } from '../shared/instant.js';
import { aBulletin } from '../testing/bulletins.js';
import { aReceivedInvoice, anAcceptance, anIssuedInvoice, MONDAY_11, someFacts, TENANT } from '../testing/builders.js';
import { DeliveryWorld } from '../testing/delivery-world.js';
import { JURISDICTION } from '../testing/issuing-world.js';
import type { HandoverId } from './handover.js';

const NOW = Temporal.Instant.from(MONDAY_11);

async function issued(world: DeliveryWorld, number: string, facts: Partial<InvoiceFacts> = {}): Promise<InvoiceId> {
  const invoice = anIssuedInvoice(number, { facts: someFacts({ number: number as InvoiceNumber, ...facts }) });
  await world.add(invoice);
  return invoice.id;
}

const recalculate = (world: DeliveryWorld) =>
  new RecalculateDeadlines(world.database, JURISDICTION, world.clock).execute(TENANT);

const due = (world: DeliveryWorld) => world.database.outbox.events.filter(({ type }) => type === 'document.due');

describe('document.due', () => {
  it('says with the number, once, that every copy carries it from now on', () => {
    const accepted: AcceptedInvoice = {
      ...aReceivedInvoice(),
      state: 'accepted',
      issue: anIssuedInvoice().issue,
      delivery: { channel: 'interactive' },
      acceptance: anAcceptance(),
    };
    const complete: CompleteInvoice = { ...accepted, state: 'complete' };

    const events = stateEvents([accepted], NOW);

    expect(events.map(({ type }) => type)).toEqual(['invoice.accepted', 'document.due']);
    expect(events[1]).toMatchObject({
      subject: accepted.id,
      facts: {
        document: 'invoice-with-number',
        ksefNumber: anAcceptance().ksefNumber,
        basis: 'art. 106gb(5), regulation §9(2)',
      },
    });
    expect(stateEvents([complete], NOW).map(({ type }) => type)).toEqual(['invoice.complete']);
  });

  it('comes with a failure announced while an invoice waits, for the buyers whose document changes', async () => {
    const world = new DeliveryWorld();
    const domestic = await issued(world, 'FV/1');
    const handed = await issued(world, 'FV/2');
    await issued(world, 'FV/3', { buyer: { kind: 'none' } });
    await world.database.handovers.add({
      ...{ id: 'handover-1' as HandoverId, invoiceId: handed, document: 'transaction-confirmation', channel: 'paper' },
      ...{ recipient: 'Jan', handedOverAt: NOW, recordedAt: NOW, recordedBy: 'api-key:1' },
    });

    await world.database.bulletins.add([aBulletin({ start: '2026-11-24T09:00:00+01:00' })]);
    await recalculate(world);

    const facts = {
      ...{ before: 'transaction-confirmation', document: 'invoice-with-two-codes' },
      ...{ basis: 'art. 106nha, art. 106nf(1), regulation §9(4)', cause: 'regular check' },
    };
    expect(due(world).map(({ subject, facts: told }) => [subject, told])).toEqual([
      [domestic, { ...facts, handedOver: false }],
      [handed, { ...facts, handedOver: true }],
    ]);
    await recalculate(world);
    expect(due(world)).toHaveLength(2);
  });

  it('does not come with a message that moves only the day', async () => {
    const world = new DeliveryWorld();
    await issued(world, 'FV/1');
    await world.database.bulletins.add([aBulletin({ start: '2026-11-24T09:00:00+01:00' })]);
    await recalculate(world);
    expect(due(world)).toHaveLength(1);

    const second = { id: 'K/2026/AWR/02', start: '2026-11-25T09:00:00+01:00' };
    await world.database.bulletins.add([aBulletin(second)]);
    await recalculate(world);
    expect(due(world)).toHaveLength(1);
  });
});
