import { PackageRoomError } from '@latarnik/domain';

/** Left free for others on the same disk. */
export const KEPT_FREE_BYTES = 64 * 1024 * 1024;
/** How much is written between two looks at the disk. */
const LOOK_BYTES = 32 * 1024 * 1024;

/**
 * Looks that the disk has room for an archive and for its parts, which lie beside it and are as large. What the archive
 * will have is not known beforehand, so it is looked at as it grows.
 */
export class SpoolRoom {
  #lookAtBytes = LOOK_BYTES;

  constructor(
    private readonly folder: string,
    private readonly freeBytes: (folder: string) => Promise<number>,
  ) {}

  /** @param writtenBytes of the archive so far: as many must still fit. @throws PackageRoomError */
  async during(writtenBytes: number): Promise<void> {
    if (writtenBytes < this.#lookAtBytes) return;
    this.#lookAtBytes = writtenBytes + LOOK_BYTES;
    await this.assertFor(writtenBytes);
  }

  /** @throws PackageRoomError unless so many bytes fit, and something is left */
  async assertFor(bytes: number): Promise<void> {
    const free = await this.freeBytes(this.folder);
    if (free < bytes + KEPT_FREE_BYTES) {
      throw new PackageRoomError(
        `the spool folder has room for ${String(free)} bytes, ${String(bytes + KEPT_FREE_BYTES)} are needed`,
      );
    }
  }
}
