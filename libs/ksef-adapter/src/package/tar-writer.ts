import type { NamedBytes } from './archive-format.js';
import { STEP_BYTES, Steps } from './steps.js';
import { BLOCK_BYTES, checksumOf, FIELDS, MAGIC, paddingOf } from './ustar.js';

/** Nothing of this machine or this moment is in a header, so that an archive can be made again. */
const TEMPLATE = headerWith({
  mode: '0000644\0',
  owner: '0000000\0',
  group: '0000000\0',
  modified: '00000000000\0',
  typeFlag: '0',
  magic: MAGIC,
  version: '00',
});
const ZEROS = Buffer.alloc(2 * BLOCK_BYTES);

/**
 * The bytes of a tar of plain files, in steps of one size. The next entry is asked for when the one before it is in. A step
 * is overwritten when the one after the next is asked for: its bytes must have been taken by then.
 */
export async function* writeTar(entries: AsyncIterable<NamedBytes>): AsyncGenerator<Uint8Array> {
  const steps = new Steps(STEP_BYTES);
  for await (const { name, bytes } of entries) {
    for (const piece of [headerOf(name, bytes.length), bytes, ZEROS.subarray(0, paddingOf(bytes.length))]) {
      for (let at = 0; at < piece.length;) {
        at = steps.put(piece, at);
        if (steps.isFull) yield steps.take();
      }
    }
  }
  for (let at = 0; at < ZEROS.length;) {
    at = steps.put(ZEROS, at);
    if (steps.isFull) yield steps.take();
  }
  yield steps.take();
}

/** @param name ASCII, shorter than its field */
function headerOf(name: string, sizeBytes: number): Buffer {
  if (!/^[\x21-\x7e]{1,99}$/.test(name)) throw new Error('a name that does not fit into a tar');
  const header = Buffer.allocUnsafe(BLOCK_BYTES);
  TEMPLATE.copy(header);
  header.write(name, FIELDS.name[0], 'latin1');
  header.write(`${sizeBytes.toString(8).padStart(11, '0')}\0`, FIELDS.size[0], 'latin1');
  header.write(`${checksumOf(header).toString(8).padStart(6, '0')}\0 `, FIELDS.checksum[0], 'latin1');
  return header;
}

function headerWith(values: Partial<Record<keyof typeof FIELDS, string>>): Buffer {
  const header = Buffer.alloc(BLOCK_BYTES);
  for (const [field, text] of Object.entries(values)) {
    header.write(text, FIELDS[field as keyof typeof FIELDS][0], 'latin1');
  }
  return header;
}
