import { describe, expect, it } from '@jest/globals';
import { codeImages, readQrPng } from './index.js';
import { KOD_I, KOD_II_EC, KOD_II_RSA, KOD_II_RSA_3072, KOD_II_RSA_4096, kodIIOf } from './testing/codes.js';
import { coverCorner } from './testing/damage.js';
import { readPng } from './testing/pixels.js';
import { itWithZbar, readByZbar } from './testing/zbar.js';

const HOSTS = ['qr-test.ksef.mf.gov.pl', 'qr-demo.ksef.mf.gov.pl', 'qr.ksef.mf.gov.pl'];
const CONTEXTS = [
  'Nip/5265877635',
  'InternalId/5265877635-12345',
  'NipVatUe/5265877635-DE123456789',
  'NipVatUe/5265877635-IE1+23456*WI',
  'PeppolId/PPL123456',
];
/** P-256 as P1363, P-256 as the longest DER, RSA 2048, 3072 and 4096. */
const SIGNATURE_CHARACTERS = [86, 96, 342, 512, 683];

const LINKS = HOSTS.flatMap((host) =>
  CONTEXTS.flatMap((context) => SIGNATURE_CHARACTERS.map((characters) => kodIIOf(host, context, characters))),
);

describe('KOD II of every environment, kind of context and kind of key', () => {
  const images = codeImages({ cacheLimitBytes: 0 });
  const pngs = LINKS.map((link) => images.png(link, 'CERTYFIKAT'));

  it('is read back from PNG and SVG (75 links)', () => {
    expect(LINKS).toHaveLength(75);
    expect(new Set(LINKS).size).toBe(75);
    expect(pngs.map((png) => readQrPng(png)?.toString('latin1'))).toEqual(LINKS);
    for (const link of LINKS) expect(() => images.svg(link, 'CERTYFIKAT')).not.toThrow();
  });

  itWithZbar()('is read by zbarimg', () => {
    expect(readByZbar(pngs)).toEqual(LINKS);
  });
});

describe.each([
  ['KOD I', KOD_I, 41],
  ['KOD II, EC', KOD_II_EC, 57],
  ['KOD II, RSA 2048', KOD_II_RSA, 85],
  ['KOD II, RSA 3072', KOD_II_RSA_3072, 101],
  ['KOD II, RSA 4096', KOD_II_RSA_4096, 109],
])('%s with a tenth of the symbol torn off or blotted', (_name, link, sizeModules) => {
  const damaged = (['light', 'dark'] as const).map((paint) =>
    coverCorner(codeImages().png(link, 'CERTYFIKAT'), sizeModules, 0.1, paint),
  );

  it('is still read', () => {
    expect(damaged.map((png) => readQrPng(png)?.toString('latin1'))).toEqual([link, link]);
  });

  itWithZbar()('is still read by zbarimg', () => {
    expect(readByZbar(damaged)).toEqual([link, link]);
  });
});

describe('a label of 64 characters', () => {
  const label = 'A1'.repeat(32);

  it('widens the image and leaves the symbol readable', () => {
    const png = codeImages().png(KOD_I, label);
    // 64 letters of 6 dots less the last gap, and 4 dots on either side, of 3 pixels each.
    expect(readPng(png).width).toBe((64 * 6 - 1 + 8) * 3);
    expect(() => codeImages().svg(KOD_I, label)).not.toThrow();
  });
});
