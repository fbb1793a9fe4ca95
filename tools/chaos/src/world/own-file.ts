import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** A compiled file of this tool, for a process of its own; the same from sources and from the build. */
export function ownFile(name: string): string {
  return join(dirname(createRequire(import.meta.url).resolve('@latarnik/chaos/package.json')), 'dist', name);
}
