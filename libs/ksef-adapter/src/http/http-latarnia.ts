import {
  type AvailabilityBulletin,
  type BulletinCategory,
  type BulletinType,
  type Clock,
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
/** Versions of messages whose content is remembered; messages stay listed for about 30 days. */
const MAX_REMEMBERED = 4000;

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

/** Words that change nothing: a message without them is kept all the same. */
const words = z
  .string()
  .nullish()
  .transform((text) => text ?? '');

/** Older clients of the service knew numbers where it now has words; those are kept as `unknown`. */
const word = z.union([z.string(), z.number()]).transform(String);

const bulletinDto = z.object({
  id: z.string().min(1).max(200),
  eventId: z.union([z.int(), z.string().min(1).max(200)]).transform(String),
  category: word,
  type: word,
  title: words,
  text: words,
  start: instant,
  end: instant.nullish(),
  version: z.int().nonnegative(),
  published: instant,
});
const messagesDto = z.array(z.unknown()).max(MAX_BULLETINS);
const statusDto = z.object({ status: word });

type BulletinDto = z.infer<typeof bulletinDto>;

/** Latarnia over HTTP: no login, nothing guessed, nothing believed that does not parse. */
export class HttpLatarnia implements Latarnia {
  /** What each version of each message said, in the last answer that had it. */
  #said: ReadonlyMap<string, ReadonlySet<string>> = new Map();

  constructor(
    private readonly transport: Transport,
    private readonly clock: Clock,
    private readonly options: HttpLatarniaOptions,
  ) {}

  async bulletins(): Promise<readonly AvailabilityBulletin[]> {
    const messages = await this.#get('/messages', messagesDto);
    const fetchedAt = this.clock.now();
    const said = new Map<string, Set<string>>();
    const bulletins = messages.flatMap((message, at) => {
      const dto = this.#parse(message, at + 1);
      if (dto === undefined) return [];
      this.#compare(dto, said);
      return [{ ...this.#bulletin(dto), raw: JSON.stringify(message), fetchedAt }];
    });
    this.#said = new Map([...this.#said, ...said].slice(-MAX_REMEMBERED));
    if (messages.length > 0 && bulletins.length === 0) {
      throw outsideContract('none of its messages can be read');
    }
    return bulletins;
  }

  async state(): Promise<LatarniaState> {
    const { status } = await this.#get('/status', statusDto);
    return this.#translate('status', status, STATES);
  }

  #parse(message: unknown, position: number): BulletinDto | undefined {
    const parsed = bulletinDto.safeParse(message);
    if (parsed.success) return parsed.data;
    const places = parsed.error.issues.map(({ path }) => path.join('.'));
    this.options.log({ code: 'BULLETIN_DROPPED', position, reason: printable(`unreadable: ${places.join(', ')}`) });
    return undefined;
  }

  /** The archive keeps what a version said first; that it says something else now is told, once for each change. */
  #compare(dto: BulletinDto, said: Map<string, Set<string>>): void {
    const { id, version } = dto;
    const key = `${String(version)}/${id}`;
    const content = JSON.stringify(dto);
    const before = this.#said.get(key) ?? said.get(key);
    if (before?.has(content) === false) {
      this.options.log({ code: 'BULLETIN_CHANGED', bulletinId: printable(id), version });
    }
    said.set(key, (said.get(key) ?? new Set<string>()).add(content));
  }

  #bulletin(dto: BulletinDto): Omit<AvailabilityBulletin, 'fetchedAt'> {
    const { id, eventId, category, type, title, text, start, end, version, published } = dto;
    return {
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
    };
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
    if (answer.status !== 200) throw outsideContract(`HTTP ${String(answer.status)}`);
    const json = parseJson(answer);
    if (!json.ok) throw outsideContract(json.error);
    const parsed = schema.safeParse(json.value);
    if (!parsed.success) throw outsideContract(`${path} is not as expected`);
    return parsed.data;
  }
}

/** Something answered at its address, but not as Latarnia does. */
const outsideContract = (what: string): LatarniaUnreachableError =>
  new LatarniaUnreachableError(`Latarnia: ${what}`, { from: 'its-host' });
