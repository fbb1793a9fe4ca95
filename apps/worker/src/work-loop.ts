/** Repeats work with a pause between, until stopped. A failing round is reported and the next one comes as usual. */
export class WorkLoop {
  #stopping = false;
  #wake: (() => void) | undefined;
  #running: Promise<void> | undefined;

  constructor(
    private readonly work: () => Promise<void>,
    private readonly pauseMs: number,
    private readonly report: (error: unknown) => void,
  ) {}

  start(): void {
    this.#running ??= this.run();
  }

  /** Ends after the present round. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake?.();
    await this.#running;
  }

  private async run(): Promise<void> {
    while (!this.isStopping()) {
      try {
        await this.work();
      } catch (error) {
        this.report(error);
      }
      await this.pause();
    }
  }

  private isStopping(): boolean {
    return this.#stopping;
  }

  private async pause(): Promise<void> {
    if (this.isStopping()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.pauseMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Whether work ends within the time. A failure of it is an end, and passes on. */
export async function endsWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  const timeout = Promise.withResolvers<false>();
  const timer = setTimeout(() => {
    timeout.resolve(false);
  }, ms);
  try {
    return await Promise.race([work.then(() => true), timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}
