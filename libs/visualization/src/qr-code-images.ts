import type { CodeImages } from '@latarnik/domain';
import { CachedCodeImages } from './cached-code-images.js';
import { renderQrPng } from './qr-png.js';
import { renderQrSvg } from './qr-svg.js';
import { ScannedBackCodeImages } from './scanned-back-code-images.js';

export interface CodeImagesOptions {
  /**
   * Images kept in memory, those used last; 0 keeps none. A labelled PNG of an RSA KOD II takes some 10 kB, an SVG 50 kB.
   * @default 33554432 (32 MiB)
   */
  readonly cacheLimitBytes?: number;
}

const DEFAULT_CACHE_LIMIT_BYTES = 32 * 1024 * 1024;

/** Draws with the sizes and the error correction that invoices are printed with; reads nothing back, keeps nothing. */
export const bareCodeImages: CodeImages = {
  png: (link, label) => renderQrPng(link, label),
  svg: (link, label) => renderQrSvg(link, label),
};

/** The domain's port: every image was decoded and equals its link before it is handed out, and is then kept. */
export function codeImages({ cacheLimitBytes = DEFAULT_CACHE_LIMIT_BYTES }: CodeImagesOptions = {}): CodeImages {
  return new CachedCodeImages(new ScannedBackCodeImages(bareCodeImages), cacheLimitBytes);
}

/** One for the process, with the default options. */
export const qrCodeImages: CodeImages = codeImages();
