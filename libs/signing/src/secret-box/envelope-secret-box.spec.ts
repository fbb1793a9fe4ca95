import { createDecipheriv } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { SecretBoxError, type KeyEncryptionKeys } from '@latarnik/domain';
import { boxWith, keysOf } from '../testing/key-rings.js';
import { EnvelopeSecretBox } from './envelope-secret-box.js';
import { LocalKeyEncryptionKeys } from './local-key-encryption-keys.js';

const KEY_1 = Buffer.alloc(32, 0x11);
const KEY_2 = Buffer.alloc(32, 0x22);
const SECRET = new TextEncoder().encode('a private key');
const LABEL = 'tenant|certificate|offline|1';

/** Made by an earlier release, which wrote format 1: key 258 is KEY_1. */
const FORMAT_1 = Buffer.from(
  '01000001029695d319d66028ba5032187ef53102181203287f56d6fb31cfecd8a4b4223bc9c06256399d5467100fbaa0505c12fdef855eb4b5' +
    '20e1b57bcae57a3bb811fbed707a9ceaf85d89a76a597f15d1734f75eb46bc19dc9e8de00672eeae7f0b98da853fdecd0c',
  'hex',
);

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
    const open = (key: Uint8Array, at: number, length: number, associated: string): Buffer => {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(at, at + 12));
      decipher.setAAD(Buffer.from(associated, 'latin1'));
      decipher.setAuthTag(sealed.subarray(at + 12 + length, at + 12 + length + 16));
      return Buffer.concat([decipher.update(sealed.subarray(at + 12, at + 12 + length)), decipher.final()]);
    };

    expect(sealed.subarray(0, 7).toString('hex')).toBe('0200000102003c');
    expect(sealed.length).toBe(95 + SECRET.length);
    const dataKey = open(KEY_1, 7, 32, `latarnik/secret-box/key\0\x01\0\0\x01\x02${LABEL}`);
    const secret = open(dataKey, 67, SECRET.length, `latarnik/secret-box/secret\0\x02${LABEL}`);
    expect(secret.toString()).toBe('a private key');
  });

  it('opens the boxes of earlier releases, under their label only', async () => {
    const box = boxWith(258, [258, KEY_1]);

    expect(await box.open(FORMAT_1, LABEL)).toEqual(SECRET);
    await expect(box.open(FORMAT_1, 'tenant|certificate|offline|2')).rejects.toThrow(SecretBoxError);
    for (const at of [0, 1, 4, 5, 64, 65, FORMAT_1.length - 1]) {
      const changed = Uint8Array.from(FORMAT_1, (byte, index) => (index === at ? byte ^ 1 : byte));
      await expect(box.open(changed, LABEL)).rejects.toThrow(SecretBoxError);
    }
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
    const none = new EnvelopeSecretBox(
      new LocalKeyEncryptionKeys(() => Promise.reject(new SecretBoxError('none is configured'))),
    );
    const sealed = await boxWith(1, [1, KEY_1]).seal(SECRET, LABEL);

    await expect(none.seal(SECRET, LABEL)).rejects.toThrow(SecretBoxError);
    await expect(none.open(sealed, LABEL)).rejects.toThrow(SecretBoxError);
  });
});

describe('a box that moves to another key-encryption key', () => {
  it('keeps its secret as it was sealed, and opens with the new key alone', async () => {
    const old = await boxWith(1, [1, KEY_1]).seal(SECRET, LABEL);
    const moved = await boxWith(2, [1, KEY_1], [2, KEY_2]).rewrap(old, LABEL);
    if (moved === undefined) throw new Error('not moved');

    expect(Buffer.from(moved).subarray(0, 7).toString('hex')).toBe('0200000002003c');
    expect(moved.subarray(67)).toEqual(old.subarray(67));
    expect(moved.subarray(7, 67)).not.toEqual(old.subarray(7, 67));
    expect(await boxWith(2, [2, KEY_2]).open(moved, LABEL)).toEqual(SECRET);
    await expect(boxWith(1, [1, KEY_1]).open(moved, LABEL)).rejects.toThrow('key-encryption key 2 is missing');
  });

  it('is written in the present format when it comes from an earlier release', async () => {
    const moved = await boxWith(259, [258, KEY_1], [259, KEY_2]).rewrap(FORMAT_1, LABEL);
    if (moved === undefined) throw new Error('not moved');

    expect(Buffer.from(moved).subarray(0, 7).toString('hex')).toBe('0200000103003c');
    expect(await boxWith(259, [259, KEY_2]).open(moved, LABEL)).toEqual(SECRET);
  });

  it('is left alone when it is under the current key, whatever its format', async () => {
    const box = boxWith(258, [258, KEY_1]);

    expect(await box.rewrap(await box.seal(SECRET, LABEL), LABEL)).toBeUndefined();
    expect(await box.rewrap(FORMAT_1, LABEL)).toBeUndefined();
  });

  it('is opened when it is under the current key: a wrong key, another label or a change is not taken for current', async () => {
    const sealed = await boxWith(1, [1, KEY_1]).seal(SECRET, LABEL);
    const changed = Uint8Array.from(sealed, (byte, at) => (at === sealed.length - 1 ? byte ^ 1 : byte));

    await expect(boxWith(1, [1, KEY_2]).rewrap(sealed, LABEL)).rejects.toThrow('the box does not open');
    await expect(boxWith(258, [258, KEY_2]).rewrap(FORMAT_1, LABEL)).rejects.toThrow('the box does not open');
    await expect(boxWith(1, [1, KEY_1]).rewrap(sealed, 'other')).rejects.toThrow('the box does not open');
    await expect(boxWith(1, [1, KEY_1]).rewrap(changed, LABEL)).rejects.toThrow('the box does not open');
  });

  it('does not move to a key that opens nothing of what is stored under its version', async () => {
    const stored = [{ box: await boxWith(259, [259, KEY_1]).seal(SECRET, LABEL), label: LABEL }];
    const keys = keysOf(259, [1, KEY_1], [258, KEY_1], [259, KEY_2]);
    const rotating = new EnvelopeSecretBox(keys, () => Promise.resolve(stored));

    for (const old of [await boxWith(1, [1, KEY_1]).seal(SECRET, LABEL), FORMAT_1]) {
      await expect(rotating.rewrap(old, LABEL)).rejects.toThrow('key-encryption key 259 is not the one');
    }
  });

  it('does not move under another label, when it was changed, or when its key is gone', async () => {
    const old = await boxWith(1, [1, KEY_1]).seal(SECRET, LABEL);
    const rotating = boxWith(2, [1, KEY_1], [2, KEY_2]);
    const changed = Uint8Array.from(old, (byte, at) => (at === old.length - 1 ? byte ^ 1 : byte));

    await expect(rotating.rewrap(old, 'other|certificate|offline|1')).rejects.toThrow(SecretBoxError);
    await expect(rotating.rewrap(changed, LABEL)).rejects.toThrow(SecretBoxError);
    await expect(boxWith(2, [2, KEY_2]).rewrap(old, LABEL)).rejects.toThrow('key-encryption key 1 is missing');
  });

  it('works with keys kept elsewhere, whose wrapped form has another length', async () => {
    const elsewhere = (version: number): KeyEncryptionKeys => ({
      currentVersion: () => Promise.resolve(version),
      wrap: (dataKey, label) =>
        Promise.resolve({ version, wrapped: Buffer.concat([Buffer.alloc(200, version), dataKey, Buffer.from(label)]) }),
      unwrap: (_version, wrapped) => Promise.resolve(Uint8Array.from(wrapped.subarray(200, 232))),
    });
    const box = new EnvelopeSecretBox(elsewhere(1));
    const sealed = await box.seal(SECRET, LABEL);
    const moved = await new EnvelopeSecretBox(elsewhere(2)).rewrap(sealed, LABEL);

    expect(await box.open(sealed, LABEL)).toEqual(SECRET);
    expect(await box.open(moved ?? sealed, LABEL)).toEqual(SECRET);
    expect(moved?.[4]).toBe(2);
  });
});

