import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { keyOfThisMachine } from './machine-key.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latarnik-machine-key-'));
  file = join(folder, 'keys', 'machine.key');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the key of this machine', () => {
  it('is made at the first use, for the owner only, and is the same from then on', async () => {
    const key = await keyOfThisMachine(file);

    expect(key).toHaveLength(32);
    expect(await keyOfThisMachine(file)).toEqual(key);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'keys'))).toEqual(['machine.key']);
  });

  it.each([
    ['there is none', 8, false],
    ['an empty file was left behind', 2, true],
  ])('is one for all who come one upon another, where %s', async (_what, processes, isEmpty) => {
    for (let round = 0; round < 20; round += 1) {
      const own = join(folder, `${String(round)}.key`);
      if (isEmpty) await writeFile(own, '');
      const keys = await Promise.all(
        Array.from({ length: processes }, async (_, place) => {
          // Each a few steps behind the one before it.
          for (let step = 0; step < place * ((round % 5) + 1); step += 1) await stat(folder);
          return keyOfThisMachine(own);
        }),
      );

      const onDisk = (await readFile(own)).toString('hex');
      expect(onDisk).toHaveLength(64);
      expect(new Set(keys.map((key) => key.toString('hex')))).toEqual(new Set([onDisk]));
    }
  });

  it.each([[31], [33]])('is not made over a file of %i bytes, which may be somebody else’s', async (bytes) => {
    file = join(folder, 'machine.key');
    await writeFile(file, Buffer.alloc(bytes, 7));

    await expect(keyOfThisMachine(file)).rejects.toThrow('must have 32 bytes');
    expect(await readFile(file)).toEqual(Buffer.alloc(bytes, 7));
  });
});
