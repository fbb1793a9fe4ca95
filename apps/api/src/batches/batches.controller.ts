import {
  contextLabel,
  DISPLAY_STATUS,
  type Batch,
  type BatchId,
  type InvoiceId,
  type UnitOfWork,
} from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { answerSchema, bodySchema } from '../http/open-api-schema.js';
import { notFound } from '../http/problem.js';
import { bodyBytes, parseJson, parseWith } from '../http/request-body.js';
import { UNIT_OF_WORK, USE_CASES } from '../http/tokens.js';

const SendRequest = z.strictObject({
  invoiceIds: z.array(z.uuid()).min(1).max(10_000).optional().describe('only these; all signed ones when left out'),
});

const BatchView = z.object({
  id: z.uuid(),
  state: z.string(),
  context: z.string(),
  invoiceCount: z.int(),
  plannedAt: z.iso.datetime(),
  sessionReferenceNumber: z.string().nullable(),
  sessionCode: z.int().nullable(),
  parts: z.array(z.object({ ordinal: z.int(), size: z.int(), sha256: z.string(), uploaded: z.boolean() })),
  openAttempts: z.int(),
  reason: z.string().nullable().describe('why it came to nothing'),
  finishedAt: z.iso.datetime().nullable(),
});
type BatchView = z.infer<typeof BatchView>;

const BatchDetails = BatchView.extend({
  counts: z.record(z.string(), z.int()).describe('invoices by status'),
  invoices: z.array(
    z.object({ id: z.uuid(), number: z.string(), status: z.string(), ksefNumber: z.string().nullable() }),
  ),
});

const BatchList = z.object({ items: z.array(BatchView), next: z.string().nullable() });
const PlannedBatches = z.object({
  batches: z.array(BatchView),
  passedOver: z.array(z.object({ invoiceId: z.uuid(), reason: z.string() })).describe('named, and not sent'),
});

const ListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: z.uuid().optional(),
});

@ApiTags('batches')
@Controller('v1/batches')
export class BatchesController {
  constructor(
    @Inject(USE_CASES) private readonly useCases: UseCases,
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
  ) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Send now: all signed invoices, or the ones named (also blocked ones, and ones under review)',
  })
  @ApiBody({ required: false, schema: bodySchema(SendRequest) })
  @ApiResponse({ status: 202, schema: answerSchema(PlannedBatches) })
  async send(
    @CurrentCaller() { tenant, actor }: Caller,
    @Req() request: FastifyRequest,
  ): Promise<z.infer<typeof PlannedBatches>> {
    const bytes = bodyBytes(request);
    const { invoiceIds } = parseWith(SendRequest, bytes.length === 0 ? {} : parseJson(bytes), 'body');
    const { planBatches } = this.useCases;
    const { planned, passedOver } =
      invoiceIds === undefined
        ? { planned: await planBatches.execute(tenant, actor), passedOver: [] }
        : await planBatches.named(tenant, actor, invoiceIds as InvoiceId[]);
    return { batches: planned.map(batchView), passedOver: [...passedOver] };
  }

  @Get()
  @ApiOperation({ summary: 'Batches, newest first' })
  @ApiResponse({ status: 200, schema: answerSchema(BatchList) })
  async list(@CurrentCaller() { tenant }: Caller, @Query() query: unknown): Promise<z.infer<typeof BatchList>> {
    const { limit, after } = parseWith(ListQuery, query, 'query');
    const found = await this.unitOfWork.inTenant(tenant, ({ batches }) =>
      batches.list(limit, after as BatchId | undefined),
    );
    return { items: found.map(batchView), next: found.length === limit ? (found.at(-1)?.id ?? null) : null };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One batch with its parts, counts and invoices' })
  @ApiResponse({ status: 200, schema: answerSchema(BatchDetails) })
  async get(@CurrentCaller() { tenant }: Caller, @Param('id') id: string): Promise<z.infer<typeof BatchDetails>> {
    if (!z.uuid().safeParse(id).success) throw notFound('batch');
    const found = await this.unitOfWork.inTenant(tenant, async ({ batches, invoices }) => {
      const batch = await batches.find(id as BatchId);
      return batch === undefined ? undefined : { batch, members: await invoices.inBatch(batch.id) };
    });
    if (found === undefined) throw notFound('batch');
    const invoices = found.members.map((invoice) => ({
      id: invoice.id,
      number: invoice.facts.number,
      status: DISPLAY_STATUS[invoice.state],
      ksefNumber: 'acceptance' in invoice ? invoice.acceptance.ksefNumber : null,
    }));
    return { ...batchView(found.batch), counts: countBy(invoices.map(({ status }) => status)), invoices };
  }
}

function batchView(batch: Batch): BatchView {
  return {
    id: batch.id,
    state: batch.state,
    context: contextLabel(batch.context),
    invoiceCount: batch.invoiceCount,
    plannedAt: batch.plannedAt.toString(),
    sessionReferenceNumber: 'session' in batch ? (batch.session ?? null) : null,
    sessionCode: 'sessionCode' in batch ? batch.sessionCode : null,
    parts: partsOf(batch),
    openAttempts: batch.openAttempts,
    reason: batch.state === 'dead' ? batch.reason : null,
    finishedAt: 'finishedAt' in batch ? batch.finishedAt.toString() : null,
  };
}

function partsOf(batch: Batch): BatchView['parts'] {
  if (!('sealed' in batch)) return [];
  const before = batch.state === 'packed' || batch.state === 'opening';
  return batch.sealed.parts.map(({ ordinal, sizeBytes, sha256 }) => ({
    ordinal,
    size: sizeBytes,
    sha256,
    uploaded: batch.state === 'open' ? batch.uploaded.has(ordinal) : !before,
  }));
}

function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
