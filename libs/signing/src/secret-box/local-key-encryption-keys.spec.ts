import { describe, expect, it } from '@jest/globals';
import { SecretBoxError } from '@latarnik/domain';
import { keysOf, ringOf } from '../testing/key-rings.js';
import { everyText, shows } from '../testing/leaks.js';
import { LocalKeyEncryptionKeys, type KeyRing } from './local-key-encryption-keys.js';

const KEY_1 = Buffer.from('00ff10ef20df30cf40bf50af609f708f9f80af70bf60cf50df40ef30ff200a0d', 'hex');
const KEY_2 = Buffer.alloc(32, 0x22);
const DATA_KEY = Buffer.alloc(32, 0x77);

/** Keys read from a place that a test changes, by a clock that it moves. */
class Place {
  reads = 0;
  nowMs = 0;
  readonly keys: LocalKeyEncryptionKeys;
  constructor(public content: KeyRing | string) {
    this.keys = new LocalKeyEncryptionKeys(() => this.#read(), { readAgainAfterMs: 1000, nowMs: () => this.nowMs });
  }

  #read(): Promise<KeyRing> {
    this.reads += 1;
    return typeof this.content === 'string'
      ? Promise.reject(new SecretBoxError(this.content))
      : Promise.resolve(this.content);
  }
}

