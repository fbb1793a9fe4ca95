import {
  Temporal,
  type BatchFilter,
  type BatchId,
  type Clock,
  type InvoiceId,
  type TenantId,
  type UnitOfWork,
} from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { Moment } from '../http/fields.js';
import { ApiQueryOf } from '../http/describe-query.js';
import { Needs } from '../http/needs.js';
import { answerSchema, bodySchema } from '../http/open-api-schema.js';
import { notFound, problem, ProblemError } from '../http/problem.js';
import { bodyBytes, parseJson, parseWith } from '../http/request-body.js';
import { StoresAnswer } from '../http/stored-answers.js';
import { CLOCK, UNIT_OF_WORK, USE_CASES } from '../http/tokens.js';
import { parseContext } from '../invoices/invoices.controller.js';
import { ForecastSummary, forecastSummary } from '../sending/forecast.view.js';
import {
  BATCH_STATES,
  BatchDetails,
  BatchHistory,
  BatchView,
  batchView,
  historyView,
  MemberList,
  memberView,
  progressView,
} from './batch.view.js';
import { readBatch } from './read-batch.js';

const SendRequest = z.union([
  z.strictObject({ invoiceIds: z.array(z.uuid()).min(1).max(10_000).describe('only these') }),
  z.strictObject({
    context: z.string().optional().describe('`Nip:5265877635`: only of this context'),
    dueBefore: Moment.optional().describe('only those whose statutory end is before this moment'),
  }),
]);

const BatchList = z.object({
  forecast: ForecastSummary.describe('until when everything that waits will be in KSeF'),
  items: z.array(BatchView),
  next: z.string().nullable(),
});
const PlannedBatches = z.object({
  batches: z.array(BatchView),
  passedOver: z.array(z.object({ invoiceId: z.uuid(), reason: z.string() })).describe('named, and not sent'),
  moreFollow: z.boolean().describe('the rest of a large backlog is planned as these get to KSeF'),
});

const page = { limit: z.coerce.number().int().min(1).max(200).default(50), after: z.uuid().optional() };
const ListQuery = z.strictObject({
  state: z.enum(BATCH_STATES).optional(),
  context: z.string().optional(),
  ...page,
});
const MemberQuery = z.strictObject({ ...page, limit: z.coerce.number().int().min(1).max(1000).default(100) });

/** Invoices that a batch shows with itself. */
const FIRST_MEMBERS = 100;

