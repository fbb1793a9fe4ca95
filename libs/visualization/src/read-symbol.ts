import decodeSymbol from 'qr/decode.js';

/** An image as its reader found it: red, green, blue and, with four bytes to the pixel, alpha. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** No second guesses about an image that was just drawn, and no clock: the same image always reads the same. */
const EFFORT = { effort: 1, timeLimit: Infinity };

/** The bytes of the QR symbol in an image; `undefined` when no symbol can be read. */
export function readSymbol({ width, height, data }: Raster): Buffer | undefined {
  try {
    const text = decodeSymbol(
      { width, height, data },
      { ...EFFORT, textDecoder: (bytes) => Buffer.from(bytes).toString('latin1') },
    );
    return Buffer.from(text, 'latin1');
  } catch {
    return undefined;
  }
}
