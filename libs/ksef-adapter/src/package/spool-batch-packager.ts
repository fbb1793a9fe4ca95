import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import {
  type BATCH_LIMITS,
  type BatchId,
  type BatchPackager,
  type KeyForKsef,
  KsefThrottledError,
  KsefUnreachableError,
  type PackageEntry,
  type Part,
  type SealedPackage,
  type SecretBox,
} from '@latarnik/domain';

import { freshInitializationVector, freshSessionKey, sessionKeyLabel } from '../crypto/session-cipher.js';
import type { ArchiveFormat } from './archive-format.js';
import { ARCHIVE_FORMATS } from './archive-formats.js';
import { writeCheckedArchive } from './checked-archive.js';
import { type FileFacts, fileFacts, freeBytes, syncFolder, temporaryIn } from './disk.js';
import { encryptParts, partFile, type SessionKey } from './part-files.js';
import { isSafeName } from './safe-name.js';
import { SpoolRoom } from './spool-room.js';

/** Wraps a session key for KSeF. @throws KsefUnreachableError, KsefThrottledError */
export type WrapForKsef = (sessionKey: Uint8Array) => Promise<KeyForKsef>;

export interface SpoolBatchPackagerOptions {
  readonly spoolDirectory: string;
  /** As BATCH_LIMITS, or lower. */
  readonly limits: { readonly [Name in keyof typeof BATCH_LIMITS]: number };
  /** What may still be written to the disk of a folder. @default what the file system says */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/** An invoice with attachments; without them KSeF takes a third of it (domain rules 8.2). */
const INVOICE_BYTES = 3_000_000;

/** Batch ids are UUIDs; nothing else in the spool folder is ours to remove. */
const IS_BATCH_FOLDER = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** A session lives 12 hours; what is left of a batch that another worker ended is of no use to anyone after that. */
const FORGOTTEN_AFTER_MS = 48 * 60 * 60 * 1000;

interface MadePackage {
  readonly archive: FileFacts;
  readonly parts: readonly Part[];
}

/**
 * Packages in a spool folder, one folder per batch, in constant memory. The plain archive lives only while it is
 * encrypted; the parts are named by their hashes and may be made again at any time.
 *
 * The database stores the package after `seal`; a process that dies before that leaves a folder that the next `seal` of
 * the batch replaces.
 */
export class SpoolBatchPackager implements BatchPackager {
  constructor(
    private readonly format: ArchiveFormat,
    private readonly secretBox: SecretBox,
    private readonly wrapForKsef: WrapForKsef,
    private readonly options: SpoolBatchPackagerOptions,
  ) {}

  async seal(batchId: BatchId, entries: AsyncIterable<PackageEntry>): Promise<SealedPackage> {
    await this.discard(batchId);
    const folder = await this.#makeFolder(batchId);
    await this.#forgetOld(folder);
    const key = freshSessionKey();
    const initializationVector = freshInitializationVector();
    try {
      const { archive, parts } = await this.#make(this.format, folder, entries, { key, initializationVector });
      const sealed = { compression: this.format.compression, ...archive, parts, initializationVector };
      const sealedSessionKey = await this.secretBox.seal(key, sessionKeyLabel(sealed));
      return { ...sealed, sealedSessionKey, ...(await this.#keyForKsef(key)) };
    } catch (error) {
      await this.discard(batchId);
      throw error;
    } finally {
      key.fill(0);
    }
  }

  async files(
    batchId: BatchId,
    sealed: SealedPackage,
    entries: () => AsyncIterable<PackageEntry>,
  ): Promise<ReadonlyMap<number, string> | undefined> {
    const there = await this.#sound(batchId, sealed);
    if (there !== undefined) return there;
    const format = sealed.compression === this.format.compression ? this.format : ARCHIVE_FORMATS[sealed.compression];
    const key = await this.secretBox.open(sealed.sealedSessionKey, sessionKeyLabel(sealed));
    try {
      const { initializationVector } = sealed;
      await this.#make(format, await this.#makeFolder(batchId), entries(), { key, initializationVector });
    } catch (error) {
      await this.discard(batchId);
      throw error;
    } finally {
      key.fill(0);
    }
    return this.#sound(batchId, sealed);
  }

  async discard(batchId: BatchId): Promise<void> {
    await rm(this.#folder(batchId), { recursive: true, force: true });
  }

  /** Without it the session still opens, with our own key at hand. */
  async #keyForKsef(key: Uint8Array): Promise<Pick<SealedPackage, 'keyForKsef'>> {
    try {
      return { keyForKsef: await this.wrapForKsef(key) };
    } catch (error) {
      if (error instanceof KsefUnreachableError || error instanceof KsefThrottledError) return {};
      throw error;
    }
  }

  async #make(
    format: ArchiveFormat,
    folder: string,
    entries: AsyncIterable<PackageEntry>,
    sessionKey: SessionKey,
  ): Promise<MadePackage> {
    const archiveFile = temporaryIn(folder);
    const limits = { ...this.options.limits, entryBytes: INVOICE_BYTES };
    const room = new SpoolRoom(folder, this.options.freeBytes ?? freeBytes);
    try {
      await room.assertFor(0);
      const archive = await writeCheckedArchive(format, archiveFile, entries, limits, (bytes) => room.during(bytes));
      await room.assertFor(archive.sizeBytes);
      return { archive, parts: await encryptParts(folder, archiveFile, archive, limits.partBytes, sessionKey) };
    } finally {
      await rm(archiveFile, { force: true });
    }
  }

  /** The files of all parts, when each is on disk with its declared size and hash. */
  async #sound(batchId: BatchId, sealed: SealedPackage): Promise<ReadonlyMap<number, string> | undefined> {
    const folder = this.#folder(batchId);
    const files = new Map<number, string>();
    for (const part of sealed.parts) {
      const file = partFile(folder, part);
      const facts = await fileFacts(file);
      if (facts?.sha256 !== part.sha256 || facts.sizeBytes !== part.sizeBytes) return undefined;
      files.set(part.ordinal, file);
    }
    return files;
  }

  async #makeFolder(batchId: BatchId): Promise<string> {
    const folder = this.#folder(batchId);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await syncFolder(this.options.spoolDirectory);
    return folder;
  }

  /** Removes what no batch needs any more, by the age of its folder beside a fresh one. */
  async #forgetOld(fresh: string): Promise<void> {
    const { mtimeMs: now } = await stat(fresh);
    for (const name of await readdir(this.options.spoolDirectory)) {
      const folder = join(this.options.spoolDirectory, name);
      const found = await stat(folder).catch(() => undefined);
      if (found === undefined || !found.isDirectory() || !IS_BATCH_FOLDER.test(name)) continue;
      if (now - found.mtimeMs > FORGOTTEN_AFTER_MS) await rm(folder, { recursive: true, force: true });
    }
  }

  #folder(batchId: BatchId): string {
    if (!isSafeName(batchId)) throw new Error('a batch id that is no folder name');
    return join(this.options.spoolDirectory, batchId);
  }
}
