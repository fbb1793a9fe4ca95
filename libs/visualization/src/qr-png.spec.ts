import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { qrCodeImages, renderQrPng, UnprintableLabelError } from './index.js';
import { KOD_I, KOD_II_EC, KOD_II_RSA, KSEF_NUMBER } from './testing/codes.js';
import { draw, readPng, type Pixels } from './testing/pixels.js';

const CODES = [
  { name: 'KOD I before sending', link: KOD_I, lengthBytes: 99, label: 'OFFLINE', version: 6, sizeModules: 41 },
  { name: 'KOD I with number', link: KOD_I, lengthBytes: 99, label: KSEF_NUMBER, version: 6, sizeModules: 41 },
  { name: 'KOD II, EC', link: KOD_II_EC, lengthBytes: 211, label: 'CERTYFIKAT', version: 10, sizeModules: 57 },
  { name: 'KOD II, RSA', link: KOD_II_RSA, lengthBytes: 467, label: 'CERTYFIKAT', version: 17, sizeModules: 85 },
] as const;

/** Rows of text, `#` for a dark pixel, of part of an image. */
function cut(image: Pixels, left: number, top: number, width: number, height: number): string[] {
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => (image.isDark(left + x, top + y) ? '#' : '.')).join(''),
  );
}

async function zbarimg(png: Uint8Array): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'visualization-spec-'));
  try {
    const file = join(folder, 'code.png');
    await writeFile(file, png);
    return (await promisify(execFile)('zbarimg', ['--quiet', '--raw', '--nodbus', file])).stdout.trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe.each(CODES)('the PNG of $name', ({ link, lengthBytes, label, version, sizeModules }) => {
  const png = renderQrPng(link, label);
  const image = readPng(png);

  it('holds the link in one segment of bytes, in the smallest symbol for it at level M (ISO/IEC 18004, table 7)', () => {
    expect(Buffer.byteLength(link)).toBe(lengthBytes);
    const code = image.decode();
    expect(code?.data).toBe(link);
    expect(code?.version).toBe(version);
    expect(code?.chunks.map(({ type }) => type)).toEqual(['byte']);
  });

  it('is read by zbarimg too', async () => {
    const read = await zbarimg(png);
    if (read === undefined) console.warn('Not checked with zbarimg: it is not installed (package zbar-tools).');
    else expect(read).toBe(link);
  });

  it('keeps four light modules around the symbol, and the label below them', () => {
    const quiet = 4 * 8;
    const side = sizeModules * 8;
    const left = Math.floor((image.width - side) / 2);
    expect(left).toBeGreaterThanOrEqual(quiet);
    const light = (x: number, y: number, width: number, height: number): boolean =>
      cut(image, x, y, width, height).every((row) => !row.includes('#'));
    expect(light(0, 0, image.width, quiet)).toBe(true);
    expect(light(0, quiet, left, side)).toBe(true);
    expect(light(left + side, quiet, image.width - left - side, side)).toBe(true);
    expect(light(0, quiet + side, image.width, quiet)).toBe(true);
    expect(image.isDark(left, quiet) && image.isDark(left + side - 1, quiet)).toBe(true);
    expect(image.isDark(left, quiet + side - 1)).toBe(true);
    const labelRow = cut(image, 0, quiet + side + quiet, image.width, 1)[0] ?? '';
    expect(labelRow).toContain('#');
  });

  it('fits the whole label in, centred', () => {
    const top = 4 * 8 + sizeModules * 8 + 4 * 8;
    const columns = Array.from({ length: image.width }, (_, x) => x).filter((x) =>
      cut(image, x, top, 1, 21).some((row) => row === '#'),
    );
    const [first, last] = [columns[0] ?? 0, columns.at(-1) ?? 0];
    const width = (label.length * 6 - 1) * 3;
    expect(last - first + 1).toBeLessThanOrEqual(width);
    expect(last - first + 1).toBeGreaterThan(width - 3 * 3);
    expect(Math.abs(first - (image.width - 1 - last))).toBeLessThanOrEqual(4);
  });
});

describe('a PNG', () => {
  it('writes the label with letters one can tell apart', () => {
    const image = readPng(renderQrPng(KOD_I, 'K0-B8', { moduleSizePx: 2 }));
    const labelTop = (41 + 8) * 2;
    expect(cut(image, Math.floor((image.width - 29) / 2), labelTop, 29, 7)).toEqual([
      '#...#..###........####...###.',
      '#..#..#...#.......#...#.#...#',
      '#.#...#..##.......#...#.#...#',
      '##....#.#.#..###..####...###.',
      '#.#...##..#.......#...#.#...#',
      '#..#..#...#.......#...#.#...#',
      '#...#..###........####...###.',
    ]);
  });

  it('has a shape of its own for each printable character', () => {
    const characters = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789- ');
    const shapes = characters.map((character) => {
      const image = readPng(renderQrPng(KOD_I, character, { moduleSizePx: 2 }));
      return cut(image, Math.floor((image.width - 5) / 2), (41 + 8) * 2, 5, 7).join('\n');
    });
    expect(new Set(shapes).size).toBe(38);
    expect(shapes.filter((shape) => !shape.includes('#'))).toHaveLength(1);
  });

  it.each([2, 3, 5, 8, 13])('can be read with modules of %d pixels', (moduleSizePx) => {
    expect(readPng(renderQrPng(KOD_II_EC, KSEF_NUMBER, { moduleSizePx })).decode()?.data).toBe(KOD_II_EC);
  });

  it('says that a module is half a millimetre wide', () => {
    const physical = Buffer.from(renderQrPng(KOD_I, 'OFFLINE'));
    const at = physical.indexOf('pHYs') + 4;
    // 8 pixels in 0.5 mm are 16 000 pixels per metre, both ways; unit 1 is the metre.
    expect(physical.subarray(at, at + 9).toString('hex')).toBe('00003e8000003e8001');
  });

  it.each([
    ['L', '##'],
    ['M', '#.'],
    ['Q', '.#'],
    ['H', '..'],
  ] as const)('names its error correction %s in the format information', (errorCorrection, expected) => {
    // ISO/IEC 18004, 7.9: bits 14 and 13 stand left in row 8 of the symbol: L 01, M 00, Q 11, H 10, under mask 10.
    const image = readPng(renderQrPng('https://a', 'OFFLINE', { errorCorrection, moduleSizePx: 4 }));
    const left = Array.from({ length: image.width }, (_, x) => x).find((x) => image.isDark(x, 4 * 4)) ?? 0;
    const bits = [0, 1].map((column) => (image.isDark(left + column * 4, (4 + 8) * 4) ? '#' : '.'));
    expect(bits.join('')).toBe(expected);
  });

  it('uses error correction M unless told otherwise, and is the same each time', () => {
    expect(renderQrPng(KOD_I, 'OFFLINE')).toEqual(renderQrPng(KOD_I, 'OFFLINE', { errorCorrection: 'M' }));
    expect(qrCodeImages.png(KOD_I, 'OFFLINE')).toEqual(renderQrPng(KOD_I, 'OFFLINE'));
  });

  it('stays readable with a stain on it', () => {
    const png = readPng(renderQrPng(KOD_II_RSA, 'CERTYFIKAT'));
    const [left, top] = [400, 400];
    const stained = draw(
      png.width,
      png.height,
      1,
      (x, y) => png.isDark(x, y) || (x - left) ** 2 + (y - top) ** 2 < 80 ** 2,
    );
    expect(stained.decode()?.data).toBe(KOD_II_RSA);
  });

  it('gives back any link, UTF-8 included', () => {
    const links = fc.oneof(fc.webUrl({ withQueryParameters: true }), fc.string({ unit: 'grapheme', minLength: 1 }));
    fc.assert(
      fc.property(links, (link) => {
        const code = readPng(renderQrPng(link, 'OFFLINE', { moduleSizePx: 4 })).decode();
        expect(Buffer.from(code?.binaryData ?? []).toString('utf8')).toBe(link);
      }),
      { numRuns: 25 },
    );
  });

  it.each(['offline', 'OFFLINE\n', 'Ż', '<B>', '', 'A'.repeat(65)])('refuses the label %j', (label) => {
    expect(() => renderQrPng(KOD_I, label)).toThrow(UnprintableLabelError);
  });

  it('refuses what cannot be drawn', () => {
    expect(() => renderQrPng('', 'OFFLINE')).toThrow(RangeError);
    expect(() => renderQrPng('x'.repeat(2332), 'OFFLINE')).toThrow(/too big/);
    expect(() => renderQrPng(KOD_I, 'OFFLINE', { moduleSizePx: 1 })).toThrow(RangeError);
    expect(() => renderQrPng(KOD_I, 'OFFLINE', { moduleSizePx: 2.5 })).toThrow(RangeError);
    expect(() => renderQrPng(KOD_I, 'OFFLINE', { moduleSizePx: 33 })).toThrow(RangeError);
  });
});
