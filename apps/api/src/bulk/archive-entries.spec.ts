import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ZipFile } from 'yazl';
import { openArchive, type ArchivedFile } from './archive-entries.js';

const LIMITS = { mostEntries: 5, mostEntryBytes: 1_000_000, mostUnpackedBytes: 2_000_000 };

interface Packed {
  readonly name: string;
  readonly bytes?: Uint8Array;
  readonly mode?: number;
  readonly compress?: boolean;
  readonly zip64?: boolean;
}

async function zipOf(...entries: readonly Packed[]): Promise<Buffer> {
  const archive = new ZipFile();
  for (const { name, bytes = Buffer.from('<a/>'), mode, compress = true, zip64 = false } of entries) {
    const options = { compress, forceZip64Format: zip64, ...(mode === undefined ? {} : { mode }) };
    archive.addBuffer(Buffer.from(bytes), name, options);
  }
  archive.end();
  const chunks: Buffer[] = [];
  for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Names in local headers and in the directory. */
function renamed(zip: Buffer, from: string, to: string): Buffer {
  return Buffer.from(zip.toString('latin1').replaceAll(from, to), 'latin1');
}

const DIRECTORY_ENTRY = Buffer.from([0x50, 0x4b, 0x01, 0x02]);
/** Offsets in an entry of the directory (APPNOTE.TXT 4.3.12). */
const FIELD = { crc: 16, compressedSize: 20, uncompressedSize: 24, localHeader: 42 } as const;

/** Writes another number into the n-th entry of the directory. */
function lying(zip: Buffer, nth: number, field: keyof typeof FIELD, value: number): Buffer {
  const changed = Buffer.from(zip);
  let at = -1;
  for (let seen = 0; seen <= nth; seen += 1) at = changed.indexOf(DIRECTORY_ENTRY, at + 1);
  changed.writeUInt32LE(value, at + FIELD[field]);
  return changed;
}

describe('archives that are taken in', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'latarnik-zip-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  async function filesIn(zip: Uint8Array): Promise<readonly ArchivedFile[]> {
    const path = join(directory, 'archive.zip');
    writeFileSync(path, zip);
    const descriptor = openSync(path, 'r');
    try {
      const files: ArchivedFile[] = [];
      for await (const file of (await openArchive(descriptor, LIMITS))()) files.push(file);
      return files;
    } finally {
      closeSync(descriptor);
    }
  }

  /** What is said of an archive that is not taken. */
  async function refusal(zip: Uint8Array): Promise<string> {
    const outcome = await filesIn(zip).then(
      () => 'taken',
      (error: unknown) => (error as { problem?: { code: string; detail: string } }).problem,
    );
    if (outcome === 'taken' || outcome === undefined) return String(outcome);
    expect(outcome).toMatchObject({ code: 'ARCHIVE_REFUSED', status: 422 });
    return (outcome as { detail: string }).detail;
  }

  it('gives every file in its order, stored and deflated, also where it has zip64 fields', async () => {
    const zip = await zipOf(
      { name: 'a.xml', bytes: Buffer.from('<a/>'.repeat(1000)) },
      { name: 'b ąę.XML', bytes: Buffer.from('<b/>'), compress: false },
      { name: 'c.xml', bytes: Buffer.alloc(0), zip64: true },
    );
    const files = await filesIn(zip);
    expect(files.map(({ number, name }) => [number, name])).toEqual([
      [1, 'a.xml'],
      [2, 'b ąę.XML'],
      [3, 'c.xml'],
    ]);
    expect(files.map(({ content }) => ('bytes' in content ? content.bytes.length : undefined))).toEqual([4000, 4, 0]);
    const again = await filesIn(await zipOf({ name: 'c.xml' }, { name: 'a.xml' }));
    expect(again.map(({ keyPart }) => keyPart)).toEqual([files[2]?.keyPart, files[0]?.keyPart]);
  });

  it('is not taken when it is none, is empty, or breaks off', async () => {
    expect(await refusal(Buffer.from('no zip'))).toContain('no ZIP archive');
    expect(await refusal(await zipOf())).toContain('empty');
    const zip = await zipOf({ name: 'a.xml' }, { name: 'b.xml' });
    expect(await refusal(zip.subarray(0, zip.length - 30))).toContain('no ZIP archive');
  });

  it.each([
    ['a folder', 'a/b.xml', 'folders'],
    ['an archive within', 'a.zip', 'no archives within'],
    ['a hidden file', '.a.xml', 'only FA(3) files'],
    ['a long name', `${'a'.repeat(300)}.xml`, 'longer than'],
  ])('refuses %s', async (_what, name, said) => {
    expect(await refusal(await zipOf({ name: 'good.xml' }, { name }))).toContain(said);
  });

  it.each(['../..aa.xml', '/etc/aa.xml', 'C:\\bbbb.xml', '..\\..a.xml', 'aa\u0000bb.xml', 'aa\nbbb.xml'])(
    'refuses the name %j',
    async (name) => {
      const harmless = `${'q'.repeat(name.length - 4)}.xml`;
      const said = await refusal(renamed(await zipOf({ name: harmless }), harmless, name));
      expect(said).toMatch(/relative path|absolute path|characters/);
    },
  );

  it('refuses links, devices and folders', async () => {
    for (const mode of [0o120777, 0o020666, 0o040755]) {
      expect(await refusal(await zipOf({ name: 'a.xml', mode }))).toContain('special files');
    }
  });

  it('refuses one name twice, whatever its case', async () => {
    expect(await refusal(await zipOf({ name: 'a.xml' }, { name: 'A.XML' }))).toContain('there twice');
  });

  it('refuses too many entries, before any is looked at', async () => {
    const names = Array.from({ length: 6 }, (_, at) => ({ name: `${String(at)}.xml` }));
    expect(await refusal(await zipOf(...names))).toContain('6 entries');
  });

  it('refuses too large an entry, too large a whole, and what unpacks to far more than it is', async () => {
    const noise = Buffer.from(Array.from({ length: 700_000 }, (_, at) => (at * 7919 + (at >> 3) * 104_729) % 251));
    expect(await refusal(await zipOf({ name: 'a.xml', bytes: Buffer.alloc(1_000_001), compress: false }))).toContain(
      '1000000',
    );
    const three = ['a', 'b', 'c'].map((name) => ({ name: `${name}.xml`, bytes: noise, compress: false }));
    expect(await refusal(await zipOf(...three))).toContain('unpacks to more than 2000000');
    expect(await refusal(await zipOf({ name: 'a.xml', bytes: Buffer.alloc(900_000) }))).toContain('200 times');
  });

  it('refuses entries that lie over one another, and ones beyond the end', async () => {
    const zip = await zipOf({ name: 'a.xml', compress: false }, { name: 'b.xml', compress: false });
    expect(await refusal(lying(zip, 1, 'localHeader', 0))).toContain('overlap');
    expect(await refusal(lying(zip, 1, 'localHeader', zip.length))).toContain('beyond its end');
  });

  it('never unpacks more than it was told, and says so of that entry alone', async () => {
    const bytes = Buffer.from('<a/>'.repeat(10_000));
    const zip = await zipOf({ name: 'a.xml', bytes }, { name: 'b.xml', bytes });
    for (const lie of [
      lying(zip, 0, 'uncompressedSize', 100),
      lying(zip, 0, 'uncompressedSize', 50_000),
      lying(zip, 0, 'crc', 1),
    ]) {
      const [first, second] = await filesIn(lie);
      expect(first?.content).toMatchObject({ problem: { problem: { code: 'ENTRY_REFUSED', status: 422 } } });
      expect(second?.content).toMatchObject({ bytes });
    }
  });

  it('holds against bytes changed at random places: taken or refused with a problem, never anything else', async () => {
    const zip = await zipOf(
      { name: 'a.xml', bytes: Buffer.from('<a/>'.repeat(50)) },
      { name: 'b.xml', compress: false },
    );
    for (let seed = 1; seed <= 300; seed += 1) {
      const changed = Buffer.from(zip);
      for (let change = 0; change < 1 + (seed % 4); change += 1) {
        const at = (seed * 7919 + change * 104_729) % changed.length;
        changed[at] = (seed * 31 + change * 17) % 256;
      }
      const outcome = await filesIn(changed).then(
        () => 'taken',
        (error: unknown) => (error as { problem?: { code: string } }).problem?.code,
      );
      expect([seed, outcome]).toEqual([seed, expect.stringMatching(/^(taken|ARCHIVE_REFUSED)$/)]);
    }
  });
});
