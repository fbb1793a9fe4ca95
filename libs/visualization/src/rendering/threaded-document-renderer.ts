import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import {
  err,
  ok,
  type CodeImages,
  type DocumentForm,
  type DocumentLanguage,
  type DocumentRenderer,
  type ReadableDocument,
  type RendererBusy,
  type Result,
} from '@latarnik/domain';
import { printCodes } from './print-codes.js';
import type { RenderAnswer, RenderJob } from './render-job.js';

export interface DocumentRendererLimits {
  /** Documents made at the same time, each in a thread of its own. */
  readonly atOnce: number;
  /** Documents that wait; one more is refused. */
  readonly waiting: number;
  /** For one document, from when its thread takes it. */
  readonly timeMs: number;
  /** Heap of one thread. */
  readonly heapMb: number;
}

export const DOCUMENT_RENDERER_LIMITS: DocumentRendererLimits = {
  ...{ atOnce: 2, waiting: 32, timeMs: 60_000, heapMb: 768 },
};

/** The compiled thread; the path holds from `src` and from `dist` alike. */
const THREAD_FILE = fileURLToPath(new URL('../../dist/rendering/render-thread.js', import.meta.url));

interface Waiting {
  readonly job: RenderJob;
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Renders in threads, so that an invoice of 10,000 lines keeps no request of others waiting, with limits of number, time
 * and memory. Threads start when first needed, stay for their fonts, and keep no process alive.
 */
export class ThreadedDocumentRenderer implements DocumentRenderer {
  readonly #idle: Worker[] = [];
  readonly #queue: Waiting[] = [];
  #running = 0;

  constructor(
    private readonly images: CodeImages,
    private readonly limits: DocumentRendererLimits = DOCUMENT_RENDERER_LIMITS,
    private readonly threadFile: string = THREAD_FILE,
  ) {}

  async render(
    document: ReadableDocument,
    form: DocumentForm,
    language: DocumentLanguage,
  ): Promise<Result<Uint8Array, RendererBusy>> {
    if (this.#running >= this.limits.atOnce && this.#queue.length >= this.limits.waiting) {
      return err({ code: 'RENDERER_BUSY', retryAfterSeconds: Math.ceil(this.limits.timeMs / 10_000) });
    }
    const codes = 'codes' in document ? printCodes(document.codes, this.images, language) : [];
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    this.#queue.push({ job: { document, codes, form, language }, resolve, reject });
    this.#work();
    return ok(await promise);
  }

  #work(): void {
    if (this.#running >= this.limits.atOnce) return;
    const next = this.#queue.shift();
    if (next === undefined) return;
    this.#running += 1;
    void this.#inThread(next).finally(() => {
      this.#running -= 1;
      this.#work();
    });
  }

  /** A thread that failed or was too slow is not used again. */
  async #inThread({ job, resolve, reject }: Waiting): Promise<void> {
    const worker = this.#idle.pop() ?? this.#start();
    worker.ref();
    try {
      const answer = await answerOf(worker, job, this.limits.timeMs);
      worker.unref();
      this.#idle.push(worker);
      if ('bytes' in answer) resolve(answer.bytes);
      else reject(new DocumentNotRenderedError(answer.failure, answer.trace));
    } catch (error) {
      void worker.terminate();
      reject(error instanceof Error ? error : new DocumentNotRenderedError('unknown', []));
    }
  }

  #start(): Worker {
    const worker = new Worker(this.threadFile, {
      // Nothing of this process is handed on: no settings, no secrets from its environment.
      ...{ env: {}, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: this.limits.heapMb } },
    });
    // One that dies between two jobs is not asked again.
    worker.once('exit', () => {
      const at = this.#idle.indexOf(worker);
      if (at !== -1) this.#idle.splice(at, 1);
    });
    worker.on('error', () => undefined);
    return worker;
  }
}

/** A document could not be made readable: a bug here, or a limit. Neither it nor its content is told to logs. */
export class DocumentNotRenderedError extends Error {
  override readonly name = 'DocumentNotRenderedError';

  constructor(
    readonly failure: string,
    trace: readonly string[],
  ) {
    super(`a document could not be rendered (${failure})`);
    this.stack = [`${this.name}: ${this.message}`, ...trace].join('\n');
  }
}

function answerOf(worker: Worker, job: RenderJob, timeMs: number): Promise<RenderAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RenderAnswer>();
  const fail = (failure: string): void => {
    reject(new DocumentNotRenderedError(failure, []));
  };
  const onError = (error: unknown): void => {
    fail(error instanceof Error ? error.name : 'error');
  };
  const onExit = (): void => {
    fail('its thread ended');
  };
  const timer = setTimeout(() => {
    fail('time limit');
  }, timeMs);
  worker.once('message', resolve);
  worker.once('error', onError);
  worker.once('exit', onExit);
  worker.postMessage(job);
  return promise.finally(() => {
    clearTimeout(timer);
    worker.off('message', resolve).off('error', onError).off('exit', onExit);
  });
}
