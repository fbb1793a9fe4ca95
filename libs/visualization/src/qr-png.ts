import { GLYPH_ROWS, labelDots } from './label-font.js';
import { layOut, type Layout } from './layout.js';
import { encodePng, type PixelBand } from './png-encoder.js';
import { assertPrintable } from './printable-label.js';
import { MODULE_SIZE_MM, qrSymbol, type ErrorCorrectionLevel, type QrSymbol } from './qr-symbol.js';

export interface QrPngOptions {
  /** @default 'M' */
  readonly errorCorrection?: ErrorCorrectionLevel;
  /** Side of one module, 2 to 32. The printed size stays the same, its resolution changes. @default 8 */
  readonly moduleSizePx?: number;
}

const DEFAULT_MODULE_SIZE_PX = 8;
const MODULE_SIZE_RANGE_PX = { least: 2, most: 32 };

/** Makes capital letters 1.3 mm high in print, so that a KSeF number is 39 mm long. */
const LABEL_DOTS_PER_MODULE = 3 / 8;

/**
 * A verification code with its label beneath, as a black-and-white PNG.
 *
 * @param label `OFFLINE`, `CERTYFIKAT` or a KSeF number: A-Z, 0-9, space and hyphen
 * @throws UnprintableLabelError; RangeError on an empty link or a module size out of range; Error on a link too long
 * @see ksef-docs kody-qr.md; ISO/IEC 18004
 */
export function renderQrPng(link: string, label: string, options: QrPngOptions = {}): Uint8Array {
  const { errorCorrection = 'M', moduleSizePx = DEFAULT_MODULE_SIZE_PX } = options;
  assertPrintable(label);
  assertModuleSize(moduleSizePx);
  const symbol = qrSymbol(link, errorCorrection);
  const dotSizePx = Math.max(1, Math.floor(moduleSizePx * LABEL_DOTS_PER_MODULE));
  const layout = toWholePixels(layOut(symbol.size, label.length, moduleSizePx, dotSizePx));
  return encodePng(
    {
      widthPx: layout.width,
      heightPx: layout.height,
      pixelsPerMetre: Math.round((moduleSizePx / MODULE_SIZE_MM) * 1000),
    },
    [...symbolBands(symbol, layout, moduleSizePx), ...labelBands(label, layout, dotSizePx)],
  );
}

function symbolBands(symbol: QrSymbol, layout: Layout, moduleSizePx: number): PixelBand[] {
  const quietZone: PixelBand = { line: whiteLine(layout.width), repeat: layout.symbolTop };
  const rows = Array.from({ length: symbol.size }, (_, row): PixelBand => {
    const line = whiteLine(layout.width);
    for (let column = 0; column < symbol.size; column += 1) {
      if (symbol.isDark(row, column)) blacken(line, layout.symbolLeft + column * moduleSizePx, moduleSizePx);
    }
    return { line, repeat: moduleSizePx };
  });
  return [quietZone, ...rows, quietZone];
}

function labelBands(label: string, layout: Layout, dotSizePx: number): PixelBand[] {
  const rows = Array.from({ length: GLYPH_ROWS }, (_, row): PixelBand => {
    const line = whiteLine(layout.width);
    Array.from(labelDots(label, row)).forEach((dot, column) => {
      if (dot === '#') blacken(line, layout.labelLeft + column * dotSizePx, dotSizePx);
    });
    return { line, repeat: dotSizePx };
  });
  const below = layout.height - layout.labelTop - GLYPH_ROWS * dotSizePx;
  return [...rows, { line: whiteLine(layout.width), repeat: below }];
}

function whiteLine(widthPx: number): Uint8Array {
  return new Uint8Array(Math.ceil(widthPx / 8)).fill(0xff);
}

function blacken(line: Uint8Array, fromPx: number, countPx: number): void {
  for (let x = fromPx; x < fromPx + countPx; x += 1) {
    const byte = x >> 3;
    line[byte] = (line[byte] ?? 0) & ~(0x80 >> (x & 7));
  }
}

/** Centring may end between two pixels. */
function toWholePixels(layout: Layout): Layout {
  return { ...layout, symbolLeft: Math.floor(layout.symbolLeft), labelLeft: Math.floor(layout.labelLeft) };
}

function assertModuleSize(moduleSizePx: number): void {
  const { least, most } = MODULE_SIZE_RANGE_PX;
  if (!Number.isInteger(moduleSizePx) || moduleSizePx < least || moduleSizePx > most) {
    throw new RangeError(`a module is ${least} to ${most} whole pixels wide, not ${moduleSizePx}`);
  }
}
