import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { BuyerGroup } from './buyer-group.js';
import { documentFor, notYetFor, receiptRuleFor, type HandoverCircumstances } from './handover-document.js';

const DOMESTIC: BuyerGroup = { kind: 'domestic', ground: 'nip' };
const FOREIGN: BuyerGroup = { kind: 'art-106gb-4', ground: 'foreign-number' };

const waiting = (regime: HandoverCircumstances['regime'], buyer: BuyerGroup, more = {}): HandoverCircumstances => ({
  ...{ standing: 'waiting', regime, shifted: false, dutyLifted: false, hasKodII: true, buyer, ...more },
});

describe('the right document for the buyer (domain rules 1.6, row by row)', () => {
  it.each([
    [
      'online, number known',
      waiting('online', DOMESTIC, { standing: 'numbered' }),
      'invoice-with-number',
      'art. 106gb(5)',
      'regulation §9(1)',
    ],
    [
      'online, number known',
      waiting('online', FOREIGN, { standing: 'numbered' }),
      'invoice-with-number',
      'art. 106gb(4)',
      'regulation §9(1)',
    ],
    [
      'online, number not yet known: voluntary',
      waiting('online', DOMESTIC),
      'transaction-confirmation',
      'MF handbook II 1.6.6',
    ],
    [
      'online, number not yet known: same confirmation',
      waiting('online', FOREIGN),
      'transaction-confirmation',
      'MF handbook II 1.6.6',
    ],
    [
      'offline24, not sent: only in KSeF',
      waiting('offline24', DOMESTIC),
      'transaction-confirmation',
      'art. 106nda(3)',
      'MF handbook II 1.6.6',
    ],
    [
      'offline24, not sent: agreed way',
      waiting('offline24', FOREIGN),
      'invoice-with-two-codes',
      'art. 106nda(6)',
      'regulation §9(3)',
    ],
    [
      'unavailability, not sent',
      waiting('unavailability', DOMESTIC),
      'transaction-confirmation',
      'art. 106nh(4)',
      'art. 106nda(3)',
    ],
    [
      'unavailability, not sent',
      waiting('unavailability', FOREIGN),
      'invoice-with-two-codes',
      'art. 106nh(4)',
      'art. 106nda(6)',
    ],
    [
      'offline24, number assigned',
      waiting('offline24', DOMESTIC, { standing: 'numbered' }),
      'invoice-with-number',
      'regulation §9(2)',
    ],
    [
      'offline24, number assigned',
      waiting('offline24', FOREIGN, { standing: 'numbered' }),
      'invoice-with-number',
      'regulation §9(2)',
    ],
    [
      'emergency, not sent',
      waiting('emergency', DOMESTIC),
      'invoice-with-two-codes',
      'art. 106nf(1)',
      'regulation §9(4)',
    ],
    [
      'emergency, not sent',
      waiting('emergency', FOREIGN),
      'invoice-with-two-codes',
      'art. 106nf(1)',
      'regulation §9(4)',
    ],
    [
      'after a shift (1.4)',
      waiting('emergency', DOMESTIC, { shifted: true }),
      'invoice-with-two-codes',
      'art. 106nha',
      'art. 106nf(1)',
    ],
    [
      'emergency, number assigned',
      waiting('emergency', DOMESTIC, { standing: 'numbered' }),
      'invoice-with-number',
      'regulation §9(2)',
    ],
    ['total failure', waiting('total-failure', DOMESTIC, { dutyLifted: true }), 'invoice-without-codes', 'art. 106ng'],
    ['total failure', waiting('total-failure', FOREIGN, { dutyLifted: true }), 'invoice-without-codes', 'art. 106ng'],
  ] as const)('%s', (_row, circumstances, kind, ...basis) => {
    const decision = documentFor(circumstances);
    expect(decision.kind).toBe(kind);
    expect(decision.basis).toEqual(expect.arrayContaining(basis));
  });

  it.each([
    ['draft', 'NOT_ISSUED_YET'],
    ['not-issued', 'NOT_ISSUED'],
    ['refused', 'REFUSED_BY_KSEF'],
    ['undecided', 'UNDER_REVIEW'],
  ] as const)('is nothing while it is %s: %s', (standing, reason) => {
    expect(documentFor(waiting('emergency', FOREIGN, { standing }))).toMatchObject({ kind: 'nothing', reason });
  });

  it('is nothing, with the reason, where two codes are wanted and no KOD II was made', () => {
    const decision = documentFor(waiting('online', DOMESTIC, { hasKodII: false }));
    expect(decision).toMatchObject({ kind: 'nothing', reason: 'NO_CERTIFICATE_CODE', basis: ['MF handbook II 1.6.6'] });
  });

  it('says what it depends on: an agreement, a free choice, what the file says of the buyer, an announcement', () => {
    expect(documentFor(waiting('offline24', FOREIGN)).dependsOn).toEqual(['AGREED_WAY']);
    expect(documentFor(waiting('offline24', DOMESTIC)).dependsOn).toEqual(['VOLUNTARY', 'BUYER_AS_IN_FILE']);
    expect(documentFor(waiting('emergency', DOMESTIC)).dependsOn).toEqual(['AGREED_WAY', 'FAILURE_ANNOUNCED']);
  });

  it('says what may not be handed over yet', () => {
    expect(notYetFor(waiting('offline24', DOMESTIC))).toEqual([
      { document: 'invoice-with-two-codes', reason: 'ONLY_IN_KSEF', basis: 'art. 106nda(3)' },
      { document: 'invoice-with-number', reason: 'NO_KSEF_NUMBER_YET', basis: 'regulation §9(2)' },
    ]);
    expect(notYetFor(waiting('emergency', DOMESTIC)).map(({ document }) => document)).toEqual(['invoice-with-number']);
    expect(notYetFor(waiting('offline24', DOMESTIC, { standing: 'numbered' }))).toEqual([]);
    expect(notYetFor(waiting('total-failure', DOMESTIC, { dutyLifted: true }))).toEqual([]);
  });
});

