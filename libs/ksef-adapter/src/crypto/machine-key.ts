import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { errorCode } from '../error-code.js';
import { syncFolder } from '../package/disk.js';
import { besideName, writeBeside } from './owner-only-files.js';
import { SEALING_KEY_BYTES } from './sealed-text.js';

/** Others that make or mend the file at the same time are few, and each attempt lets one of them be done. */
const MOST_ATTEMPTS = 10;

/**
 * The key in a file of this machine, made by whoever comes first: processes that start together, such as API and worker,
 * get the same one. A file without a byte is what a machine that lost power left behind, and counts as none.
 * @throws when the file holds something else than a key, or cannot be read or made
 */
export async function keyOfThisMachine(file: string): Promise<Buffer> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const key = await keyIn(file);
    if (key !== undefined) return key;
    await make(file);
  }
  throw new Error('the file with the key of this machine could not be made');
}

/** `undefined` when there is none, or none was written. */
async function keyIn(file: string): Promise<Buffer | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  if (bytes.length === SEALING_KEY_BYTES) return bytes;
  if (bytes.length > 0) throw new Error(`the key of this machine must have ${String(SEALING_KEY_BYTES)} bytes`);
  await putAway(file);
  return undefined;
}

/** A link, unlike a rename, never takes the place of another's key: there is none, or a whole one. */
async function make(file: string): Promise<void> {
  const unfinished = await writeBeside(file, randomBytes(SEALING_KEY_BYTES));
  try {
    await linkUnlessThere(unfinished, file);
    await syncFolder(dirname(file));
  } finally {
    await rm(unfinished, { force: true });
  }
}

/**
 * Takes an empty file away; what turns out to be another's key, written in the meantime, is put back. When a third process
 * makes one just then, the other's is lost, and with it what was sealed by it: one login is made once more.
 */
async function putAway(file: string): Promise<void> {
  const aside = besideName(file);
  try {
    await rename(file, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  if ((await stat(aside)).size > 0) await linkUnlessThere(aside, file);
  await rm(aside, { force: true });
}

async function linkUnlessThere(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}
