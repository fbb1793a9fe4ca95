import type jsqr from 'jsqr';
import { createRequire } from 'node:module';
import { PNG } from 'pngjs';

type Decode = typeof jsqr.default;
export type DecodedCode = NonNullable<ReturnType<Decode>>;

/** A CommonJS function, though its types declare a default export. */
const jsQR = createRequire(import.meta.url)('jsqr') as Decode;

export interface Pixels {
  readonly width: number;
  readonly height: number;
  isDark(x: number, y: number): boolean;
  decode(): DecodedCode | null;
}

/** Reads a PNG with software that is not ours; throws when it is malformed. */
export function readPng(bytes: Uint8Array): Pixels {
  const { width, height, data } = PNG.sync.read(Buffer.from(bytes));
  return pixels(width, height, new Uint8ClampedArray(data));
}

/** Draws what `isDark` says with so many pixels per unit. */
export function draw(width: number, height: number, scale: number, isDark: (x: number, y: number) => boolean): Pixels {
  const rgba = new Uint8ClampedArray(width * height * scale * scale * 4);
  for (let y = 0; y < height * scale; y += 1) {
    for (let x = 0; x < width * scale; x += 1) {
      const value = isDark(Math.floor(x / scale), Math.floor(y / scale)) ? 0 : 255;
      rgba.set([value, value, value, 255], (y * width * scale + x) * 4);
    }
  }
  return pixels(width * scale, height * scale, rgba);
}

function pixels(width: number, height: number, rgba: Uint8ClampedArray): Pixels {
  return {
    width,
    height,
    isDark: (x, y) => (rgba[(y * width + x) * 4] ?? 255) < 128,
    decode: () => jsQR(rgba, width, height),
  };
}
