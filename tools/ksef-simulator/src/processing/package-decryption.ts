import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { BatchSession } from '../core/session.js';
import { sessionDecipher } from '../crypto/symmetric.js';

export type PackageFault = 'PART_NOT_AS_DECLARED' | 'NOT_DECRYPTABLE' | 'PACKAGE_NOT_AS_DECLARED';

/**
 * Decrypts the parts in order, each on its own, and joins them into the package at `target`.
 * @returns what is wrong, or undefined when the package is the one declared
 */
export async function joinParts(session: BatchSession, key: Buffer, target: string): Promise<PackageFault | undefined> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  let first = true;
  for (const { uploaded, hash: declaredHash, sizeBytes: declaredSize } of session.parts) {
    if (uploaded?.hash !== declaredHash || uploaded.sizeBytes !== declaredSize) return 'PART_NOT_AS_DECLARED';
    const measure = new Measure((chunk) => {
      hash.update(chunk);
      sizeBytes += chunk.length;
    });
    try {
      await pipeline(
        createReadStream(uploaded.path),
        sessionDecipher(key, session.encryption.initializationVector),
        measure,
        createWriteStream(target, { flags: first ? 'w' : 'a' }),
      );
    } catch {
      return 'NOT_DECRYPTABLE';
    }
    first = false;
  }
  const asDeclared = sizeBytes === session.packageSizeBytes && hash.digest('base64') === session.packageHash;
  return asDeclared ? undefined : 'PACKAGE_NOT_AS_DECLARED';
}

/** Passes everything on and shows it to `see`. */
export class Measure extends Transform {
  constructor(private readonly see: (chunk: Buffer) => void) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.see(chunk);
    done(null, chunk);
  }
}
