import { createCipheriv, createHash, hash, randomBytes, randomUUID } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { BatchId, BatchPackager, PackageEntry } from '@latarnik/domain';
import { packagerIn } from './pack-packager.js';
import { allInvoices, incompressibleEntries, type InvoiceFile, pagedEntries } from './pack-source.js';

/** The same level as the product's, so that the limit is of the same work (ADR 0017). */
const GZIP_LEVEL = 6;
const TAR_BLOCK_BYTES = 512;

/** What came of packing once. */
export interface Packed {
  /** Encrypted, all parts. */
  readonly wireBytes: number;
  readonly parts: number;
}

/** A kind of work, made ready; each call packs the same invoices once. */
export type Work = () => Promise<Packed>;

export const WORKS = {
  /** The product: packed, read back and compared, hashed, split, encrypted; on disk. */
  product: (folder, invoices) => Promise.resolve(productWork(packagerIn(folder, 'tar.gz'), invoices)),
  'product-zip': (folder, invoices) => Promise.resolve(productWork(packagerIn(folder, 'zip'), invoices)),
  /** gzip, gunzip, SHA-256 and AES-256-CBC in one call each, from memory to memory. */
  bare: (_folder, invoices) => bareWork(invoices),
  /** The package `ksef-client-ts`, which reads nothing back. */
  peer: async (_folder, invoices) => (await import('./pack-peer.js')).peerWork(invoices),
} as const satisfies Record<string, (folder: string, invoices: InvoiceFile) => Promise<Work>>;

export type WorkName = keyof typeof WORKS;

const productWork =
  (packager: BatchPackager, invoices: InvoiceFile): Work =>
  () =>
    pack(packager, pagedEntries(invoices));

/** Packs documents that cannot be compressed. */
export function largeWork(folder: string, invoices: number, invoiceBytes: number): Work {
  const packager = packagerIn(folder, 'tar.gz');
  const ids = Array.from({ length: invoices }, () => randomUUID());
  return () => pack(packager, incompressibleEntries(ids, invoiceBytes));
}

async function pack(packager: BatchPackager, entries: AsyncIterable<PackageEntry>): Promise<Packed> {
  const batchId = randomUUID() as string as BatchId;
  const { parts } = await packager.seal(batchId, entries);
  await packager.discard(batchId);
  return { wireBytes: parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), parts: parts.length };
}

async function bareWork(invoices: InvoiceFile): Promise<Work> {
  const documents = await allInvoices(invoices);
  const tar = Buffer.concat(documents.flatMap((bytes) => inBlocks(bytes)));
  return () => {
    for (const bytes of documents) hash('sha256', bytes);
    const archive = gzipSync(tar, { level: GZIP_LEVEL });
    if (gunzipSync(archive).length !== tar.length) throw new Error('gunzip gave something else');
    createHash('sha256').update(archive).digest();
    const cipher = createCipheriv('aes-256-cbc', randomBytes(32), randomBytes(16));
    const part = Buffer.concat([cipher.update(archive), cipher.final()]);
    createHash('sha256').update(part).digest();
    return Promise.resolve({ wireBytes: part.length, parts: 1 });
  };
}

/** As a tar has it: a block with the name, then the content filled up to whole blocks. */
function inBlocks(bytes: Buffer): readonly Buffer[] {
  const header = Buffer.alloc(TAR_BLOCK_BYTES);
  header.write(`${randomUUID()}.xml`);
  return [header, bytes, Buffer.alloc((TAR_BLOCK_BYTES - (bytes.length % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES)];
}
