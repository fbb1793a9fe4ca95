import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { err, type ImportRefusal, type KeyFile, type KeyFileRefusal, type Result } from '@latarnik/domain';
import { tooLarge } from './limits.js';
import type { KeyPairBytes } from './read-key-file.js';

export interface KeyFileReader {
  /** Secret bytes of `file` are the caller's to overwrite once this has settled. */
  read(file: KeyFile): Promise<Result<KeyPairBytes, ImportRefusal>>;
}

export interface KeyFileReaderLimits {
  /** Files read at the same time, each in a thread of its own. */
  readonly atOnce: number;
  /** Files that wait; one more is refused. */
  readonly waiting: number;
  /** For one file, from the start of its thread. */
  readonly timeMs: number;
  /** Heap of one thread; buffers lie outside of it and are bounded by the size of the file. */
  readonly heapMb: number;
}

export const KEY_FILE_READER_LIMITS: KeyFileReaderLimits = { atOnce: 2, waiting: 6, timeMs: 10_000, heapMb: 64 };

/**
 * The compiled thread. The path holds from `src`, where tests run without a build step of their own, and from `dist`
 * alike: a thread loads no TypeScript.
 */
const THREAD_FILE = fileURLToPath(new URL('../../dist/key-file/key-file-worker.js', import.meta.url));

/**
 * Reads files in throw-away threads with limits of time and memory (reliability S20): a hostile file costs its own
 * thread, never the process. What was in the thread's memory goes with it.
 */
export class CappedKeyFileReader implements KeyFileReader {
  readonly #limits: KeyFileReaderLimits;
  readonly #threadFile: string;
  #running = 0;
  readonly #queue: (() => void)[] = [];

  constructor(limits: KeyFileReaderLimits = KEY_FILE_READER_LIMITS, threadFile: string = THREAD_FILE) {
    this.#limits = limits;
    this.#threadFile = threadFile;
  }

  /** @throws Error when the thread fails in a way that no file should make it */
  async read(file: KeyFile): Promise<Result<KeyPairBytes, ImportRefusal>> {
    const refusal = tooLarge(file);
    if (refusal !== undefined) return err(refusal);
    if (this.#running >= this.#limits.atOnce && this.#queue.length >= this.#limits.waiting) {
      return err({ code: 'IMPORT_BUSY', retryAfterSeconds: Math.ceil(this.#limits.timeMs / 1000) });
    }
    await this.#turn();
    try {
      return await this.#inThread(file);
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  /** Whoever ends hands the turn on, so the number of threads stays as it is. */
  async #turn(): Promise<void> {
    if (this.#running < this.#limits.atOnce) this.#running += 1;
    else await new Promise<void>((resolve) => this.#queue.push(resolve));
  }

  /** Settles once the thread is gone, so that one which is slow to end still counts. */
  async #inThread(file: KeyFile): Promise<Result<KeyPairBytes, KeyFileRefusal>> {
    const thread = new Worker(this.#threadFile, {
      // Nothing of the process is handed on: no settings, no secrets from its environment, no output.
      ...{ argv: [], env: {}, execArgv: [], stdin: false, stdout: true, stderr: true },
      resourceLimits: { maxOldGenerationSizeMb: this.#limits.heapMb, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
    });
    const outcome = outcomeOf(thread, this.#limits.timeMs);
    const copy = copyOf(file);
    thread.postMessage(copy, buffersOf(copy));
    try {
      return await outcome;
    } finally {
      await thread.terminate();
    }
  }
}

function outcomeOf(thread: Worker, timeMs: number): Promise<Result<KeyPairBytes, KeyFileRefusal>> {
  const { promise, resolve, reject } = Promise.withResolvers<Result<KeyPairBytes, KeyFileRefusal>>();
  const refuse = (limit: 'time' | 'memory'): void => {
    resolve(err({ code: 'FILE_TOO_COSTLY', limit }));
  };
  const timer = setTimeout(() => {
    refuse('time');
  }, timeMs);
  thread.once('message', (outcome: Result<KeyPairBytes, KeyFileRefusal>) => {
    resolve(outcome);
  });
  thread.once('error', (error: unknown) => {
    if (codeOf(error) === 'ERR_WORKER_OUT_OF_MEMORY') refuse('memory');
    else reject(new Error(`the thread that reads key files failed: ${codeOf(error)}`));
  });
  thread.once('exit', () => {
    reject(new Error('the thread that reads key files ended without a word'));
  });
  return promise.finally(() => {
    clearTimeout(timer);
  });
}

/** Not its message, which may quote what the thread was reading. */
function codeOf(error: unknown): string {
  const known = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof known === 'string' ? known : 'unexpected error';
}

/** Buffers of their own: a view of a shared one would take its neighbours with it. */
function copyOf(file: KeyFile): KeyFile {
  const copied = Object.entries(file).map(([name, value]: [string, unknown]) => [
    name,
    value instanceof Uint8Array ? Uint8Array.from(value) : value,
  ]);
  return Object.fromEntries(copied) as KeyFile;
}

function buffersOf(file: KeyFile): ArrayBuffer[] {
  return Object.values(file)
    .filter((value) => value instanceof Uint8Array)
    .map(({ buffer }) => buffer as ArrayBuffer);
}
