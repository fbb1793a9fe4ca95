import type { CodeImages } from '@latarnik/domain';

type Image = Uint8Array | string;

interface Kept {
  readonly image: Image;
  readonly sizeBytes: number;
}

/** What a kept image costs beside its bytes and its key; an estimate. */
const OVERHEAD_BYTES = 200;
const BYTES_PER_CHARACTER = 2;

/**
 * Keeps the images used last. They never change: an image follows from link and label alone, and when the KSeF number
 * arrives, the label is another one. What could not be drawn is not kept.
 */
export class CachedCodeImages implements CodeImages {
  /** By format, label and link; least recently used first. */
  readonly #kept = new Map<string, Kept>();
  #totalBytes = 0;

  /** @param limitBytes of all images kept, with their keys */
  constructor(
    private readonly images: CodeImages,
    private readonly limitBytes: number,
  ) {}

  /** A copy, which the caller may change. */
  png(link: string, label: string): Uint8Array {
    return Uint8Array.from(this.#find(`png\n${label}\n${link}`, () => this.images.png(link, label)));
  }

  svg(link: string, label: string): string {
    return this.#find(`svg\n${label}\n${link}`, () => this.images.svg(link, label));
  }

  #find<I extends Image>(key: string, draw: () => I): I {
    const kept = this.#kept.get(key);
    // The key begins with the format, which decides the kind of image.
    const image = kept === undefined ? draw() : (kept.image as I);
    this.#keep(key, kept ?? { image, sizeBytes: sizeOf(key) + sizeOf(image) + OVERHEAD_BYTES });
    return image;
  }

  #keep(key: string, kept: Kept): void {
    if (this.#kept.delete(key)) this.#totalBytes -= kept.sizeBytes;
    if (kept.sizeBytes > this.limitBytes) return;
    this.#kept.set(key, kept);
    this.#totalBytes += kept.sizeBytes;
    for (const [oldest, { sizeBytes }] of this.#kept) {
      if (this.#totalBytes <= this.limitBytes) return;
      this.#kept.delete(oldest);
      this.#totalBytes -= sizeBytes;
    }
  }
}

const sizeOf = (image: Image): number =>
  typeof image === 'string' ? image.length * BYTES_PER_CHARACTER : image.byteLength;
