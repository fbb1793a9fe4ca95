import type { OfflineRegime } from '../deadline/deadline.js';
import type { BuyerGroup } from './buyer-group.js';

/** What a buyer can be handed. The words are stored and told to the outside: they are added to, and never changed. */
export const DOCUMENT_KINDS = [
  'invoice-with-number',
  'invoice-with-two-codes',
  'transaction-confirmation',
  'invoice-without-codes',
] as const;
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

/** What of an invoice decides which document its buyer may be handed. */
export interface HandoverCircumstances {
  /**
   * `draft`: not issued yet; `waiting`: issued, without a number; `refused`: KSeF's last word on the file was no;
   * `undecided`: a person has to look first.
   */
  readonly standing: 'draft' | 'not-issued' | 'waiting' | 'refused' | 'undecided' | 'numbered';
  /** The procedure that governs it now: a failure announced while it waits makes it `emergency` (art. 106nha). */
  readonly regime: 'online' | OfflineRegime;
  /** It governs by a message that came while the invoice waited, not since its issue. */
  readonly shifted: boolean;
  /** A total failure lifted the duty to send it (art. 106nf(7), 106nha). */
  readonly dutyLifted: boolean;
  readonly hasKodII: boolean;
  readonly buyer: BuyerGroup;
}

export type NothingReason =
  'NOT_ISSUED_YET' | 'NOT_ISSUED' | 'REFUSED_BY_KSEF' | 'UNDER_REVIEW' | 'NO_CERTIFICATE_CODE';

/** On what an answer rests beside mode and state; the words are part of the API. */
export type Dependence =
  'AGREED_WAY' | 'VOLUNTARY' | 'BUYER_AS_IN_FILE' | 'FAILURE_ANNOUNCED' | 'TOTAL_FAILURE_ANNOUNCED';

interface Grounds {
  /** Articles, oldest duty first. */
  readonly basis: readonly string[];
  readonly dependsOn: readonly Dependence[];
}

/** What the buyer may be handed now, and why. */
export type HandoverDecision = Grounds &
  (
    | { readonly kind: 'invoice-with-number'; readonly codes: 'kod-i-with-number' }
    | { readonly kind: 'invoice-with-two-codes'; readonly codes: 'two' }
    /** Not an invoice (potwierdzenie transakcji). */
    | { readonly kind: 'transaction-confirmation'; readonly codes: 'two' }
    | { readonly kind: 'invoice-without-codes'; readonly codes: 'none' }
    | { readonly kind: 'nothing'; readonly reason: NothingReason }
  );

/**
 * The right document for the buyer, from mode, state and buyer group.
 *
 * @see domain rules 1.6; art. 106gb(4)-(5), 106nda(3) and (6), 106nf(1), 106ng, 106nh(4), 106nha; regulation of 12.12.2025 §9;
 * MF handbook part II 1.6.5-1.6.6
 */
export function documentFor(circumstances: HandoverCircumstances): HandoverDecision {
  const { standing } = circumstances;
  switch (standing) {
    case 'draft':
      return nothing('NOT_ISSUED_YET', 'art. 106na(1)');
    case 'not-issued':
      return nothing('NOT_ISSUED', 'MF handbook II 1.6.1');
    case 'refused':
      return nothing('REFUSED_BY_KSEF', 'MF handbook II 1.6.1');
    case 'undecided':
      return nothing('UNDER_REVIEW', 'MF handbook II 1.6.1');
    case 'numbered':
      return numbered(circumstances);
    case 'waiting':
      return waiting(circumstances);
  }
}

const nothing = (reason: NothingReason, basis: string): HandoverDecision => ({
  kind: 'nothing',
  reason,
  basis: [basis],
  dependsOn: [],
});

function numbered({ regime, buyer }: HandoverCircumstances): HandoverDecision {
  const code = regime === 'online' ? 'regulation §9(1)' : 'regulation §9(2)';
  const common = { kind: 'invoice-with-number', codes: 'kod-i-with-number' } as const;
  if (buyer.kind === 'art-106gb-4') {
    return { ...common, basis: ['art. 106gb(4)', 'art. 106gb(5)', code], dependsOn: ['AGREED_WAY'] };
  }
  return { ...common, basis: ['art. 106gb(5)', code], dependsOn: ['VOLUNTARY', 'BUYER_AS_IN_FILE'] };
}