describe('a wrong key under the right version', () => {
  const stored = async (...keys: readonly Buffer[]) =>
    Promise.all(keys.map(async (key) => ({ box: await boxWith(1, [1, key]).seal(SECRET, LABEL), label: LABEL })));

  it('seals nothing where it opens none of what is stored', async () => {
    const boxes = await stored(KEY_1, KEY_1);
    const wrong = new EnvelopeSecretBox(keysOf(1, [1, KEY_2]), () => Promise.resolve(boxes));
    const right = new EnvelopeSecretBox(keysOf(1, [1, KEY_1]), () => Promise.resolve(boxes));

    await expect(wrong.seal(SECRET, LABEL)).rejects.toThrow('is not the one that stored keys were sealed under');
    expect(await right.open(await right.seal(SECRET, LABEL), LABEL)).toEqual(SECRET);
  });

  it('is not seen in one box that was changed, nor in boxes of another version', async () => {
    const [changed, other] = [await stored(KEY_2), await boxWith(2, [2, KEY_2]).seal(SECRET, LABEL)];
    const boxes = [...changed, { box: other, label: LABEL }, ...(await stored(KEY_1))];
    const box = new EnvelopeSecretBox(keysOf(1, [1, KEY_1]), () => Promise.resolve(boxes));
    const first = new EnvelopeSecretBox(keysOf(3, [3, KEY_1]), () => Promise.resolve(boxes));

    expect(await box.open(await box.seal(SECRET, LABEL), LABEL)).toEqual(SECRET);
    expect((await first.seal(SECRET, LABEL))[4]).toBe(3);
  });

  it('is looked for among the boxes of the version that seals', async () => {
    const asked: number[] = [];
    const box = new EnvelopeSecretBox(keysOf(2, [1, KEY_1], [2, KEY_2]), (version) => {
      asked.push(version);
      return Promise.resolve([]);
    });
    await box.seal(SECRET, LABEL);

    expect(asked).toEqual([2]);
  });

  it('does not seal when it is found while another is proven', async () => {
    const under = async (version: number, key: Buffer) => ({
      ...{ box: await boxWith(version, [version, key]).seal(SECRET, LABEL), label: LABEL },
    });
    const boxes = [await under(1, KEY_1), await under(2, KEY_1)];
    const [one, both] = [keysOf(1, [1, KEY_1]), keysOf(2, [1, KEY_1], [2, KEY_2])];
    let now = one;
    const keys: KeyEncryptionKeys = {
      currentVersion: () => now.currentVersion(),
      wrap: (...call) => now.wrap(...call),
      unwrap: (...call) => {
        now = both;
        return now.unwrap(...call);
      },
    };
    const box = new EnvelopeSecretBox(keys, () => Promise.resolve(boxes));

    await expect(box.seal(SECRET, LABEL)).rejects.toThrow('key-encryption key 2 is not the one');
  });

  it('is looked for until one box opened, and no longer', async () => {
    let looks = 0;
    const boxes = await stored(KEY_1);
    const box = new EnvelopeSecretBox(keysOf(1, [1, KEY_1]), () => {
      looks += 1;
      return Promise.resolve(looks === 1 ? [] : boxes);
    });
    for (let seal = 0; seal < 4; seal += 1) await box.seal(SECRET, LABEL);

    expect(looks).toBe(2);
  });
});
