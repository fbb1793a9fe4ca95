import type { CodeImages } from '@latarnik/domain';
import { renderQrPng } from './qr-png.js';
import { renderQrSvg } from './qr-svg.js';

/** The domain's port with the sizes and the error correction that invoices are printed with. */
export const qrCodeImages: CodeImages = {
  png: (link, label) => renderQrPng(link, label),
  svg: (link, label) => renderQrSvg(link, label),
};
