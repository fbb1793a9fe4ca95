import { execFile } from 'node:child_process';
import { createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  BATCH_LIMITS,
  type BatchId,
  type KeyForKsef,
  PackageCorruptError,
  type PackageEntry,
  PackageRoomError,
  type SealedPackage,
  SecretBoxError,
} from '@latarnik/domain';
import fc from 'fast-check';
import { extract } from 'tar-stream';
import { fromBufferPromise } from 'yauzl';

import { sessionKeyLabel } from '../crypto/session-cipher.js';
import { itWith } from '../testing/commands.js';
import { entryOf, inOrder, MemorySecretBox, sha256 } from '../testing/fakes.js';
import { temporaryFolder, type TemporaryFolder } from '../testing/temporary-folder.js';
import type { ArchiveFormat } from './archive-format.js';
import { ARCHIVE_FORMATS } from './archive-formats.js';
import { SpoolBatchPackager, type WrapForKsef } from './spool-batch-packager.js';
import { tarGz } from './tar-gz.js';
import { zip } from './zip.js';

const run = promisify(execFile);
const secretBox = new MemorySecretBox();
const batchId = '0b0c9d2e-5f4a-4f3e-9c53-8a1f1f0e7a01' as BatchId;

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  await folder.remove();
});

const keyForKsef: KeyForKsef = { encryptedSymmetricKey: 'd3JhcHBlZA==', publicKeyId: 'key-1' };
const wrapForKsef: WrapForKsef = () => Promise.resolve(keyForKsef);

type Limits = Partial<{ [Name in keyof typeof BATCH_LIMITS]: number }>;

function packager(
  limits: Limits = {},
  format: ArchiveFormat = tarGz,
  freeBytes: () => number = () => Infinity,
): SpoolBatchPackager {
  return new SpoolBatchPackager(format, secretBox, wrapForKsef, {
    spoolDirectory: folder.path,
    limits: { ...BATCH_LIMITS, ...limits },
    freeBytes: () => Promise.resolve(freeBytes()),
  });
}

const FORMATS = Object.values(ARCHIVE_FORMATS);

const invoice = (text: string, id: string = randomUUID()): PackageEntry => entryOf(Buffer.from(text), id);
const three = [invoice('<Faktura>1</Faktura>'), invoice('<Faktura>2 – ąę</Faktura>'), invoice('<Faktura/>\r\n')];

async function filesOf(sealed: SealedPackage, limits: Limits = {}): Promise<readonly string[]> {
  const files = await packager(limits).files(batchId, sealed, () => {
    throw new Error('the files are there');
  });
  if (files === undefined) throw new Error('no files');
  return sealed.parts.map(({ ordinal }) => files.get(ordinal) ?? '');
}

async function decrypt(sealed: SealedPackage, file: string): Promise<Buffer> {
  const key = await secretBox.open(sealed.sealedSessionKey, sessionKeyLabel(sealed));
  const decipher = createDecipheriv('aes-256-cbc', key, sealed.initializationVector);
  return Buffer.concat([decipher.update(await readFile(file)), decipher.final()]);
}

async function decryptWithOpenssl(sealed: SealedPackage, file: string): Promise<Buffer> {
  const key = Buffer.from(await secretBox.open(sealed.sealedSessionKey, sessionKeyLabel(sealed)));
  const iv = Buffer.from(sealed.initializationVector);
  const { stdout } = await run(
    'openssl',
    ['enc', '-d', '-aes-256-cbc', '-K', key.toString('hex'), '-iv', iv.toString('hex'), '-in', file],
    { encoding: 'buffer', maxBuffer: 1 << 28 },
  );
  return stdout;
}

async function archiveOf(sealed: SealedPackage, limits: Limits = {}): Promise<Buffer> {
  const files = await filesOf(sealed, limits);
  return Buffer.concat(await Promise.all(files.map((file) => decrypt(sealed, file))));
}

