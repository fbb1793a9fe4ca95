import { describe, expect, it } from '@jest/globals';
import { NO_TRAFFIC } from '../outage/ksef-traffic.port.js';
import { WatchOutages } from '../outage/watch-outages.js';
import { contextLabel, type ContextIdentifier, type ContextValue } from '../party/context-identifier.js';
import type { AuthorizationOutcome } from '../session/authorization.port.js';
import { anAuthenticationCertificate, OTHER_CONTEXT, SELLER_CONTEXT, TENANT } from '../testing/builders.js';
import { IssuingWorld } from '../testing/issuing-world.js';
import { RetryConnection } from './retry-connection.js';

/** KSeF answers the probe or not; logins end as scripted, and take so long. */
function retrying(outcome: AuthorizationOutcome['outcome'], { answers = true, takesSeconds = 0 } = {}) {
  const world = new IssuingWorld();
  const { database, clock } = world;
  const tried: string[] = [];
  const authorization = {
    attempt: ({ context }: { readonly context: ContextIdentifier }) => {
      clock.advance(takesSeconds);
      tried.push(contextLabel(context));
      return Promise.resolve({ outcome, detail: 'as scripted', triedAt: clock.now() });
    },
  };
  const ports = {
    latarnia: { state: () => Promise.resolve('available' as const), bulletins: () => Promise.resolve([]) },
    probe: {
      probe: () =>
        Promise.resolve({ kind: answers ? ('answered' as const) : ('silent' as const), detail: 'as scripted' }),
    },
    traffic: { take: () => NO_TRAFFIC },
    neutral: { ask: () => Promise.resolve('none-set' as const) },
  };
  const watch = new WatchOutages(database, ports, clock);
  const retry = new RetryConnection(database, authorization, watch, clock);
  return { world, tried, execute: () => retry.execute(TENANT) };
}

const outcomes = async (tried: ReturnType<ReturnType<typeof retrying>['execute']>) =>
  (await tried).map(({ context, authorization }) => [context, authorization.outcome]);

function withContexts(world: IssuingWorld, count: number): Promise<void> {
  const identifiers = Array.from({ length: count }, (_, index): ContextIdentifier => {
    return { type: 'InternalId', value: `5265877635-0000${String(index)}` as ContextValue };
  });
  world.database.tenantContexts = identifiers.map((identifier, index) => ({ id: String(index), identifier, name: '' }));
  return world.has(...identifiers.map((context) => anAuthenticationCertificate({ context })));
}

describe('trying the connection again', () => {
  it('logs in for each context that has a certificate for it, looks, and lets batches out at once', async () => {
    const { world, tried, execute } = retrying('authorized');
    await world.has(anAuthenticationCertificate());
    await world.looked(false);
    world.clock.advance(30);

    expect(await outcomes(execute())).toEqual([
      [contextLabel(SELLER_CONTEXT), 'authorized'],
      [contextLabel(OTHER_CONTEXT), 'no-certificate'],
    ]);
    expect(tried).toEqual([contextLabel(SELLER_CONTEXT)]);
    expect(await world.database.connection.read()).toMatchObject({
      ksefReachable: true,
      latarnia: 'available',
      gate: { state: 'open' },
    });
  });

  it('leaves sending to the looks when nobody was let in', async () => {
    const { world, execute } = retrying('refused');
    await world.has(anAuthenticationCertificate());
    await world.looked(false);
    world.clock.advance(30);

    await execute();
    expect(await world.database.connection.read()).toMatchObject({ ksefReachable: true, gate: { state: 'closed' } });
  });

  it('tries no further context once KSeF did not answer one', async () => {
    const { world, tried, execute } = retrying('unreachable', { answers: false });
    await withContexts(world, 3);

    expect((await execute()).map(({ authorization }) => authorization.outcome)).toEqual([
      'unreachable',
      'not-now',
      'not-now',
    ]);
    expect(tried).toHaveLength(1);
    expect(await world.database.connection.read()).toMatchObject({ ksefReachable: false, gate: { state: 'closed' } });
  });

  it('tries five contexts at most', async () => {
    const { world, tried, execute } = retrying('authorized');
    await withContexts(world, 7);

    const all = await execute();
    expect(tried).toHaveLength(5);
    expect(all.slice(4).map(({ authorization }) => authorization.outcome)).toEqual([
      'authorized',
      'not-now',
      'not-now',
    ]);
  });

  it('begins no further attempt after twenty seconds', async () => {
    const { world, tried, execute } = retrying('refused', { takesSeconds: 10 });
    await withContexts(world, 4);

    await execute();
    expect(tried).toHaveLength(2);
  });
});
