import { mkdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { SecretBoxError } from '@latarnik/domain';
import { ScratchFolder } from '../testing/commands.js';
import { everyText, shows } from '../testing/leaks.js';
import { readKeyRing, type KeyEncryptionKeySource } from './key-encryption-key-source.js';

const KEY_1 = Buffer.from('00ff10ef20df30cf40bf50af609f708f9f80af70bf60cf50df40ef30ff200a0d', 'hex');
const KEY_2 = Buffer.from(KEY_1.map((byte) => byte ^ 0x55));
const textSource = (text: string): KeyEncryptionKeySource => ({ kind: 'text', name: 'THE_KEY', reveal: () => text });

describe('readKeyRing', () => {
  it('takes one key from a file or a text as version 1', async () => {
    using folder = new ScratchFolder();
    const path = folder.write('kek', KEY_1.toString('base64'));
    const ring = { currentVersion: 1, byVersion: new Map([[1, Uint8Array.from(KEY_1)]]) };

    expect(await readKeyRing({ kind: 'file', path })).toEqual(ring);
    expect(await readKeyRing(textSource(` ${KEY_1.toString('base64')}\n`))).toEqual(ring);
    expect(await readKeyRing(textSource(KEY_1.toString('hex')))).toEqual(ring);
  });

  it('takes all keys of a directory, the highest number being current, and passes over what the system keeps there', async () => {
    using folder = new ScratchFolder();
    folder.write('9', KEY_1.toString('base64'));
    folder.write('10', KEY_2);
    folder.write('.hidden', 'anything');
    mkdirSync(`${folder.path}/..2026_11_20`);

    expect(await readKeyRing({ kind: 'directory', path: folder.path })).toEqual({
      currentVersion: 10,
      byVersion: new Map([
        [9, Uint8Array.from(KEY_1)],
        [10, Uint8Array.from(KEY_2)],
      ]),
    });
  });

  it.each(['kek', '01', '0', '1.bak', '4294967296', '-1'])('stops at a file named %s in a directory', async (name) => {
    using folder = new ScratchFolder();
    folder.write('1', KEY_1);
    folder.write(name, KEY_2);

    await expect(readKeyRing({ kind: 'directory', path: folder.path })).rejects.toThrow(
      `${folder.path}/${name} is not`,
    );
  });

  it('names a directory that is empty or not there, and a file in it that holds no key', async () => {
    using folder = new ScratchFolder();
    const read = (path: string) => readKeyRing({ kind: 'directory', path });
    await expect(read(`${folder.path}/none`)).rejects.toThrow(`${folder.path}/none cannot be read`);
    await expect(read(folder.path)).rejects.toThrow(`no key-encryption key in ${folder.path}`);
    folder.write('1', KEY_1);
    folder.write('2', KEY_2.subarray(1));
    const failure: unknown = await read(folder.path).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(SecretBoxError);
    expect(everyText(failure)).toContain(`${folder.path}/2 does not hold`);
    for (const key of [KEY_1, KEY_2]) expect(shows(everyText(failure), key)).toBe(false);
  });

  it('does not show a text, neither when it is wrong nor when the source is printed', async () => {
    const wrong = `${KEY_1.toString('hex')}00`;
    const failure: unknown = await readKeyRing(textSource(wrong)).catch((error: unknown) => error);

    expect(everyText(failure)).toContain('THE_KEY does not hold');
    expect(shows(everyText([failure, textSource(wrong)]), KEY_1)).toBe(false);
  });
});
