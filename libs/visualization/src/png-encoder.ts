import { crc32, deflateSync } from 'node:zlib';

/** Equal lines of pixels, one below the other. */
export interface PixelBand {
  /** One bit per pixel, leftmost pixel first; 1 is white. */
  readonly line: Uint8Array;
  /** How often the line stands there. */
  readonly repeat: number;
}

export interface PngHeader {
  readonly widthPx: number;
  readonly heightPx: number;
  /** What one pixel measures in print (chunk pHYs). */
  readonly pixelsPerMetre: number;
}

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
/** Each line comes after the number of its filter: as it is, or as the difference to the line above. */
const FILTER_UP = 2;
/** Bands leave mostly zeros; more effort than the least gains little and costs much. */
const DEFLATE_LEVEL = 1;

/**
 * A black-and-white PNG of one bit per pixel (ISO/IEC 15948): no anti-aliasing to blur the edges of modules.
 *
 * @param bands from top to bottom; their lines add up to the height
 */
export function encodePng(header: PngHeader, bands: readonly PixelBand[]): Uint8Array {
  const { widthPx, heightPx, pixelsPerMetre } = header;
  const imageHeader = Buffer.alloc(13);
  imageHeader.writeUInt32BE(widthPx, 0);
  imageHeader.writeUInt32BE(heightPx, 4);
  imageHeader.writeUInt8(1, 8); // bit depth; colour type, compression, filter and interlace methods stay 0
  const physical = Buffer.alloc(9);
  physical.writeUInt32BE(pixelsPerMetre, 0);
  physical.writeUInt32BE(pixelsPerMetre, 4);
  physical.writeUInt8(1, 8); // unit: metre
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', imageHeader),
    chunk('pHYs', physical),
    chunk('IDAT', deflateSync(scanlines(header, bands), { level: DEFLATE_LEVEL })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A repeated line differs from the one above by nothing: after its filter number all bytes stay 0. */
function scanlines({ widthPx, heightPx }: PngHeader, bands: readonly PixelBand[]): Uint8Array {
  const stride = 1 + Math.ceil(widthPx / 8);
  const bytes = new Uint8Array(stride * heightPx);
  let offset = 0;
  for (const { line, repeat } of bands) {
    bytes.set(line, offset + 1);
    for (let copy = 1; copy < repeat; copy += 1) bytes[offset + copy * stride] = FILTER_UP;
    offset += repeat * stride;
  }
  return bytes;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(data.length + 12);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, data.length + 8)), data.length + 8);
  return bytes;
}
