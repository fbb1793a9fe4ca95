import { randomBytes } from 'node:crypto';
import { bareCodeImages, codeImages } from '@latarnik/visualization';
import { toBuffer } from 'qrcode';
import { printFigure } from './figure.js';
import { perCoreSecond } from './in-turns.js';

const LABEL = 'CERTYFIKAT';
const RSA_SIGNATURE_BYTES = 256;

/** KOD II of the production environment with an RSA signature, 467 bytes; never the same twice. */
const nextLink = (): string =>
  'https://qr.ksef.mf.gov.pl/certificate/Nip/1111111111/1111111111/01F20A5D352AE590/' +
  `${randomBytes(32).toString('base64url')}/${randomBytes(RSA_SIGNATURE_BYTES).toString('base64url')}`;

/**
 * Labelled images of an RSA KOD II per second and core: drawn, and drawn and read back, which is what is handed out.
 * The limit is the bare `toBuffer` of the package `qrcode` for links of the same length, which draws no label.
 */
export async function qrBench(): Promise<void> {
  const checked = codeImages({ cacheLimitBytes: 0 });
  const cached = codeImages();
  const known = nextLink();
  const { bare, drawnPng, checkedPng, drawnSvg, checkedSvg, kept } = await perCoreSecond({
    bare: () => toBuffer(nextLink()),
    drawnPng: () => bareCodeImages.png(nextLink(), LABEL),
    checkedPng: () => checked.png(nextLink(), LABEL),
    drawnSvg: () => bareCodeImages.svg(nextLink(), LABEL),
    checkedSvg: () => checked.svg(nextLink(), LABEL),
    kept: () => cached.png(known, LABEL),
  });
  printFigure({ name: 'qr.png.drawn', value: drawnPng, unit: 'images/s/core', limit: bare });
  printFigure({ name: 'qr.png.scanned-back', value: checkedPng, unit: 'images/s/core', limit: bare });
  printFigure({ name: 'qr.png.cost-of-scan-back', value: 1000 / checkedPng - 1000 / drawnPng, unit: 'ms' });
  printFigure({ name: 'qr.svg.drawn', value: drawnSvg, unit: 'images/s/core', limit: bare });
  printFigure({ name: 'qr.svg.scanned-back', value: checkedSvg, unit: 'images/s/core', limit: bare });
  printFigure({ name: 'qr.svg.cost-of-scan-back', value: 1000 / checkedSvg - 1000 / drawnSvg, unit: 'ms' });
  printFigure({ name: 'qr.png.kept', value: kept, unit: 'images/s/core', limit: bare });
}