/** Names and hashes of what is in an archive, in its order, as other implementations than ours read it. */
async function unpack(compression: SealedPackage['compression'], archive: Buffer): Promise<[string, string][]> {
  const found: [string, string][] = [];
  if (compression === 'tar.gz') {
    const tar = extract();
    tar.end(gunzipSync(archive));
    for await (const entry of tar) found.push([entry.header.name, sha256(await buffer(entry))]);
    return found;
  }
  const reader = await fromBufferPromise(archive);
  for await (const entry of reader.eachEntry()) {
    found.push([entry.fileName, sha256(await buffer(await reader.openReadStreamPromise(entry)))]);
  }
  return found;
}

describe('a sealed package', () => {
  it('declares the archive and the parts as they are on disk', async () => {
    const sealed = await packager().seal(batchId, inOrder(three));
    const archive = await archiveOf(sealed);
    const [file = ''] = await filesOf(sealed);

    expect(sealed).toMatchObject({ compression: 'tar.gz', sizeBytes: archive.length, sha256: sha256(archive) });
    expect(sealed.parts).toEqual([
      { ordinal: 1, sizeBytes: (await stat(file)).size, sha256: sha256(await readFile(file)) },
    ]);
    expect(sealed.initializationVector).toHaveLength(16);
  });

  itWith('openssl')('is encrypted as openssl understands it, part by part', async () => {
    const limits = { partBytes: 150 };
    const sealed = await packager(limits).seal(batchId, inOrder(three));
    const pieces = await Promise.all((await filesOf(sealed, limits)).map((file) => decryptWithOpenssl(sealed, file)));

    expect(pieces.length).toBeGreaterThan(1);
    expect(sha256(Buffer.concat(pieces))).toBe(sealed.sha256);
  });

  itWith('tar')('is a tar.gz that the tar command unpacks to the same bytes', async () => {
    const sealed = await packager().seal(batchId, inOrder(three));
    const archive = join(folder.path, 'archive.tar.gz');
    await writeFile(archive, await archiveOf(sealed));

    const { stdout: listing } = await run('tar', ['-tzf', archive]);
    expect(listing.trim().split('\n')).toEqual(three.map(({ invoiceId }) => `${invoiceId}.xml`));
    for (const { invoiceId, bytes } of three) {
      const { stdout } = await run('tar', ['-xzOf', archive, `${invoiceId}.xml`], { encoding: 'buffer' });
      expect(stdout.equals(bytes)).toBe(true);
    }
  });

  itWith('unzip')('is, by choice, a ZIP that the unzip command finds sound and unpacks to the same bytes', async () => {
    const sealed = await packager({}, zip).seal(batchId, inOrder(three));
    expect(sealed.compression).toBe('zip');
    const archive = join(folder.path, 'archive.zip');
    await writeFile(archive, await archiveOf(sealed));

    await run('unzip', ['-tq', archive]);
    for (const { invoiceId, bytes } of three) {
      const { stdout } = await run('unzip', ['-p', archive, `${invoiceId}.xml`], { encoding: 'buffer' });
      expect(stdout.equals(bytes)).toBe(true);
    }
  });

  it('leaves only the encrypted parts on disk', async () => {
    const sealed = await packager({ partBytes: 100 }).seal(batchId, inOrder(three));
    const names = await readdir(join(folder.path, batchId));

    expect(names).toHaveLength(sealed.parts.length);
    expect(names.every((name) => name.endsWith('.part'))).toBe(true);
    for (const name of names) {
      const bytes = await readFile(join(folder.path, batchId, name));
      expect(bytes.includes('Faktura')).toBe(false);
      expect(() => gunzipSync(bytes)).toThrow();
    }
  });

  it('has, as a ZIP, the first moment of 1980 for all its entries', async () => {
    const archive = await archiveOf(await packager({}, zip).seal(batchId, inOrder(three)));
    expect(archive.subarray(10, 14).toString('hex')).toBe('00002100');
    const reader = await fromBufferPromise(archive);
    for await (const entry of reader.eachEntry()) {
      expect([entry.lastModFileTime, entry.lastModFileDate, entry.extraFields]).toEqual([0, 0x21, []]);
    }
  });

  it('has nothing of this machine or moment in its archive', async () => {
    const archive = await archiveOf(await packager().seal(batchId, inOrder(three)));

    expect([...archive.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
    const tar = gunzipSync(archive);
    expect(tar.subarray(100, 148).toString('latin1').replaceAll('\0', '.')).toBe(
      '0000644.0000000.0000000.00000000024.00000000000.',
    );
  });

  it.each(FORMATS)(
    'splits, encrypts and unpacks to what went in, whatever it was and wherever it is cut ($compression)',
    async (format) => {
      const someEntries = fc.array(fc.uint8Array({ maxLength: 3000 }), { minLength: 1, maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(someEntries, fc.integer({ min: 16, max: 700 }), async (contents, partBytes) => {
          const entries = contents.map((bytes) => entryOf(bytes, randomUUID()));
          const limits = { partBytes, parts: 100_000 };
          const sealed = await packager(limits, format).seal(batchId, inOrder(entries));
          const files = await filesOf(sealed, limits);
          const plain = await Promise.all(files.map((file) => decrypt(sealed, file)));

          expect(plain.every(({ length }) => length <= partBytes)).toBe(true);
          expect(sealed.parts.map(({ ordinal }) => ordinal)).toEqual(sealed.parts.map((_, at) => at + 1));
          expect(sealed.parts).toHaveLength(Math.ceil(sealed.sizeBytes / partBytes));

          const whole = Buffer.concat(plain);
          expect({ sizeBytes: whole.length, sha256: sha256(whole) }).toMatchObject({
            sizeBytes: sealed.sizeBytes,
            sha256: sealed.sha256,
          });
          const unpacked = await unpack(format.compression, whole);
          expect(unpacked).toEqual(entries.map(({ invoiceId, bytes }) => [`${invoiceId}.xml`, sha256(bytes)]));
        }),
        { numRuns: 50 },
      );
    },
  );

  it('never shares a key or an initialization vector with another', async () => {
    const keys = new Set<string>();
    const vectors = new Set<string>();
    for (let at = 0; at < 20; at += 1) {
      const sealed = await packager().seal(batchId, inOrder(three));
      keys.add(Buffer.from(await secretBox.open(sealed.sealedSessionKey, sessionKeyLabel(sealed))).toString('hex'));
      vectors.add(Buffer.from(sealed.initializationVector).toString('hex'));
    }
    expect(keys.size).toBe(20);
    expect(vectors.size).toBe(20);
  });

  it('holds its key in a seal that opens for this package only', async () => {
    const sealed = await packager().seal(batchId, inOrder(three));
    const other = await packager().seal(batchId, inOrder(three));

    const vector = Buffer.from(sealed.initializationVector).toString('base64');
    const label = `batch-session-key|${sealed.sha256}|${vector}`;
    expect(await secretBox.open(sealed.sealedSessionKey, label)).toHaveLength(32);
    await expect(secretBox.open(sealed.sealedSessionKey, sessionKeyLabel(other))).rejects.toThrow(SecretBoxError);
  });
});

describe('the files of the parts', () => {
  it.each(FORMATS)('are made again, byte for byte, when they are gone ($compression)', async (format) => {
    const limits = { partBytes: 200 };
    const sealed = await packager(limits, format).seal(batchId, inOrder(three));
    const before = await Promise.all((await filesOf(sealed, limits)).map((file) => readFile(file)));
    await rm(join(folder.path, batchId), { recursive: true });

    const files = await packager(limits).files(batchId, sealed, () => inOrder(three));

    const after = await Promise.all([...(files?.values() ?? [])].map((file) => readFile(file)));
    expect(after.length).toBeGreaterThan(1);
    expect(after.map((bytes) => bytes.toString('hex'))).toEqual(before.map((bytes) => bytes.toString('hex')));
  });

  it('are made again when a byte on disk was flipped', async () => {
    const sealed = await packager().seal(batchId, inOrder(three));
    const [file = ''] = await filesOf(sealed);
    const bytes = await readFile(file);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    await writeFile(file, bytes);

    const files = await packager().files(batchId, sealed, () => inOrder(three));

    expect(sha256(await readFile(files?.get(1) ?? ''))).toBe(sealed.parts[0]?.sha256);
  });

  it('cannot be had when the entries are not the same any more', async () => {
    const sealed = await packager().seal(batchId, inOrder(three));
    await packager().discard(batchId);

    expect(await packager().files(batchId, sealed, () => inOrder([...three].reverse()))).toBeUndefined();
    expect(await packager().files(batchId, sealed, () => inOrder(three.slice(1)))).toBeUndefined();
  });

  it('are removed by discarding, twice without harm', async () => {
    await packager().seal(batchId, inOrder(three));
    await packager().discard(batchId);
    await packager().discard(batchId);

    expect(await readdir(folder.path)).toEqual([]);
  });
});

describe('a package is refused', () => {
  async function refusal(entries: Iterable<PackageEntry>, limits: Limits = {}, format = tarGz): Promise<string> {
    const error: unknown = await packager(limits, format)
      .seal(batchId, inOrder(entries))
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PackageCorruptError);
    expect(await readdir(folder.path)).toEqual([]);
    return (error as PackageCorruptError).message;
  }

  it('when an invoice does not have its hash', async () => {
    const wrong = { ...invoice('<Faktura/>', 'a'), bytes: Buffer.from('<faktura/>') };
    expect(await refusal([wrong])).toBe('invoice a: its bytes do not have its hash');
  });

  it('when it is empty, or has an invoice twice', async () => {
    expect(await refusal([])).toBe('a package without invoices');
    expect(await refusal([invoice('1', 'a'), invoice('2', 'a')])).toBe('invoice a is in the package twice');
  });

  it('when a name could leave the archive', async () => {
    expect(await refusal([invoice('1', '../etc/passwd')])).toBe('an invoice id that is no file name');
    await expect(packager().seal('../x' as BatchId, inOrder(three))).rejects.toThrow('a batch id that is no folder');
  });

  it('when it passes a limit, which it names', async () => {
    expect(await refusal(three, { invoices: 2 })).toBe('limit of invoices: more than 2');
    expect(await refusal(three, { packageBytes: 100 })).toBe('limit of the package: more than 100 bytes');
    expect(await refusal(three, { partBytes: 20, parts: 3 })).toBe('limit of parts: more than 3');
  });

  it('at exactly one more than the limit', async () => {
    const { sizeBytes } = await packager().seal(batchId, inOrder(three));
    await packager({ invoices: 3, packageBytes: sizeBytes, partBytes: sizeBytes, parts: 1 }).seal(
      batchId,
      inOrder(three),
    );
    await packager().discard(batchId);
    expect(await refusal(three, { packageBytes: sizeBytes - 1 })).toContain('limit of the package');
    expect(await refusal(three, { partBytes: sizeBytes - 1, parts: 1 })).toContain('limit of parts');
  });

  /** A disk that changes the archive: before it is read back, or when it was. */
  const changing = (
    format: ArchiveFormat,
    when: 'before' | 'after',
    change: (bytes: Buffer) => Buffer,
  ): ArchiveFormat => {
    const spoil = async (path: string) => writeFile(path, change(await readFile(path)));
    return {
      ...format,
      read: async function* (archive, limits, whole) {
        await archive.completed();
        if (when === 'before') await spoil(archive.path);
        yield* format.read(archive, limits, whole);
        if (when === 'after') await spoil(archive.path);
      },
    };
  };
  const flipped = (bytes: Buffer): Buffer => {
    const at = bytes.length >> 1;
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    return bytes;
  };
  const shortened = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length - 20);

  it.each(FORMATS)('when the disk gives back another archive than was written ($compression)', async (format) => {
    expect(await refusal(three, {}, changing(format, 'before', flipped))).toMatch(
      /cannot be read back|is not what was packed|does not hold the archive that was written/,
    );
    expect(await refusal(three, {}, changing(format, 'before', shortened))).toBe('the archive cannot be read back');
  });

  it.each(FORMATS)(
    'when the archive changes between the comparison and the encryption ($compression)',
    async (format) => {
      expect(await refusal(three, {}, changing(format, 'after', flipped))).toBe(
        'the archive changed on disk before it was encrypted',
      );
      expect(await refusal(three, {}, changing(format, 'after', shortened))).toBe(
        'the archive became shorter before it was encrypted',
      );
    },
  );

  it.each(FORMATS)('when an entry is missing from the archive ($compression)', async (format) => {
    const forgetful: ArchiveFormat = { ...format, write: (entries) => format.write(withoutLast(entries)) };
    expect(await refusal(three, {}, forgetful)).toBe('the archive holds 2 of 3 invoices');
  });

  it.each(FORMATS)('when another entry is in the archive than was given ($compression)', async (format) => {
    const other: ArchiveFormat = {
      ...format,
      write: (entries) => format.write(mapped(entries, ({ name }) => ({ name, bytes: Buffer.from('<Faktura/>') }))),
    };
    expect(await refusal(three, {}, other)).toBe('entry 1 is not what was packed');
  });

  it('when an invoice is larger than KSeF takes', async () => {
    expect(await refusal([invoice('x'.repeat(3_000_001), 'a')])).toBe('invoice a: more bytes than KSeF takes');
  });

  it('with the fault of the source, when reading the invoices fails', async () => {
    async function* broken(): AsyncGenerator<PackageEntry> {
      yield* inOrder(three.slice(0, 1));
      throw new RangeError('database gone');
    }
    await expect(packager().seal(batchId, broken())).rejects.toThrow(RangeError);
    expect(await readdir(folder.path)).toEqual([]);
  });
});

async function* mapped<T>(items: AsyncIterable<T>, change: (item: T) => T): AsyncGenerator<T> {
  for await (const item of items) yield change(item);
}

async function* withoutLast<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  let held: T | undefined;
  for await (const item of items) {
    if (held !== undefined) yield held;
    held = item;
  }
}

