import type { Cell, Column, TableBlock } from '../model/print-document.js';
import type { TextLines } from './text-lines.js';

export const CELL_PADDING = 3.5;
/**
 * The first at which every column has room for its words is taken. Words up to a length stay whole: long ones, such as KSeF
 * numbers, while that costs little; then shorter ones.
 */
const ATTEMPTS = [
  { size: 8, longestWord: 200 },
  { size: 7.2, longestWord: 200 },
  { size: 8, longestWord: 84 },
  { size: 7.2, longestWord: 84 },
  { size: 6.4, longestWord: 84 },
] as const;
/** Numbers and words of headers are rather not parted. */
const LONGEST_NUMBER = 130;
const LONGEST_HEADER_WORD = 78;
/** Share of the room to spare that all columns get alike; text gets the rest. */
const FOR_ALL = 0.5;
/** A text gets no more than this before others have what they need. */
const LONGEST_LINE = 240;

export const noteSize = (size: number): number => size * 0.86;

/** Columns that stand side by side, with their places in the table. */
export interface ColumnGroup {
  readonly columns: readonly { readonly at: number; readonly width: number }[];
}

export interface TableLayout {
  readonly size: number;
  /** One, unless the table is too wide for the page: then its first column comes back in each. */
  readonly groups: readonly ColumnGroup[];
}

type Attempt = (typeof ATTEMPTS)[number];

interface Wish {
  readonly at: number;
  readonly least: number;
  readonly most: number;
  readonly align: Column['align'];
}

export function layOutTable(table: TableBlock, lines: TextLines, width: number): TableLayout {
  let attempt: Attempt = ATTEMPTS[0];
  let wishes: readonly Wish[] = [];
  for (attempt of ATTEMPTS) {
    wishes = wishesOf(table, lines, attempt, width);
    if (sum(wishes, 'least') <= width) break;
  }
  const { size } = attempt;
  return { size, groups: grouped(wishes, width).map((group) => ({ columns: shared(group, width) })) };
}

function wishesOf({ columns, rows, foot = [] }: TableBlock, lines: TextLines, attempt: Attempt, width: number) {
  const { size } = attempt;
  const all = [...rows, ...foot];
  return columns.map(({ header, align }, at): Wish => {
    const head = lines.extent([{ text: header, isBold: true }], size);
    let [word, line] = [Math.min(head.word, LONGEST_HEADER_WORD), Math.min(head.line, LONGEST_HEADER_WORD)];
    for (const row of all) {
      const extent = extentOf(row[at], lines, attempt, align);
      word = Math.max(word, extent.word);
      line = Math.max(line, extent.line);
    }
    const least = Math.min(word + 2 * CELL_PADDING, width);
    return { at, least, most: Math.max(least, line + 2 * CELL_PADDING), align };
  });
}

function extentOf(cell: Cell | undefined, lines: TextLines, attempt: Attempt, align: Column['align']) {
  if (cell === undefined) return { word: 0, line: 0 };
  const { size, longestWord } = attempt;
  const { word, line } = lines.extent([{ text: cell.text }], size);
  if (align === 'end') return { word: Math.min(line, LONGEST_NUMBER), line: Math.min(line, LONGEST_NUMBER) };
  const notes = cell.notes === undefined ? 0 : LONGEST_LINE / 2;
  return { word: Math.min(word, longestWord), line: Math.min(Math.max(line, notes), LONGEST_LINE) };
}

/** As many columns as fit, from the left; the first one names the rows of every group. */
function grouped(wishes: readonly Wish[], width: number): readonly (readonly Wish[])[] {
  const [first, ...others] = wishes;
  if (first === undefined) return [];
  const groups: Wish[][] = [[first]];
  for (const wish of others) {
    const group = groups.at(-1) ?? [];
    if (group.length > 1 && sum(group, 'least') + wish.least > width) groups.push([first, wish]);
    else group.push(wish);
  }
  return groups;
}

/** Everybody gets the least; what is left goes to those who want more, and then to text. */
function shared(wishes: readonly Wish[], width: number): ColumnGroup['columns'] {
  const least = sum(wishes, 'least');
  if (least > width) return wishes.map(({ at, least: own }) => ({ at, width: (own * width) / least }));
  const most = sum(wishes, 'most');
  if (most > width) {
    const share = (width - least) / (most - least);
    return wishes.map(({ at, least: own, most: wanted }) => ({ at, width: own + (wanted - own) * share }));
  }
  const texts = wishes.filter(({ align }) => align === 'start');
  const more = (width - most) * (texts.length > 0 ? FOR_ALL : 1);
  const forTexts = width - most - more;
  return wishes.map((wish) => ({
    at: wish.at,
    width: wish.most + more / wishes.length + (texts.includes(wish) ? (forTexts * wish.most) / sum(texts, 'most') : 0),
  }));
}

const sum = (wishes: readonly Wish[], key: 'least' | 'most'): number =>
  wishes.reduce((total, wish) => total + wish[key], 0);
