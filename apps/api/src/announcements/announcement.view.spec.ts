import { describe, expect, it } from '@jest/globals';
import { polishBusinessDays, situationOf, type KsefEnvironment, type LegalRecords } from '@latarnik/domain';
import { aMessage, by, instant, NO_RECORDS } from '../testing/samples.js';
import { announcementList } from './announcement.view.js';

const listOf = (records: Partial<LegalRecords>, environment: KsefEnvironment = 'test') => {
  const all = { ...NO_RECORDS, ...records };
  const situation = situationOf(all, { calendar: polishBusinessDays(), environment });
  return announcementList({ records: all, situation, environment });
};

const totalFailure = aMessage({ id: 'K/2026/AWC/01', category: 'total-failure' });
const confirmedBy = (person: string, actor: string) => ({
  ...by(person, actor),
  eventId: '1001',
  bulletinId: 'K/2026/AWC/01',
  version: 1,
  confirmedAt: instant('2026-11-23T09:00:00Z'),
});

describe('the list of announcements', () => {
  it('shows every version, the last published first, with what follows from each', () => {
    const end = aMessage({
      id: 'K/2026/AWR/02',
      type: 'end',
      end: instant('2026-11-23T12:00:00Z'),
      publishedAt: instant('2026-11-23T12:10:00Z'),
    });
    const second = aMessage({ version: 2, publishedAt: instant('2026-11-23T09:00:00Z') });
    const { items, outages } = listOf({ bulletins: [aMessage(), second, end] });

    expect(items.map(({ id, version, binding }) => [id, version, binding])).toEqual([
      ['K/2026/AWR/02', 1, 'States the end of the outage.'],
      ['K/2026/AWR/01', 2, 'States the period of the outage.'],
      ['K/2026/AWR/01', 1, 'Its publication is when the outage was announced.'],
    ]);
    expect(outages).toEqual([
      {
        eventId: '1001',
        category: 'failure',
        start: '2026-11-23T08:00:00Z',
        end: '2026-11-23T12:00:00Z',
        announcedAt: '2026-11-23T08:05:00Z',
        announcement: { bulletin: 'K/2026/AWR/01', version: 2 },
        announcedBy: { bulletin: 'K/2026/AWR/01', version: 1 },
        ending: { bulletin: 'K/2026/AWR/02', version: 1 },
        reliedOn: true,
      },
    ]);
  });

  it('flags words that are unknown, and says that nothing is derived from an unknown category', () => {
    const { items, outages } = listOf({ bulletins: [aMessage({ category: 'unknown', type: 'unknown' })] });

    expect(items[0]).toMatchObject({ flagged: true, binding: expect.stringContaining('nothing is derived from it') });
    expect(outages).toEqual([]);
    expect(listOf({ bulletins: [aMessage()] }).items[0]).toMatchObject({ flagged: false });
  });

  it('says that nothing is derived from a message of an unknown type, and shows it as it was read', () => {
    const raw = '{"type":"FAILURE_PAUSED"}';
    const paused = aMessage({ version: 2, type: 'unknown', raw, publishedAt: instant('2026-11-23T09:00:00Z') });
    const { items, outages } = listOf({ bulletins: [aMessage({ raw: '{}' }), paused] });

    expect(items.map(({ version, flagged, raw: shown, binding }) => [version, flagged, shown, binding])).toEqual([
      [2, true, raw, 'Its type is unknown to us: it is kept, and nothing is derived from it. A person should read it.'],
      [1, false, null, expect.stringContaining('States the period of the outage.')],
    ]);
    expect(outages).toMatchObject([{ eventId: '1001', announcement: { version: 1 } }]);
  });

  it('marks what was made up, and names who entered it', () => {
    const notice = aMessage({ id: 'notice:1', source: 'simulation', enteredBy: by('Anna Nowak', 'api-key:1') });
    const { items } = listOf({ bulletins: [notice, aMessage()] });

    expect(items.map(({ id, simulation, enteredBy }) => [id, simulation, enteredBy])).toEqual([
      ['notice:1', true, { person: 'Anna Nowak', actor: 'api-key:1', readAt: 'https://podatki.gov.pl/1' }],
      ['K/2026/AWR/01', false, null],
    ]);
  });

  it('says that a notice which was taken back, and what it was before, decide nothing', () => {
    const notice = aMessage({ id: 'notice:1', source: 'bip', enteredBy: by('Anna Nowak', 'api-key:1') });
    const { items, outages } = listOf({ bulletins: [notice, { ...notice, version: 2, type: 'withdrawal' }] });

    expect(items.map(({ version, binding }) => [version, binding])).toEqual([
      [2, 'Takes the notice back.'],
      [1, 'Nothing is read from it any more: a later one governs.'],
    ]);
    expect(outages).toEqual([]);
  });

  it.each([
    ['test', [], { needed: 1, confirmedBy: [], missing: 1, inEffect: false }],
    ['test', [confirmedBy('Anna Nowak', 'api-key:1')], { confirmedBy: ['Anna Nowak'], missing: 0, inEffect: true }],
    ['production', [confirmedBy('Anna Nowak', 'api-key:1')], { needed: 2, missing: 1, inEffect: false }],
    [
      'production',
      [confirmedBy('Anna Nowak', 'api-key:1'), confirmedBy('Jan Kowalski', 'api-key:2')],
      { needed: 2, confirmedBy: ['Anna Nowak', 'Jan Kowalski'], missing: 0, inEffect: true },
    ],
    [
      'production',
      [confirmedBy('Anna Nowak', 'api-key:1'), confirmedBy('Anna  NOWAK', 'api-key:2')],
      { confirmedBy: ['Anna Nowak'], missing: 1, inEffect: false },
    ],
  ] as const)('says on %s who vouches for a total failure: %j', (environment, confirmations, expected) => {
    const { items, outages } = listOf({ bulletins: [totalFailure], confirmations }, environment);

    expect(items[0]?.confirmation).toMatchObject(expected);
    expect(outages[0]?.reliedOn).toBe(expected.inEffect);
    expect(items[0]?.binding.includes('decides nothing')).toBe(!expected.inEffect);
  });

  it('asks for a new word where a confirmed total failure is told anew, and for none where it ends', () => {
    const anew = { ...totalFailure, version: 2, publishedAt: instant('2026-11-23T10:00:00Z') };
    const other = { ...anew, id: 'K/2026/AWC/02', version: 1, start: instant('2026-11-22T08:00:00Z') };
    const end = { ...other, id: 'K/2026/AWC/03', type: 'end' as const, end: instant('2026-11-24T08:00:00Z') };
    const confirmations = [confirmedBy('Anna Nowak', 'api-key:1')];

    const corrected = listOf({ bulletins: [totalFailure, anew], confirmations });
    expect(corrected.items.map(({ confirmation }) => [confirmation?.missing, confirmation?.inEffect])).toEqual([
      [1, false],
      [0, false],
    ]);
    expect(corrected.outages).toMatchObject([{ announcement: { version: 2 }, reliedOn: false }]);

    const further = listOf({ bulletins: [totalFailure, other, end], confirmations });
    expect(further.items.map(({ id, confirmation, binding }) => [id, confirmation?.inEffect, binding])).toEqual([
      ['K/2026/AWC/02', false, expect.stringContaining('decides nothing until')],
      ['K/2026/AWC/03', undefined, 'States the end of the outage.'],
      ['K/2026/AWC/01', true, expect.stringMatching(/^States the period of the outage\./u)],
    ]);
    expect(further.outages).toMatchObject([
      { announcement: { bulletin: 'K/2026/AWC/02' }, reliedOn: false },
      { announcement: { bulletin: 'K/2026/AWC/01' }, start: '2026-11-23T08:00:00Z', reliedOn: true },
    ]);
  });

  it('warns wherever the announcements are test data', () => {
    expect(listOf({}, 'test').note).toContain('invented total failure');
    expect(listOf({}, 'production').note).toBeNull();
  });
});
