import { createHash, hash as digestOf, type Hash } from 'node:crypto';

import type { ArchivedEntry, ReadLimits } from './archive-format.js';
import { BLOCK_BYTES, checksumOf, FIELDS, MAGIC, paddingOf } from './ustar.js';

interface Header {
  readonly name: string;
  readonly sizeBytes: number;
}

interface Current extends Header {
  /** Of the content, still to come. */
  missing: number;
  /** Of the padding behind it. */
  padding: number;
  /** Of a content that comes in pieces. */
  pieces: Hash | undefined;
  sha256: string | undefined;
}

/**
 * Reads a tar of plain files in order, in constant memory. It takes what this package writes and nothing else: any other
 * kind of entry, a wrong checksum, rubbish behind the end or a missing end is a fault.
 */
export class TarReader {
  #header = Buffer.alloc(BLOCK_BYTES);
  #headerBytes = 0;
  #current: Current | undefined;
  #entries = 0;
  #endBlocks = 0;

  constructor(private readonly limits: ReadLimits) {}

  /** @returns the entries that end in this chunk */
  take(chunk: Buffer): readonly ArchivedEntry[] {
    const ended: ArchivedEntry[] = [];
    for (let at = 0; at < chunk.length;) {
      at += this.#current === undefined ? this.#takeHeader(chunk, at) : takeContent(this.#current, chunk, at);
      const entry = this.#finished();
      if (entry !== undefined) ended.push(entry);
    }
    return ended;
  }

  /** @throws unless the last thing read was the end of the archive */
  end(): void {
    if (this.#endBlocks < 2 || this.#headerBytes !== 0) throw new Error('the archive breaks off');
  }

  #takeHeader(chunk: Buffer, start: number): number {
    const taken = chunk.copy(this.#header, this.#headerBytes, start);
    this.#headerBytes += taken;
    if (this.#headerBytes < BLOCK_BYTES) return taken;
    this.#headerBytes = 0;
    if (this.#header[0] === 0) {
      if (this.#header.some((byte) => byte !== 0)) throw new Error('an entry without a name');
      this.#endBlocks += 1;
    } else {
      this.#begin(parseHeader(this.#header));
    }
    return taken;
  }

  #begin({ name, sizeBytes }: Header): void {
    if (this.#endBlocks > 0) throw new Error('an entry behind the end of the archive');
    this.#entries += 1;
    if (this.#entries > this.limits.entries) throw new Error(`more than ${String(this.limits.entries)} entries`);
    if (sizeBytes > this.limits.entryBytes) {
      throw new Error(`an entry of more than ${String(this.limits.entryBytes)} bytes`);
    }
    const sha256 = sizeBytes === 0 ? digestOf('sha256', '', 'base64') : undefined;
    this.#current = { name, sizeBytes, missing: sizeBytes, padding: paddingOf(sizeBytes), pieces: undefined, sha256 };
  }

  #finished(): ArchivedEntry | undefined {
    if (this.#current === undefined || this.#current.missing > 0 || this.#current.padding > 0) return undefined;
    const { name, sizeBytes, sha256 } = this.#current;
    if (sha256 === undefined) throw new Error(`entry ${name} was not hashed`);
    this.#current = undefined;
    return { name, sizeBytes, sha256 };
  }
}

/** Takes what belongs to the entry from the chunk at `start`, content before padding. @returns how much it took */
function takeContent(current: Current, chunk: Buffer, start: number): number {
  if (current.missing === 0) {
    const taken = Math.min(current.padding, chunk.length - start);
    current.padding -= taken;
    return taken;
  }
  const content = chunk.subarray(start, start + current.missing);
  current.missing -= content.length;
  if (content.length === current.sizeBytes) {
    current.sha256 = digestOf('sha256', content, 'base64');
    return content.length;
  }
  current.pieces ??= createHash('sha256');
  current.pieces.update(content);
  if (current.missing === 0) current.sha256 = current.pieces.digest('base64');
  return content.length;
}

/** @throws for anything but a plain file with a short name */
function parseHeader(block: Buffer): Header {
  const text = (field: keyof typeof FIELDS): string => {
    const [start, end] = FIELDS[field];
    return block.toString('latin1', start, end);
  };
  if (octal(text('checksum')) !== checksumOf(block)) throw new Error('a header with a wrong checksum');
  if (text('magic') !== MAGIC) throw new Error('a header that is not ustar');
  if (text('typeFlag') !== '0') throw new Error('an entry that is not a plain file');
  const [prefixAt] = FIELDS.prefix;
  if (block[prefixAt] !== 0) throw new Error('a name with a folder');
  const name = /^([\x21-\x2e\x30-\x7e]+)\0*$/.exec(text('name'))?.[1];
  if (name === undefined) throw new Error('a name that is not a plain file name');
  return { name, sizeBytes: octal(text('size')) };
}

/** Octal digits, ended by a space or a zero byte. */
function octal(text: string): number {
  const digits = /^([0-7]+)[ \0]*$/.exec(text)?.[1];
  if (digits === undefined) throw new Error('a number that is not octal');
  return Number.parseInt(digits, 8);
}
