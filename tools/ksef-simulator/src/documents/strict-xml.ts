const PROLOG = /^<\?xml\s+version\s*=\s*(["'])([^"']*)\1(?:\s+encoding\s*=\s*(["'])([^"']*)\3)?[^?]*\?>/;
const COMMENTS_AND_CDATA = /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>/g;
const DISCOURAGED = /[\u007f-\u0084\u0086-\u009f\ufdd0-\ufdef]/u;

/**
 * KSeF's rules on the file before the schema (domain-rules 6, row "XML before schema"): UTF-8 without byte order
 * mark, XML 1.0, no processing instruction, no DTD, no discouraged character.
 * @returns what is wrong, or undefined
 */
export function breachOfStrictXml(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'Plik zawiera znacznik BOM.';
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return 'Plik nie jest zakodowany w UTF-8.';
  }
  const prolog = PROLOG.exec(text);
  return (
    breachOfProlog(prolog) ??
    breachOfMarkup(text.slice(prolog?.[0].length ?? 0)) ??
    (hasDiscouragedCharacter(text) ? 'Plik zawiera niedozwolone znaki.' : undefined)
  );
}

function breachOfProlog(prolog: RegExpExecArray | null): string | undefined {
  if (prolog === null) return undefined;
  const [, , version, , encoding = 'UTF-8'] = prolog;
  if (version !== '1.0') return 'Wymagany jest XML w wersji 1.0.';
  return encoding.toUpperCase() === 'UTF-8' ? undefined : `Prolog wskazuje niedozwolone kodowanie ${encoding}.`;
}

function breachOfMarkup(afterProlog: string): string | undefined {
  const markup = afterProlog.replace(COMMENTS_AND_CDATA, '');
  if (markup.includes('<?')) return 'Instrukcje przetwarzania są niedozwolone.';
  return markup.includes('<!DOCTYPE') ? 'Deklaracja DOCTYPE jest niedozwolona.' : undefined;
}

function hasDiscouragedCharacter(text: string): boolean {
  if (DISCOURAGED.test(text)) return true;
  for (const [, hex, decimal] of text.matchAll(/&#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}));/g)) {
    const codePoint = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    if (codePoint <= 0x10ffff && isDiscouraged(codePoint)) return true;
  }
  for (const [character] of text.matchAll(/[\u{1fffe}-\u{10ffff}]/gu)) {
    if (isDiscouraged(character.codePointAt(0) ?? 0)) return true;
  }
  return false;
}

function isDiscouraged(codePoint: number): boolean {
  return DISCOURAGED.test(String.fromCodePoint(codePoint)) || (codePoint >= 0x1fffe && (codePoint & 0xffff) >= 0xfffe);
}
