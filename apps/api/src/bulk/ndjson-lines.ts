/** One line without its end; `bytes` is absent where it was longer than a line may be. */
export interface Line {
  /** 1-based; empty lines count, and are left out. */
  readonly number: number;
  readonly bytes?: Uint8Array;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * The lines of a text that comes in pieces (NDJSON: one JSON value a line, ended by LF or CRLF; the last one may lack its
 * end). Never holds more than one line.
 */
export async function* ndjsonLines(pieces: AsyncIterable<Uint8Array>, mostBytes: number): AsyncGenerator<Line> {
  const collected = new LineInTheMaking(mostBytes);
  let number = 1;
  for await (const piece of pieces) {
    let from = 0;
    for (let end = piece.indexOf(LINE_FEED); end !== -1; end = piece.indexOf(LINE_FEED, from)) {
      collected.add(piece.subarray(from, end));
      yield* collected.take(number);
      number += 1;
      from = end + 1;
    }
    collected.add(piece.subarray(from));
  }
  yield* collected.take(number);
}

class LineInTheMaking {
  #parts: Uint8Array[] = [];
  #sizeBytes = 0;

  constructor(private readonly mostBytes: number) {}

  add(part: Uint8Array): void {
    this.#sizeBytes += part.length;
    if (this.#sizeBytes > this.mostBytes) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  *take(number: number): Generator<Line> {
    const [parts, sizeBytes] = [this.#parts, this.#sizeBytes];
    this.#parts = [];
    this.#sizeBytes = 0;
    if (sizeBytes > this.mostBytes) yield { number };
    else {
      const line = Buffer.concat(parts);
      const bytes = line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
      if (bytes.some((byte) => byte !== 0x20 && byte !== 0x09)) yield { number, bytes };
    }
  }
}
