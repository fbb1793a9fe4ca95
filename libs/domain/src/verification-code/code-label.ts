import type { KsefNumber } from '../ksef-number/ksef-number.js';

/** The text beneath KOD II (ksef-docs kody-qr.md). */
export const KOD_II_LABEL = 'CERTYFIKAT';

/** The text beneath KOD I: the KSeF number once it is known, `OFFLINE` until then. */
export function kodILabel(ksefNumber: KsefNumber | undefined): string {
  return ksefNumber ?? 'OFFLINE';
}
