import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { initWasm, Resvg, type ResvgRenderOptions } from '@resvg/resvg-wasm';
import { readSymbol, type Raster } from './read-symbol.js';

/** Times 96 dots per inch: some 5.7 pixels to a module of half a millimetre, not a whole number, as in print. */
const ZOOM = 3;
const OPTIONS: ResvgRenderOptions = { fitTo: { mode: 'zoom', value: ZOOM }, font: { loadSystemFonts: false } };

// Compiled once; the drawing itself is synchronous, as the port is.
await initWasm(await readFile(createRequire(import.meta.url).resolve('@resvg/resvg-wasm/index_bg.wasm')));

/**
 * The bytes of the QR symbol that an SVG document shows when it is drawn by resvg (without fonts: the label stays away);
 * `undefined` when it is no SVG or shows no symbol that can be read.
 */
export function readQrSvg(svg: string): Buffer | undefined {
  const raster = drawn(svg);
  return raster === undefined ? undefined : readSymbol(raster);
}

function drawn(svg: string): Raster | undefined {
  let drawing: InstanceType<typeof Resvg>;
  try {
    drawing = new Resvg(svg, OPTIONS);
  } catch {
    return undefined;
  }
  const image = drawing.render();
  const raster = { width: image.width, height: image.height, data: Uint8Array.from(image.pixels) };
  image.free();
  drawing.free();
  return raster;
}
