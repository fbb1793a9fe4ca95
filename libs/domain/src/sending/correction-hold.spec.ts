import { describe, expect, it } from '@jest/globals';
import type { InvoiceId } from '../invoice/invoice.js';
import type { KsefNumber } from '../ksef-number/ksef-number.js';
import { correctionHold, describeHold, type CorrectedInvoice } from './correction-hold.js';

const NUMBER = '5265877635-20250826-0100001AF629-AF' as KsefNumber;
const OTHER = '5265877635-20250826-0100001AF630-11' as KsefNumber;

const original = (overrides: Partial<CorrectedInvoice> = {}): CorrectedInvoice => ({
  id: 'invoice-FV/1' as InvoiceId,
  number: 'FV/1',
  state: 'issued',
  neverSent: false,
  ...overrides,
});
const quoting = (...correctedKsefNumbers: readonly KsefNumber[]) => ({ kind: 'KOR' as const, correctedKsefNumbers });

describe('what holds a corrective invoice back (domain rules 1.7)', () => {
  it.each([
    ['an ordinary invoice, whatever it names', { ...quoting(), kind: 'VAT' as const }, [original()], undefined],
    ['one whose original is not ours', quoting(), [], undefined],
    ['one whose original waits', quoting(), [original()], 'ORIGINAL_WITHOUT_NUMBER'],
    ['one whose original was refused', quoting(), [original({ state: 'rejected' })], 'ORIGINAL_WITHOUT_NUMBER'],
    ['one whose original was never issued', quoting(), [original({ state: 'not-issued' })], undefined],
    ['one whose original is never sent', quoting(), [original({ neverSent: true })], undefined],
    ['one that quotes the number', quoting(NUMBER), [original({ state: 'complete', ksefNumber: NUMBER })], undefined],
    [
      'one that says there is none, or another',
      quoting(OTHER),
      [original({ state: 'accepted', ksefNumber: NUMBER })],
      'ORIGINAL_HAS_NUMBER',
    ],
    [
      'one of two originals still waits',
      quoting(),
      [original({ state: 'complete', ksefNumber: NUMBER }), original({ number: 'FV/2' })],
      'ORIGINAL_WITHOUT_NUMBER',
    ],
  ] as const)('%s', (_what, facts, originals, code) => {
    expect(correctionHold(facts, originals)?.code).toBe(code);
  });

  it('names the original, and what a person can do', () => {
    const hold = correctionHold(quoting(), [original({ state: 'complete', ksefNumber: NUMBER })]);
    expect(hold).toEqual({
      code: 'ORIGINAL_HAS_NUMBER',
      originalId: 'invoice-FV/1',
      originalNumber: 'FV/1',
      ksefNumber: NUMBER,
    });
    expect(describeHold(hold!)).toContain('POST /v1/batches');
    expect(describeHold(correctionHold(quoting(), [original()])!)).toContain('FV/1');
  });
});
