/** Deepest nesting of JSON that is taken (reliability S10). */
export const DEEPEST_JSON = 32;

/** What JSON.parse would let through, or quietly mend, and we do not. */
export type JsonFault = 'TOO_DEEP' | 'DUPLICATE_KEY' | 'PROTO_KEY' | 'LONE_SURROGATE';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * Looks through a text before it is parsed: nesting of more than 32 levels, two members of one name in an object (parsers
 * differ in which one counts), and `__proto__`. Whether it is JSON at all is for the parser to say.
 */
export function jsonFault(text: string): JsonFault | undefined {
  const scan = new Scan(text);
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      scan.string(at, end);
      at = end;
    } else scan.mark(code);
    if (scan.fault !== undefined) return scan.fault;
  }
  return undefined;
}

/** How half a character is written; in UTF-8 itself there is none. */
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/**
 * Whether some string or member name is no Unicode text, since it has half of a character beyond U+FFFF: neither XML nor the
 * database can hold it (RFC 7493 section 2.1).
 * @param value what was parsed from `text`; not deeper than `DEEPEST_JSON`
 */
export const hasLoneSurrogate = (text: string, value: unknown): boolean =>
  SURROGATE_ESCAPE.test(text) && !isUnicode(value);

/** Halves that make a character together are none of these. */
const LONE = /\p{Surrogate}/u;

function isUnicode(value: unknown): boolean {
  if (typeof value === 'string') return !LONE.test(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, member]) => !LONE.test(name) && isUnicode(member));
}

/** Place of the closing quote; the end of the text where there is none. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at += 1;
    else if (code === QUOTE) break;
  }
  return at;
}

class Scan {
  fault: JsonFault | undefined;
  /** Of each level its member names so far; `undefined` for an array. */
  readonly #levels: (Set<string> | undefined)[] = [];
  #nameComesNext = false;

  constructor(private readonly text: string) {}

  mark(code: number): void {
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      this.#levels.push(code === OPEN_OBJECT ? new Set() : undefined);
      if (this.#levels.length > DEEPEST_JSON) this.fault = 'TOO_DEEP';
      this.#nameComesNext = code === OPEN_OBJECT;
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      this.#levels.pop();
      this.#nameComesNext = false;
    } else if (code === COMMA) this.#nameComesNext = this.#levels.at(-1) !== undefined;
  }

  string(start: number, end: number): void {
    const names = this.#levels.at(-1);
    if (!this.#nameComesNext || names === undefined) return;
    this.#nameComesNext = false;
    const name = nameIn(this.text.slice(start, end + 1));
    if (name === '__proto__') this.fault = 'PROTO_KEY';
    else if (names.has(name)) this.fault = 'DUPLICATE_KEY';
    names.add(name);
  }
}

/** Two spellings of one name are one name. */
function nameIn(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}
