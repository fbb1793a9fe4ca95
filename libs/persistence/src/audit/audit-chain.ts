import { createHash } from 'node:crypto';

/** A block as it is stored. */
export interface StoredBlock {
  readonly tenant: string;
  readonly number: number;
  readonly sealedAtMicroseconds: string;
  readonly previous: Buffer;
  readonly ids: readonly string[];
  /** 32 bytes for each id. */
  readonly hashes: Buffer;
  readonly sha256: Buffer;
}

/** What the first block follows. */
export const BLOCK_ZERO = Buffer.alloc(32);

/**
 * SHA-256 of seven lines: a name, tenant, number, the moment in microseconds, the hash of the block before (hex), the ids
 * with commas between, and the hashes of the entries (hex). The database says the same (docs/adr/0026).
 */
export function blockHashOf({ tenant, number, sealedAtMicroseconds, previous, ids, hashes }: StoredBlock): Buffer {
  const lines = [
    ...['latarnik-audit-block-1', tenant, String(number), sealedAtMicroseconds],
    ...[previous.toString('hex'), ids.join(','), hashes.toString('hex')],
  ];
  return createHash('sha256').update(lines.join('\n'), 'utf8').digest();
}
