import bidiFactory from 'bidi-js';
import type { FaceName, Run, Typefaces } from './typefaces.js';

/** Text of one look. */
export interface Span {
  readonly text: string;
  readonly isBold?: boolean;
  readonly color?: string;
}

/** What is drawn in one go. */
export interface Piece {
  readonly face: FaceName;
  readonly text: string;
  readonly color: string | undefined;
  /** In points. */
  readonly width: number;
}

/** Pieces from left to right. */
export interface TextLine {
  readonly pieces: readonly Piece[];
  readonly width: number;
  readonly size: number;
}

/** A word, or the space between two. */
interface Token {
  readonly text: string;
  readonly span: Span;
  readonly width: number;
}

/** Ideographs may be parted anywhere; everything else only at white space, and not at a space that forbids it. */
const TOKENS =
  /[^\S\u00a0\u202f]+|[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]|(?:[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]|[\u00a0\u202f])+/g;
const BREAK = /^[^\S\u00a0\u202f]/;
const GRAPHEMES = new Intl.Segmenter('pl', { granularity: 'grapheme' });
/** Where a word that is too long for its line is parted first. */
const SOFT_BREAK = /[-/_.,;:@&?=+|\\]/;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
const BIDI = bidiFactory();

/** Breaks text into lines that fit a width. */
export class TextLines {
  constructor(private readonly typefaces: Typefaces) {}

  /** @param width in points; a word that is wider is parted, and no line is wider, except for a single letter */
  wrap(spans: readonly Span[], size: number, width: number): readonly TextLine[] {
    const lines: TextLine[] = [];
    for (const paragraph of paragraphsOf(spans)) {
      let current: Token[] = [];
      let used = 0;
      const flush = (): void => {
        lines.push(this.#line(trimmed(current), size));
        current = [];
        used = 0;
      };
      for (const token of this.#tokens(paragraph, size, width)) {
        if (used + token.width > width + 0.01 && used > 0 && token.text.trim() !== '') flush();
        if (current.length === 0 && token.text.trim() === '') continue;
        current.push(token);
        used += token.width;
      }
      flush();
    }
    return lines;
  }

  /** The widest word, and the widest line, of a text that is not broken. */
  extent(spans: readonly Span[], size: number): { readonly word: number; readonly line: number } {
    let [word, line] = [0, 0];
    for (const paragraph of paragraphsOf(spans)) {
      let used = 0;
      for (const token of this.#tokens(paragraph, size, Infinity)) {
        used += token.width;
        if (token.text.trim() !== '') word = Math.max(word, token.width);
      }
      line = Math.max(line, used);
    }
    return { word, line };
  }

  #tokens(spans: readonly Span[], size: number, width: number): readonly Token[] {
    return spans.flatMap((span) =>
      (span.text.match(TOKENS) ?? []).flatMap((text): readonly Token[] => {
        const token = this.#token(BREAK.test(text) ? ' ' : text, span, size);
        return token.width <= width ? [token] : this.#parted(token, size, width);
      }),
    );
  }

  #token(text: string, span: Span, size: number): Token {
    const runs = this.typefaces.runs(text, span.isBold === true);
    const width = runs.reduce((sum, run) => sum + this.typefaces.width(run), 0) * size;
    return { text, span, width };
  }

  #parted({ text, span }: Token, size: number, width: number): readonly Token[] {
    const parts: Token[] = [];
    let part: string[] = [];
    let used = 0;
    for (const { segment } of GRAPHEMES.segment(text)) {
      const letter = this.#token(segment, span, size).width;
      if (part.length > 0 && used + letter > width) {
        const kept = softBreak(part);
        parts.push(this.#token(part.slice(0, kept).join(''), span, size));
        part = part.slice(kept);
        used = part.reduce((sum, each) => sum + this.#token(each, span, size).width, 0);
      }
      part.push(segment);
      used += letter;
    }
    return part.length === 0 ? parts : [...parts, this.#token(part.join(''), span, size)];
  }

  #line(tokens: readonly Token[], size: number): TextLine {
    const text = tokens.map((token) => token.text).join('');
    const spans = merged(tokens);
    const pieces = (RIGHT_TO_LEFT.test(text) ? reordered(spans, text) : spans).flatMap((span) =>
      this.typefaces.runs(span.text, span.isBold === true).map((run) => this.#piece(run, span, size)),
    );
    return { pieces, width: pieces.reduce((sum, piece) => sum + piece.width, 0), size };
  }

  #piece(run: Run, { color }: Span, size: number): Piece {
    return { ...run, color, width: this.typefaces.width(run) * size };
  }
}

