import { isUtf8 } from 'node:buffer';

import type { FindingList } from '../finding-list.js';
import { LineCounter } from './line-counter.js';

const BYTE_ORDER_MARKS: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ['UTF-32', [0xff, 0xfe, 0x00, 0x00]],
  ['UTF-32', [0x00, 0x00, 0xfe, 0xff]],
  ['UTF-16', [0xff, 0xfe]],
  ['UTF-16', [0xfe, 0xff]],
];
const UTF8_MARK = [0xef, 0xbb, 0xbf] as const;
const REPLACEMENT = '\ufffd';

const startsWith = (bytes: Uint8Array, mark: readonly number[]): boolean =>
  bytes.length >= mark.length && mark.every((byte, at) => bytes[at] === byte);

/**
 * Decodes strictly. A UTF-8 byte order mark is a finding (KSeF refuses it) and is left out of the text.
 * @returns `undefined` when the bytes are not UTF-8: then nothing more can be said about them
 */
export function utf8Text(bytes: Uint8Array, findings: FindingList): string | undefined {
  const foreign = BYTE_ORDER_MARKS.find(([, mark]) => startsWith(bytes, mark));
  if (foreign !== undefined) {
    findings.add({
      code: 'ENCODING_NOT_UTF8',
      message: `The file starts with the byte order mark of ${foreign[0]}; KSeF takes UTF-8 without one.`,
      line: 1,
    });
    return undefined;
  }
  if (!isUtf8(bytes)) {
    findings.add(invalidByte(bytes));
    return undefined;
  }
  if (!startsWith(bytes, UTF8_MARK)) return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  findings.add({
    code: 'BYTE_ORDER_MARK',
    message: 'The file starts with a byte order mark (EF BB BF); write UTF-8 without it.',
    line: 1,
  });
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(UTF8_MARK.length));
}

function invalidByte(bytes: Uint8Array) {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  let offset = 0;
  let at = 0;
  for (let found = text.indexOf(REPLACEMENT); found !== -1; found = text.indexOf(REPLACEMENT, at)) {
    offset += Buffer.byteLength(text.slice(at, found));
    // A replacement character that stands in the file itself is no error.
    if (!startsWith(bytes.subarray(offset), [0xef, 0xbf, 0xbd])) break;
    offset += REPLACEMENT.length * 3;
    at = found + 1;
  }
  const hex = (bytes[offset] ?? 0).toString(16).toUpperCase().padStart(2, '0');
  const line = new LineCounter(text).at(text.indexOf(REPLACEMENT, at));
  const message = `Byte ${hex} at offset ${offset} is not valid UTF-8; write the whole file in UTF-8.`;
  return { code: 'ENCODING_NOT_UTF8', message, line };
}
