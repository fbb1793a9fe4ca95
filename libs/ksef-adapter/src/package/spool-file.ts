import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';

import type { FileFacts } from './disk.js';

const READ_BYTES = 1 << 17;

/**
 * A file that is written once, from its first byte to its last, and may be read while it grows. What is read comes from
 * the file, never from what was given to `append`.
 */
export class SpoolFile {
  #sizeBytes = 0;
  #state: 'open' | 'complete' | 'given-up' = 'open';
  #news = Promise.withResolvers<undefined>();

  private constructor(
    readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  /** @throws when there is such a file already */
  static async create(path: string): Promise<SpoolFile> {
    return new SpoolFile(path, await open(path, 'wx', 0o600));
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await this.handle.write(bytes, at, bytes.length - at);
      at += bytesWritten;
    }
    this.#sizeBytes += bytes.length;
    this.#tell();
  }

  /** Nothing more comes. */
  async complete(): Promise<void> {
    await this.handle.close();
    this.#state = 'complete';
    this.#tell();
  }

  /** Ends it before its end; whoever reads it is told. Without effect once it is complete. */
  async giveUp(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'given-up';
    this.#tell();
    await this.handle.close();
  }

  /** @throws when it was given up */
  async completed(): Promise<void> {
    await this.#hasBeyond(Infinity);
  }

  /**
   * The bytes on disk, as they come.
   * @param read told what the whole was, after its last byte
   * @throws when it was given up
   */
  async *follow(read: (facts: FileFacts) => void): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256');
    const handle = await open(this.path, 'r');
    try {
      let at = 0;
      while (await this.#hasBeyond(at)) {
        const wanted = Math.min(READ_BYTES, this.#sizeBytes - at);
        const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(wanted), 0, wanted, at);
        if (bytesRead === 0) throw new Error(`the disk gives back ${String(at)} of ${String(this.#sizeBytes)} bytes`);
        at += bytesRead;
        const chunk = buffer.subarray(0, bytesRead);
        hash.update(chunk);
        yield chunk;
      }
      read({ sizeBytes: at, sha256: hash.digest('base64') });
    } finally {
      await handle.close();
    }
  }

  /** Waits until there is more than so many bytes, or the end: then `false`. */
  async #hasBeyond(position: number): Promise<boolean> {
    while (this.#state === 'open' && this.#sizeBytes <= position) await this.#news.promise;
    if (this.#state === 'given-up') throw new Error('the file was given up before its end');
    return this.#sizeBytes > position;
  }

  #tell(): void {
    this.#news.resolve(undefined);
    this.#news = Promise.withResolvers<undefined>();
  }
}
