import type { Brand } from '../shared/brand.js';
import { err, ok, type Result } from '../shared/result.js';
import { crc8 } from './crc8.js';

/**
 * The number KSeF gives an accepted invoice: NIP of the seller, day of acceptance, 12 hexadecimal digits and a CRC-8,
 * 35 characters (ksef-docs numer-ksef.md). Older 36-character numbers of KSeF 1.0 are not received from this API.
 */
export type KsefNumber = Brand<string, 'KsefNumber'>;

export interface InvalidKsefNumber {
  readonly code: 'INVALID_KSEF_NUMBER';
  readonly reason: 'MALFORMED' | 'WRONG_CHECKSUM';
}

const SHAPE = /^[1-9][0-9]{9}-20[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])-[0-9A-F]{12}-[0-9A-F]{2}$/;
/** The checksum covers everything before the hyphen in front of it. */
const CHECKED_LENGTH = 32;

export function parseKsefNumber(text: string): Result<KsefNumber, InvalidKsefNumber> {
  if (!SHAPE.test(text)) return err({ code: 'INVALID_KSEF_NUMBER', reason: 'MALFORMED' });
  const expected = crc8(text.slice(0, CHECKED_LENGTH)).toString(16).toUpperCase().padStart(2, '0');
  return text.slice(-2) === expected
    ? ok(text as KsefNumber)
    : err({ code: 'INVALID_KSEF_NUMBER', reason: 'WRONG_CHECKSUM' });
}