@ApiTags('batches')
@Controller('v1/batches')
export class BatchesController {
  constructor(
    @Inject(USE_CASES) private readonly useCases: UseCases,
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post()
  @Needs('resend')
  @StoresAnswer()
  @HttpCode(202)
  @ApiOperation({
    summary:
      'Send now: all signed invoices, those of a context or due before a moment, or the ones named (also blocked ones, and ones under review)',
  })
  @ApiBody({ required: false, schema: bodySchema(SendRequest) })
  @ApiResponse({ status: 202, schema: answerSchema(PlannedBatches) })
  async send(
    @CurrentCaller() { tenant, actor }: Caller,
    @Req() request: FastifyRequest,
  ): Promise<z.infer<typeof PlannedBatches>> {
    const bytes = bodyBytes(request);
    const wanted = parseWith(SendRequest, bytes.length === 0 ? {} : parseJson(bytes), 'body');
    if ('invoiceIds' in wanted) {
      const { planned, passedOver } = await this.useCases.planBatches.named(
        tenant,
        actor,
        wanted.invoiceIds as InvoiceId[],
      );
      return { batches: planned.map(batchView), passedOver: [...passedOver], moreFollow: false };
    }
    const { context, dueBefore } = wanted;
    const { planned, moreFollow } = await this.useCases.sendNow.execute(tenant, {
      actor,
      ...(context === undefined ? {} : { context: parseContext(context) }),
      ...(dueBefore === undefined ? {} : { dueBefore: Temporal.Instant.from(dueBefore) }),
    });
    return { batches: planned.map(batchView), passedOver: [], moreFollow };
  }

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'Batches, newest first, under the forecast of what still waits' })
  @ApiQueryOf(ListQuery)
  @ApiResponse({ status: 200, schema: answerSchema(BatchList) })
  async list(@CurrentCaller() { tenant }: Caller, @Query() query: unknown): Promise<z.infer<typeof BatchList>> {
    const { limit, after, state, context } = parseWith(ListQuery, query, 'query');
    const filter: BatchFilter = {
      ...(state === undefined ? {} : { states: [state] }),
      ...(context === undefined ? {} : { context: parseContext(context) }),
    };
    const found = await this.unitOfWork.inTenant(tenant, ({ batches }) =>
      batches.list(limit, after as BatchId | undefined, filter),
    );
    const next = found.length === limit ? (found.at(-1)?.id ?? null) : null;
    const forecast = forecastSummary(await this.useCases.readForecast.execute(tenant));
    return { forecast, items: found.map(batchView), next };
  }

  @Get(':id')
  @Needs('read')
  @ApiOperation({ summary: 'One batch: its parts, counts, first invoices, and what happens next' })
  @ApiResponse({ status: 200, schema: answerSchema(BatchDetails) })
  async get(@CurrentCaller() { tenant }: Caller, @Param('id') id: string): Promise<BatchDetails> {
    const batchId = parseBatchId(id);
    const found = await this.unitOfWork.inTenant(tenant, async (stores) => {
      const known = await readBatch(stores, batchId);
      return known === undefined
        ? undefined
        : { known, members: await stores.invoices.pageOfBatch(batchId, FIRST_MEMBERS) };
    });
    if (found === undefined) throw notFound('batch');
    return { ...progressView(found.known, this.clock.now()), invoices: found.members.map(memberView) };
  }

  @Get(':id/invoices')
  @Needs('read')
  @ApiOperation({ summary: 'Invoices of a batch, by id, with the state of each' })
  @ApiQueryOf(MemberQuery)
  @ApiResponse({ status: 200, schema: answerSchema(MemberList) })
  async members(
    @CurrentCaller() { tenant }: Caller,
    @Param('id') id: string,
    @Query() query: unknown,
  ): Promise<z.infer<typeof MemberList>> {
    const { limit, after } = parseWith(MemberQuery, query, 'query');
    await this.mustExist(tenant, parseBatchId(id));
    const found = await this.unitOfWork.inTenant(tenant, ({ invoices }) =>
      invoices.pageOfBatch(id as BatchId, limit, after as InvoiceId | undefined),
    );
    return { items: found.map(memberView), next: found.length === limit ? (found.at(-1)?.id ?? null) : null };
  }

  @Get(':id/history')
  @Needs('read')
  @ApiOperation({ summary: 'What was done with a batch, oldest first, and every call to KSeF for it' })
  @ApiResponse({ status: 200, schema: answerSchema(BatchHistory) })
  async history(@CurrentCaller() { tenant }: Caller, @Param('id') id: string): Promise<z.infer<typeof BatchHistory>> {
    await this.mustExist(tenant, parseBatchId(id));
    return this.unitOfWork.inTenant(tenant, async ({ audit, tracking }) =>
      historyView(await audit.of('batch', id), await tracking.attempts.ofBatch(id as BatchId)),
    );
  }

  @Post(':id/resume')
  @Needs('resend')
  @HttpCode(202)
  @ApiOperation({ summary: 'Let workers try again with a batch that waits for a person after failing too often' })
  @ApiResponse({ status: 202, schema: answerSchema(BatchView) })
  async resume(@CurrentCaller() { tenant, actor }: Caller, @Param('id') id: string): Promise<BatchView> {
    const batch = await this.mustExist(tenant, parseBatchId(id));
    if (await this.useCases.resumeBatch.execute(tenant, actor, batch.id)) return batchView(batch);
    const detail = 'Workers take it up by themselves, or it has ended.';
    throw new ProblemError(problem(409, 'BATCH_NOT_HELD', 'This batch does not wait for a person', detail));
  }

  private async mustExist(tenant: TenantId, id: BatchId) {
    const batch = await this.unitOfWork.inTenant(tenant, ({ batches }) => batches.find(id));
    if (batch === undefined) throw notFound('batch');
    return batch;
  }
}

/** @throws ProblemError 404: an id that is none is a batch that is not there */
export function parseBatchId(id: string): BatchId {
  if (!z.uuid().safeParse(id).success) throw notFound('batch');
  return id as BatchId;
}
