import { describe, expect, it } from '@jest/globals';
import type { CodeImages } from '@latarnik/domain';
import { bareCodeImages, CodeNotReadableError, readQrPng, readQrSvg, ScannedBackCodeImages } from './index.js';
import { KOD_I, KOD_II_EC, KOD_II_RSA, KOD_II_RSA_4096, KSEF_NUMBER } from './testing/codes.js';
import { coverCorner, redrawn } from './testing/damage.js';

/** Draws as always, then does something to what was drawn. */
const drawing = (damage: {
  readonly png?: (png: Uint8Array) => Uint8Array;
  readonly svg?: (svg: string) => string;
}): CodeImages =>
  new ScannedBackCodeImages({
    png: (link, label) => (damage.png ?? ((png) => png))(bareCodeImages.png(link, label)),
    svg: (link, label) => (damage.svg ?? ((svg) => svg))(bareCodeImages.svg(link, label)),
  });

const outcomeOf = (draw: () => unknown): string => {
  try {
    draw();
    return 'handed out';
  } catch (error) {
    if (error instanceof CodeNotReadableError) return error.found;
    throw error;
  }
};

describe.each([
  ['KOD I', KOD_I, 'OFFLINE'],
  ['KOD I with a KSeF number', KOD_I, KSEF_NUMBER],
  ['KOD II, EC', KOD_II_EC, 'CERTYFIKAT'],
  ['KOD II, RSA 2048', KOD_II_RSA, 'CERTYFIKAT'],
  ['KOD II, RSA 4096', KOD_II_RSA_4096, 'CERTYFIKAT'],
])('%s', (_name, link, label) => {
  const images = drawing({});

  it('is handed out as it was drawn, once it reads back as its link', () => {
    expect(images.png(link, label)).toEqual(bareCodeImages.png(link, label));
    expect(images.svg(link, label)).toBe(bareCodeImages.svg(link, label));
    expect(readQrPng(images.png(link, label))?.toString('latin1')).toBe(link);
    expect(readQrSvg(images.svg(link, label))?.toString('latin1')).toBe(link);
  });

  it('is not handed out when it holds another link, be it one character', () => {
    const swapped = new ScannedBackCodeImages({
      png: (_link, text) => bareCodeImages.png(otherEnd(link), text),
      svg: (_link, text) => bareCodeImages.svg(otherEnd(link), text),
    });
    expect(outcomeOf(() => swapped.png(link, label))).toBe('another text');
    expect(outcomeOf(() => swapped.svg(link, label))).toBe('another text');
  });

  it('is not handed out when more of it is missing than its error correction restores', () => {
    const half = drawing({
      png: (png) => redrawn(png, (_x, y, wasDark) => wasDark && y < 160),
      svg: (svg) => svg.replace(/d="([^"]*)"/, (_all, path: string) => `d="${thinned(path)}"`),
    });
    expect(outcomeOf(() => half.png(link, label))).toBe('no code');
    expect(outcomeOf(() => half.svg(link, label))).toBe('no code');
  });
});

describe('a PNG that was drawn', () => {
  const handedOut = (png: (png: Uint8Array) => Uint8Array): string =>
    outcomeOf(() => drawing({ png }).png(KOD_II_RSA, 'CERTYFIKAT'));

  it('may lose what the error correction restores, and no more', () => {
    const outcomes = [0.02, 0.1, 0.4].map((share) => handedOut((png) => coverCorner(png, 85, share, 'dark')));
    expect(outcomes).toEqual(['handed out', 'handed out', 'no code']);
  });

  it('is not handed out with modules flipped here and there, one in five', () => {
    expect(handedOut((png) => redrawn(png, (x, y, was) => (flipped(x, y, 5) ? !was : was)))).toBe('no code');
  });

  it('is not handed out when a byte of the file is another', () => {
    const length = bareCodeImages.png(KOD_II_RSA, 'CERTYFIKAT').length;
    const places = [0, 12, 20, 30, 60, Math.floor(length / 3), Math.floor(length / 2), length - 20];
    const outcomes = places.map((at) =>
      handedOut((png) => png.map((byte, index) => (index === at ? byte ^ 0x10 : byte))),
    );
    expect(outcomes).toEqual(places.map(() => 'no code'));
  });

  it('is not handed out cut off, empty, inverted, or as something that is no PNG of one bit per pixel', () => {
    const png = bareCodeImages.png(KOD_II_RSA, 'CERTYFIKAT');
    const instead = [
      png.subarray(0, png.length >> 1),
      new Uint8Array(),
      new TextEncoder().encode('<svg/>'),
      redrawn(png, () => false),
      redrawn(png, () => true),
    ];
    expect(instead.map((bytes) => handedOut(() => bytes))).toEqual(instead.map(() => 'no code'));
  });
});

