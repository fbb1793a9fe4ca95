import { inspect } from 'node:util';

import { type Instant, Temporal } from '@latarnik/domain';

/** A token of KSeF that cannot be printed by accident. */
export class BearerToken {
  readonly #value: string;

  constructor(
    value: string,
    readonly validUntil: Instant,
  ) {
    this.#value = value;
  }

  /** For the Authorization header, nowhere else. */
  reveal(): string {
    return this.#value;
  }

  sameAs(other: BearerToken): boolean {
    return this.#value === other.#value;
  }

  /** Whether it lives longer than the margin. */
  usableAt(now: Instant, marginSeconds: number): boolean {
    return Temporal.Instant.compare(now.add({ seconds: marginSeconds }), this.validUntil) < 0;
  }

  toString(): string {
    return '[token]';
  }

  toJSON(): string {
    return '[token]';
  }

  [inspect.custom](): string {
    return '[token]';
  }
}
