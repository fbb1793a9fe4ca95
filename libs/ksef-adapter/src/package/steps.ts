/** The same bytes in steps of one size, wherever they were cut before; two buffers in turn. */
export class Steps {
  #filling: Buffer;
  #other: Buffer;
  #filled = 0;

  constructor(private readonly stepBytes: number) {
    this.#filling = Buffer.allocUnsafeSlow(stepBytes);
    this.#other = Buffer.allocUnsafeSlow(stepBytes);
  }

  get isFull(): boolean {
    return this.#filled === this.stepBytes;
  }

  /** Takes bytes from `start` on, as many as there is room for. @returns where it stopped */
  put(bytes: Uint8Array, start: number): number {
    const end = Math.min(bytes.length, start + this.stepBytes - this.#filled);
    this.#filling.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), this.#filled);
    this.#filled += end - start;
    return end;
  }

  /** What there is; it is overwritten when the step after the next is filled. */
  take(): Uint8Array {
    const step = this.#filling.subarray(0, this.#filled);
    [this.#filling, this.#other] = [this.#other, this.#filling];
    this.#filled = 0;
    return step;
  }
}

/** Larger steps than streams make of themselves: each is a turn through the thread pool. */
export const STEP_BYTES = 1 << 17;

/** As `Steps`, over a stream. */
export async function* inSteps(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const steps = new Steps(STEP_BYTES);
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      at = steps.put(chunk, at);
      if (steps.isFull) yield steps.take();
    }
  }
  yield steps.take();
}
