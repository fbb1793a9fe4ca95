import { describe, expect, it } from '@jest/globals';
import { outagesFrom } from '../outage/outage.js';
import { Temporal } from '../shared/instant.js';
import { aBulletin, aMaintenanceBulletin } from '../testing/bulletins.js';
import { classifyAtIssue } from './classify-at-issue.js';

const noon = Temporal.Instant.from('2026-11-23T12:00:00+01:00');
const failure = aBulletin();
const maintenance = aMaintenanceBulletin({ start: '2026-11-23T08:00:00+01:00', end: '2026-11-23T14:00:00+01:00' });
const total = aBulletin({ id: 'K/2026/AWC/01', eventId: '1002', category: 'total-failure' });

describe('classifyAtIssue', () => {
  it('is offline24 while nothing announced is in force', () => {
    expect(classifyAtIssue(noon, [])).toEqual({ mode: 'offline24' });
    const before = Temporal.Instant.from('2026-11-23T07:59:59+01:00');
    expect(classifyAtIssue(before, outagesFrom([failure, maintenance, total]))).toEqual({ mode: 'offline24' });
  });

  it('is unavailability during maintenance', () => {
    const [outage] = outagesFrom([maintenance]);
    expect(classifyAtIssue(noon, outagesFrom([maintenance]))).toEqual({ mode: 'unavailability', outage });
  });

  it('puts a failure before maintenance, and a total failure before both', () => {
    expect(classifyAtIssue(noon, outagesFrom([maintenance, failure]))).toMatchObject({
      mode: 'emergency',
      outage: { eventId: '1001' },
    });
    expect(classifyAtIssue(noon, outagesFrom([maintenance, failure, total]))).toMatchObject({
      mode: 'total-failure',
      outage: { eventId: '1002' },
    });
  });
});
