/**
 * Characters that may not stand in a document: those XML 1.0 forbids (C0 controls except tab, LF and CR; FFFE, FFFF)
 * and those it discourages, which KSeF refuses too (domain rules 6; ksef-docs weryfikacja-faktury.md).
 */
const CLASS = [
  '\\u{0}-\\u{8}\\u{B}\\u{C}\\u{E}-\\u{1F}\\u{FFFE}\\u{FFFF}',
  '\\u{7F}-\\u{84}\\u{86}-\\u{9F}\\u{FDD0}-\\u{FDEF}',
  ...Array.from({ length: 16 }, (_, at) => {
    const plane = (at + 1).toString(16);
    return `\\u{${plane}FFFE}\\u{${plane}FFFF}`;
  }),
].join('');

/** Matches every forbidden character of a text; lone surrogates (impossible in UTF-8) count as forbidden. */
export const FORBIDDEN_CHARACTERS = new RegExp(`[${CLASS}\\u{D800}-\\u{DFFF}]`, 'gu');

/**
 * Whether a text may hold any of them: a cheap look (no Unicode mode) that also stops at every character beyond the
 * basic plane. Most invoices have neither.
 */
export const maybeForbidden = (text: string): boolean => SUSPICIOUS.test(text);

const SUSPICIOUS = new RegExp(
  ['[\\0-\\x08\\x0b\\x0c\\x0e-\\x1f', '\\x7f-\\x84\\x86-\\x9f', '\\ud800-\\udfff\\ufdd0-\\ufdef\\ufffe\\uffff]'].join(
    '',
  ),
);

const ONE_FORBIDDEN = new RegExp(`^[${CLASS}\\u{D800}-\\u{DFFF}]$`, 'u');

/** For character references: whether this number may not be written as `&#…;`. */
export function isForbiddenCodePoint(codePoint: number): boolean {
  return codePoint > 0x10ffff || ONE_FORBIDDEN.test(String.fromCodePoint(codePoint));
}

/** Production `Char` of XML 1.0 (§2.2). */
export function isXmlCharacter(codePoint: number): boolean {
  if (codePoint < 0x20) return codePoint === 0x9 || codePoint === 0xa || codePoint === 0xd;
  return codePoint <= 0xd7ff || (codePoint >= 0xe000 && codePoint <= 0xfffd) || isAstral(codePoint);
}

const isAstral = (codePoint: number): boolean => codePoint >= 0x10000 && codePoint <= 0x10ffff;

/** The first character of a text that may not stand in a document. */
export function firstForbidden(text: string): number | undefined {
  if (!maybeForbidden(text)) return undefined;
  const found = text.search(FORBIDDEN_CHARACTERS);
  return found === -1 ? undefined : text.codePointAt(found);
}
