import type { InvoiceFacts } from '../invoice/invoice-facts.js';

/**
 * Who the buyer is to the rules of handing over (domain rules 1.6): a domestic buyer with a NIP gets the invoice in KSeF, a
 * buyer of art. 106gb(4) gets it in a way that was agreed.
 */
export type BuyerGroup =
  | {
      readonly kind: 'domestic';
      /** `nip-mixed-supply`: part of the supply is abroad; the stricter group is assumed for the whole. */
      readonly ground: 'nip' | 'nip-mixed-supply' | 'nip-place-unknown';
    }
  | { readonly kind: 'art-106gb-4'; readonly ground: 'no-nip' | 'foreign-number' | 'supply-abroad' };

/**
 * The group by what the file says. A NIP does not tell whether its holder has a seat or a fixed establishment here, or uses
 * the scheme of art. 113a: such a buyer is taken for a domestic one, who is owed less before the number comes.
 *
 * @see art. 106gb(4): place of supply abroad; no seat or establishment here; entity without NIP; consumer
 */
export function buyerGroupOf({ buyer, placeOfSupply }: Pick<InvoiceFacts, 'buyer' | 'placeOfSupply'>): BuyerGroup {
  if (buyer.kind === 'none') return { kind: 'art-106gb-4', ground: 'no-nip' };
  if (buyer.kind !== 'nip') return { kind: 'art-106gb-4', ground: 'foreign-number' };
  if (placeOfSupply === 'abroad') return { kind: 'art-106gb-4', ground: 'supply-abroad' };
  if (placeOfSupply === 'mixed') return { kind: 'domestic', ground: 'nip-mixed-supply' };
  return { kind: 'domestic', ground: placeOfSupply === 'poland' ? 'nip' : 'nip-place-unknown' };
}
