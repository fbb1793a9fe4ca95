import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { create, type Font } from 'fontkit';

/**
 * In the order in which they are asked for a character. All are free to embed: Noto under OFL 1.1, DejaVu under its own
 * licence (Bitstream Vera, public domain).
 */
export type FaceName = 'regular' | 'bold' | 'symbols' | 'symbols-bold' | 'emoji' | 'ideographs';

const REGULAR: readonly FaceName[] = ['regular', 'symbols', 'emoji', 'ideographs'];
const BOLD: readonly FaceName[] = ['bold', 'symbols-bold', 'emoji', 'ideographs'];

const { resolve } = createRequire(import.meta.url);
const FILES: Readonly<Record<FaceName, () => string>> = {
  regular: () => resolve('@expo-google-fonts/noto-sans/400Regular/NotoSans_400Regular.ttf'),
  bold: () => resolve('@expo-google-fonts/noto-sans/600SemiBold/NotoSans_600SemiBold.ttf'),
  symbols: () => resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
  'symbols-bold': () => resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'),
  emoji: () => resolve('@expo-google-fonts/noto-emoji/400Regular/NotoEmoji_400Regular.ttf'),
  // Its package exports its index alone, which lies beside the folder of the fonts.
  ideographs: () => join(dirname(resolve('@embedpdf/fonts-sc')), '..', 'fonts', 'NotoSansHans-Regular.otf'),
};

/** Widths kept per face; an invoice of 10,000 lines has fewer different words. */
const KEPT_WIDTHS = 50_000;

/** A stretch of text that one face can draw. */
export interface Run {
  readonly face: FaceName;
  readonly text: string;
}

/** The fonts of documents: read when first needed, and kept, since every document needs the same. */
export class Typefaces {
  readonly #files = new Map<FaceName, Buffer>();
  readonly #fonts = new Map<FaceName, Font>();
  readonly #widths = new Map<FaceName, Map<string, number>>();
  readonly #faceOf = new Map<string, FaceName | undefined>();

  bytes(face: FaceName): Buffer {
    const known = this.#files.get(face);
    if (known !== undefined) return known;
    const bytes = readFileSync(FILES[face]());
    this.#files.set(face, bytes);
    return bytes;
  }

  /** In points, at a size of one point. */
  width({ face, text }: Run): number {
    let widths = this.#widths.get(face);
    if (widths === undefined || widths.size > KEPT_WIDTHS) {
      widths = new Map();
      this.#widths.set(face, widths);
    }
    let width = widths.get(text);
    if (width === undefined) {
      const font = this.#font(face);
      width = font.layout(text).advanceWidth / font.unitsPerEm;
      widths.set(text, width);
    }
    return width;
  }

  /** Stretches of text by face. What no face has is written as its code point, so that it is not lost. */
  runs(text: string, isBold: boolean): readonly Run[] {
    const faces = isBold ? BOLD : REGULAR;
    const first = faces[0] ?? 'regular';
    if (LATIN.test(text)) return [{ face: first, text }];
    const runs: { face: FaceName; text: string }[] = [];
    for (const { segment } of GRAPHEMES.segment(text.normalize('NFC'))) {
      const cluster = segment.replace(INVISIBLE, '');
      const face = this.#faceFor(cluster, faces);
      const drawn = face === undefined ? { face: first, text: codePoints(cluster) } : { face, text: cluster };
      const last = runs.at(-1);
      if (last?.face === drawn.face) last.text += drawn.text;
      else if (drawn.text !== '') runs.push(drawn);
    }
    return runs;
  }

  #faceFor(cluster: string, faces: readonly FaceName[]): FaceName | undefined {
    const key = `${faces[0] ?? ''}${cluster}`;
    if (this.#faceOf.has(key)) return this.#faceOf.get(key);
    const face = faces.find((one) => Array.from(cluster).every((character) => this.#has(one, character)));
    if (this.#faceOf.size > KEPT_WIDTHS) this.#faceOf.clear();
    this.#faceOf.set(key, face);
    return face;
  }

  #has(face: FaceName, character: string): boolean {
    const codePoint = character.codePointAt(0) ?? 0;
    return codePoint === ZERO_WIDTH_JOINER || this.#font(face).hasGlyphForCodePoint(codePoint);
  }

  #font(face: FaceName): Font {
    const known = this.#fonts.get(face);
    if (known !== undefined) return known;
    const font = create(this.bytes(face));
    if (!('layout' in font)) throw new Error(`the file of the font ${face} is a collection`);
    this.#fonts.set(face, font);
    return font;
  }
}

/** All of it is in the first face: Latin with the letters of Europe's languages, and the signs of invoices. */
const LATIN = /^[\u0020-\u007e\u00a0-\u00ac\u00ae-\u017f\u2013\u2014\u2018-\u201e\u2022\u2026\u20ac]*$/;
const GRAPHEMES = new Intl.Segmenter('pl', { granularity: 'grapheme' });
const ZERO_WIDTH_JOINER = 0x200d;
/** Says how the sign before it looks, or how text runs; nothing to draw. */
const INVISIBLE = /[\ufe00-\ufe0f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad]/g;

const codePoints = (text: string): string =>
  Array.from(text, (character) => {
    const codePoint = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `[U+${codePoint}]`;
  }).join('');
