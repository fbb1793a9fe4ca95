import type { Instant } from '../shared/instant.js';
import type { BuyerGroup } from './buyer-group.js';
import type { ReceiptRule } from './handover-document.js';
import type { Handover } from './handover.js';

/**
 * When the buyer counts as having received the invoice (data otrzymania), by the rule for it and from what is recorded. A
 * transaction confirmation is no invoice: handing it over is no receipt of one.
 *
 * @param handovers the earliest first
 * @param numberedAt when KSeF assigned the number; a domestic buyer has the invoice from then on, so that in a failure a copy
 * that comes later moves nothing
 * @returns `undefined` while nothing that counts is recorded
 * @see domain rules 1.1; art. 106na(3)-(4), 106nda(11), 106nf(10)
 */
export function receivedAt(
  { rule }: Pick<ReceiptRule, 'rule'>,
  buyer: BuyerGroup,
  handovers: readonly Handover[],
  numberedAt: Instant | undefined,
): Instant | undefined {
  const actual = handovers.find(({ document }) => document !== 'transaction-confirmation')?.handedOverAt;
  switch (rule) {
    case 'number-assigned':
      return numberedAt;
    case 'actual-receipt':
      return actual;
    case 'actual-receipt-else-number-assigned':
      return buyer.kind === 'domestic' ? earlier(actual, numberedAt) : (actual ?? numberedAt);
  }
}

function earlier(one: Instant | undefined, other: Instant | undefined): Instant | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one.epochMilliseconds <= other.epochMilliseconds ? one : other;
}
