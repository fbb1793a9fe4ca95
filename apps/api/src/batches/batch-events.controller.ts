import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { hasEnded, type BatchId, type Clock, type TenantId, type UnitOfWork } from '@latarnik/domain';
import {
  Controller,
  Get,
  Inject,
  Param,
  Res,
  type BeforeApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { Needs } from '../http/needs.js';
import { notFound, problem, ProblemError } from '../http/problem.js';
import { CLOCK, UNIT_OF_WORK } from '../http/tokens.js';
import { viewEvents } from './batch-events.js';
import { progressView } from './batch.view.js';
import { parseBatchId } from './batches.controller.js';
import { readBatch } from './read-batch.js';

/** Streams that one process keeps open; each looks at the database once a second. */
const MOST_STREAMS = 100;

@ApiTags('batches')
@Controller('v1/batches')
export class BatchEventsController implements OnModuleDestroy, BeforeApplicationShutdown {
  readonly #closing = new AbortController();
  #streams = 0;

  constructor(
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get(':id/events')
  @Needs('read')
  @ApiOperation({ summary: 'Server-sent events: the batch without its invoices, each time it changes, until it ends' })
  @ApiResponse({
    status: 200,
    description: 'events `batch` with the JSON of GET /v1/batches/{id}, then `end`',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  })
  async events(
    @CurrentCaller() { tenant }: Caller,
    @Param('id') id: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const batchId = parseBatchId(id);
    if ((await this.read(tenant, batchId)) === undefined) throw notFound('batch');
    if (this.#streams >= MOST_STREAMS) throw tooMany();
    if (reply.raw.destroyed) {
      // Its `close` has passed: nothing would give the place back.
      await reply.send();
      return;
    }
    const gone = new AbortController();
    const signal = AbortSignal.any([gone.signal, this.#closing.signal]);
    const events = viewEvents({
      read: () => this.read(tenant, batchId),
      pause: (ms) => pause(ms, undefined, { signal }).catch(() => undefined),
      isClosing: () => signal.aborted,
    });
    this.#streams += 1;
    reply.raw.once('close', () => {
      this.#streams -= 1;
      gone.abort();
    });
    await reply
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('cache-control', 'no-cache, no-transform')
      .header('x-accel-buffering', 'no')
      .send(Readable.from(events));
  }

  /** Before the server waits for its connections to end: these would not. */
  onModuleDestroy(): void {
    this.#closing.abort();
  }

  beforeApplicationShutdown(): void {
    this.#closing.abort();
  }

  private async read(tenant: TenantId, id: BatchId) {
    const known = await this.unitOfWork.inTenant(tenant, (stores) => readBatch(stores, id));
    if (known === undefined) return undefined;
    const { next, ...view } = progressView(known, this.clock.now());
    // The moment of the next step follows the clock while it is due: that is no change.
    const { at: _at, ...step } = next;
    return { view: { ...view, next: step }, ended: hasEnded(known.batch) };
  }
}

function tooMany(): ProblemError {
  const detail = `This process keeps ${String(MOST_STREAMS)} streams of events at most; try again later, or read the batch itself.`;
  return new ProblemError(problem(503, 'TOO_MANY_STREAMS', 'Too many streams of events', detail), {
    'retry-after': '30',
  });
}
