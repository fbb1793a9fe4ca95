import { describe, expect, it } from '@jest/globals';
import { Temporal } from '../shared/instant.js';
import type { BuyerGroup } from './buyer-group.js';
import type { DocumentKind } from './handover-document.js';
import type { Handover } from './handover.js';
import { receivedAt } from './received-at.js';

const DOMESTIC: BuyerGroup = { kind: 'domestic', ground: 'nip' };
const CONSUMER: BuyerGroup = { kind: 'art-106gb-4', ground: 'no-nip' };
const NINE = '2026-11-20T09:00:00Z';
const TEN = '2026-11-20T10:00:00Z';

const handed = (document: DocumentKind, at: string): Handover =>
  ({ document, handedOverAt: Temporal.Instant.from(at) }) as Handover;

describe('when the buyer counts as having received the invoice (domain rules 1.1)', () => {
  it.each([
    ['number-assigned', DOMESTIC, [handed('invoice-with-number', NINE)], TEN, TEN],
    ['number-assigned', DOMESTIC, [], undefined, undefined],
    ['actual-receipt', CONSUMER, [], NINE, undefined],
    ['actual-receipt', CONSUMER, [handed('invoice-with-number', TEN)], NINE, TEN],
    ['actual-receipt', CONSUMER, [handed('transaction-confirmation', NINE)], undefined, undefined],
    ['actual-receipt-else-number-assigned', DOMESTIC, [handed('invoice-with-two-codes', NINE)], TEN, NINE],
    ['actual-receipt-else-number-assigned', DOMESTIC, [handed('invoice-with-two-codes', NINE)], undefined, NINE],
    ['actual-receipt-else-number-assigned', DOMESTIC, [], TEN, TEN],
    // The buyer had it in KSeF an hour before the copy came.
    ['actual-receipt-else-number-assigned', DOMESTIC, [handed('invoice-with-number', TEN)], NINE, NINE],
    ['actual-receipt-else-number-assigned', CONSUMER, [handed('invoice-with-number', TEN)], NINE, TEN],
    ['actual-receipt-else-number-assigned', CONSUMER, [], NINE, NINE],
  ] as const)('by %s, case %#', (rule, buyer, handovers, numbered, expected) => {
    const numberedAt = numbered === undefined ? undefined : Temporal.Instant.from(numbered);
    const at = receivedAt({ rule }, buyer, handovers, numberedAt);
    expect(at?.toString()).toBe(expected);
  });
});
