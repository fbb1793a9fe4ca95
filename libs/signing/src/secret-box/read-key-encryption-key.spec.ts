import { describe, expect, it } from '@jest/globals';
import { SecretBoxError } from '@latarnik/domain';
import { ScratchFolder } from '../testing/commands.js';
import { everyText, shows } from '../testing/leaks.js';
import { readKeyEncryptionKey } from './read-key-encryption-key.js';

const KEY = Buffer.from('00ff10ef20df30cf40bf50af609f708f9f80af70bf60cf50df40ef30ff200a0d', 'hex');

describe('readKeyEncryptionKey', () => {
  it.each([
    ['raw bytes', KEY],
    ['Base64', KEY.toString('base64')],
    ['Base64 with a line end', `${KEY.toString('base64')}\r\n`],
    ['hexadecimal', KEY.toString('hex')],
    ['upper-case hexadecimal among white space', `\n  ${KEY.toString('hex').toUpperCase()} \n`],
  ])('reads %s', async (_form, content) => {
    using folder = new ScratchFolder();

    expect(await readKeyEncryptionKey(folder.write('kek', content))).toEqual(Uint8Array.from(KEY));
  });

  it.each([
    ['an empty file', ''],
    ['31 bytes', KEY.subarray(1)],
    ['33 bytes', Buffer.concat([KEY, Buffer.from([0])])],
    ['a password of 32 characters', 'correct-horse-battery-staple-2026'.slice(0, 32)],
    ['half a hexadecimal key, which has 32 characters', KEY.toString('hex').slice(0, 32)],
    ['two keys', `${KEY.toString('hex')}\n${KEY.toString('hex')}`],
    ['hexadecimal with a letter that is none', `${KEY.toString('hex').slice(0, 63)}g`],
    ['a long file', 'A'.repeat(10_000)],
  ])('refuses %s, and does not show it', async (_form, content) => {
    using folder = new ScratchFolder();
    const failure: unknown = await readKeyEncryptionKey(folder.write('kek', content)).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(SecretBoxError);
    expect(shows(everyText(failure), KEY)).toBe(false);
    expect(everyText(failure)).toContain(folder.path);
  });

  it('names a file that is not there', async () => {
    using folder = new ScratchFolder();

    await expect(readKeyEncryptionKey(`${folder.path}/none`)).rejects.toThrow(`${folder.path}/none cannot be read`);
  });
});
