import { describe, expect, it } from '@jest/globals';
import { FA3 } from '../invoice/invoice-facts.js';
import { TENANT } from '../testing/builders.js';
import { CorrectionWorld } from './testing/correction-world.js';
import { WarnOfMassRejection } from './warn-of-mass-rejection.js';

describe('a mass rejection', () => {
  it('is warned of above a hundred refused files of a schema, once an hour', async () => {
    const { database, clock } = new CorrectionWorld();
    const warn = new WarnOfMassRejection(database, clock);
    const rejected = (invoices: number) => (database.massRejections.rejected = [{ formCode: FA3, invoices }]);
    rejected(100);
    expect(await warn.execute(TENANT)).toEqual([]);
    rejected(101);
    expect(await warn.execute(TENANT)).toMatchObject([{ formCode: FA3, invoices: 101, raisedAt: clock.now() }]);
    expect(await warn.execute(TENANT)).toEqual([]);
    expect(database.outbox.events).toMatchObject([
      { type: 'invoice.mass-rejection', subject: 'FA (3) 1-0E', facts: { invoices: 101, withinHours: 1 } },
    ]);
    clock.advance(3601);
    expect(await warn.execute(TENANT)).toHaveLength(1);
  });
});
