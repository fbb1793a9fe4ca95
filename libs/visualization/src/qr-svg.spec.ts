import { describe, expect, it } from '@jest/globals';
import { XmlDocument, type XmlElement } from 'libxml2-wasm';
import { qrCodeImages, renderQrSvg, UnprintableLabelError } from './index.js';
import { KOD_I, KOD_II_EC, KOD_II_RSA, KSEF_NUMBER } from './testing/codes.js';
import { draw, type Pixels } from './testing/pixels.js';

interface Drawing {
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: Readonly<Record<string, string>>;
  readonly label: string;
  readonly path: Readonly<Record<string, string>>;
}

function attributesOf(element: XmlElement): Record<string, string> {
  return Object.fromEntries(element.attrs.map(({ name, value }) => [name, value]));
}

function read(svg: string): Drawing {
  using document = XmlDocument.fromString(svg);
  const find = (xpath: string): XmlElement => document.get(xpath, { s: 'http://www.w3.org/2000/svg' }) as XmlElement;
  const text = find('/s:svg/s:text');
  return {
    attributes: attributesOf(document.root),
    text: attributesOf(text),
    label: text.content,
    path: attributesOf(find('/s:svg/s:path')),
  };
}

/** Draws the path with 4 pixels per module; knows only the commands the path may use. */
function rasterise({ attributes, path }: Drawing): Pixels {
  const [, , width = 0, height = 0] = (attributes['viewBox'] ?? '').split(' ').map(Number);
  const dark = new Set<string>();
  const rest = (path['d'] ?? '').replaceAll(
    /M([\d.]+) ([\d.]+)h(\d+)v1h-(\d+)z/g,
    (_, x: string, y: string, there: string, back: string) => {
      expect(back).toBe(there);
      for (let step = 0; step < Number(there); step += 1) dark.add(`${Math.floor(Number(x)) + step} ${y}`);
      return '';
    },
  );
  expect(rest).toBe('');
  return draw(Math.ceil(width), Math.ceil(height), 4, (x, y) => dark.has(`${x} ${y}`));
}

describe('the SVG', () => {
  it.each([
    { link: KOD_I, label: 'OFFLINE' },
    { link: KOD_I, label: KSEF_NUMBER },
    { link: KOD_II_EC, label: 'CERTYFIKAT' },
    { link: KOD_II_RSA, label: 'CERTYFIKAT' },
  ])('holds the link and says $label', ({ link, label }) => {
    const drawing = read(renderQrSvg(link, label));
    expect(rasterise(drawing).decode()?.data).toBe(link);
    expect(drawing.label).toBe(label);
    expect(drawing.path['shape-rendering']).toBe('crispEdges');
  });

  it('is measured in modules of half a millimetre, with the quiet zone', () => {
    // 41 modules and 2 × 4 around; the label adds 7 + 4 dots of 3/8 module.
    const { attributes } = read(renderQrSvg(KOD_I, 'OFFLINE'));
    expect(attributes).toMatchObject({ viewBox: '0 0 49 53.125', width: '24.5mm', height: '26.5625mm' });
    const larger = read(renderQrSvg(KOD_I, 'OFFLINE', { moduleSizeMm: 1 })).attributes;
    expect(larger).toMatchObject({ viewBox: '0 0 49 53.125', width: '49mm', height: '53.125mm' });
  });

  it('leaves the quiet zone free: 41 modules begin and end four modules from the edges and from the label', () => {
    const image = rasterise(read(renderQrSvg(KOD_I, 'OFFLINE')));
    const indexes = Array.from({ length: 49 }, (_, index) => index);
    const darkAt = (x: number, y: number): boolean => image.isDark(x * 4, y * 4);
    const columns = indexes.filter((x) => indexes.some((y) => darkAt(x, y)));
    const rows = indexes.filter((y) => indexes.some((x) => darkAt(x, y)));
    expect([columns[0], columns.at(-1), rows[0], rows.at(-1)]).toEqual([4, 44, 4, 44]);
  });

  it('grows with a KSeF number, which stands centred below the quiet zone whatever the font', () => {
    // 35 letters of 6 dots less the last gap: 209 dots of 3/8 module, and 4 dots on either side.
    const { attributes, text } = read(renderQrSvg(KOD_I, KSEF_NUMBER));
    expect(attributes['viewBox']).toBe('0 0 81.375 53.125');
    expect(text).toMatchObject({
      x: '40.6875',
      y: '51.625',
      'text-anchor': 'middle',
      textLength: '78.375',
      lengthAdjust: 'spacingAndGlyphs',
    });
  });

  it('uses more modules for more error correction', () => {
    const widthOf = (errorCorrection: 'L' | 'M' | 'Q' | 'H'): string =>
      read(renderQrSvg(KOD_II_EC, 'CERTYFIKAT', { errorCorrection })).attributes['width'] ?? '';
    // Versions 8, 10, 13 and 15 for 211 bytes (ISO/IEC 18004, table 7), i.e. 49, 57, 69 and 77 modules and 8 around.
    expect(['L', 'M', 'Q', 'H'].map((level) => widthOf(level as 'L'))).toEqual([
      '30.5mm',
      '32.5mm',
      '38.5mm',
      '42.5mm',
    ]);
    expect(qrCodeImages.svg(KOD_II_EC, 'CERTYFIKAT')).toBe(
      renderQrSvg(KOD_II_EC, 'CERTYFIKAT', { errorCorrection: 'M' }),
    );
  });

  it('refuses labels and sizes that cannot be drawn', () => {
    expect(() => renderQrSvg(KOD_I, '</text><script/>')).toThrow(UnprintableLabelError);
    expect(() => renderQrSvg('', 'OFFLINE')).toThrow(RangeError);
    expect(() => renderQrSvg(KOD_I, 'OFFLINE', { moduleSizeMm: 0 })).toThrow(RangeError);
    expect(() => renderQrSvg(KOD_I, 'OFFLINE', { moduleSizeMm: Number.NaN })).toThrow(RangeError);
  });
});
