import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import {
  EVENT_TYPES,
  isFilterEntry,
  MOST_FILTER_ENTRIES,
  type EventFilter,
  type ReadFrom,
  type ReadFromRefusal,
} from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import {
  Controller,
  Get,
  Headers,
  Inject,
  Query,
  Res,
  type BeforeApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { shortText } from '../http/fields.js';
import { Needs } from '../http/needs.js';
import { answerSchema } from '../http/open-api-schema.js';
import { problem, ProblemError } from '../http/problem.js';
import { parseWith } from '../http/request-body.js';
import { USE_CASES } from '../http/tokens.js';
import { eventStream } from './event-stream.js';
import { OpenStreams } from './open-streams.js';

/** A reader that takes nothing for so long is cut off: at least a heartbeat waits for it all that time. */
const STALLED_MS = 60_000;

/** Nothing between us and the reader keeps or holds back what is sent. */
const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} as const;

const StreamQuery = z.strictObject({
  types: shortText(4000).optional(),
  after: shortText(100).optional(),
});
const EventTypes = z.object({ items: z.array(z.object({ type: z.string(), description: z.string() })) });

@ApiTags('events')
@Controller('v1/events')
export class EventsController implements OnModuleDestroy, BeforeApplicationShutdown {
  readonly #closing = new AbortController();
  readonly #streams = new OpenStreams();

  constructor(@Inject(USE_CASES) private readonly useCases: UseCases) {}

  @Get()
  @Needs('read')
  @ApiOperation({
    summary: 'Server-sent events: everything that happens to invoices, deadlines, batches and certificates',
    description:
      'At least once, and of one invoice in the order of its changes; none is left out. A reader that connects again with ' +
      'Last-Event-ID, as browsers do by themselves, gets what it missed. Without it, or `after`, what happens from now on. ' +
      'Streams end after a quarter of an hour at the latest.',
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'the last event that the reader has' })
  @ApiQuery({ name: 'types', required: false, description: 'types, or groups such as invoice.*, separated by commas' })
  @ApiQuery({
    name: 'after',
    required: false,
    description: 'the id of an event, or `start` for the oldest that is kept',
  })
  @ApiResponse({
    status: 200,
    description: 'events named by their type, with the JSON of the event',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  })
  @ApiResponse({ status: 410, description: 'events after that one were deleted for their age' })
  async stream(
    @CurrentCaller() { tenant }: Caller,
    @Query() query: unknown,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { types, after } = parseWith(StreamQuery, query, 'query');
    const filter = parseFilter(types);
    const begin = await this.useCases.readEvents.begin(tenant, readFrom(lastEventId, after));
    if (!begin.ok) throw placeProblem(begin.error);
    // Its `close` has passed: nobody would give the place back.
    if (reply.raw.destroyed) {
      await reply.send();
      return;
    }
    const leave = this.#streams.enter(tenant);
    const gone = new AbortController();
    const signal = AbortSignal.any([gone.signal, this.#closing.signal]);
    let takenAt = performance.now();
    const events = eventStream(tenant, begin.value, {
      read: (place) => {
        takenAt = performance.now();
        return this.useCases.readEvents.next(tenant, place, filter);
      },
      pause: (ms) => pause(ms, undefined, { signal }).catch(() => undefined),
      isClosing: () => signal.aborted,
    });
    const watch = setInterval(() => {
      if (performance.now() - takenAt > STALLED_MS) reply.raw.destroy();
    }, STALLED_MS / 4).unref();
    reply.raw.once('close', () => {
      clearInterval(watch);
      leave();
      gone.abort();
    });
    await reply.headers(STREAM_HEADERS).send(Readable.from(events, { highWaterMark: 1 }));
  }

  @Get('types')
  @Needs('read')
  @ApiOperation({ summary: 'The types of events, and when they happen' })
  @ApiResponse({ status: 200, schema: answerSchema(EventTypes) })
  types(): z.infer<typeof EventTypes> {
    return { items: Object.entries(EVENT_TYPES).map(([type, description]) => ({ type, description })) };
  }

  /** Before the server waits for its connections to end: these would not. */
  onModuleDestroy(): void {
    this.#closing.abort();
  }

  beforeApplicationShutdown(): void {
    this.#closing.abort();
  }
}

/** What a browser says when it connects again goes before what stands in its address. */
function readFrom(lastEventId: string | undefined, after: string | undefined): ReadFrom {
  const given = lastEventId === undefined || lastEventId === '' ? after : lastEventId;
  if (given === undefined) return { kind: 'now' };
  return given === 'start' ? { kind: 'start' } : { kind: 'after', eventId: given };
}

function parseFilter(types: string | undefined): EventFilter {
  const filter = (types ?? '').split(',').filter((each) => each !== '');
  if (filter.length <= MOST_FILTER_ENTRIES && filter.every(isFilterEntry)) return filter;
  const detail = 'One of the types is not in GET /v1/events/types, or there are too many.';
  throw new ProblemError(problem(400, 'UNKNOWN_EVENT_TYPES', 'The query is not as described', detail));
}

export function placeProblem(refusal: ReadFromRefusal): ProblemError {
  switch (refusal.code) {
    case 'EVENT_ID_UNKNOWN': {
      const detail = 'There is no event with this id; `after=start` begins with the oldest that is kept.';
      return new ProblemError(problem(400, refusal.code, 'Where to begin?', detail));
    }
    case 'EVENTS_GONE': {
      const detail =
        'Events after that one were deleted for their age. Read the invoices anew, and begin with `after=start`.';
      const { oldestKept } = refusal;
      return new ProblemError(problem(410, refusal.code, 'Too long ago', detail, { oldestKept }));
    }
  }
}
