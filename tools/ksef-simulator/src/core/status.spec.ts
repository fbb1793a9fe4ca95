import { expect, it } from '@jest/globals';

import {
  assertMove,
  BATCH_TRANSITIONS,
  ENROLMENT_TRANSITIONS,
  INVOICE_TRANSITIONS,
  ONLINE_TRANSITIONS,
} from './status.js';

it.each([
  ['batch', BATCH_TRANSITIONS, 100, 200],
  ['batch', BATCH_TRANSITIONS, 200, 150],
  ['batch', BATCH_TRANSITIONS, 440, 150],
  ['online', ONLINE_TRANSITIONS, 100, 200],
  ['online', ONLINE_TRANSITIONS, 445, 200],
  ['invoice', INVOICE_TRANSITIONS, 100, 200],
  ['invoice', INVOICE_TRANSITIONS, 440, 200],
  ['invoice', INVOICE_TRANSITIONS, 200, 440],
  ['enrolment', ENROLMENT_TRANSITIONS, 400, 200],
])('refuses the illegal %s move (%#)', (_name, table, from, to) => {
  expect(() => {
    assertMove(table, from, to);
  }).toThrow('illegal status move');
});

it('has no move out of a final status', () => {
  for (const table of [BATCH_TRANSITIONS, ONLINE_TRANSITIONS, INVOICE_TRANSITIONS, ENROLMENT_TRANSITIONS]) {
    expect(Object.keys(table).filter((code) => Number(code) >= 200)).toEqual([]);
  }
});