describe('a disk without room', () => {
  const MIB = 1 << 20;

  it('is noticed before anything is written, in clear words', async () => {
    await expect(packager({}, tarGz, () => 60 * MIB).seal(batchId, inOrder(three))).rejects.toThrow(
      new PackageRoomError(`the spool folder has room for ${String(60 * MIB)} bytes, ${String(64 * MIB)} are needed`),
    );
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('is noticed while the archive grows: the parts need as much again', async () => {
    let looks = 0;
    const shrinking = () => (looks++ === 0 ? 65 * MIB : 95 * MIB);
    const large = Array.from({ length: 20 }, () => entryOf(randomBytes(2_500_000), randomUUID()));
    await expect(packager({}, tarGz, shrinking).seal(batchId, inOrder(large))).rejects.toThrow(PackageRoomError);
    expect(looks).toBe(2);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('leaves nothing behind when files are made again', async () => {
    const sealed = await packager().seal(batchId, inOrder(three));
    await packager().discard(batchId);
    await expect(packager({}, tarGz, () => 0).files(batchId, sealed, () => inOrder(three))).rejects.toThrow(
      PackageRoomError,
    );
    expect(await readdir(folder.path)).toEqual([]);
  });
});

describe('a folder that nobody came back for', () => {
  it('goes when it is two days old, and not before; what is no batch stays', async () => {
    const [old, young, foreign] = [randomUUID(), randomUUID(), '.logins'];
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);
    const ages = { [old]: 49, [young]: 47, [foreign]: 500 };
    for (const [name, hours] of Object.entries(ages)) {
      const path = join(folder.path, name);
      await mkdir(path);
      await writeFile(join(path, '01.part'), 'part');
      await utimes(path, hoursAgo(hours), hoursAgo(hours));
    }
    await packager().seal(batchId, inOrder(three));
    expect((await readdir(folder.path)).sort()).toEqual([batchId, young, foreign].sort());
  });
});

describe('a package of 1,500 invoices of 128 KiB', () => {
  it.each(FORMATS)('passes through in bounded memory ($compression)', async (format) => {
    const MIB = 1 << 20;
    let peakBytes = 0;
    const start = process.memoryUsage().arrayBuffers;
    async function* generated(): AsyncGenerator<PackageEntry> {
      for (let at = 0; at < 1500; at += 1) {
        peakBytes = Math.max(peakBytes, process.memoryUsage().arrayBuffers - start);
        yield* inOrder([entryOf(Buffer.alloc(131_072, `<Faktura>${String(at)}</Faktura>`), randomUUID())]);
      }
    }
    const sealed = await packager({ partBytes: 100_000 }, format).seal(batchId, generated());

    expect(sealed.parts.length).toBeGreaterThan(1);
    // 188 MiB went through; what is counted includes garbage not yet collected.
    expect(peakBytes / MIB).toBeLessThan(120);
  });
});
