import { describe, expect, it } from '@jest/globals';
import { Temporal } from '../shared/instant.js';
import { TENANT, anAuthenticationCertificate, anOfflineCertificate } from '../testing/builders.js';
import { aBulletin } from '../testing/bulletins.js';
import { IssuingWorld, JURISDICTION } from '../testing/issuing-world.js';
import { CheckAvailability } from './check-availability.js';

const check = (world: IssuingWorld) => new CheckAvailability(world.database, world.clock, JURISDICTION).execute(TENANT);

describe('CheckAvailability', () => {
  it('tells mode, sending, and which context could issue offline with which certificate', async () => {
    const world = new IssuingWorld();
    await world.has(anOfflineCertificate(), anAuthenticationCertificate());
    await world.looked(true);
    expect(await check(world)).toMatchObject({
      checkedAt: Temporal.Instant.from('2026-11-23T10:00:00Z'),
      connection: { ksefReachable: true, ksefDetail: 'KSeF answers.', lastLook: { network: 'up' } },
      latarnia: 'available',
      mode: 'online',
      reason: 'KSeF answers, and no announced outage covers the invoice.',
      sending: { sending: true, reason: 'KSeF can be reached.' },
      outagesInForce: [],
      contexts: [
        {
          context: 'Nip:5265877635',
          offline: { ready: true, certificate: { serial: '01F20A5D352AE590', type: 'Offline' } },
          login: { ready: true, certificate: { serial: '02F20A5D352AE590', type: 'Authentication' } },
          invoiceNow: { mode: 'online' },
        },
        {
          context: 'Nip:7335255579',
          offline: { ready: false },
          login: { ready: false },
          invoiceNow: { reason: expect.stringMatching(/^It would be refused\./) },
        },
      ],
    });
  });

  it('knows nothing of a connection nobody has looked at', async () => {
    const availability = await check(new IssuingWorld());
    expect(availability).not.toHaveProperty('connection');
    expect(availability).toMatchObject({ mode: 'offline24', latarnia: 'unknown', sending: { sending: false } });
  });

  it('shows a total failure that is announced, without deciding by it', async () => {
    const world = new IssuingWorld();
    await world.looked(true);
    await world.announced(aBulletin({ category: 'total-failure' }));
    expect(await check(world)).toMatchObject({
      mode: 'online',
      sending: { sending: true },
      outagesInForce: [{ category: 'total-failure' }],
    });
  });

  it('speaks of a total failure only where one is announced', async () => {
    const world = new IssuingWorld();
    await world.looked(true);
    await world.announced(aBulletin());
    expect((await check(world)).reason).not.toContain('total failure');
  });

  it('shows only outages in force now', async () => {
    const world = new IssuingWorld();
    await world.announced(aBulletin({ start: '2026-11-23T11:00:01+01:00' }));
    expect(await check(world)).toMatchObject({ outagesInForce: [] });
    world.clock.advance(1);
    expect(await check(world)).toMatchObject({
      outagesInForce: [{ eventId: '1001' }],
      mode: 'emergency',
      sending: { sending: false },
    });
  });
});