describe('key-encryption keys in this process', () => {
  it('unwrap what they wrapped, under its version and label only', async () => {
    const keys = keysOf(2, [1, KEY_1], [2, KEY_2]);
    const { version, wrapped } = await keys.wrap(DATA_KEY, 'label');

    expect(version).toBe(2);
    expect(Buffer.from(await keys.unwrap(2, wrapped, 'label'))).toEqual(DATA_KEY);
    await expect(keys.unwrap(2, wrapped, 'other')).rejects.toThrow(SecretBoxError);
    await expect(keys.unwrap(1, wrapped, 'label')).rejects.toThrow(SecretBoxError);
    await expect(keysOf(2, [2, KEY_1]).unwrap(2, wrapped, 'label')).rejects.toThrow(SecretBoxError);
    await expect(keys.unwrap(2, wrapped.subarray(0, 20), 'label')).rejects.toThrow(SecretBoxError);
  });

  it.each([
    ['16 bytes', ringOf(1, [1, Buffer.alloc(16)])],
    ['33 bytes', ringOf(1, [1, Buffer.alloc(33)])],
    ['version 0', ringOf(0, [0, KEY_1])],
    ['version 2^32', ringOf(2 ** 32, [2 ** 32, KEY_1])],
    ['a current version that is not there', ringOf(2, [1, KEY_1])],
    ['one good key and a bad one', ringOf(2, [1, Buffer.alloc(3)], [2, KEY_2])],
  ])('are refused as a whole with %s', async (_what, ring) => {
    const keys = new LocalKeyEncryptionKeys(() => Promise.resolve(ring));

    await expect(keys.currentVersion()).rejects.toThrow(SecretBoxError);
    await expect(keys.wrap(DATA_KEY, 'label')).rejects.toThrow(SecretBoxError);
  });

  it('are overwritten where they were read, and show in nothing', async () => {
    const ring = ringOf(1, [1, KEY_1]);
    const keys = new LocalKeyEncryptionKeys(() => Promise.resolve(ring));
    await keys.wrap(DATA_KEY, 'label');

    expect([...(ring.byVersion.get(1) ?? [])]).toEqual(Array(32).fill(0));
    expect(shows(everyText(keys), KEY_1)).toBe(false);
  });

  it('are read once, however many ask', async () => {
    const place = new Place(ringOf(1, [1, KEY_1]));
    await Promise.all(Array.from({ length: 5 }, () => place.keys.wrap(DATA_KEY, 'label')));

    expect(place.reads).toBe(1);
  });

  it('are looked for again when a version is asked for that is not there, and not all the time', async () => {
    const place = new Place(ringOf(1, [1, KEY_1]));
    await place.keys.currentVersion();
    const { wrapped } = await keysOf(2, [2, KEY_2]).wrap(DATA_KEY, 'label');
    await expect(place.keys.unwrap(2, wrapped, 'label')).rejects.toThrow('key-encryption key 2 is missing');
    expect(place.reads).toBe(2);
    place.content = ringOf(2, [1, KEY_1], [2, KEY_2]);
    place.nowMs = 999;
    await expect(place.keys.unwrap(2, wrapped, 'label')).rejects.toThrow('key-encryption key 2 is missing');
    place.nowMs = 1000;

    expect(Buffer.from(await place.keys.unwrap(2, wrapped, 'label'))).toEqual(DATA_KEY);
    expect(place.reads).toBe(3);
    expect(await place.keys.currentVersion()).toBe(2);
  });

  it('come back when their place does, and say until then what is wrong with it', async () => {
    const place = new Place('the key-encryption key file /kek cannot be read');
    await expect(place.keys.wrap(DATA_KEY, 'label')).rejects.toThrow('/kek cannot be read');
    place.content = ringOf(1, [1, KEY_1]);
    await expect(place.keys.wrap(DATA_KEY, 'label')).rejects.toThrow('/kek cannot be read');
    place.nowMs = 1000;

    expect((await place.keys.wrap(DATA_KEY, 'label')).version).toBe(1);
  });

  it('are corrected without a restart when a wrong one was put right, and looked for not all the time', async () => {
    const place = new Place(ringOf(1, [1, KEY_2]));
    const { wrapped } = await keysOf(1, [1, KEY_1]).wrap(DATA_KEY, 'label');
    await expect(place.keys.unwrap(1, wrapped, 'label')).rejects.toThrow('the box does not open');
    expect(place.reads).toBe(2);
    place.content = ringOf(1, [1, KEY_1]);
    place.nowMs = 999;
    await expect(place.keys.unwrap(1, wrapped, 'label')).rejects.toThrow('the box does not open');
    expect(place.reads).toBe(2);
    place.nowMs = 1000;

    expect(Buffer.from(await place.keys.unwrap(1, wrapped, 'label'))).toEqual(DATA_KEY);
    const again = await place.keys.wrap(DATA_KEY, 'label');
    expect(Buffer.from(await keysOf(1, [1, KEY_1]).unwrap(1, again.wrapped, 'label'))).toEqual(DATA_KEY);
    expect(place.reads).toBe(3);
  });

  it('do not give way to another key that does not unwrap either', async () => {
    const place = new Place(ringOf(1, [1, KEY_1]));
    const { wrapped } = await place.keys.wrap(DATA_KEY, 'label');
    place.content = ringOf(1, [1, KEY_2]);
    const changed = Uint8Array.from(wrapped, (byte, at) => (at === 20 ? byte ^ 1 : byte));
    await expect(place.keys.unwrap(1, changed, 'label')).rejects.toThrow('the box does not open');

    expect(place.reads).toBe(2);
    expect(Buffer.from(await place.keys.unwrap(1, wrapped, 'label'))).toEqual(DATA_KEY);
  });

  it('stay as they were read, and go on when their place is lost later', async () => {
    const place = new Place(ringOf(1, [1, KEY_1]));
    const { wrapped } = await place.keys.wrap(DATA_KEY, 'label');
    place.content = ringOf(2, [1, KEY_2], [2, KEY_2]);
    place.nowMs = 1000;
    await expect(place.keys.unwrap(2, wrapped, 'label')).rejects.toThrow(SecretBoxError);
    expect(await place.keys.currentVersion()).toBe(2);
    place.content = 'gone';
    place.nowMs = 2000;
    await expect(place.keys.unwrap(3, wrapped, 'label')).rejects.toThrow('key-encryption key 3 is missing');

    expect(Buffer.from(await place.keys.unwrap(1, wrapped, 'label'))).toEqual(DATA_KEY);
  });
});