describe('the receipt date (domain rules 1.1)', () => {
  it.each([
    ['online', DOMESTIC, 'number-assigned', 'art. 106na(3)'],
    ['online', FOREIGN, 'actual-receipt', 'art. 106na(4)'],
    ['offline24', DOMESTIC, 'number-assigned', 'art. 106nda(11)'],
    ['offline24', FOREIGN, 'actual-receipt', 'art. 106nda(11), art. 106gb(4)'],
    ['unavailability', DOMESTIC, 'number-assigned', 'art. 106nda(11)'],
    ['emergency', DOMESTIC, 'actual-receipt-else-number-assigned', 'art. 106nf(10)'],
    ['emergency', FOREIGN, 'actual-receipt-else-number-assigned', 'art. 106nf(10)'],
  ] as const)('%s, %o: %s', (regime, buyer, rule, basis) => {
    expect(receiptRuleFor(waiting(regime, buyer))).toEqual({ rule, basis });
  });

  it('is the actual receipt in a total failure', () => {
    const circumstances = waiting('total-failure', DOMESTIC, { dutyLifted: true });
    expect(receiptRuleFor(circumstances)).toEqual({ rule: 'actual-receipt', basis: 'art. 106ng' });
  });
});

const anyCircumstances: fc.Arbitrary<HandoverCircumstances> = fc.record({
  standing: fc.constantFrom('draft', 'not-issued', 'waiting', 'refused', 'undecided', 'numbered'),
  regime: fc.constantFrom('online', 'offline24', 'unavailability', 'emergency', 'total-failure'),
  shifted: fc.boolean(),
  dutyLifted: fc.boolean(),
  hasKodII: fc.boolean(),
  buyer: fc.constantFrom<BuyerGroup>(
    DOMESTIC,
    FOREIGN,
    { kind: 'art-106gb-4', ground: 'no-nip' },
    { kind: 'art-106gb-4', ground: 'supply-abroad' },
    { kind: 'domestic', ground: 'nip-mixed-supply' },
  ),
});

describe('whatever the circumstances', () => {
  const holds = (property: (circumstances: HandoverCircumstances) => void): void => {
    fc.assert(fc.property(anyCircumstances, property), { numRuns: 2000 });
  };

  it('every answer names its legal basis, and is the same when asked again', () => {
    holds((circumstances) => {
      const decision = documentFor(circumstances);
      expect(decision.basis.length).toBeGreaterThan(0);
      expect(documentFor({ ...circumstances })).toEqual(decision);
    });
  });

  it('a copy carries the number if and only if there is one, and never KOD II beside it', () => {
    holds((circumstances) => {
      const decision = documentFor(circumstances);
      expect(decision.kind === 'invoice-with-number').toBe(circumstances.standing === 'numbered');
    });
  });

  it('nothing leaves of what is not issued, refused or under review', () => {
    holds((circumstances) => {
      if (circumstances.standing === 'waiting' || circumstances.standing === 'numbered') return;
      expect(documentFor(circumstances).kind).toBe('nothing');
    });
  });

  it('a domestic buyer gets no invoice without a number but in a failure (art. 106nda(3), 106nf(1), 106ng)', () => {
    holds((circumstances) => {
      const { kind } = documentFor(circumstances);
      if (circumstances.buyer.kind !== 'domestic' || kind !== 'invoice-with-two-codes') return;
      expect(circumstances.regime).toBe('emergency');
    });
  });

  it('two codes are handed over only where KOD II was made', () => {
    holds((circumstances) => {
      const decision = documentFor(circumstances);
      if ('codes' in decision && decision.codes === 'two') expect(circumstances.hasKodII).toBe(true);
    });
  });

  it('what may be handed over now is never among what may not be yet', () => {
    holds((circumstances) => {
      const { kind } = documentFor(circumstances);
      expect(notYetFor(circumstances).map(({ document }) => document as string)).not.toContain(kind);
    });
  });
});
