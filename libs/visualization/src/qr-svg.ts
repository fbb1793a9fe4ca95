import { GLYPH_ROWS } from './label-font.js';
import { layOut, type Layout } from './layout.js';
import { assertPrintable } from './printable-label.js';
import { MODULE_SIZE_MM, qrSymbol, type ErrorCorrectionLevel, type QrSymbol } from './qr-symbol.js';

export interface QrSvgOptions {
  /** @default 'M' */
  readonly errorCorrection?: ErrorCorrectionLevel;
  /** Side of one module in print. @default 0.5 */
  readonly moduleSizeMm?: number;
}

/** Side of a dot of the label in modules, as in the PNG; here it only sets the size of the text. */
const DOT_SIZE_MODULES = 3 / 8;
/** Capital letters of common monospaced fonts are about 0.7 em high. */
const CAPITAL_HEIGHT_EM = 0.7;

/**
 * A verification code with its label beneath, as an SVG document whose unit is one module.
 *
 * @param label `OFFLINE`, `CERTYFIKAT` or a KSeF number: A-Z, 0-9, space and hyphen
 * @throws UnprintableLabelError; RangeError on an empty link or a module size of 0 or less; Error on a link too long
 * @see ksef-docs kody-qr.md; ISO/IEC 18004
 */
export function renderQrSvg(link: string, label: string, options: QrSvgOptions = {}): string {
  const { errorCorrection = 'M', moduleSizeMm = MODULE_SIZE_MM } = options;
  assertPrintable(label);
  if (!(moduleSizeMm > 0)) throw new RangeError(`a module is wider than 0 mm, not ${moduleSizeMm}`);
  const symbol = qrSymbol(link, errorCorrection);
  const layout = layOut(symbol.size, label.length, 1, DOT_SIZE_MODULES);
  const { width, height } = layout;
  const size = `width="${decimal(width * moduleSizeMm)}mm" height="${decimal(height * moduleSizeMm)}mm"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${decimal(width)} ${decimal(height)}">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<path shape-rendering="crispEdges" fill="#000" d="${darkRuns(symbol, layout)}"/>`,
    labelText(label, layout),
    `</svg>\n`,
  ].join('\n');
}

/** Neighbouring dark modules of a row are one rectangle, so that no gap shows between them. */
function darkRuns(symbol: QrSymbol, layout: Layout): string {
  const runs: string[] = [];
  for (let row = 0; row < symbol.size; row += 1) {
    for (let column = 0; column < symbol.size; column += 1) {
      const start = column;
      while (column < symbol.size && symbol.isDark(row, column)) column += 1;
      const length = column - start;
      if (length === 0) continue;
      const [x, y] = [decimal(layout.symbolLeft + start), decimal(layout.symbolTop + row)];
      runs.push(`M${x} ${y}h${length}v1h-${length}z`);
    }
  }
  return runs.join('');
}

/** `textLength` keeps the label within the image whatever font there is. */
function labelText(label: string, { width, labelTop, labelWidth }: Layout): string {
  const capitalHeight = GLYPH_ROWS * DOT_SIZE_MODULES;
  const attributes = [
    `x="${decimal(width / 2)}" y="${decimal(labelTop + capitalHeight)}"`,
    `text-anchor="middle" font-family="monospace" font-size="${decimal(capitalHeight / CAPITAL_HEIGHT_EM)}"`,
    `textLength="${decimal(labelWidth)}" lengthAdjust="spacingAndGlyphs" fill="#000"`,
  ];
  return `<text ${attributes.join(' ')}>${escapeText(label)}</text>`;
}

/** Printable labels need no escaping; markup does not rely on that. */
function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function decimal(value: number): string {
  return String(Math.round(value * 10_000) / 10_000);
}
