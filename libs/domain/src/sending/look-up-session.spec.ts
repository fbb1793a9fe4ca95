import { describe, expect, it } from '@jest/globals';
import { KsefUnreachableError } from '../session/ksef-access.js';
import { ReadSession } from '../session/read-session.js';
import type { SessionReader } from '../session/session-reader.port.js';
import type { SessionReference } from '../session/session-reference.js';
import { TENANT } from '../testing/builders.js';
import { DeliveryWorld } from '../testing/delivery-world.js';
import { LookUpSession } from './look-up-session.js';

async function delivered() {
  const world = new DeliveryWorld();
  const batch = await world.runToEnd(await world.plannedBatch('FV/1', 'FV/2'));
  if (batch.state !== 'done') throw new Error(batch.state);
  const lookUp = (reader: SessionReader) =>
    new LookUpSession(world.database, new ReadSession(world.database, reader), world.clock);
  return { world, batch, lookUp };
}

const unreachable = (): Promise<never> => Promise.reject(new KsefUnreachableError('no answer'));

describe('looking a session up', () => {
  it('is live, and says which batch it carries and what happens next', async () => {
    const { world, batch, lookUp } = await delivered();
    const found = await lookUp(world.ksef).execute(TENANT, batch.session);
    expect(found).toMatchObject({
      ...{ source: 'ksef', reference: batch.session, status: { code: 200 } },
      batch: { batch: { id: batch.id, state: 'done' }, next: { code: 'NOTHING' } },
    });
    expect(found?.invoices).toHaveLength(2);
    expect(found?.invoices.every((row) => !('upoDownloadUrl' in row))).toBe(true);
  });

  it('is what is stored when KSeF does not answer, and says so', async () => {
    const { world, batch, lookUp } = await delivered();
    const silent = new Proxy(world.ksef, { get: () => unreachable }) as unknown as SessionReader;
    const found = await lookUp(silent).execute(TENANT, batch.session);
    expect(found).toMatchObject({
      ...{ source: 'stored', notAsked: 'no answer', status: { code: 200 } },
      batch: { batch: { id: batch.id } },
    });
    expect(found?.invoices).toHaveLength(2);
  });

  it('does not make up a session that nobody knows', async () => {
    const { world, lookUp } = await delivered();
    const other = 'session-of-somebody-else' as SessionReference;
    expect(await lookUp(world.ksef).execute(TENANT, other)).toBeUndefined();
    const silent = new Proxy(world.ksef, { get: () => unreachable }) as unknown as SessionReader;
    await expect(lookUp(silent).execute(TENANT, other)).rejects.toBeInstanceOf(KsefUnreachableError);
  });
});
