import { readFile } from 'node:fs/promises';
import {
  LatarniaUnreachableError,
  Temporal,
  type AvailabilityBulletin,
  type Clock,
  type Latarnia,
  type LatarniaState,
} from '@latarnik/domain';

interface Entry {
  readonly id: string;
  readonly version: number;
  readonly eventId: string;
  readonly category: 'failure' | 'maintenance';
  readonly type: 'start' | 'end' | 'announcement';
  readonly title: string;
  readonly text: string;
  readonly start: string;
  readonly end?: string;
  readonly publishedAt: string;
}

/** Reads the Ministry's messages from a JSON file that somebody else keeps: for a network without Internet. */
export class FileLatarnia implements Latarnia {
  constructor(
    private readonly file: string,
    private readonly clock: Clock,
  ) {}

  async bulletins(): Promise<readonly AvailabilityBulletin[]> {
    const fetchedAt = this.clock.now();
    return (await this.entries()).map(({ start, end, publishedAt, ...entry }) => ({
      ...entry,
      start: Temporal.Instant.from(start),
      ...(end === undefined ? {} : { end: Temporal.Instant.from(end) }),
      publishedAt: Temporal.Instant.from(publishedAt),
      source: 'bip',
      fetchedAt,
    }));
  }

  /** A file of messages does not say how KSeF is now. */
  async state(): Promise<LatarniaState> {
    await this.entries();
    return 'unknown';
  }

  private async entries(): Promise<readonly Entry[]> {
    try {
      return JSON.parse(await readFile(this.file, 'utf8')) as readonly Entry[];
    } catch (error) {
      throw new LatarniaUnreachableError(`${this.file} cannot be read`, { cause: error });
    }
  }
}
