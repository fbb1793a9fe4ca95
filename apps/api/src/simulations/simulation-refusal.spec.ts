import { describe, expect, it } from '@jest/globals';
import { Temporal, type DowntimeRefusal, type DrillId, type DrillRefusal, type EndRefusal } from '@latarnik/domain';
import { downtimeProblem, drillProblem } from './simulation-refusal.js';

const NOON = Temporal.Instant.from('2026-11-20T11:00:00Z');

describe('a simulation that was refused', () => {
  it('names what is at that time, in Polish time', () => {
    const { problem } = downtimeProblem({
      ...{ code: 'DOWNTIME_OVERLAPS', eventId: 'K/1' },
      ...{ start: NOON, end: NOON.add({ hours: 2 }) },
    });
    expect(problem.detail).toContain('K/1, from 2026-11-20 12:00');
    expect(problem).toMatchObject({ eventId: 'K/1', end: '2026-11-20T13:00:00Z' });
  });

  it.each<[DowntimeRefusal | EndRefusal, number]>([
    [{ code: 'SIMULATION_ON_PRODUCTION' }, 409],
    [{ code: 'BANNER_MISSING' }, 422],
    [{ code: 'DOWNTIME_ALREADY', eventId: 'e' }, 409],
    [{ code: 'OUTAGE_IN_FORCE', eventId: 'e' }, 409],
    [{ code: 'DOWNTIME_OVERLAPS', eventId: 'e', start: NOON }, 409],
    [{ code: 'NO_DOWNTIME' }, 404],
    [{ code: 'NOTICE_INVALID', findings: [] }, 422],
  ])('%j is HTTP %i under its own code', (refusal, status) => {
    expect(downtimeProblem(refusal).problem).toMatchObject({ status, code: refusal.code });
  });
});

describe('a drill that was refused', () => {
  it.each<[DrillRefusal, number]>([
    [{ code: 'SIMULATION_ON_PRODUCTION' }, 409],
    [{ code: 'PERSON_MISSING' }, 422],
    [{ code: 'INVOICE_COUNT_INVALID', most: 100 }, 422],
    [{ code: 'DRILL_UNDER_WAY', drillId: 'd' as DrillId }, 409],
    [{ code: 'IDEMPOTENCY_KEY_REUSED', drillId: 'd' as DrillId }, 422],
    [{ code: 'OUTAGE_IN_FORCE', eventId: 'e' }, 409],
  ])('%j is HTTP %i under its own code', (refusal, status) => {
    expect(drillProblem(refusal).problem).toMatchObject({ status, code: refusal.code });
  });

  it('names the drill that is under way', () => {
    const { problem } = drillProblem({ code: 'DRILL_UNDER_WAY', drillId: 'd-1' as DrillId });
    expect(problem).toMatchObject({ drillId: 'd-1', detail: expect.stringContaining('/v1/drills/d-1') });
  });
});
