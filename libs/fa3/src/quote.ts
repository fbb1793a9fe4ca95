const LONGEST_QUOTE = 60;

/** A piece of the document for a message: one line, no control characters or half characters, at most 60 units. */
export function quote(value: string): string {
  const cut = value.length > LONGEST_QUOTE ? `${value.slice(0, LONGEST_QUOTE)}…` : value;
  return `'${cut.replace(/\p{Cc}|\p{Cs}|[\u2028\u2029]/gu, escape)}'`;
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** `U+0085`. */
export function codePointName(codePoint: number): string {
  return `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
}
