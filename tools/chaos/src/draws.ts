import { createHash } from 'node:crypto';

const FRACTION_BYTES = 6;

/**
 * All chance of a run. A draw depends on the seed, the name of its stream and its ordinal there, so that a new draw
 * somewhere changes none elsewhere: the same seed makes the same plan.
 */
export class Draws {
  readonly #ordinals = new Map<string, number>();

  constructor(readonly seed: number) {}

  /** In [0, 1). */
  fraction(stream: string): number {
    const ordinal = (this.#ordinals.get(stream) ?? 0) + 1;
    this.#ordinals.set(stream, ordinal);
    const octets = createHash('sha256').update(`chaos\n${this.seed}\n${stream}\n${ordinal}`).digest();
    return octets.readUIntBE(0, FRACTION_BYTES) / 2 ** (8 * FRACTION_BYTES);
  }

  /** A whole number, both ends included. */
  integer(stream: string, least: number, most: number): number {
    return least + Math.floor(this.fraction(stream) * (most - least + 1));
  }

  chance(stream: string, probability: number): boolean {
    return this.fraction(stream) < probability;
  }

  /** @throws on an empty list */
  pick<T>(stream: string, items: readonly T[]): T {
    const item = items[Math.floor(this.fraction(stream) * items.length)];
    if (item === undefined) throw new Error(`nothing to pick from for ${stream}`);
    return item;
  }

  /** So many of them, each once at most. */
  some<T>(stream: string, items: readonly T[], count: number): readonly T[] {
    const keyed = items.map((item) => ({ item, key: this.fraction(stream) }));
    return keyed
      .sort((a, b) => a.key - b.key)
      .slice(0, count)
      .map(({ item }) => item);
  }
}
