import { describe, expect, it } from '@jest/globals';
import type { KsefNumber } from '../ksef-number/ksef-number.js';
import { KOD_II_LABEL, kodILabel } from './code-label.js';

describe('labels beneath the codes (ksef-docs kody-qr.md)', () => {
  it('says OFFLINE until the KSeF number is known, then the number', () => {
    expect(kodILabel(undefined)).toBe('OFFLINE');
    expect(kodILabel('5265877635-20250826-0100001AF629-AF' as KsefNumber)).toBe('5265877635-20250826-0100001AF629-AF');
  });

  it('says CERTYFIKAT beneath KOD II', () => {
    expect(KOD_II_LABEL).toBe('CERTYFIKAT');
  });
});
