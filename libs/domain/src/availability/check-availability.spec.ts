import { describe, expect, it } from '@jest/globals';
import { Temporal } from '../shared/instant.js';
import { TENANT, anAuthenticationCertificate, anOfflineCertificate } from '../testing/builders.js';
import { aBulletin } from '../testing/bulletins.js';
import { IssuingWorld } from '../testing/issuing-world.js';
import { CheckAvailability } from './check-availability.js';

const check = (world: IssuingWorld) => new CheckAvailability(world.database, world.clock).execute(TENANT);

describe('CheckAvailability', () => {
  it('tells mode, sending, and which context could issue offline with which certificate', async () => {
    const world = new IssuingWorld();
    await world.has(anOfflineCertificate(), anAuthenticationCertificate());
    await world.looked(true);
    expect(await check(world)).toEqual({
      checkedAt: Temporal.Instant.from('2026-11-23T10:00:00Z'),
      connection: {
        ksefReachable: true,
        ksefDetail: 'a look',
        ksefCheckedAt: Temporal.Instant.from('2026-11-23T10:00:00Z'),
        latarnia: 'unknown',
      },
      decision: {
        mode: 'online',
        evidence: { kind: 'own-choice', reason: 'KSeF answers and no outage is announced.' },
        reason: 'KSeF answers and no outage is announced.',
      },
      sending: true,
      outagesInForce: [],
      contexts: [
        {
          context: 'Nip:5265877635',
          canIssueOffline: true,
          canLogIn: true,
          offlineCertificate: { serial: '01F20A5D352AE590', notAfter: Temporal.Instant.from('2027-12-31T00:00:00Z') },
        },
        { context: 'Nip:7335255579', canIssueOffline: false, canLogIn: false },
      ],
    });
  });

  it('knows nothing of a connection nobody has looked at', async () => {
    const availability = await check(new IssuingWorld());
    expect(availability).not.toHaveProperty('connection');
    expect(availability).toMatchObject({ decision: { mode: 'offline24' }, sending: false });
  });

  it('shows a total failure that is announced, without deciding by it', async () => {
    const world = new IssuingWorld();
    await world.looked(true);
    await world.announced(aBulletin({ category: 'total-failure' }));
    expect(await check(world)).toMatchObject({
      decision: { mode: 'online' },
      sending: true,
      outagesInForce: [{ category: 'total-failure' }],
    });
  });

  it('shows only outages in force now', async () => {
    const world = new IssuingWorld();
    await world.announced(aBulletin({ start: '2026-11-23T11:00:01+01:00' }));
    expect(await check(world)).toMatchObject({ outagesInForce: [] });
    world.clock.advance(1);
    expect(await check(world)).toMatchObject({
      outagesInForce: [{ eventId: '1001' }],
      decision: { mode: 'emergency' },
    });
  });
});
