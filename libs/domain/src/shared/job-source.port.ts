import type { Job } from './job-queue.port.js';

/** Tells long work to hand back; an `AbortSignal` is one. */
export interface StopSignal {
  readonly aborted: boolean;
}

/** Hands out queued work: at least once, perhaps to two workers at a time; handlers bear both. */
export interface JobSource {
  /**
   * Calls `handle` for each job until `stop`, which lets running handlers end (their `signal` is aborted first).
   * A handler that throws gets the job again later.
   */
  run(handle: (job: Job, signal: StopSignal) => Promise<void>): Promise<{ stop(): Promise<void> }>;
}
