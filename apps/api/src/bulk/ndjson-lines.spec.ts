import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ndjsonLines, type Line } from './ndjson-lines.js';

async function linesOf(pieces: readonly Uint8Array[], mostBytes = 1000) {
  async function* stream() {
    for (const piece of pieces) yield await Promise.resolve(piece);
  }
  const found: Line[] = [];
  for await (const line of ndjsonLines(stream(), mostBytes)) found.push(line);
  return found.map(({ number, bytes }) => [number, bytes === undefined ? undefined : Buffer.from(bytes).toString()]);
}

const piece = (text: string): Uint8Array => Buffer.from(text);

describe('lines of NDJSON', () => {
  it('numbers lines from 1, leaves empty ones out, and takes a last line without its end', async () => {
    expect(await linesOf([piece('{"a":1}\r\n\n  \n{"b":2}\n{"c":3}')])).toEqual([
      [1, '{"a":1}'],
      [4, '{"b":2}'],
      [5, '{"c":3}'],
    ]);
    expect(await linesOf([])).toEqual([]);
  });

  it('finds the same lines wherever the pieces end', async () => {
    const text = '{"żółć":"€"}\n\n{"b":"𝄞"}\r\nlast';
    const whole = await linesOf([piece(text)]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(Buffer.byteLength(text)), { maxLength: 8 }), async (cuts) => {
        const bytes = Buffer.from(text);
        const places = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
        const pieces = places.slice(1).map((end, at) => bytes.subarray(places[at], end));
        expect(await linesOf(pieces)).toEqual(whole);
      }),
    );
  });

  it('says of a line that is too long only that it is, and goes on', async () => {
    expect(await linesOf([piece('12345'), piece('6789\n12345678\nok')], 8)).toEqual([
      [1, undefined],
      [2, '12345678'],
      [3, 'ok'],
    ]);
  });
});