function waiting(circumstances: HandoverCircumstances): HandoverDecision {
  const { regime, dutyLifted, shifted } = circumstances;
  if (dutyLifted) {
    const basis = shifted ? ['art. 106nf(7)', 'art. 106nha'] : ['art. 106ng'];
    return { kind: 'invoice-without-codes', codes: 'none', basis, dependsOn: ['TOTAL_FAILURE_ANNOUNCED'] };
  }
  switch (regime) {
    case 'online':
      return confirmation(circumstances, ['MF handbook II 1.6.6'], ['VOLUNTARY']);
    case 'emergency': {
      const basis = [...(shifted ? ['art. 106nha'] : []), 'art. 106nf(1)', 'regulation §9(4)'];
      return twoCodes(circumstances, basis, ['AGREED_WAY', 'FAILURE_ANNOUNCED']);
    }
    // Of a total failure here: one that was taken back, so that it is sent after all, as offline24 is.
    case 'offline24':
    case 'unavailability':
    case 'total-failure':
      return beforeKsef(circumstances);
  }
}

function beforeKsef(circumstances: HandoverCircumstances): HandoverDecision {
  const through = circumstances.regime === 'unavailability' ? ['art. 106nh(4)'] : [];
  if (circumstances.buyer.kind === 'art-106gb-4') {
    const basis = [...through, 'art. 106nda(6)', 'art. 106gb(4)', 'regulation §9(3)'];
    return twoCodes(circumstances, basis, ['AGREED_WAY']);
  }
  const basis = [...through, 'art. 106nda(3)', 'MF handbook II 1.6.6'];
  return confirmation(circumstances, basis, ['VOLUNTARY', 'BUYER_AS_IN_FILE']);
}

function twoCodes(
  { hasKodII }: HandoverCircumstances,
  basis: readonly string[],
  dependsOn: readonly Dependence[],
): HandoverDecision {
  if (!hasKodII) return { kind: 'nothing', reason: 'NO_CERTIFICATE_CODE', basis, dependsOn };
  return { kind: 'invoice-with-two-codes', codes: 'two', basis, dependsOn };
}

function confirmation(
  { hasKodII }: HandoverCircumstances,
  basis: readonly string[],
  dependsOn: readonly Dependence[],
): HandoverDecision {
  if (!hasKodII) return { kind: 'nothing', reason: 'NO_CERTIFICATE_CODE', basis, dependsOn };
  return { kind: 'transaction-confirmation', codes: 'two', basis, dependsOn };
}

/** The document that may be handed over; `undefined` for none. */
export const documentKind = (decision: HandoverDecision): DocumentKind | undefined =>
  decision.kind === 'nothing' ? undefined : decision.kind;

/** A document that may not be handed over now, and what stands in its way. */
export interface NotYet {
  readonly document: DocumentKind;
  readonly reason: 'NO_KSEF_NUMBER_YET' | 'ONLY_IN_KSEF' | 'ONLY_IN_A_FAILURE';
  readonly basis: string;
}

/** What may come later. Documents that a later one replaced are not among them. */
export function notYetFor(circumstances: HandoverCircumstances): readonly NotYet[] {
  const { standing, dutyLifted, regime, buyer } = circumstances;
  if (standing === 'numbered' || standing === 'not-issued' || dutyLifted) return [];
  const number: NotYet = {
    document: 'invoice-with-number',
    reason: 'NO_KSEF_NUMBER_YET',
    basis: regime === 'online' ? 'regulation §9(1)' : 'regulation §9(2)',
  };
  if (standing !== 'waiting' || regime === 'emergency' || buyer.kind === 'art-106gb-4') return [number];
  const [reason, basis] =
    regime === 'online'
      ? (['ONLY_IN_A_FAILURE', 'art. 106nf(1)'] as const)
      : (['ONLY_IN_KSEF', 'art. 106nda(3)'] as const);
  return [{ document: 'invoice-with-two-codes', reason, basis }, number];
}

/** By which moment the invoice counts as received (data otrzymania; domain rules 1.1). */
export interface ReceiptRule {
  readonly rule: 'number-assigned' | 'actual-receipt' | 'actual-receipt-else-number-assigned';
  readonly basis: string;
}

/** @see art. 106na(3)-(4), 106nda(11), 106nf(10), 106ng */
export function receiptRuleFor({ regime, dutyLifted, buyer }: HandoverCircumstances): ReceiptRule {
  if (dutyLifted) return { rule: 'actual-receipt', basis: 'art. 106ng' };
  if (regime === 'emergency') return { rule: 'actual-receipt-else-number-assigned', basis: 'art. 106nf(10)' };
  if (regime === 'online') {
    return buyer.kind === 'domestic'
      ? { rule: 'number-assigned', basis: 'art. 106na(3)' }
      : { rule: 'actual-receipt', basis: 'art. 106na(4)' };
  }
  return buyer.kind === 'domestic'
    ? { rule: 'number-assigned', basis: 'art. 106nda(11)' }
    : { rule: 'actual-receipt', basis: 'art. 106nda(11), art. 106gb(4)' };
}
