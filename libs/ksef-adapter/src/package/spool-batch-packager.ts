import { createHash } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import {
  type BATCH_LIMITS,
  type BatchId,
  type BatchPackager,
  hashToBase64,
  type KeyForKsef,
  KsefThrottledError,
  KsefUnreachableError,
  PackageCorruptError,
  type PackageEntry,
  type SealedPackage,
  type SecretBox,
} from '@latarnik/domain';

import { freshInitializationVector, freshSessionKey, sessionKeyLabel } from '../crypto/session-cipher.js';
import { isSystemError } from '../error-code.js';
import { type ArchivedEntry, type ArchiveFormat, ArchiveTooLargeError, type NamedBytes } from './archive-format.js';
import { type FileFacts, fileFacts, temporaryIn } from './disk.js';
import { encryptParts, type EncryptedArchive, partFile, type SessionKey } from './part-files.js';

/** Wraps a session key for KSeF. @throws KsefUnreachableError, KsefThrottledError */
export type WrapForKsef = (sessionKey: Uint8Array) => Promise<KeyForKsef>;

export interface SpoolBatchPackagerOptions {
  readonly spoolDirectory: string;
  /** As BATCH_LIMITS, or lower. */
  readonly limits: { readonly [Name in keyof typeof BATCH_LIMITS]: number };
}

/** Ids become names of files and folders: nothing but letters, digits and hyphens. */
const SAFE_NAME = /^[A-Za-z0-9-]{1,64}$/;

/**
 * Packages in a spool folder, one folder per batch, in constant memory. The plain archive lives only while it is
 * encrypted; the parts are named by their hashes and may be made again at any time.
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
    const key = freshSessionKey();
    const initializationVector = freshInitializationVector();
    try {
      const { archive, parts } = await this.#make(folder, entries, { key, initializationVector });
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
    if (sealed.compression !== this.format.compression) return undefined;
    const key = await this.secretBox.open(sealed.sealedSessionKey, sessionKeyLabel(sealed));
    try {
      const folder = await this.#makeFolder(batchId);
      await this.#make(folder, entries(), { key, initializationVector: sealed.initializationVector });
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

  async #make(folder: string, entries: AsyncIterable<PackageEntry>, sessionKey: SessionKey): Promise<EncryptedArchive> {
    const archiveFile = temporaryIn(folder);
    try {
      const written = await this.#write(archiveFile, entries);
      await this.#compare(archiveFile, written);
      const { size } = await stat(archiveFile);
      const { partBytes, parts } = this.options.limits;
      if (size > partBytes * parts) throw new PackageCorruptError(`limit of parts: more than ${String(parts)}`);
      const made = await encryptParts(folder, archiveFile, size, partBytes, sessionKey);
      assertSame(made.archive, await fileFacts(archiveFile));
      return made;
    } finally {
      await rm(archiveFile, { force: true });
    }
  }

  async #write(archiveFile: string, entries: AsyncIterable<PackageEntry>): Promise<readonly ArchivedEntry[]> {
    const written: ArchivedEntry[] = [];
    const { packageBytes } = this.options.limits;
    try {
      await this.format.write(this.#named(entries, written), archiveFile, packageBytes);
    } catch (error) {
      if (!(error instanceof ArchiveTooLargeError)) throw error;
      throw new PackageCorruptError(`limit of the package: ${error.message}`);
    }
    if (written.length === 0) throw new PackageCorruptError('a package without invoices');
    return written;
  }

  async *#named(entries: AsyncIterable<PackageEntry>, written: ArchivedEntry[]): AsyncGenerator<NamedBytes> {
    const { invoices } = this.options.limits;
    const names = new Set<string>();
    for await (const { invoiceId, hash, bytes } of entries) {
      if (!SAFE_NAME.test(invoiceId)) throw new PackageCorruptError('an invoice id that is no file name');
      const name = `${invoiceId}.xml`;
      if (names.has(name)) throw new PackageCorruptError(`invoice ${invoiceId} is in the package twice`);
      if (names.size === invoices) throw new PackageCorruptError(`limit of invoices: more than ${String(invoices)}`);
      names.add(name);
      const sha256 = hashToBase64(hash);
      if (createHash('sha256').update(bytes).digest('base64') !== sha256) {
        throw new PackageCorruptError(`invoice ${invoiceId}: its bytes do not have its hash`);
      }
      written.push({ name, sizeBytes: bytes.length, sha256 });
      yield { name, bytes };
    }
  }

  /** Reads the archive back from disk and holds every entry against what was meant to be in it (reliability C6). */
  async #compare(archiveFile: string, expected: readonly ArchivedEntry[]): Promise<void> {
    let count = 0;
    try {
      for await (const { name, sizeBytes, sha256 } of this.format.read(archiveFile)) {
        const entry = expected[count];
        if (entry?.name !== name || entry.sizeBytes !== sizeBytes || entry.sha256 !== sha256) {
          throw new PackageCorruptError(`entry ${String(count + 1)} is not what was packed`);
        }
        count += 1;
      }
    } catch (error) {
      if (error instanceof PackageCorruptError || isSystemError(error)) throw error;
      throw new PackageCorruptError('the archive cannot be read back', { cause: error });
    }
    if (count !== expected.length) {
      throw new PackageCorruptError(`the archive holds ${String(count)} of ${String(expected.length)} invoices`);
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
    return folder;
  }

  #folder(batchId: BatchId): string {
    if (!SAFE_NAME.test(batchId)) throw new Error('a batch id that is no folder name');
    return join(this.options.spoolDirectory, batchId);
  }
}

/** What was encrypted against what is on disk: a difference means that one of the two reads was wrong. */
function assertSame(encrypted: FileFacts, onDisk: FileFacts | undefined): void {
  if (onDisk?.sha256 !== encrypted.sha256 || onDisk.sizeBytes !== encrypted.sizeBytes) {
    throw new PackageCorruptError('the archive changed on disk while it was encrypted');
  }
}
