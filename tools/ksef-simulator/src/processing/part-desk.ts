import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { Clock } from '../core/clock.js';
import type { Ledger } from '../core/ledger.js';
import type { RandomOctets } from '../core/numbers.js';
import type { BatchSession, PartRecord } from '../core/session.js';
import type { Settings } from '../core/settings.js';
import { Measure } from './package-decryption.js';

export type UploadOutcome = 'STORED' | 'NOT_AS_DECLARED' | 'NOT_WRITABLE';

export interface PartDeskParts {
  readonly clock: Clock;
  readonly random: RandomOctets;
  readonly settings: Settings;
  readonly ledger: Ledger;
  readonly spoolDirectory: string;
}

/** Takes the parts of packages, straight to disk. */
export class PartDesk {
  constructor(private readonly parts: PartDeskParts) {}

  /** Stores a part; sending the same bytes again is harmless. Rejects when the connection breaks half-way. */
  async receive(session: BatchSession, part: PartRecord, body: Readable): Promise<UploadOutcome> {
    if (session.status.code !== 100) return 'NOT_WRITABLE';
    const { random, spoolDirectory } = this.parts;
    const path = join(
      spoolDirectory,
      `${session.referenceNumber}.${String(part.ordinal)}.${random(6).toString('hex')}`,
    );
    const hash = createHash('sha256');
    let sizeBytes = 0;
    const measure = new Measure((chunk) => {
      hash.update(chunk);
      sizeBytes += chunk.length;
    });
    try {
      await pipeline(body, measure, createWriteStream(path));
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    return this.#keep(session, part, { path, sizeBytes, hash: hash.digest('base64') });
  }

  async #keep(
    session: BatchSession,
    part: PartRecord,
    uploaded: NonNullable<PartRecord['uploaded']>,
  ): Promise<UploadOutcome> {
    const { clock, ledger, settings } = this.parts;
    const asDeclared = uploaded.sizeBytes === part.sizeBytes && uploaded.hash === part.hash;
    if (session.status.code !== 100 || (settings.partVerification === 'at-upload' && !asDeclared)) {
      await rm(uploaded.path, { force: true });
      return session.status.code === 100 ? 'NOT_AS_DECLARED' : 'NOT_WRITABLE';
    }
    const previous = part.uploaded;
    part.uploaded = uploaded;
    session.updatedAt = clock.now();
    if (previous !== undefined) {
      await rm(previous.path, { force: true });
      if (previous.hash !== uploaded.hash) {
        ledger.recordViolation(
          'PART_CHANGED_AFTER_UPLOAD',
          `${session.referenceNumber} part ${String(part.ordinal)}`,
          clock.now(),
        );
      }
    }
    return 'STORED';
  }
}
