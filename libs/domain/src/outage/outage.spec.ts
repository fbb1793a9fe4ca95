import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aBulletin, aMaintenanceBulletin, anEndBulletin } from '../testing/bulletins.js';
import { Temporal } from '../shared/instant.js';
import type { AvailabilityBulletin } from './availability-bulletin.js';
import { covers, outagesFrom } from './outage.js';

const at = (text: string) => Temporal.Instant.from(text);

describe('outagesFrom', () => {
  it('joins the start and the end of a failure by event, the end message having an id of its own', () => {
    const start = aBulletin({ start: '2026-11-23T09:00:00+01:00', publishedAt: '2026-11-23T09:20:00+01:00' });
    const end = anEndBulletin({ end: '2026-11-23T15:00:00+01:00', publishedAt: '2026-11-23T15:30:00+01:00' });
    expect(outagesFrom([start, end])).toEqual([
      {
        eventId: '1001',
        category: 'failure',
        start: at('2026-11-23T08:00:00Z'),
        end: at('2026-11-23T14:00:00Z'),
        announcedAt: at('2026-11-23T08:20:00Z'),
        announcement: { bulletinId: 'K/2026/AWR/01', version: 1 },
        ending: { bulletinId: 'K/2026/AWR/02', version: 1 },
      },
    ]);
  });

  it('leaves a failure without an end message open', () => {
    const [outage] = outagesFrom([aBulletin()]);
    expect(outage).toBeDefined();
    expect(outage).not.toHaveProperty('end');
  });

  it('leaves a failure open whose end message does not state the end', () => {
    const [outage] = outagesFrom([aBulletin(), aBulletin({ id: 'K/2026/AWR/02', type: 'end' })]);
    expect(outage).not.toHaveProperty('end');
    expect(outage?.announcement.bulletinId).toBe('K/2026/AWR/01');
  });

  it('believes the newest version of an end, and of an announcement', () => {
    const corrected = [
      aBulletin(),
      anEndBulletin({ version: 1, end: '2026-11-24T18:00:00+01:00' }),
      anEndBulletin({ version: 2, end: '2026-11-25T18:00:00+01:00' }),
    ];
    expect(outagesFrom(corrected)[0]).toMatchObject({
      end: at('2026-11-25T17:00:00Z'),
      ending: { bulletinId: 'K/2026/AWR/02', version: 2 },
    });
    const prolonged = [
      aMaintenanceBulletin({ version: 2, start: '2026-12-12T20:00:00+01:00', end: '2026-12-14T03:00:00+01:00' }),
      aMaintenanceBulletin({ version: 1, start: '2026-12-12T20:00:00+01:00', end: '2026-12-13T04:00:00+01:00' }),
    ];
    expect(outagesFrom(prolonged)).toHaveLength(1);
    expect(outagesFrom(prolonged)[0]).toMatchObject({
      category: 'maintenance',
      end: at('2026-12-14T02:00:00Z'),
      announcement: { version: 2 },
    });
  });

  it('believes the end message before an end foreseen when it began', () => {
    const foreseen = aBulletin({ end: '2026-11-23T12:00:00+01:00' });
    expect(outagesFrom([foreseen])[0]).toMatchObject({ end: at('2026-11-23T11:00:00Z') });
    expect(outagesFrom([foreseen, anEndBulletin({ end: '2026-11-23T15:00:00+01:00' })])[0]).toMatchObject({
      end: at('2026-11-23T14:00:00Z'),
    });
  });

  it('takes the last published of two end messages of one event', () => {
    const first = anEndBulletin({ id: 'K/2026/AWR/02', end: '2026-11-24T18:00:00+01:00' });
    const second = anEndBulletin({ id: 'K/2026/AWR/03', end: '2026-11-25T18:00:00+01:00' });
    expect(outagesFrom([aBulletin(), first, second])[0]).toMatchObject({ end: at('2026-11-25T17:00:00Z') });
    expect(outagesFrom([second, first, aBulletin()])[0]).toMatchObject({ end: at('2026-11-25T17:00:00Z') });
  });

  it('counts as announced when the first version of the first message was published', () => {
    const versions = [
      aBulletin({ version: 2, publishedAt: '2026-11-23T12:00:00+01:00' }),
      aBulletin({ version: 1, publishedAt: '2026-11-23T09:10:00+01:00' }),
      anEndBulletin({ end: '2026-11-23T15:00:00+01:00' }),
    ];
    expect(outagesFrom(versions)[0]).toMatchObject({
      announcedAt: at('2026-11-23T08:10:00Z'),
      announcement: { bulletinId: 'K/2026/AWR/01', version: 2 },
      announcedBy: { bulletinId: 'K/2026/AWR/01', version: 1 },
    });
  });

  it('keeps events apart, and a failure apart from a total failure of the same event', () => {
    const outages = outagesFrom([
      aBulletin({ id: 'K/2026/AWR/09', eventId: '1002', start: '2026-11-25T09:00:00+01:00' }),
      aBulletin(),
      aBulletin({ id: 'K/2026/AWC/01', category: 'total-failure', start: '2026-11-24T09:00:00+01:00' }),
    ]);
    expect(outages.map(({ eventId, category }) => [eventId, category])).toEqual([
      ['1001', 'failure'],
      ['1001', 'total-failure'],
      ['1002', 'failure'],
    ]);
  });

  it('makes nothing of a category it does not know', () => {
    expect(outagesFrom([aBulletin({ category: 'unknown' }), aBulletin({ category: 'unknown', type: 'end' })])).toEqual(
      [],
    );
  });

  it('makes nothing of a message whose type it does not know, whatever its category', () => {
    expect(outagesFrom([aBulletin({ type: 'unknown' })])).toEqual([]);
    const update = aBulletin({ id: 'K/2026/AWR/03', type: 'unknown', publishedAt: '2026-11-23T08:00:00+01:00' });
    expect(outagesFrom([aBulletin(), update])).toEqual(outagesFrom([aBulletin()]));
  });

  it('knows what an end message alone tells', () => {
    const [outage] = outagesFrom([anEndBulletin({ end: '2026-11-23T15:00:00+01:00' })]);
    expect(outage).toMatchObject({ start: at('2026-11-23T08:00:00Z'), end: at('2026-11-23T14:00:00Z') });
    expect(outage).not.toHaveProperty('ending');
  });

  it('gives the same outages for any order and any repetition of the messages', () => {
    const hours = fc.integer({ min: 0, max: 6 }).map((hour) => `2026-11-23T1${String(hour)}:00:00+01:00`);
    const message: fc.Arbitrary<AvailabilityBulletin> = fc
      .record({
        id: fc.constantFrom('A', 'B', 'C', 'D'),
        version: fc.integer({ min: 1, max: 3 }),
        eventId: fc.constantFrom('1', '2'),
        category: fc.constantFrom(
          'failure' as const,
          'total-failure' as const,
          'maintenance' as const,
          'unknown' as const,
        ),
        type: fc.constantFrom('start' as const, 'end' as const, 'announcement' as const, 'unknown' as const),
        start: hours,
        end: fc.option(hours, { nil: undefined }),
        publishedAt: hours,
      })
      .map(({ end, ...rest }) => aBulletin(end === undefined ? rest : { ...rest, end }));
    const archive = fc.uniqueArray(message, {
      selector: ({ id, version }) => `${id}/${String(version)}`,
      maxLength: 12,
    });
    const shuffledTwice = archive.chain((bulletins) =>
      fc.record({
        bulletins: fc.constant(bulletins),
        shuffled: fc.shuffledSubarray([...bulletins, ...bulletins], {
          minLength: 2 * bulletins.length,
          maxLength: 2 * bulletins.length,
        }),
      }),
    );
    fc.assert(
      fc.property(shuffledTwice, ({ bulletins, shuffled }) => {
        expect(outagesFrom(shuffled)).toEqual(outagesFrom(bulletins));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('covers', () => {
  const [ended] = outagesFrom([aBulletin(), anEndBulletin({ end: '2026-11-23T15:00:00+01:00' })]);
  const [open] = outagesFrom([aBulletin()]);

  it('begins with the start and is over at the end', () => {
    expect(covers(ended!, at('2026-11-23T07:59:59.999Z'))).toBe(false);
    expect(covers(ended!, at('2026-11-23T08:00:00Z'))).toBe(true);
    expect(covers(ended!, at('2026-11-23T13:59:59.999Z'))).toBe(true);
    expect(covers(ended!, at('2026-11-23T14:00:00Z'))).toBe(false);
  });

  it('goes on while no end is known', () => {
    expect(covers(open!, at('2030-01-01T00:00:00Z'))).toBe(true);
  });
});
