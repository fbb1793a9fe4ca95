import { PORTS, type BatchPackager, type PackageEntry } from '@latarnik/domain';
import { perverted, plant } from './perverting.js';

async function* allButEveryThird(entries: AsyncIterable<PackageEntry>): AsyncGenerator<PackageEntry> {
  let at = 0;
  for await (const entry of entries) {
    at += 1;
    if (at % 3 !== 0) yield entry;
  }
}

/** Some invoices of a batch do not get into its package. */
export const latarnikModule = plant([
  [
    PORTS.batchPackager,
    (inner: BatchPackager) =>
      perverted(inner, {
        seal:
          (seal) =>
          (batchId, entries, ...more) =>
            seal(batchId, allButEveryThird(entries), ...more),
      }),
  ],
]);
