import { expect, it } from '@jest/globals';
import { Temporal } from '../shared/instant.js';

it('tells moments and days apart, also inside other values', () => {
  const moment = Temporal.Instant.from('2026-11-23T08:00:00Z');
  const day = Temporal.PlainDate.from('2026-11-23');
  expect({ at: moment, on: [day] }).toEqual({
    at: Temporal.Instant.from('2026-11-23T09:00:00+01:00'),
    on: [Temporal.PlainDate.from('2026-11-23')],
  });
  expect({ at: moment }).not.toEqual({ at: moment.add({ milliseconds: 1 }) });
  expect({ at: moment, more: 1 }).not.toMatchObject({ at: moment.add({ milliseconds: 1 }) });
  expect([day]).not.toEqual([day.add({ days: 1 })]);
});
