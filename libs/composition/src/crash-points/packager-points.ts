import { readdirSync, watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import type { BatchPackager, PackageEntry } from '@latarnik/domain';
import type { CrashHook } from './crash-hook.js';

/** What is going on inside a packager is seen by what it reads, and by what appears in its folder. */
export function pointedPackager(inner: BatchPackager, hook: CrashHook, spoolDirectory: string): BatchPackager {
  const seal: BatchPackager['seal'] = async (batchId, entries, ...more) => {
    const folder = new WatchedFolder(join(spoolDirectory, batchId), hook);
    try {
      return await inner.seal(batchId, passing(entries, hook, folder), ...more);
    } finally {
      folder.close();
    }
  };
  return new Proxy(inner, {
    get: (target, name): unknown => {
      if (name === 'seal') return seal;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

/** With the first entry the packager's folder is there: it made it, perhaps in the place of an older one. */
async function* passing(
  entries: AsyncIterable<PackageEntry>,
  hook: CrashHook,
  folder: WatchedFolder,
): AsyncGenerator<PackageEntry> {
  for await (const entry of entries) {
    folder.open();
    yield entry;
    hook.pass('C.midPack');
  }
}

/** The first file is the archive, a further one a part in the making, one that ends in `.part` a finished part. */
class WatchedFolder {
  readonly #seen = new Set<string>();
  #watcher: FSWatcher | undefined;

  constructor(
    private readonly path: string,
    private readonly hook: CrashHook,
  ) {}

  open(): void {
    if (this.#watcher !== undefined) return;
    for (const file of readdirSync(this.path)) this.#seen.add(file);
    this.#watcher = watch(this.path, (_event, file) => {
      if (file === null) return;
      this.#seen.add(file);
      if (file.endsWith('.part')) this.hook.pass('C.afterRename');
      else if (this.#seen.size > 1) this.hook.pass('C.midEncrypt');
    });
  }

  close(): void {
    this.#watcher?.close();
  }
}
