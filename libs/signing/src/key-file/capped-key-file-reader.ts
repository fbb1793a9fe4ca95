import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { err, type ImportRefusal, type KeyFile, type KeyFileRefusal, type Result } from '@latarnik/domain';
import { tooLarge } from './limits.js';
import type { KeyPairBytes } from './read-key-file.js';

export interface KeyFileReader {
  /** Secret bytes of `file` are the caller's to overwrite once this has settled. */
  read(file: KeyFile): Promise<Result<KeyPairBytes, ImportRefusal>>;
}

export interface KeyFileReaderLimits {
  /** Files read at the same time, each in a process of its own. */
  readonly atOnce: number;
  /** Files that wait; one more is refused. */
  readonly waiting: number;
  /** For one file, from the start of its process. */
  readonly timeMs: number;
  /** Heap of one process; buffers lie outside of it and are bounded by the size of the file. */
  readonly heapMb: number;
}

export const KEY_FILE_READER_LIMITS: KeyFileReaderLimits = { atOnce: 2, waiting: 6, timeMs: 10_000, heapMb: 64 };

/** The compiled process; the path holds from `src` and from `dist` alike. */
const PROCESS_FILE = fileURLToPath(new URL('../../dist/key-file/key-file-process.js', import.meta.url));

type Outcome = Result<KeyPairBytes, KeyFileRefusal>;

/** One file in its process. */
interface Reading {
  /** Settles at the time limit at the latest, whatever the process does. */
  readonly outcome: Promise<Outcome>;
  /** Settles once the process is gone. */
  readonly gone: Promise<void>;
}

/**
 * Reads files in throw-away processes with limits of time and memory (reliability S20): a hostile file costs its own
 * process, never this one. A process and not a thread, because only a process can be ended inside a native call. What
 * was in its memory goes with it.
 */
export class CappedKeyFileReader implements KeyFileReader {
  readonly #limits: KeyFileReaderLimits;
  readonly #processFile: string;
  #running = 0;
  readonly #queue: (() => void)[] = [];

  constructor(limits: KeyFileReaderLimits = KEY_FILE_READER_LIMITS, processFile: string = PROCESS_FILE) {
    this.#limits = limits;
    this.#processFile = processFile;
  }

  /** @throws Error when the process fails in a way that no file should make it */
  async read(file: KeyFile): Promise<Result<KeyPairBytes, ImportRefusal>> {
    const refusal = tooLarge(file);
    if (refusal !== undefined) return err(refusal);
    if (this.#running >= this.#limits.atOnce && this.#queue.length >= this.#limits.waiting) {
      return err({ code: 'IMPORT_BUSY', retryAfterSeconds: Math.ceil(this.#limits.timeMs / 1000) });
    }
    await this.#turn();
    const { outcome, gone } = this.#begin(file);
    void gone.then(() => {
      this.#handOn();
    });
    return outcome;
  }

  /** Whoever ends hands the turn on, so the number of processes stays as it is. */
  async #turn(): Promise<void> {
    if (this.#running < this.#limits.atOnce) this.#running += 1;
    else await new Promise<void>((resolve) => this.#queue.push(resolve));
  }

  #handOn(): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }

  #begin(file: KeyFile): Reading {
    try {
      return this.#inProcess(file);
    } catch {
      this.#handOn();
      throw new Error('the process that reads key files cannot be started');
    }
  }

  /** The answer waits for nobody; the turn waits for the process, so that one which is slow to end still counts. */
  #inProcess(file: KeyFile): Reading {
    const started = fork(this.#processFile, [], {
      // Nothing of this process is handed on: no settings, no secrets from its environment, no output.
      ...{ env: {}, serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] },
      execArgv: [`--max-old-space-size=${this.#limits.heapMb}`, '--max-semi-space-size=4'],
    });
    const kill = (): void => {
      started.kill('SIGKILL');
    };
    process.once('exit', kill);
    const gone = endOf(started).finally(() => process.off('exit', kill));
    const outcome = outcomeOf(started, this.#limits.timeMs).finally(kill);
    // Where no more files can be opened there is no channel, and the failure is told by an event.
    if (started.connected) started.send(file, () => undefined);
    return { outcome, gone };
  }
}

/** One that could not be started has no end. */
async function endOf(started: ChildProcess): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  started.once('exit', () => {
    resolve(undefined);
  });
  started.on('error', () => {
    if (started.pid === undefined) resolve(undefined);
  });
  await promise;
}

function outcomeOf(started: ChildProcess, timeMs: number): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  const timer = setTimeout(() => {
    resolve(err({ code: 'FILE_TOO_COSTLY', limit: 'time' }));
  }, timeMs);
  started.once('message', (outcome) => {
    resolve(outcome as Outcome);
  });
  started.once('error', () => {
    reject(new Error('the process that reads key files cannot be reached'));
  });
  started.once('exit', (_code, signal) => {
    if (signal !== null && OUT_OF_MEMORY.includes(signal)) resolve(err({ code: 'FILE_TOO_COSTLY', limit: 'memory' }));
    else reject(new Error('the process that reads key files ended without a word'));
  });
  return promise.finally(() => {
    clearTimeout(timer);
  });
}

/** How V8 ends a process whose heap is full, and how Linux does; by then nobody here has killed it. */
const OUT_OF_MEMORY: readonly NodeJS.Signals[] = ['SIGABRT', 'SIGKILL'];
