import type { DifferenceList } from './difference-list.js';

const FILE = '(file)';
const DECLARATION = /^<\?xml[ \t\r\n][^>]*\?>/;
const COMMENT = /<!--[^]*?-->/g;
const INSTRUCTION = /<\?(?!xml[ \t\r\n])[^]*?\?>/g;
const MARK = '\ufeff';

/** What differs outside of every element: declaration, byte order mark, comments, instructions. */
export function compareOutside(before: string, after: string, found: DifferenceList): void {
  const [oldMark, nextMark] = [before.startsWith(MARK), after.startsWith(MARK)];
  if (oldMark !== nextMark) found.add('BYTE_ORDER_MARK', FILE, markText(oldMark), markText(nextMark));
  const [old, next] = [before.replace(MARK, ''), after.replace(MARK, '')];
  compare('PROLOG', DECLARATION.exec(old)?.[0], DECLARATION.exec(next)?.[0], found);
  compare('COMMENT', all(old, COMMENT), all(next, COMMENT), found);
  compare('PROCESSING_INSTRUCTION', all(old, INSTRUCTION), all(next, INSTRUCTION), found);
}

function compare(
  kind: 'PROLOG' | 'COMMENT' | 'PROCESSING_INSTRUCTION',
  old: string | undefined,
  next: string | undefined,
  found: DifferenceList,
): void {
  if (old !== next) found.add(kind, FILE, old, next);
}

const markText = (has: boolean): string | undefined => (has ? 'EF BB BF' : undefined);
const all = (text: string, pattern: RegExp): string | undefined => {
  const matches = [...text.matchAll(pattern)].map(([found]) => found);
  return matches.length === 0 ? undefined : matches.join(' ');
};
