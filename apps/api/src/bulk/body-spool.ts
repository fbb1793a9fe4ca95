import { randomUUID } from 'node:crypto';
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { problem, ProblemError } from '../http/problem.js';

export interface SpoolLimits {
  /** Bodies of bulk requests that this process takes at once. */
  readonly mostBodies: number;
  readonly mostBytesEach: number;
}

const READ_STEP_BYTES = 65_536;

/**
 * Bodies of bulk requests on disk, each in a file that has no name any more once it is open: a process that is killed
 * leaves nothing behind. What arrives is taken from the sender at once and worked off at its own pace, so that one who
 * sends everything before reading an answer is not waited for forever (docs/adr/0032).
 */
export class BodySpool {
  #taken = 0;

  constructor(
    private readonly directory: string,
    private readonly limits: SpoolLimits,
  ) {}

  /** @throws ProblemError 503 while as many are being worked off as this process takes */
  async take(): Promise<SpooledBody> {
    const { mostBodies, mostBytesEach } = this.limits;
    if (this.#taken >= mostBodies) {
      const detail = `${String(mostBodies)} bulk requests are being worked off already. Nothing was issued; send it again.`;
      throw new ProblemError(problem(503, 'BULK_BUSY', 'Too many bulk requests', detail), {
        'retry-after': '30',
        connection: 'close',
      });
    }
    this.#taken += 1;
    try {
      await mkdir(this.directory, { recursive: true, mode: 0o700 });
      const path = join(this.directory, `bulk-${randomUUID()}`);
      const file = await open(path, 'wx+', 0o600);
      // Not every system lets go of the name of an open file; there it is removed at the end.
      await rm(path, { force: true }).catch(() => undefined);
      return new SpooledBody(file, mostBytesEach, async () => {
        this.#taken -= 1;
        await rm(path, { force: true });
      });
    } catch (error) {
      this.#taken -= 1;
      throw error;
    }
  }
}

/** The sender went away, or stopped, before the body was whole. */
export class BodyCutError extends Error {
  override readonly name = 'BodyCutError';
}

/** One body: filled from one side, followed from the other. */
export class SpooledBody implements AsyncDisposable {
  #writtenBytes = 0;
  #end: { readonly whole: true } | { readonly error: Error } | undefined;
  #wake: (() => void) | undefined;
  #disposed = false;

  constructor(
    private readonly file: FileHandle,
    private readonly mostBytes: number,
    private readonly letGo: () => Promise<void>,
  ) {}

  get descriptor(): number {
    return this.file.fd;
  }

  get sizeBytes(): number {
    return this.#writtenBytes;
  }

  /** Takes all that comes. Never rejects: whoever follows, or asks for the whole, is told. */
  async fill(body: Readable): Promise<void> {
    try {
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        if (this.#disposed) return;
        if (this.#writtenBytes + chunk.length > this.mostBytes) throw tooLarge(this.mostBytes);
        await this.file.write(chunk, 0, chunk.length, this.#writtenBytes);
        this.#writtenBytes += chunk.length;
        this.#changed();
      }
      this.#end = { whole: true };
    } catch (error) {
      this.#end = { error: error instanceof ProblemError || isDiskFull(error) ? (error as Error) : cut(error) };
    }
    this.#changed();
  }

  /**
   * The body from its beginning, as far as it has come, to its end.
   * @throws BodyCutError when it broke off, ProblemError 413 when it is too large
   */
  async *follow(): AsyncGenerator<Buffer> {
    let at = 0;
    for (;;) {
      const ready = Math.min(READ_STEP_BYTES, this.#writtenBytes - at);
      if (ready > 0) {
        const step = Buffer.allocUnsafe(ready);
        const { bytesRead } = await this.file.read(step, 0, ready, at);
        at += bytesRead;
        yield step.subarray(0, bytesRead);
      } else if (this.#end === undefined) await this.#nextChange();
      else if ('error' in this.#end) throw this.#end.error;
      else return;
    }
  }

  /** Resolves when all of it has come. @throws as `follow` */
  async whole(): Promise<void> {
    while (this.#end === undefined) await this.#nextChange();
    if ('error' in this.#end) throw this.#end.error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#end ??= { error: new BodyCutError('nobody works on it any more') };
    this.#changed();
    await this.file.close();
    await this.letGo();
  }

  #changed(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  async #nextChange(): Promise<void> {
    await new Promise<void>((resolve) => {
      const before = this.#wake;
      this.#wake = () => {
        before?.();
        resolve();
      };
    });
  }
}

const cut = (error: unknown): BodyCutError => new BodyCutError('the body broke off', { cause: error });

const isDiskFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');

function tooLarge(mostBytes: number): ProblemError {
  const detail =
    `A bulk request has at most ${String(mostBytes)} bytes. What was answered with 201 is issued; ` +
    'send the rest as another request with another Idempotency-Key.';
  return new ProblemError(problem(413, 'BODY_TOO_LARGE', 'The body is too large', detail), { connection: 'close' });
}
