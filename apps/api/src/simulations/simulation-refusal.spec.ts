import { describe, expect, it } from '@jest/globals';
import type { DowntimeRefusal, DrillId, DrillRefusal, EndRefusal } from '@latarnik/domain';
import { downtimeProblem, drillProblem } from './simulation-refusal.js';

describe('a simulation that was refused', () => {
  it.each<[DowntimeRefusal | EndRefusal, number]>([
    [{ code: 'SIMULATION_ON_PRODUCTION' }, 409],
    [{ code: 'BANNER_MISSING' }, 422],
    [{ code: 'DOWNTIME_ALREADY', eventId: 'e' }, 409],
    [{ code: 'OUTAGE_IN_FORCE', eventId: 'e' }, 409],
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
    [{ code: 'OUTAGE_IN_FORCE', eventId: 'e' }, 409],
  ])('%j is HTTP %i under its own code', (refusal, status) => {
    expect(drillProblem(refusal).problem).toMatchObject({ status, code: refusal.code });
  });

  it('names the drill that is under way', () => {
    const { problem } = drillProblem({ code: 'DRILL_UNDER_WAY', drillId: 'd-1' as DrillId });
    expect(problem).toMatchObject({ drillId: 'd-1', detail: expect.stringContaining('/v1/drills/d-1') });
  });
});
