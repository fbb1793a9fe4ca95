import type { BatchPackager, PackageEntry } from '../batch/batch-packager.port.js';
import { PackageCorruptError } from '../batch/batch-packager.port.js';
import type { BatchId, Part, PartOrdinal, SealedPackage } from '../batch/batch.js';
import { sameHash } from '../invoice/invoice-hash.js';
import { sha256, sha256Base64 } from './sha256.js';

/**
 * Packs into lines of Base64 behind a line with the key, and splits by size. Nothing is encrypted; the key only makes
 * each sealing differ from the one before. Sizes and hashes are those of the bytes on its "disk".
 */
export class InMemoryPackager implements BatchPackager {
  readonly disk = new Map<string, Uint8Array>();
  /** Whether lost files can be made again. */
  canRebuild = true;
  seals = 0;

  constructor(private readonly partBytes: number) {}

  async seal(batchId: BatchId, entries: AsyncIterable<PackageEntry>): Promise<SealedPackage> {
    this.seals += 1;
    const key = Uint8Array.of(this.seals);
    const archive = await archiveOf(key, entries);
    const parts = this.write(batchId, archive);
    return {
      compression: 'tar.gz',
      sizeBytes: archive.length,
      sha256: sha256Base64(archive),
      parts,
      sealedSessionKey: key,
      initializationVector: new Uint8Array(16),
    };
  }

  async files(
    batchId: BatchId,
    sealed: SealedPackage,
    entries: () => AsyncIterable<PackageEntry>,
  ): Promise<ReadonlyMap<number, string> | undefined> {
    const names = new Map(sealed.parts.map(({ ordinal }) => [ordinal, fileName(batchId, ordinal)]));
    const isThere = ({ ordinal, sha256 }: Part) => {
      const bytes = this.disk.get(fileName(batchId, ordinal));
      return bytes !== undefined && sha256Base64(bytes) === sha256;
    };
    if (sealed.parts.every(isThere)) return names;
    if (!this.canRebuild) return undefined;
    this.write(batchId, await archiveOf(sealed.sealedSessionKey, entries()));
    return sealed.parts.every(isThere) ? names : undefined;
  }

  discard(batchId: BatchId): Promise<void> {
    for (const name of this.disk.keys()) if (name.startsWith(`${batchId}/`)) this.disk.delete(name);
    return Promise.resolve();
  }

  private write(batchId: BatchId, archive: Uint8Array): readonly Part[] {
    const parts: Part[] = [];
    for (let at = 0; at < archive.length; at += this.partBytes) {
      const bytes = archive.slice(at, at + this.partBytes);
      const ordinal = (parts.length + 1) as PartOrdinal;
      this.disk.set(fileName(batchId, ordinal), bytes);
      parts.push({ ordinal, sizeBytes: bytes.length, sha256: sha256Base64(bytes) });
    }
    return parts;
  }
}

/** The documents in an archive, for KSeF's fake. */
export function readArchive(archive: Uint8Array): readonly Uint8Array[] {
  const [, ...lines] = new TextDecoder().decode(archive).split('\n');
  return lines.filter((line) => line !== '').map((line) => new Uint8Array(Buffer.from(line, 'base64')));
}

async function archiveOf(key: Uint8Array, entries: AsyncIterable<PackageEntry>): Promise<Uint8Array> {
  const lines = [`key ${Buffer.from(key).toString('hex')}`];
  for await (const { invoiceId, hash, bytes } of entries) {
    if (!sameHash(sha256(bytes), hash)) throw new PackageCorruptError(`bytes of ${invoiceId} do not have its hash`);
    lines.push(Buffer.from(bytes).toString('base64'));
  }
  return new TextEncoder().encode(`${lines.join('\n')}\n`);
}

const fileName = (batchId: BatchId, ordinal: PartOrdinal): string => `${batchId}/${String(ordinal)}`;
