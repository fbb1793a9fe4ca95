import type { EvidenceEntry } from './evidence-entry.js';

/** A text in UTF-8. @throws URIError when it has half a surrogate pair */
export function utf8(text: string): Uint8Array {
  const encoded = encodeURIComponent(text);
  const bytes: number[] = [];
  for (let at = 0; at < encoded.length; at += 1) {
    if (encoded[at] === '%') {
      bytes.push(Number.parseInt(encoded.slice(at + 1, at + 3), 16));
      at += 2;
    } else bytes.push(encoded.charCodeAt(at));
  }
  return Uint8Array.from(bytes);
}

/** JSON for people and programs, two spaces deep, ended by a line feed. */
export function jsonEntry(path: string, value: unknown, what: EvidenceEntry['what']): EvidenceEntry {
  return { path, mediaType: 'application/json', bytes: utf8(`${JSON.stringify(value, null, 2)}\n`), what };
}

export const toHex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
