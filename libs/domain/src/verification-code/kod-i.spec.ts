import { describe, expect, it } from '@jest/globals';
import { invoiceHashFromBytes } from '../invoice/invoice-hash.js';
import type { Nip } from '../party/nip.js';
import { Temporal } from '../shared/instant.js';
import { kodI, type KodIInput } from './kod-i.js';

const hash = invoiceHashFromBytes(
  Uint8Array.from(Buffer.from('52d429f46a5ce75cbebb7c40a598c88e0929674d63b3e27c29f9523d6f16cc81', 'hex')),
);
const official: KodIInput = {
  environment: 'test',
  sellerNip: '1111111111' as Nip,
  issueDate: Temporal.PlainDate.from('2026-02-01'),
  hash,
};

describe('kodI', () => {
  it('gives the official example (ksef-docs kody-qr.md)', () => {
    expect(kodI(official)).toBe(
      'https://qr-test.ksef.mf.gov.pl/invoice/1111111111/01-02-2026/UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE',
    );
  });

  it('uses the host of each environment', () => {
    expect(kodI({ ...official, environment: 'demo' })).toMatch(/^https:\/\/qr-demo\.ksef\.mf\.gov\.pl\/invoice\//);
    expect(kodI({ ...official, environment: 'production' })).toMatch(/^https:\/\/qr\.ksef\.mf\.gov\.pl\/invoice\//);
    expect(kodI({ ...official, environment: 'production' })).toHaveLength(99);
  });

  it('writes day and month with two digits, day first', () => {
    const issueDate = Temporal.PlainDate.from('2026-11-03');
    expect(kodI({ ...official, issueDate })).toContain('/03-11-2026/');
  });
});
