import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PROJECT = join(import.meta.dirname, '..', '..');

interface SchemaSums {
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Reads the copied schema files and holds each against its pinned SHA-256: a changed schema changes what we accept
 * for KSeF, so it comes in by a commit or not at all.
 * @param directory where `scripts/copy-schemas.mjs` put them
 * @throws when a file is missing or not the pinned one
 */
export function readPinnedSchemas(directory = join(PROJECT, 'schemas')): ReadonlyMap<string, Buffer> {
  const { files } = JSON.parse(readFileSync(join(PROJECT, 'schema-sums.json'), 'utf8')) as SchemaSums;
  return new Map(Object.entries(files).map(([name, sum]) => [name, readPinned(directory, name, sum)]));
}

function readPinned(directory: string, name: string, sum: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(join(directory, name));
  } catch (cause) {
    throw new Error(`FA(3) schema ${name} is missing; run "nx schemas @latarnik/fa3"`, { cause });
  }
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== sum) throw new Error(`FA(3) schema ${name}: SHA-256 is ${actual}, schema-sums.json pins ${sum}`);
  return bytes;
}
