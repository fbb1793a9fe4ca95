/** Turns offsets of a text into 1-based line numbers; cheapest when asked in ascending order. */
export class LineCounter {
  #offset = 0;
  #line = 1;

  constructor(private readonly text: string) {}

  at(offset: number): number {
    if (offset < this.#offset) {
      this.#offset = 0;
      this.#line = 1;
    }
    for (let found = this.text.indexOf('\n', this.#offset); found !== -1 && found < offset;) {
      this.#line++;
      this.#offset = found + 1;
      found = this.text.indexOf('\n', this.#offset);
    }
    return this.#line;
  }
}
