import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { loadExtensions } from './extensions.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'extensions-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

it('stops at a file that exports no module: a misspelt extension is not passed over', async () => {
  const file = join(directory, 'misspelt.mjs');
  await writeFile(file, 'export const latarnikModul = {};\n');

  await expect(loadExtensions([file])).rejects.toThrow(`extension ${file} does not export`);
});

it('stops at a file that is not there', async () => {
  await expect(loadExtensions([join(directory, 'nowhere.mjs')])).rejects.toThrow();
});
