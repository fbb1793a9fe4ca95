import type { Brand } from '../shared/brand.js';
import { err, ok, type Result } from '../shared/result.js';

/** Polish tax number (NIP): ten digits, the last one a checksum. No prefix, no separators. */
export type Nip = Brand<string, 'Nip'>;

export interface InvalidNip {
  readonly code: 'INVALID_NIP';
  readonly reason: 'MALFORMED' | 'WRONG_CHECK_DIGIT';
}

/** Ten digits; the first three are a tax office, never 0xx, x00 (type TNrNIP of the FA(3) schema). */
const SHAPE = /^[1-9]([0-9][1-9]|[1-9][0-9])[0-9]{7}$/;
const WEIGHTS = [6, 5, 7, 2, 3, 4, 5, 6, 7] as const;

/** Reads a NIP and checks its check digit (weights 6 5 7 2 3 4 5 6 7, modulo 11; a remainder of 10 is never issued). */
export function parseNip(text: string): Result<Nip, InvalidNip> {
  if (!SHAPE.test(text)) return err({ code: 'INVALID_NIP', reason: 'MALFORMED' });
  const sum = WEIGHTS.reduce((total, weight, at) => total + weight * Number(text[at]), 0);
  return sum % 11 === Number(text[9]) ? ok(text as Nip) : err({ code: 'INVALID_NIP', reason: 'WRONG_CHECK_DIGIT' });
}
