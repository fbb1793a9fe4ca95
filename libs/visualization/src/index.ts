export { bareCodeImages, codeImages, qrCodeImages } from './qr-code-images.js';
export type { CodeImagesOptions } from './qr-code-images.js';
export { UnprintableLabelError } from './printable-label.js';
export { renderQrPng } from './qr-png.js';
export type { QrPngOptions } from './qr-png.js';
export { renderQrSvg } from './qr-svg.js';
export type { QrSvgOptions } from './qr-svg.js';
export type { ErrorCorrectionLevel } from './qr-symbol.js';
export { readQrPng } from './read-png.js';
export { readQrSvg } from './read-svg.js';
export { CodeNotReadableError, ScannedBackCodeImages } from './scanned-back-code-images.js';
export type { CodeFormat } from './scanned-back-code-images.js';
export {
  DOCUMENT_RENDERER_LIMITS,
  DocumentNotRenderedError,
  ThreadedDocumentRenderer,
} from './rendering/threaded-document-renderer.js';
export type { DocumentRendererLimits } from './rendering/threaded-document-renderer.js';
