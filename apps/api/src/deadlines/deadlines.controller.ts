import { Temporal, type DueDay, type Instant, type TenantId } from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { ApiQueryOf } from '../http/describe-query.js';
import { Needs } from '../http/needs.js';
import { answerSchema } from '../http/open-api-schema.js';
import { parseWith } from '../http/request-body.js';
import { USE_CASES } from '../http/tokens.js';
import { parseContext } from '../invoices/invoices.controller.js';
import { deadlineCalendar } from './deadline-calendar.js';
import { DueDayView, dueDayViews, earliestFirst } from './due-day.view.js';

const DeadlineList = z.object({ asOf: z.iso.datetime(), items: z.array(DueDayView) });

const DeadlineQuery = z.strictObject({
  context: z.string().optional().describe('`Nip:5265877635`; all when left out'),
});

@ApiTags('deadlines')
@Controller('v1')
export class DeadlinesController {
  constructor(@Inject(USE_CASES) private readonly useCases: UseCases) {}

  @Get('deadlines')
  @Needs('read')
  @ApiOperation({ summary: 'What waits and until when, by day and context, the earliest first' })
  @ApiQueryOf(DeadlineQuery)
  @ApiResponse({ status: 200, schema: answerSchema(DeadlineList) })
  async list(@CurrentCaller() { tenant }: Caller, @Query() query: unknown): Promise<z.infer<typeof DeadlineList>> {
    const days = await this.read(tenant, query);
    return { asOf: now().toString(), items: dueDayViews(days) };
  }

  @Get('deadlines.ics')
  @Needs('read')
  @ApiOperation({ summary: 'The same days as a calendar feed, with alarms' })
  @ApiQueryOf(DeadlineQuery)
  @ApiProduces('text/calendar')
  @ApiResponse({ status: 200, content: { 'text/calendar': { schema: { type: 'string' } } } })
  async calendar(
    @CurrentCaller() { tenant }: Caller,
    @Query() query: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const days = [...(await this.read(tenant, query))].sort(earliestFirst);
    await reply.type('text/calendar; charset=utf-8').send(deadlineCalendar(tenant, days, now()));
  }

  private read(tenant: TenantId, query: unknown): Promise<readonly DueDay[]> {
    const { context } = parseWith(DeadlineQuery, query, 'query');
    return this.useCases.readDeadlines.execute(tenant, context === undefined ? undefined : parseContext(context));
  }
}

const now = (): Instant => Temporal.Instant.fromEpochMilliseconds(Date.now());
