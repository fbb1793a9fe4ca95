import { decode, type DecodedPng } from 'fast-png';
import { readSymbol, type Raster } from './read-symbol.js';

/** A square of so many pixels along each side becomes one grey pixel, the average of all of them. */
type Step = 1 | 4;

const WHITE = 0xff;
/** How many of the last four bits of a number are set. */
const ONES = Uint8Array.from({ length: 16 }, (_, bits) => [1, 2, 4, 8].filter((bit) => (bits & bit) !== 0).length);

/**
 * The bytes of the QR symbol in a PNG of one bit per pixel, which is what codes are drawn as; `undefined` when the file
 * is no such PNG, is damaged, or holds no symbol that can be read.
 *
 * It is first looked at from afar, with two pixels to a module as we draw it, which is many times faster; only what
 * cannot be read from there is looked at pixel by pixel.
 */
export function readQrPng(bytes: Uint8Array): Buffer | undefined {
  const image = decoded(bytes);
  if (image?.depth !== 1 || image.channels !== 1) return undefined;
  return readSymbol(rasterOf(image, 4)) ?? readSymbol(rasterOf(image, 1));
}

function decoded(bytes: Uint8Array): DecodedPng | undefined {
  try {
    return decode(bytes, { checkCrc: true });
  } catch {
    return undefined;
  }
}

function rasterOf(image: DecodedPng, step: Step): Raster {
  const [width, height] = [Math.floor(image.width / step), Math.floor(image.height / step)];
  const stride = Math.ceil(image.width / 8);
  const mask = (1 << step) - 1;
  const data = new Uint8Array(width * height * 3);
  let offset = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const firstPixel = x * step;
      const shift = 8 - step - (firstPixel & 7);
      let byte = y * step * stride + (firstPixel >> 3);
      let light = 0;
      for (let row = 0; row < step; row += 1, byte += stride) {
        light += ONES[((image.data[byte] ?? 0) >> shift) & mask] ?? 0;
      }
      const grey = (light * WHITE) / (step * step);
      data[offset++] = grey;
      data[offset++] = grey;
      data[offset++] = grey;
    }
  }
  return { width, height, data };
}
