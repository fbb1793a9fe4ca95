import { describe, expect, it } from '@jest/globals';
import type { CodeImages } from '@latarnik/domain';
import { CachedCodeImages } from './cached-code-images.js';

/** Draws images of a known size, and counts. */
class CountingImages implements CodeImages {
  readonly drawn: string[] = [];
  broken = false;

  png(link: string, label: string): Uint8Array {
    this.#count(`png ${label} ${link}`);
    return new Uint8Array(1000).fill(link.length);
  }

  svg(link: string, label: string): string {
    this.#count(`svg ${label} ${link}`);
    return `${label}${link}`.padEnd(500, '.');
  }

  #count(what: string): void {
    if (this.broken) throw new Error('broken');
    this.drawn.push(what);
  }
}

const ROOMY_BYTES = 100_000;

describe('the cache of images', () => {
  it('draws each image of a link, a label and a format once', () => {
    const images = new CountingImages();
    const cache = new CachedCodeImages(images, ROOMY_BYTES);
    for (let round = 0; round < 3; round += 1) {
      expect(cache.png('a', 'OFFLINE')).toEqual(new Uint8Array(1000).fill(1));
      expect(cache.png('a', 'CERTYFIKAT')).toHaveLength(1000);
      expect(cache.svg('a', 'OFFLINE')).toMatch(/^OFFLINEa\.+$/);
      expect(cache.png('bb', 'OFFLINE')).toEqual(new Uint8Array(1000).fill(2));
    }
    expect(images.drawn).toEqual(['png OFFLINE a', 'png CERTYFIKAT a', 'svg OFFLINE a', 'png OFFLINE bb']);
  });

  it('draws anew when the KSeF number takes the place of OFFLINE', () => {
    const images = new CountingImages();
    const cache = new CachedCodeImages(images, ROOMY_BYTES);
    cache.png('a', 'OFFLINE');
    cache.png('a', '5265877635-20250826-0100001AF629-AF');
    expect(images.drawn).toEqual(['png OFFLINE a', 'png 5265877635-20250826-0100001AF629-AF a']);
  });

  it('lets the image go that was used longest ago, when the bytes of all exceed the limit', () => {
    const images = new CountingImages();
    // An image of 1,000 bytes, its key of 10 characters and the overhead: 1,220 bytes.
    const cache = new CachedCodeImages(images, 2 * 1220);
    for (const link of ['a', 'b', 'a', 'c', 'a', 'b']) cache.png(link, 'LABE');
    expect(images.drawn).toEqual(['png LABE a', 'png LABE b', 'png LABE c', 'png LABE b']);
  });

  it('keeps two images in exactly the bytes of two, and one in a byte less', () => {
    const drawnWith = (limitBytes: number): number => {
      const images = new CountingImages();
      const cache = new CachedCodeImages(images, limitBytes);
      for (const link of ['a', 'b', 'a', 'b']) cache.png(link, 'LABE');
      return images.drawn.length;
    };
    expect([drawnWith(2440), drawnWith(2439), drawnWith(1219), drawnWith(0)]).toEqual([2, 4, 4, 4]);
  });

  it('stays within its limit however many images pass through', () => {
    const images = new CountingImages();
    const cache = new CachedCodeImages(images, 10 * 1222);
    for (let at = 100; at < 900; at += 1) cache.png(String(at), 'LAB');
    images.drawn.length = 0;
    for (let at = 890; at < 900; at += 1) cache.png(String(at), 'LAB');
    expect(images.drawn).toEqual([]);
    cache.png('889', 'LAB');
    expect(images.drawn).toEqual(['png LAB 889']);
  });

  it('gives copies: what a caller does to one image does not show in the next', () => {
    const cache = new CachedCodeImages(new CountingImages(), ROOMY_BYTES);
    cache.png('a', 'OFFLINE').fill(0);
    expect(cache.png('a', 'OFFLINE')).toEqual(new Uint8Array(1000).fill(1));
  });

  it('keeps no failure', () => {
    const images = new CountingImages();
    const cache = new CachedCodeImages(images, ROOMY_BYTES);
    images.broken = true;
    expect(() => cache.png('a', 'OFFLINE')).toThrow('broken');
    images.broken = false;
    expect(cache.png('a', 'OFFLINE')).toHaveLength(1000);
  });
});
