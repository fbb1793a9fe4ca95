import { Temporal, type Instant, type PlainDate } from '@latarnik/domain';
import { DefaultNamingStrategy } from 'typeorm';

/** As PostgreSQL keeps a moment: cut (never rounded up) to microseconds. */
export function instantText(instant: Instant): string {
  return instant.toString({ smallestUnit: 'microsecond', roundingMode: 'floor' });
}

/** The moment as it will be read again. */
export function cutToMicroseconds(instant: Instant): Instant {
  return instant.round({ smallestUnit: 'microsecond', roundingMode: 'floor' });
}

/**
 * A `timestamptz`. Declared as text, because TypeORM passes its own `timestamptz` through `Date`, which knows neither
 * microseconds nor Temporal; the text of PostgreSQL goes through unchanged.
 */
export const INSTANT = {
  type: 'text',
  nullable: true,
  transformer: {
    to: (instant: Instant | null | undefined) => (instant ? instantText(instant) : instant),
    from: (text: string | null) => (text === null ? null : Temporal.Instant.from(text)),
  },
} as const;

/** A `date`: a calendar day, text on the way, never a moment. */
export const PLAIN_DATE = {
  type: 'date',
  transformer: {
    to: (day: PlainDate | null | undefined) => (day ? day.toString() : day),
    from: (text: string | null) => (text === null ? null : Temporal.PlainDate.from(text)),
  },
} as const;

/** A `bytea`: plain `Uint8Array` outside. */
export const BYTES = {
  type: 'bytea',
  nullable: true,
  transformer: {
    to: (bytes: Uint8Array | null | undefined) => (bytes ? Buffer.from(bytes) : bytes),
    from: (buffer: Buffer | null) => (buffer === null ? null : new Uint8Array(buffer)),
  },
} as const;

/** `kodII` is `kod_ii`. */
export function snakeCase(name: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z]+)/g, '$1_$2').toLowerCase();
}

/** Columns are named after the properties of their records. */
export class SnakeCaseColumns extends DefaultNamingStrategy {
  override columnName(propertyName: string, customName: string | undefined): string {
    return customName ?? snakeCase(propertyName);
  }
}
