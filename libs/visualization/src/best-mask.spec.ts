import { describe, expect, it } from '@jest/globals';
import { create } from 'qrcode';
import { qrSymbol, type ErrorCorrectionLevel } from './qr-symbol.js';
import { KOD_I, KOD_II_EC, KOD_II_RSA } from './testing/codes.js';

const LEVELS: readonly ErrorCorrectionLevel[] = ['L', 'M', 'Q', 'H'];
const LENGTHS = [1, 7, 17, 32, 53, 78, 99, 134, 160, 211, 300, 467, 637, 808];
/** Other letters at each length, so that other masks win. */
const LINKS = LENGTHS.map((length) =>
  Array.from({ length }, (_, at) => String.fromCharCode(33 + ((at * 7 + length * 13 + ((at * at) % 11)) % 90))).join(
    '',
  ),
);

const rowsOf = (size: number, isDark: (row: number, column: number) => boolean): readonly string[] =>
  Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (__, column) => (isDark(row, column) ? '#' : '.')).join(''),
  );

describe('the mask of a symbol', () => {
  it.each(LEVELS)('is the one of least penalty, as qrcode finds it, at level %s', (level) => {
    for (const link of [...LINKS, KOD_I, KOD_II_EC, KOD_II_RSA]) {
      const found = create([{ mode: 'byte', data: new TextEncoder().encode(link) }], { errorCorrectionLevel: level });
      const { size, data } = found.modules;
      const ours = qrSymbol(link, level);
      expect(ours.size).toBe(size);
      expect(rowsOf(size, (row, column) => ours.isDark(row, column))).toEqual(
        rowsOf(size, (row, column) => data[row * size + column] === 1),
      );
    }
  });

  it('is not always the same', () => {
    const masks = LINKS.map(
      (link) =>
        create([{ mode: 'byte', data: new TextEncoder().encode(link) }], { errorCorrectionLevel: 'M' }).maskPattern,
    );
    expect(new Set(masks).size).toBeGreaterThan(3);
  });
});
