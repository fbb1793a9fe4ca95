import { pathToFileURL } from 'node:url';
import { ContainerModule } from 'inversify';

/**
 * Loads extension modules: each file exports `latarnikModule`, a ContainerModule that rebinds ports
 * (docs/extending.md). They are loaded last, so they win.
 *
 * @throws when a file has no such export: a misspelt extension must not be passed over
 */
export async function loadExtensions(files: readonly string[]): Promise<readonly ContainerModule[]> {
  return Promise.all(
    files.map(async (file) => {
      const loaded = (await import(pathToFileURL(file).href)) as { readonly latarnikModule?: unknown };
      if (loaded.latarnikModule instanceof ContainerModule) return loaded.latarnikModule;
      throw new Error(`extension ${file} does not export a ContainerModule named latarnikModule`);
    }),
  );
}
