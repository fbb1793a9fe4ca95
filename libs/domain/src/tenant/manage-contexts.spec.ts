import { describe, expect, it } from '@jest/globals';
import type { ContextIdentifier, ContextValue } from '../party/context-identifier.js';
import { Temporal } from '../shared/instant.js';
import { SELLER_CONTEXT, TENANT } from '../testing/builders.js';
import { CountingIds } from '../testing/counting-ids.js';
import { InMemoryDatabase } from '../testing/in-memory-database.js';
import { AddContext, RemoveContext } from './manage-contexts.js';

const clock = { now: () => Temporal.Instant.from('2026-11-20T11:00:00Z') };
const BY = { tenant: TENANT, actor: 'api-key:admin/1' };
const BRANCH: ContextIdentifier = { type: 'InternalId', value: '5265877635-00001' as ContextValue };

function world() {
  const database = new InMemoryDatabase(clock);
  const add = new AddContext(database, clock, new CountingIds());
  const actions = () => database.audit.entries.map(({ action, facts }) => [action, facts['context']]);
  return { database, add, remove: new RemoveContext(database, clock), actions };
}

describe('contexts of a tenant', () => {
  it('are added once, with one audit entry, however often it is asked', async () => {
    const { database, add, actions } = world();
    const [first, again] = [await add.execute(BY, BRANCH, 'Oddział'), await add.execute(BY, BRANCH, 'Oddział')];
    expect(first).toMatchObject({ ok: true, value: { isNew: true, context: { identifier: BRANCH, name: 'Oddział' } } });
    expect(again).toMatchObject({ ok: true, value: { isNew: false } });
    expect(database.tenantContexts).toHaveLength(3);
    expect(actions()).toEqual([['context.added', 'InternalId:5265877635-00001']]);
  });

  it('keep their name: another one for the same context is refused', async () => {
    expect(await world().add.execute(BY, SELLER_CONTEXT, 'Other')).toMatchObject({
      ok: false,
      error: { code: 'CONTEXT_NAME_DIFFERS', id: 'context-1' },
    });
  });

  it('are removed unless something was made in them', async () => {
    const { database, remove, actions } = world();
    database.usedContexts = ['context-1'];
    expect(await remove.execute(BY, 'context-1')).toEqual({
      ok: false,
      error: { code: 'CONTEXT_IN_USE', by: 'invoice' },
    });
    expect(await remove.execute(BY, 'context-2')).toEqual({ ok: true, value: undefined });
    expect(await remove.execute(BY, 'context-2')).toEqual({ ok: false, error: { code: 'CONTEXT_NOT_FOUND' } });
    expect(database.tenantContexts.map(({ id }) => id)).toEqual(['context-1']);
    expect(actions()).toHaveLength(1);
  });
});
