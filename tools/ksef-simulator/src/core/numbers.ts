import { randomBytes } from 'node:crypto';

import { crc8Hex } from './checksum.js';
import { warsawDay } from './time.js';

/** The two letters inside a reference number that say what it stands for. */
export type ReferenceKind = 'CR' | 'AU' | 'SB' | 'SO' | 'EE' | 'EU' | 'MS' | 'EH' | 'EC';

/** Source of random octets; a seeded one makes a run repeatable. */
export type RandomOctets = (count: number) => Buffer;

/** The random octets of the machine. */
export const systemRandom: RandomOctets = (count) => randomBytes(count);

/** `YYYYMMDD-XX-10hex-10hex-2hex`, 36 characters (UPO schema, type TNumerReferencyjny). */
export function referenceNumber(kind: ReferenceKind, epochMs: number, random: RandomOctets): string {
  const hex = random(10).toString('hex').toUpperCase();
  const body = `${warsawDay(epochMs).replaceAll('-', '')}-${kind}-${hex.slice(0, 10)}-${hex.slice(10)}`;
  return `${body}-${crc8Hex(body)}`;
}

/**
 * A KSeF number: seller NIP, day of acceptance in Warsaw, 12 hexadecimal digits, CRC-8 of the 32 characters before
 * the last hyphen (domain-rules 4).
 */
export function ksefNumber(sellerNip: string, acceptedAt: number, random: RandomOctets): string {
  const body = `${sellerNip}-${warsawDay(acceptedAt).replaceAll('-', '')}-${random(6).toString('hex').toUpperCase()}`;
  return `${body}-${crc8Hex(body)}`;
}
