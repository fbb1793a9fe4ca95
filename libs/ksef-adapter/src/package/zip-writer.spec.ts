import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openPromise } from 'yauzl';

import { itWith } from '../testing/commands.js';
import { inOrder } from '../testing/fakes.js';
import { temporaryFolder, type TemporaryFolder } from '../testing/temporary-folder.js';
import { writeZip } from './zip-writer.js';

const run = promisify(execFile);
const FOUR_GIB = 2 ** 32;
const ENTRIES = [
  { name: 'a.xml', bytes: Buffer.from('<Faktura>ąę</Faktura>') },
  { name: 'b.xml', bytes: Buffer.alloc(0) },
  { name: 'c.xml', bytes: Buffer.alloc(200_000, 'abcdefg') },
];

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

/** The archive behind a hole of so many bytes, which takes no room on the disk. */
async function behind(offset: number): Promise<string> {
  const path = join(folder.path, 'archive.zip');
  const file = await open(path, 'wx');
  let at = offset;
  for await (const bytes of writeZip(inOrder(ENTRIES), offset)) {
    await file.write(bytes, 0, bytes.length, at);
    at += bytes.length;
  }
  await file.close();
  return path;
}

describe.each([
  ['at the beginning of its file', 0],
  ['across 4 GiB, the first entry before it', FOUR_GIB - 60],
  ['behind 4 GiB', FOUR_GIB],
])('a ZIP %s', (_name, offset) => {
  it('is read entry by entry', async () => {
    const reader = await openPromise(await behind(offset), { autoClose: false });
    const read: [string, string, number][] = [];
    for await (const entry of reader.eachEntry()) {
      const bytes = await buffer(await reader.openReadStreamPromise(entry));
      read.push([entry.fileName, bytes.toString('hex'), entry.relativeOffsetOfLocalHeader >= FOUR_GIB ? 1 : 0]);
    }
    reader.close();
    expect(read.map(([name]) => name)).toEqual(['a.xml', 'b.xml', 'c.xml']);
    expect(read.map(([, hex]) => hex)).toEqual(ENTRIES.map(({ bytes }) => bytes.toString('hex')));
    expect(read[0]?.[2]).toBe(offset === FOUR_GIB ? 1 : 0);
    expect(read[2]?.[2]).toBe(offset === 0 ? 0 : 1);
  });

  itWith('unzip')('is found sound by the unzip command', async () => {
    const { stdout } = await run('unzip', ['-t', await behind(offset)]);
    expect(stdout).toContain('No errors detected');
  });
});
