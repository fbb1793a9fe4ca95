import { describe, expect, it } from '@jest/globals';
import { Temporal } from '../shared/instant.js';
import {
  BATCH_PART_TRANSITIONS,
  beginSendingPart,
  partArrived,
  partRefused,
  partUnknown,
  pendingPart,
  type BatchPart,
} from './batch-part.js';
import type { PartOrdinal } from './batch.js';

const NOON = Temporal.Instant.from('2026-11-20T12:00:00Z');
const LATER = Temporal.Instant.from('2026-11-20T12:00:09Z');

const pending = pendingPart({ ordinal: 2 as PartOrdinal, sizeBytes: 512, sha256: 'q83v' });
const sending = beginSendingPart(pending, NOON);
const unknown = partUnknown(sending, 'ECONNRESET');
const again = beginSendingPart(unknown, LATER);

const MOVES: readonly (readonly [string, BatchPart, BatchPart])[] = [
  ['beginSendingPart', pending, sending],
  ['beginSendingPart, again', unknown, again],
  ['partArrived', sending, partArrived(sending, LATER)],
  ['partUnknown', sending, unknown],
  ['partRefused', sending, partRefused(sending, 'UPLOAD_WINDOW_CLOSED')],
];

describe('the lifecycle of a part', () => {
  it.each(MOVES)('%s is in the table', (_name, from, to) => {
    expect(BATCH_PART_TRANSITIONS[from.state]).toContain(to.state);
  });

  it('has no move in the table that no function makes', () => {
    const made = MOVES.map(([, from, to]) => `${from.state} > ${to.state}`).sort();
    const declared = Object.entries(BATCH_PART_TRANSITIONS).flatMap(([from, all]) =>
      all.map((to) => `${from} > ${to}`),
    );
    expect(made).toEqual(declared.sort());
  });

  it('counts the times it was put on its way, and forgets an old error when it is sent again', () => {
    expect([pending.attempts, sending.attempts, unknown.attempts, again.attempts]).toEqual([0, 1, 1, 2]);
    expect(again).toEqual({
      ordinal: 2,
      sizeBytes: 512,
      sha256: 'q83v',
      attempts: 2,
      state: 'sending',
      sentAt: LATER,
    });
  });
});
