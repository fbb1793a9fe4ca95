/**
 * Works on so many items at once and gives the answers in the order of the items. An answer is given as soon as it and
 * all before it are there, also while the next item has not come yet; no further item is begun before the reader has taken
 * what is ready.
 *
 * @param work never rejects
 * @throws what `items` throws, after the answers to all items before
 */
export async function* inOrder<Item, Answer>(
  items: AsyncIterable<Item>,
  mostAtOnce: number,
  work: (item: Item) => Promise<Answer>,
): AsyncGenerator<Answer> {
  const lanes = new Lanes(items[Symbol.asyncIterator](), mostAtOnce, work);
  try {
    while (await lanes.hasAnswer()) yield await lanes.answer();
    lanes.throwEnd();
  } finally {
    // Whoever stops reading leaves nothing behind half-done: what was begun is finished.
    await lanes.close();
  }
}

type Coming<Item> = { readonly kind: 'item'; readonly item: Item } | { readonly kind: 'end'; readonly error?: unknown };

const READY = { kind: 'ready' } as const;

class Lanes<Item, Answer> {
  readonly #running: Promise<Answer>[] = [];
  #coming: Promise<Coming<Item>> | undefined;
  #end: Extract<Coming<Item>, { kind: 'end' }> | undefined;

  constructor(
    private readonly items: AsyncIterator<Item>,
    private readonly mostAtOnce: number,
    private readonly work: (item: Item) => Promise<Answer>,
  ) {
    this.#coming = this.#next();
  }

  /** Begins what may be begun, until the first answer is there or all lanes are taken; false at the end of everything. */
  async hasAnswer(): Promise<boolean> {
    while (this.#coming !== undefined && this.#running.length < this.mostAtOnce) {
      const [head] = this.#running;
      const first = await Promise.race([this.#coming, ...(head === undefined ? [] : [head.then(() => READY)])]);
      if (first.kind === 'ready') return true;
      this.#take(first);
    }
    return this.#running.length > 0;
  }

  /** The first answer; its lane is free from then on. */
  async answer(): Promise<Answer> {
    const [head] = this.#running;
    if (head === undefined) throw new Error('asked for an answer that is not there');
    const answer = await head;
    void this.#running.shift();
    return answer;
  }

  /** @throws what the items ended with */
  throwEnd(): void {
    if (this.#end !== undefined && 'error' in this.#end) throw this.#end.error;
  }

  async close(): Promise<void> {
    await Promise.all(this.#running);
    void Promise.resolve(this.items.return?.()).catch(() => undefined);
  }

  #take(first: Coming<Item>): void {
    if (first.kind === 'item') {
      this.#running.push(this.work(first.item));
      this.#coming = this.#next();
    } else {
      this.#end = first;
      this.#coming = undefined;
    }
  }

  #next(): Promise<Coming<Item>> {
    return this.items.next().then(
      (next): Coming<Item> => (next.done === true ? { kind: 'end' } : { kind: 'item', item: next.value }),
      (error: unknown): Coming<Item> => ({ kind: 'end', error }),
    );
  }
}
