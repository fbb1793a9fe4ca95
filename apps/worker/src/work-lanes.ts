/** A piece of work that is done once at a time, whoever finds it how often. */
export interface LaneWork {
  readonly key: string;
  /** Done while nothing else is: what may bring the process down takes nothing with it. */
  readonly alone: boolean;
}

/** Looks that a piece which is done alone waits for the others; then nothing new begins before it. */
const PATIENCE_LOOKS = 6;

/**
 * Does so many pieces of work at a time. What is found anew replaces what still waits, so that the order is always that of
 * the last look, and a long piece keeps nobody from looking.
 */
export class WorkLanes<W extends LaneWork> {
  #waiting: readonly W[] = [];
  readonly #running = new Map<string, Promise<void>>();
  /** Looks at which a piece that is done alone was found waiting, by its key. */
  #looks: ReadonlyMap<string, number> = new Map();
  #isAlone = false;
  #stopped = false;

  constructor(
    private readonly lanes: number,
    private readonly work: (piece: W) => Promise<void>,
    private readonly report: (error: unknown) => void,
  ) {}

  /** In this order; what is being done already is passed over. */
  offer(found: readonly W[]): void {
    this.#waiting = found;
    const alone = found.filter((piece) => piece.alone);
    this.#looks = new Map(alone.map(({ key }) => [key, (this.#looks.get(key) ?? 0) + 1]));
    this.fill();
  }

  /** Begins nothing more, and ends with what runs. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting = [];
    await Promise.all(this.#running.values());
  }

  private fill(): void {
    while (!this.#stopped && !this.#isAlone && this.#running.size < this.lanes) {
      const next = this.next();
      if (next === undefined || (next.alone && this.#running.size > 0)) return;
      this.#waiting = this.#waiting.filter((piece) => piece !== next);
      this.begin(next);
    }
  }

  private next(): W | undefined {
    const ready = this.#waiting.filter(({ key }) => !this.#running.has(key));
    return ready.find(({ key }) => (this.#looks.get(key) ?? 0) >= PATIENCE_LOOKS) ?? ready[0];
  }

  private begin(piece: W): void {
    this.#isAlone = piece.alone;
    const running = this.work(piece)
      .catch(this.report)
      .finally(() => {
        this.#running.delete(piece.key);
        if (piece.alone) this.#isAlone = false;
        this.fill();
      });
    this.#running.set(piece.key, running);
  }
}
