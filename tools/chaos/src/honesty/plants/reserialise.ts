import { createHash } from 'node:crypto';
import { PORTS, type BatchPackager, type InvoiceHash, type PackageEntry } from '@latarnik/domain';
import { perverted, plant } from './perverting.js';

async function* printedAgain(entries: AsyncIterable<PackageEntry>): AsyncGenerator<PackageEntry> {
  for await (const entry of entries) {
    const text = new TextDecoder().decode(entry.bytes).replaceAll('\n  ', '\n');
    const bytes = new TextEncoder().encode(text);
    yield { ...entry, bytes, hash: new Uint8Array(createHash('sha256').update(bytes).digest()) as InvoiceHash };
  }
}

/** The XML is printed anew on its way into the package. */
export const latarnikModule = plant([
  [
    PORTS.batchPackager,
    (inner: BatchPackager) =>
      perverted(inner, {
        seal:
          (seal) =>
          (batchId, entries, ...more) =>
            seal(batchId, printedAgain(entries), ...more),
      }),
  ],
]);