describe('an SVG that was drawn', () => {
  const handedOut = (svg: (svg: string) => string): string =>
    outcomeOf(() => drawing({ svg }).svg(KOD_II_EC, 'CERTYFIKAT'));

  it.each([
    ['nothing', () => ''],
    ['no XML', (svg: string) => svg.replace('</svg>', '')],
    ['no path', (svg: string) => svg.replace(/<path[^>]*>/, '')],
    ['white on white', (svg: string) => svg.replace('fill="#000" d=', 'fill="#fff" d=')],
    ['a path that is covered', (svg: string) => svg.replace('<text', '<rect width="100%" height="100%"/><text')],
    ['every row one column too far left', (svg: string) => svg.replace(/M(\d+) (\d*[13579])h/g, 'M0 $2h')],
    ['a view of its upper half', (svg: string) => svg.replace(/viewBox="0 0 (\S+) (\S+)"/, 'viewBox="0 0 $1 30"')],
  ])('is not handed out as %s', (_name, svg) => {
    expect(handedOut(svg)).toBe('no code');
  });
});

it('looks at the symbol and not at the label, which scanners do not read', () => {
  const mislabelled = new ScannedBackCodeImages({
    png: (link) => bareCodeImages.png(link, 'WRONG'),
    svg: (link) => bareCodeImages.svg(link, 'WRONG'),
  });
  expect(outcomeOf(() => mislabelled.png(KOD_I, 'OFFLINE'))).toBe('handed out');
  expect(outcomeOf(() => mislabelled.svg(KOD_I, 'OFFLINE'))).toBe('handed out');
});

it('compares bytes: a link beyond ASCII comes back as its UTF-8', () => {
  const link = 'https://example.test/zażółć/€/𝟙';
  expect(readQrPng(drawing({}).png(link, 'OFFLINE'))?.toString('utf8')).toBe(link);
  expect(readQrSvg(drawing({}).svg(link, 'OFFLINE'))?.toString('utf8')).toBe(link);
});

it('tells a log nothing of the link', () => {
  const swapped = new ScannedBackCodeImages({
    png: (_link, label) => bareCodeImages.png(KOD_I, label),
    svg: (_link, label) => bareCodeImages.svg(KOD_I, label),
  });
  let failure: unknown;
  try {
    swapped.png(KOD_II_RSA, 'CERTYFIKAT');
  } catch (error) {
    failure = error;
  }
  expect(failure).toBeInstanceOf(CodeNotReadableError);
  const { message, stack } = failure as Error;
  expect(message).toBe('the png of a code (CERTYFIKAT, 467 bytes) reads back as another text: it is not handed out');
  expect(stack).not.toContain('mSkm_XmM9fq7PgAJ');
  expect(stack).not.toContain('1111111111');
});

function otherEnd(link: string): string {
  return link.slice(0, -3) + (link.at(-3) === 'A' ? 'B' : 'A') + link.slice(-2);
}

/** Whether a module is one of those that a hash of its place picks, one in so many. */
function flipped(x: number, y: number, oneIn: number): boolean {
  const place = Math.floor(x / 8) * 7919 + Math.floor(y / 8) * 104_729;
  return ((place * 2_654_435_761) >>> 8) % oneIn === 0;
}

/** Every second rectangle of a path. */
function thinned(path: string): string {
  return path
    .split('z')
    .filter((_rectangle, at) => at % 2 === 0)
    .join('z');
}
