import { promisify } from 'node:util';
import { crc32, deflateRaw, deflateRawSync } from 'node:zlib';

import type { NamedBytes } from './archive-format.js';

const compress = promisify(deflateRaw);

/** The same level as the other format. */
const LEVEL = 6;
/** Up to here a turn through the thread pool costs more than it frees. */
const AT_ONCE_BYTES = 1 << 16;
/** zlib wants no less. */
const SMALLEST_STEP_BYTES = 64;

/** Nothing of this machine or this moment is in the archive: the first moment that a DOS date can tell. */
const TIME = 0;
const DATE = 0x21;
const DEFLATED = 8;
/** 2.0: Deflate; 4.5: Zip64. */
const VERSION = 20;
const ZIP64_VERSION = 45;
const MADE_ON_UNIX = 3 << 8;
const PLAIN_FILE = 0o100_644 * 0x1_0000;
const MAX_32 = 0xffff_ffff;
const MAX_16 = 0xffff;

interface Stored {
  readonly name: Buffer;
  readonly crc: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  /** Of its local header. */
  readonly offset: number;
}

/**
 * The bytes of a ZIP (APPNOTE.TXT 6.3, sections 4.3-4.5), in constant memory: deflated entries with their sizes in front,
 * Zip64 only where an offset or the count asks for it. The next entry is asked for when the one before it is in.
 * @param startOffset where the archive begins in its file
 */
export async function* writeZip(
  entries: AsyncIterable<NamedBytes>,
  startOffset = 0,
): AsyncGenerator<Uint8Array, void, undefined> {
  const directory: Buffer[] = [];
  let offset = startOffset;
  for await (const { name, bytes } of entries) {
    // Room for all of it at once: what compresses to more than itself comes in two steps.
    const options = { level: LEVEL, chunkSize: Math.max(bytes.length, SMALLEST_STEP_BYTES) };
    const deflated = bytes.length > AT_ONCE_BYTES ? await compress(bytes, options) : deflateRawSync(bytes, options);
    const sizes = { compressedBytes: deflated.length, bytes: bytes.length };
    const stored: Stored = { name: Buffer.from(name, 'latin1'), crc: crc32(bytes), ...sizes, offset };
    const header = localHeader(stored);
    yield header;
    yield deflated;
    offset += header.length + deflated.length;
    directory.push(directoryRecord(stored));
  }
  yield* directory;
  const directoryBytes = directory.reduce((sum, { length }) => sum + length, 0);
  yield endOf(directory.length, directoryBytes, offset);
}

function localHeader(stored: Stored): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x0403_4b50, 0);
  header.writeUInt16LE(VERSION, 4);
  writeCommon(header, stored, 6);
  return Buffer.concat([header, stored.name]);
}

function directoryRecord(stored: Stored): Buffer {
  const isFar = stored.offset >= MAX_32;
  const record = Buffer.alloc(46);
  record.writeUInt32LE(0x0201_4b50, 0);
  record.writeUInt16LE(MADE_ON_UNIX | VERSION, 4);
  record.writeUInt16LE(isFar ? ZIP64_VERSION : VERSION, 6);
  writeCommon(record, stored, 8);
  record.writeUInt32LE(PLAIN_FILE, 38);
  record.writeUInt32LE(isFar ? MAX_32 : stored.offset, 42);
  if (!isFar) return Buffer.concat([record, stored.name]);
  const extra = Buffer.alloc(12);
  extra.writeUInt16LE(0x0001, 0);
  extra.writeUInt16LE(8, 2);
  extra.writeBigUInt64LE(BigInt(stored.offset), 4);
  record.writeUInt16LE(extra.length, 30);
  return Buffer.concat([record, stored.name, extra]);
}

/** What both headers have, from the flags on. */
function writeCommon(header: Buffer, { name, crc, compressedBytes, bytes }: Stored, at: number): void {
  header.writeUInt16LE(0, at);
  header.writeUInt16LE(DEFLATED, at + 2);
  header.writeUInt16LE(TIME, at + 4);
  header.writeUInt16LE(DATE, at + 6);
  header.writeUInt32LE(crc, at + 8);
  header.writeUInt32LE(compressedBytes, at + 12);
  header.writeUInt32LE(bytes, at + 16);
  header.writeUInt16LE(name.length, at + 20);
}

function endOf(count: number, directoryBytes: number, directoryOffset: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(Math.min(count, MAX_16), 8);
  end.writeUInt16LE(Math.min(count, MAX_16), 10);
  end.writeUInt32LE(Math.min(directoryBytes, MAX_32), 12);
  end.writeUInt32LE(Math.min(directoryOffset, MAX_32), 16);
  const isPlain = count < MAX_16 && directoryOffset < MAX_32 && directoryBytes < MAX_32;
  return isPlain ? end : Buffer.concat([zip64End(count, directoryBytes, directoryOffset), end]);
}

/** The large end record, and where it is. */
function zip64End(count: number, directoryBytes: number, directoryOffset: number): Buffer {
  const end = Buffer.alloc(56 + 20);
  end.writeUInt32LE(0x0606_4b50, 0);
  end.writeBigUInt64LE(44n, 4);
  end.writeUInt16LE(MADE_ON_UNIX | ZIP64_VERSION, 12);
  end.writeUInt16LE(ZIP64_VERSION, 14);
  end.writeBigUInt64LE(BigInt(count), 24);
  end.writeBigUInt64LE(BigInt(count), 32);
  end.writeBigUInt64LE(BigInt(directoryBytes), 40);
  end.writeBigUInt64LE(BigInt(directoryOffset), 48);
  end.writeUInt32LE(0x0706_4b50, 56);
  end.writeBigUInt64LE(BigInt(directoryOffset + directoryBytes), 64);
  end.writeUInt32LE(1, 72);
  return end;
}