/** Behind the last sign in the second half of the part after which a reader expects a break; else all of it. */
function softBreak(part: readonly string[]): number {
  for (let at = part.length - 1; at >= part.length / 2; at -= 1) {
    if (SOFT_BREAK.test(part[at] ?? '')) return at + 1;
  }
  return part.length;
}

function paragraphsOf(spans: readonly Span[]): readonly (readonly Span[])[] {
  const paragraphs: Span[][] = [[]];
  for (const span of spans) {
    span.text.split('\n').forEach((text, index) => {
      if (index > 0) paragraphs.push([]);
      if (text !== '') paragraphs.at(-1)?.push({ ...span, text });
    });
  }
  return paragraphs;
}

function trimmed(tokens: readonly Token[]): readonly Token[] {
  let end = tokens.length;
  while (end > 0 && tokens[end - 1]?.text.trim() === '') end -= 1;
  return tokens.slice(0, end);
}

/** Neighbours of one look are drawn in one go. */
function merged(tokens: readonly Token[]): readonly Span[] {
  const spans: Span[] = [];
  for (const { text, span } of tokens) {
    const last = spans.at(-1);
    if (last !== undefined && last.color === span.color && last.isBold === span.isBold) {
      spans[spans.length - 1] = { ...last, text: last.text + text };
    } else spans.push({ ...span, text });
  }
  return spans;
}

interface Letter {
  readonly text: string;
  readonly span: Span;
  readonly level: number;
}

/**
 * A line with text from right to left in the order in which it is drawn (Unicode Standard Annex 9): stretches by their
 * level, of those from right to left the words in reverse. Letters within a word are turned by whoever shapes them.
 */
function reordered(spans: readonly Span[], text: string): readonly Span[] {
  const levels = BIDI.getEmbeddingLevels(text, 'ltr');
  const letters: Letter[] = [];
  let offset = 0;
  for (const span of spans) {
    for (const { segment } of GRAPHEMES.segment(span.text)) {
      letters.push({ text: segment, span, level: levels.levels[offset] ?? 0 });
      offset += segment.length;
    }
  }
  const deepest = Math.max(...letters.map(({ level }) => level));
  let order = letters;
  for (let level = deepest; level >= 1; level -= 1) order = reversedFrom(order, level);
  return joined(order);
}

/** Rule L2 for one level. */
function reversedFrom(letters: readonly Letter[], level: number): Letter[] {
  const order: Letter[] = [];
  let stretch: Letter[] = [];
  for (const letter of [...letters, undefined]) {
    if (letter !== undefined && letter.level >= level) {
      stretch.push(letter);
      continue;
    }
    order.push(...stretch.reverse());
    stretch = [];
    if (letter !== undefined) order.push(letter);
  }
  return order;
}

/** Words of one look; what its shaper turns around is given to it turned, so that it ends as it is to be seen. */
function joined(letters: readonly Letter[]): readonly Span[] {
  const spans: Span[] = [];
  let word: Letter[] = [];
  const flush = (): void => {
    const first = word[0];
    if (first !== undefined) {
      const text = word.map((letter) => letter.text);
      spans.push({ ...first.span, text: (isTurned(first) ? text.reverse() : text).join('') });
    }
    word = [];
  };
  for (const letter of letters) {
    const last = word.at(-1);
    if (last !== undefined && (last.span !== letter.span || isTurned(last) !== isTurned(letter))) flush();
    word.push(letter.level % 2 === 1 ? { ...letter, text: mirrored(letter.text) } : letter);
  }
  flush();
  return spans;
}

/** Whether its shaper turns it around, which goes by its script: digits of such a script too. */
const isTurned = ({ text }: Letter): boolean => RIGHT_TO_LEFT.test(text);

const mirrored = (text: string): string => BIDI.getMirroredCharacter(text) ?? text;
