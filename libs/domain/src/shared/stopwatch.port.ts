/** Time of this process as it passes, for waiting: never for law, and never set back (reliability R8). */
export interface Stopwatch {
  /** Milliseconds since some moment of this process. */
  elapsedMs(): number;
  pause(ms: number): Promise<void>;
  /** What `work` gives, or `late` when it takes longer than that. The work goes on; nobody hears of its end. */
  within<T>(ms: number, work: Promise<T>): Promise<T | 'late'>;
}
