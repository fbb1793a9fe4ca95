import { create } from 'qrcode';
import { underBestMask } from './best-mask.js';

/** Share of damaged code words that can be restored: about 7, 15, 25 and 30 percent (ISO/IEC 18004). */
export type ErrorCorrectionLevel = 'L' | 'M' | 'Q' | 'H';

/** The square of dark and light modules, without its quiet zone. */
export interface QrSymbol {
  /** Modules along one side. */
  readonly size: number;
  isDark(row: number, column: number): boolean;
}

/** Light modules that have to stay around the symbol (ISO/IEC 18004, quiet zone). */
export const QUIET_ZONE_MODULES = 4;

/**
 * Printed length of one module: camera phones read it at reading distance from an office or thermal printer.
 * KOD I is then 24.5 mm wide with its quiet zone, KOD II 32.5 mm with an EC and 46.5 mm with an RSA signature.
 */
export const MODULE_SIZE_MM = 0.5;

/**
 * One segment in byte mode: links hold lower-case letters throughout, so other modes would save next to nothing.
 *
 * @throws when the link is empty or exceeds the largest symbol (2331 bytes at level M)
 */
export function qrSymbol(link: string, errorCorrection: ErrorCorrectionLevel): QrSymbol {
  if (link === '') throw new RangeError('a QR code needs a link');
  const { modules } = create([{ mode: 'byte', data: new TextEncoder().encode(link) }], {
    ...{ errorCorrectionLevel: errorCorrection, maskPattern: 0 },
  });
  const { size, data, reservedBit: reserved } = modules;
  const best = underBestMask({ size, data, reserved }, errorCorrection);
  return { size, isDark: (row, column) => best[row * size + column] === 1 };
}
