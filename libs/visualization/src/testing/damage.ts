import { encodePng } from '../png-encoder.js';
import { readPng } from './pixels.js';

/** The same PNG with other pixels: `isDark` is told what was there. */
export function redrawn(
  png: Uint8Array,
  isDark: (x: number, y: number, wasDark: boolean, widthPx: number) => boolean,
): Uint8Array {
  const image = readPng(png);
  const { width, height } = image;
  const bands = Array.from({ length: height }, (_, y) => {
    const line = new Uint8Array(Math.ceil(width / 8)).fill(0xff);
    for (let x = 0; x < width; x += 1) {
      if (isDark(x, y, image.isDark(x, y), width)) line[x >> 3] = (line[x >> 3] ?? 0) & ~(0x80 >> (x & 7));
    }
    return { line, repeat: 1 };
  });
  return encodePng({ widthPx: width, heightPx: height, pixelsPerMetre: 16_000 }, bands);
}

/** Side of a module in pixels, and the quiet zone around the symbol, of a PNG drawn with the default options. */
const MODULE_PX = 8;
const QUIET_PX = 4 * MODULE_PX;

/** Paints a square of modules in the lower right corner, where no finder pattern is: that share of the symbol's area. */
export function coverCorner(png: Uint8Array, sizeModules: number, share: number, paint: 'dark' | 'light'): Uint8Array {
  const sidePx = Math.round(Math.sqrt(share) * sizeModules) * MODULE_PX;
  const symbolPx = sizeModules * MODULE_PX;
  return redrawn(png, (x, y, wasDark, widthPx) => {
    const right = Math.floor((widthPx - symbolPx) / 2) + symbolPx;
    const bottom = QUIET_PX + symbolPx;
    const isCovered = x >= right - sidePx && x < right && y >= bottom - sidePx && y < bottom;
    return isCovered ? paint === 'dark' : wasDark;
  });
}
