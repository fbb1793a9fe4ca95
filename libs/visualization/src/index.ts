export { qrCodeImages } from './qr-code-images.js';
export { UnprintableLabelError } from './printable-label.js';
export { renderQrPng } from './qr-png.js';
export type { QrPngOptions } from './qr-png.js';
export { renderQrSvg } from './qr-svg.js';
export type { QrSvgOptions } from './qr-svg.js';
export type { ErrorCorrectionLevel } from './qr-symbol.js';
