/** The interchange format `ustar` (POSIX.1-2017, pax), as far as plain files with short names need it. */

export const BLOCK_BYTES = 512;
/** With its zero byte; the version, `00`, follows it. */
export const MAGIC = 'ustar\0';

/** Where things are in a header: from, to (exclusive). */
export const FIELDS = {
  name: [0, 100],
  mode: [100, 108],
  owner: [108, 116],
  group: [116, 124],
  size: [124, 136],
  modified: [136, 148],
  checksum: [148, 156],
  typeFlag: [156, 157],
  magic: [257, 263],
  version: [263, 265],
  prefix: [345, 500],
} as const;

/** Contents are filled up to whole blocks. */
export const paddingOf = (sizeBytes: number): number => (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;

/** The sum of all octets of a header, those of the checksum itself counted as spaces. */
export function checksumOf(header: Uint8Array): number {
  const [start, end] = FIELDS.checksum;
  let sum = 0x20 * (end - start);
  for (let at = 0; at < BLOCK_BYTES; at += 1) if (at < start || at >= end) sum += header[at] ?? 0;
  return sum;
}
