import { describe, expect, it } from '@jest/globals';
import { Temporal } from '../shared/instant.js';
import { TENANT } from '../testing/builders.js';
import { aBulletin } from '../testing/bulletins.js';
import { DeliveryWorld } from '../testing/delivery-world.js';
import { JURISDICTION } from '../testing/issuing-world.js';
import { ReadInvoices } from './read-invoices.js';

describe('ReadInvoices', () => {
  it('tells the term of a delivered invoice by every message published before its delivery, whenever that was read', async () => {
    const world = new DeliveryWorld();
    await world.runToEnd(await world.plannedBatch('FV/1'));
    const read = new ReadInvoices(world.database, JURISDICTION);
    const { id } = world.invoice('FV/1');
    const dayOf = async () => (await read.find(TENANT, id))?.term?.deadline;
    expect(await dayOf()).toMatchObject({ kind: 'due', day: Temporal.PlainDate.from('2026-11-24') });

    await world.database.bulletins.add([aBulletin({ start: '2026-11-23T10:30:00+01:00' })]);
    expect(await dayOf()).toMatchObject({ kind: 'open', basis: 'art. 106nf(4)' });
    expect(await read.list(TENANT, {}, 10)).toMatchObject([{ term: { deadline: { kind: 'open' } } }]);
  });

  it('tells the stored term of a waiting one, and nothing of one that is not there', async () => {
    const world = new DeliveryWorld();
    await world.add('FV/1');
    await world.database.bulletins.add([aBulletin()]);
    const read = new ReadInvoices(world.database, JURISDICTION);
    expect(await read.find(TENANT, world.invoice('FV/1').id)).toMatchObject({ term: { deadline: { kind: 'due' } } });
    expect(await read.find(TENANT, 'none' as never)).toBeUndefined();
  });
});
