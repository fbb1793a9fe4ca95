import { describe, expect, it } from '@jest/globals';
import { OTHER_CONTEXT, TENANT, anIssuedInvoice } from '../testing/builders.js';
import { DeliveryWorld } from '../testing/delivery-world.js';
import { ReadSession } from './read-session.js';
import { sessionInvoices } from './session-invoices.js';
import type { SessionReference } from './session-reference.js';

describe('ReadSession', () => {
  it('reads every page of a session, whichever context of the tenant it belongs to', async () => {
    const world = new DeliveryWorld();
    const numbers = ['FV/1', 'FV/2', 'FV/3', 'FV/4', 'FV/5'];
    await world.add(...numbers.map((number) => anIssuedInvoice(number, { context: OTHER_CONTEXT })));
    const [batch] = await world.planner.execute(TENANT, 'worker');
    await world.runToEnd(batch!.id);

    const view = await new ReadSession(world.database, world.ksef).execute(TENANT, 'session-1' as SessionReference);
    expect(view).toMatchObject({ reference: 'session-1', status: { code: 200 } });
    expect(view?.invoices.map(({ hash }) => hash)).toEqual(numbers.map((number) => world.invoice(number).hash));
  });

  it('knows nothing of a session that none of them knows', async () => {
    const world = new DeliveryWorld();
    const read = new ReadSession(world.database, world.ksef).execute(TENANT, 'session-9' as SessionReference);
    expect(await read).toBeUndefined();
  });
});

it('gives up on a list of invoices that does not end', async () => {
  const world = new DeliveryWorld();
  const endless = Object.assign(Object.create(world.ksef) as DeliveryWorld['ksef'], {
    invoices: () => Promise.resolve({ invoices: [], continuationToken: 'again' }),
  });
  const all = async () => {
    for await (const _row of sessionInvoices(
      endless,
      { tenant: TENANT, context: OTHER_CONTEXT },
      'session-1' as SessionReference,
    ));
  };
  await expect(all()).rejects.toThrow('does not end');
});
