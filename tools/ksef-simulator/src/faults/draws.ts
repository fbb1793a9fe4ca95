import { createHash } from 'node:crypto';

/** What all chance of a run hangs on; printed at start and in every journal entry. */
export type Seed = string;

const FRACTION_BITS = 48;

/**
 * The one source of chance behind injected faults. A draw depends on the seed, the name of its stream and its ordinal
 * in the stream, and on nothing else: streams do not disturb one another, and the same calls meet the same fate again.
 */
export class Draws {
  constructor(readonly seed: Seed) {}

  /** A number in [0, 1). `ordinal` counts from 1. */
  fraction(stream: string, ordinal: number): number {
    const octets = createHash('sha256')
      .update(`${this.seed}\n${stream}\n${String(ordinal)}`)
      .digest();
    return octets.readUIntBE(0, FRACTION_BITS / 8) / 2 ** FRACTION_BITS;
  }

  /** One of `items`, each as likely as the others. @throws on an empty list: a bug of the simulator */
  pick<T>(items: readonly T[], stream: string, ordinal: number): T {
    const item = items[Math.floor(this.fraction(stream, ordinal) * items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** The items in another order (Fisher and Yates). */
  shuffle<T>(items: readonly T[], stream: string): T[] {
    const drawn = items.map((item, index) => ({ item, key: this.fraction(stream, index + 1) }));
    return drawn.sort((a, b) => a.key - b.key).map(({ item }) => item);
  }
}
