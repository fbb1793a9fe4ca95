import { describe, expect, it } from '@jest/globals';
import type { ConfirmationRefusal, NoticeRefusal } from '@latarnik/domain';
import { confirmationProblem, noticeProblem } from './notice-refusal.js';

const NOTICES: readonly (readonly [NoticeRefusal, number, object])[] = [
  [
    { code: 'NOTICE_INVALID', findings: [{ field: 'enteredBy.readAt', message: 'Where was it read?' }] },
    422,
    { findings: [{ field: 'readAt', message: 'Where was it read?' }] },
  ],
  [{ code: 'SIMULATION_ON_PRODUCTION' }, 409, {}],
  [{ code: 'NOTICE_VERSION_TAKEN', next: 3 }, 409, { next: 3, detail: expect.stringContaining('3') }],
  [{ code: 'NOTICE_VERSION_SKIPPED', next: 2 }, 409, { next: 2, detail: expect.stringContaining('2') }],
  [{ code: 'EVENT_UNKNOWN', eventId: '1' }, 422, { eventId: '1' }],
];

const CONFIRMATIONS: readonly (readonly [ConfirmationRefusal, number, object])[] = [
  [{ code: 'EVENT_UNKNOWN', eventId: '1' }, 404, { eventId: '1' }],
  [{ code: 'NOTHING_TO_CONFIRM', category: 'failure' }, 409, { category: 'failure' }],
  [{ code: 'PERSON_MISSING' }, 422, {}],
  [{ code: 'SAME_PERSON', by: 'Anna Nowak' }, 409, { by: 'Anna Nowak' }],
];

describe('a notice or a confirmation that was refused', () => {
  it.each(NOTICES)('%j is a problem', (refusal, status, more) => {
    expect(noticeProblem(refusal).problem).toMatchObject({ status, code: refusal.code, ...more });
  });

  it.each(CONFIRMATIONS)('%j is a problem', (refusal, status, more) => {
    expect(confirmationProblem(refusal).problem).toMatchObject({ status, code: refusal.code, ...more });
  });
});
