import { GLYPH_ADVANCE, GLYPH_ROWS } from './label-font.js';
import { QUIET_ZONE_MODULES } from './qr-symbol.js';

/** Where symbol and label go; any unit of length. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly symbolLeft: number;
  readonly symbolTop: number;
  readonly labelLeft: number;
  readonly labelTop: number;
  readonly labelWidth: number;
}

/** Light dots to the left, right and below the label. */
const LABEL_MARGIN_DOTS = 4;

/**
 * The symbol with its quiet zone, and the label centred beneath; a label wider than the symbol widens the image.
 *
 * @param symbolSize modules along one side
 * @param moduleSize side of one module
 * @param dotSize side of one dot of the label
 */
export function layOut(symbolSize: number, labelLength: number, moduleSize: number, dotSize: number): Layout {
  const squareSize = (symbolSize + 2 * QUIET_ZONE_MODULES) * moduleSize;
  const labelWidth = (labelLength * GLYPH_ADVANCE - 1) * dotSize;
  const width = Math.max(squareSize, labelWidth + 2 * LABEL_MARGIN_DOTS * dotSize);
  return {
    width,
    height: squareSize + (GLYPH_ROWS + LABEL_MARGIN_DOTS) * dotSize,
    symbolLeft: (width - symbolSize * moduleSize) / 2,
    symbolTop: QUIET_ZONE_MODULES * moduleSize,
    labelLeft: (width - labelWidth) / 2,
    labelTop: squareSize,
    labelWidth,
  };
}
