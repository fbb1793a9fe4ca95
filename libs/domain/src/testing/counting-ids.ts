import type { IdSource } from '../shared/id-source.port.js';

/** Identifiers in the shape of UUIDs that count up, so that a test can tell them in advance. */
export class CountingIds implements IdSource {
  #count = 0;

  next(): string {
    this.#count += 1;
    return `00000000-0000-4000-8000-${String(this.#count).padStart(12, '0')}`;
  }
}
