import {
  type AvailabilityBulletin,
  type BulletinCategory,
  type BulletinType,
  type Clock,
  type Instant,
  type Latarnia,
  LatarniaUnreachableError,
  type LatarniaState,
} from '@latarnik/domain';
import { z } from 'zod';

import { type Log, printable } from '../ksef-adapter-event.js';
import { instant } from './dto.js';
import { parseJson } from './json-body.js';
import type { Transport } from './transport.js';

export interface HttpLatarniaOptions {
  readonly latarniaUrl: string;
  readonly probeTimeoutMs: number;
  readonly log: Log;
}

const MAX_ANSWER_BYTES = 4_000_000;
const MAX_BULLETINS = 2000;

/** Words of the service (domain rules 1.13, secondary sources); a word that is not here becomes `unknown`. */
const CATEGORIES: ReadonlyMap<string, BulletinCategory> = new Map([
  ['FAILURE', 'failure'],
  ['TOTAL_FAILURE', 'total-failure'],
  ['MAINTENANCE', 'maintenance'],
]);
const TYPES: ReadonlyMap<string, BulletinType> = new Map([
  ['FAILURE_START', 'start'],
  ['FAILURE_END', 'end'],
  ['MAINTENANCE_ANNOUNCEMENT', 'announcement'],
]);
const STATES: ReadonlyMap<string, LatarniaState> = new Map([
  ['AVAILABLE', 'available'],
  ['MAINTENANCE', 'maintenance'],
  ['FAILURE', 'failure'],
  ['TOTAL_FAILURE', 'total-failure'],
]);

/** Older clients of the service knew numbers where it now has words; those are kept as `unknown`. */
const word = z.union([z.string(), z.number()]).transform(String);

const bulletinDto = z.object({
  id: z.string().min(1).max(200),
  eventId: z.union([z.int(), z.string().min(1).max(200)]).transform(String),
  category: word,
  type: word,
  title: z.string(),
  text: z.string(),
  start: instant,
  end: instant.nullish(),
  version: z.int().nonnegative(),
  published: instant,
});
const messagesDto = z.array(z.unknown()).max(MAX_BULLETINS);
const statusDto = z.object({ status: word });

/** Latarnia over HTTP: no login, nothing guessed, nothing believed that does not parse. */
export class HttpLatarnia implements Latarnia {
  constructor(
    private readonly transport: Transport,
    private readonly clock: Clock,
    private readonly options: HttpLatarniaOptions,
  ) {}

  async bulletins(): Promise<readonly AvailabilityBulletin[]> {
    const messages = await this.#get('/messages', messagesDto);
    const fetchedAt = this.clock.now();
    const bulletins = messages.flatMap((message, at) => this.#read(message, at + 1, fetchedAt));
    if (messages.length > 0 && bulletins.length === 0) {
      throw new LatarniaUnreachableError('Latarnia: none of its messages can be read');
    }
    return bulletins;
  }

  async state(): Promise<LatarniaState> {
    const { status } = await this.#get('/status', statusDto);
    return this.#translate('status', status, STATES);
  }

  #read(message: unknown, position: number, fetchedAt: Instant): readonly AvailabilityBulletin[] {
    const parsed = bulletinDto.safeParse(message);
    if (!parsed.success) {
      const places = parsed.error.issues.map(({ path }) => path.join('.'));
      this.options.log({ code: 'BULLETIN_DROPPED', position, reason: printable(`unreadable: ${places.join(', ')}`) });
      return [];
    }
    const { id, eventId, category, type, title, text, start, end, version, published } = parsed.data;
    return [
      {
        id,
        version,
        eventId,
        category: this.#translate('category', category, CATEGORIES),
        type: this.#translate('type', type, TYPES),
        title,
        text,
        start,
        ...(end === null || end === undefined ? {} : { end }),
        publishedAt: published,
        source: 'latarnia',
        fetchedAt,
      },
    ];
  }

  #translate<T extends string>(field: string, given: string, words: ReadonlyMap<string, T>): T | 'unknown' {
    const known = words.get(given);
    if (known === undefined) this.options.log({ code: 'BULLETIN_WORD_UNKNOWN', field, word: printable(given) });
    return known ?? 'unknown';
  }

  async #get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    const answer = await this.transport.exchange({
      method: 'GET',
      url: `${this.options.latarniaUrl}${path}`,
      headers: { accept: 'application/json' },
      maxAnswerBytes: MAX_ANSWER_BYTES,
      timeoutMs: this.options.probeTimeoutMs,
    });
    if (answer.kind !== 'answer') throw new LatarniaUnreachableError(`Latarnia: ${answer.cause}`);
    if (answer.status !== 200) throw new LatarniaUnreachableError(`Latarnia: HTTP ${String(answer.status)}`);
    const json = parseJson(answer);
    if (!json.ok) throw new LatarniaUnreachableError(`Latarnia: ${json.error}`);
    const parsed = schema.safeParse(json.value);
    if (!parsed.success) throw new LatarniaUnreachableError(`Latarnia: ${path} is not as expected`);
    return parsed.data;
  }
}
