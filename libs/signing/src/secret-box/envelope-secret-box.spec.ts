import { createDecipheriv } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { SecretBoxError } from '@latarnik/domain';
import { EnvelopeSecretBox } from './envelope-secret-box.js';

const KEY_1 = Buffer.alloc(32, 0x11);
const KEY_2 = Buffer.alloc(32, 0x22);
const SECRET = new TextEncoder().encode('a private key');
const LABEL = 'tenant|certificate|offline|1';

const boxWith = (currentVersion: number, ...keys: readonly (readonly [number, Buffer])[]): EnvelopeSecretBox =>
  new EnvelopeSecretBox({ currentVersion, byVersion: new Map(keys) });

describe('EnvelopeSecretBox', () => {
  it('opens what it sealed, and seals the same secret differently each time', async () => {
    const box = boxWith(1, [1, KEY_1]);
    const sealed = await box.seal(SECRET, LABEL);

    expect(await box.open(sealed, LABEL)).toEqual(SECRET);
    expect(await box.seal(SECRET, LABEL)).not.toEqual(sealed);
  });

  it('seals nothing at all, and a megabyte', async () => {
    const box = boxWith(1, [1, KEY_1]);
    for (const secret of [new Uint8Array(0), new Uint8Array(1024 * 1024).fill(7)]) {
      expect(await box.open(await box.seal(secret, LABEL), LABEL)).toEqual(secret);
    }
  });

  it('writes the documented format, which can be opened from its description alone', async () => {
    const sealed = Buffer.from(await boxWith(258, [258, KEY_1]).seal(SECRET, LABEL));
    const open = (key: Uint8Array, at: number, length: number, role: string): Buffer => {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(at, at + 12));
      decipher.setAAD(
        Buffer.concat([Buffer.from(`latarnik/secret-box/${role}\0`), sealed.subarray(0, 5), Buffer.from(LABEL)]),
      );
      decipher.setAuthTag(sealed.subarray(at + 12 + length, at + 12 + length + 16));
      return Buffer.concat([decipher.update(sealed.subarray(at + 12, at + 12 + length)), decipher.final()]);
    };

    expect(sealed.subarray(0, 5).toString('hex')).toBe('0100000102');
    expect(sealed.length).toBe(93 + SECRET.length);
    const dataKey = open(KEY_1, 5, 32, 'key');
    expect(open(dataKey, 65, SECRET.length, 'secret').toString()).toBe('a private key');
  });

  it('refuses another label: a box moved to another tenant, certificate or purpose stays shut', async () => {
    const box = boxWith(1, [1, KEY_1]);
    const sealed = await box.seal(SECRET, LABEL);

    await expect(box.open(sealed, 'other|certificate|offline|1')).rejects.toThrow(SecretBoxError);
    await expect(box.open(sealed, 'tenant|certificate|authentication|1')).rejects.toThrow(SecretBoxError);
    await expect(box.open(sealed, '')).rejects.toThrow(SecretBoxError);
  });

  it('refuses a box in which any one byte was changed, or which was cut', async () => {
    const box = boxWith(1, [1, KEY_1]);
    const sealed = await box.seal(SECRET, LABEL);

    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Uint8Array.from(sealed, (byte, index) => (index === at ? byte ^ 1 : byte));
      await expect(box.open(changed, LABEL)).rejects.toThrow(SecretBoxError);
      await expect(box.open(sealed.subarray(0, at), LABEL)).rejects.toThrow(SecretBoxError);
    }
  });

  it('opens boxes of an older version after rotation, and none once that version is dropped', async () => {
    const old = await boxWith(1, [1, KEY_1]).seal(SECRET, LABEL);
    const rotated = boxWith(2, [1, KEY_1], [2, KEY_2]);
    const fresh = await rotated.seal(await rotated.open(old, LABEL), LABEL);
    const dropped = boxWith(2, [2, KEY_2]);

    expect(await dropped.open(fresh, LABEL)).toEqual(SECRET);
    await expect(dropped.open(old, LABEL)).rejects.toThrow(/key-encryption key 1 is missing/);
  });

  it('refuses a wrong key under the right version', async () => {
    const sealed = await boxWith(1, [1, KEY_1]).seal(SECRET, LABEL);

    await expect(boxWith(1, [1, KEY_2]).open(sealed, LABEL)).rejects.toThrow(SecretBoxError);
  });

  it('fails with SecretBoxError when no key-encryption key is configured', async () => {
    const none = new EnvelopeSecretBox(undefined);
    const sealed = await boxWith(1, [1, KEY_1]).seal(SECRET, LABEL);

    await expect(none.seal(SECRET, LABEL)).rejects.toThrow(SecretBoxError);
    await expect(none.open(sealed, LABEL)).rejects.toThrow(SecretBoxError);
  });

  it('refuses key-encryption keys of another length, versions out of range, and a current version it lacks', () => {
    expect(() => boxWith(1, [1, Buffer.alloc(16)])).toThrow(SecretBoxError);
    expect(() => boxWith(1, [1, Buffer.alloc(33)])).toThrow(SecretBoxError);
    expect(() => boxWith(0, [0, KEY_1])).toThrow(SecretBoxError);
    expect(() => boxWith(2 ** 32, [2 ** 32, KEY_1])).toThrow(SecretBoxError);
    expect(() => boxWith(2, [1, KEY_1])).toThrow(SecretBoxError);
  });

  it('keeps its own copy of the key: the caller may overwrite the bytes', async () => {
    const bytes = Buffer.from(KEY_1);
    const box = boxWith(1, [1, bytes]);
    bytes.fill(0);

    expect(await boxWith(1, [1, KEY_1]).open(await box.seal(SECRET, LABEL), LABEL)).toEqual(SECRET);
  });
});
