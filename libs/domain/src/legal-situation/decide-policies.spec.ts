import { describe, expect, it } from '@jest/globals';
import { OTHER_CONTEXT, SELLER_CONTEXT, TENANT } from '../testing/builders.js';
import { IssuingWorld, JURISDICTION } from '../testing/issuing-world.js';
import type { ContextIdentifier, ContextValue } from '../party/context-identifier.js';
import { ChangeDeadlinePolicy, DecideHousePolicies } from './decide-policies.js';
import { situationOf } from './legal-situation.js';

const by = { author: 'Anna Nowak', reason: 'Opinion of the tax adviser' };

describe('ChangeDeadlinePolicy', () => {
  it('stores the decision with its author, moment and reason; every deadline is derived anew', async () => {
    const world = new IssuingWorld();
    const change = new ChangeDeadlinePolicy(world.database, world.clock);
    const request = { policy: 'saturday', reading: 'business-day', ...by };
    expect(await change.execute(TENANT, 'api-key:1', request)).toMatchObject({ ok: true });
    const records = await world.database.legal.read();
    expect(records.policyChanges).toEqual([{ ...request, decidedAt: world.clock.now() }]);
    expect(situationOf(records, JURISDICTION).law.rules).toMatchObject({ saturday: 'business-day' });
    expect(world.database.recalculations.causes).toEqual(['policy saturday = business-day']);
    expect(world.database.audit.entries).toMatchObject([
      {
        actor: 'api-key:1',
        action: 'policy.changed',
        subject: { kind: 'policy', id: 'saturday' },
        facts: { reason: by.reason },
      },
    ]);
  });

  it('stores nothing of a decision that is refused', async () => {
    const world = new IssuingWorld();
    const request = { policy: 'saturday', reading: 'sometimes', ...by };
    expect(await new ChangeDeadlinePolicy(world.database, world.clock).execute(TENANT, 'x', request)).toMatchObject({
      error: { code: 'READING_NOT_ALLOWED' },
    });
    expect((await world.database.legal.read()).policyChanges).toEqual([]);
    expect(world.database.recalculations.causes).toEqual([]);
  });
});

describe('DecideHousePolicies', () => {
  const policies = [{ kind: 'days-from-issue', days: 7 }] as const;
  const decide = (world: IssuingWorld, context: ContextIdentifier, days = 7) =>
    new DecideHousePolicies(world.database, world.clock).execute(TENANT, 'api-key:1', {
      context,
      policies: [{ kind: 'days-from-issue', days }],
      ...by,
    });

  it('holds the context to them from now on, and no other', async () => {
    const world = new IssuingWorld();
    expect(await decide(world, SELLER_CONTEXT)).toMatchObject({ ok: true });
    const situation = situationOf(await world.database.legal.read(), JURISDICTION);
    expect(situation.housePolicies(SELLER_CONTEXT)).toEqual(policies);
    expect(situation.housePolicies(OTHER_CONTEXT)).toEqual([]);
    expect(world.database.recalculations.causes).toEqual(['house policies of Nip:5265877635']);
    expect(world.database.audit.entries).toMatchObject([{ action: 'house-policies.decided' }]);
  });

  it('refuses what could be later than the law, and a context that is not the tenant’s', async () => {
    const world = new IssuingWorld();
    expect(await decide(world, SELLER_CONTEXT, 30)).toMatchObject({
      error: { code: 'HOUSE_POLICIES_REFUSED', refusals: [{ code: 'HOUSE_POLICY_LATER_THAN_LAW' }] },
    });
    const foreign: ContextIdentifier = { type: 'Nip', value: '5213814999' as ContextValue };
    expect(await decide(world, foreign)).toMatchObject({ error: { code: 'CONTEXT_NOT_FOUND' } });
    expect(world.database.audit.entries).toEqual([]);
  });
});
