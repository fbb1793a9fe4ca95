import { hash, randomBytes, randomUUID } from 'node:crypto';
import { open } from 'node:fs/promises';
import { invoiceHashFromBytes, type InvoiceId, type PackageEntry } from '@latarnik/domain';
import { invoiceSeries } from './pack-invoices.js';

/** As many as the product reads from its database at a time. */
const PAGE = 200;

export interface StoredInvoice {
  readonly id: string;
  readonly sizeBytes: number;
  /** Base64. */
  readonly sha256: string;
}

/** Where invoices lie in a file, one after another. */
export interface InvoiceFile {
  readonly path: string;
  readonly invoices: readonly StoredInvoice[];
}

/** Writes so many invoices of about 5 kB into a new file. */
export async function writeInvoices(path: string, count: number): Promise<InvoiceFile> {
  const next = invoiceSeries(20_261_120);
  const invoices: StoredInvoice[] = [];
  const file = await open(path, 'wx');
  try {
    for (let at = 0; at < count; at += PAGE) {
      const page = Array.from({ length: Math.min(PAGE, count - at) }, (_, index) => Buffer.from(next(at + index)));
      for (const bytes of page) {
        invoices.push({ id: randomUUID(), sizeBytes: bytes.length, sha256: hash('sha256', bytes, 'base64') });
      }
      await file.writeFile(Buffer.concat(page));
    }
  } finally {
    await file.close();
  }
  return { path, invoices };
}

/** All of them at once, as work that knows nothing of pages gets them. */
export async function allInvoices({ path, invoices }: InvoiceFile): Promise<readonly Buffer[]> {
  const file = await open(path, 'r');
  try {
    const whole = await file.readFile();
    let at = 0;
    return invoices.map(({ sizeBytes }) => whole.subarray(at, (at += sizeBytes)));
  } finally {
    await file.close();
  }
}

/** A page at a time, as from the database, with the hash that was stored with each. */
export async function* pagedEntries({ path, invoices }: InvoiceFile): AsyncGenerator<PackageEntry> {
  const file = await open(path, 'r');
  try {
    let position = 0;
    for (let first = 0; first < invoices.length; first += PAGE) {
      const page = invoices.slice(first, first + PAGE);
      const bytes = Buffer.allocUnsafe(page.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
      await file.read(bytes, 0, bytes.length, position);
      position += bytes.length;
      let at = 0;
      for (const { id, sizeBytes, sha256 } of page) {
        yield entry(id, Buffer.from(sha256, 'base64'), bytes.subarray(at, at + sizeBytes));
        at += sizeBytes;
      }
    }
  } finally {
    await file.close();
  }
}

function entry(id: string, sha256: Uint8Array, bytes: Uint8Array): PackageEntry {
  return { invoiceId: id as InvoiceId, hash: invoiceHashFromBytes(new Uint8Array(sha256)), bytes };
}

/** More than the window of the compressor, so that no slice finds itself again in it. */
const POOL_BYTES = 4 * 1024 * 1024;

/** Documents that no compressor makes smaller, of one size; each with its hash. They are never all in memory. */
export async function* incompressibleEntries(ids: readonly string[], sizeBytes: number): AsyncGenerator<PackageEntry> {
  const pool = randomBytes(POOL_BYTES + sizeBytes);
  for (const [at, id] of ids.entries()) {
    await Promise.resolve();
    const bytes = Buffer.from(pool.subarray((at * 1_048_583) % POOL_BYTES).subarray(0, sizeBytes));
    bytes.write(id);
    yield entry(id, hash('sha256', bytes, 'buffer'), bytes);
  }
}
