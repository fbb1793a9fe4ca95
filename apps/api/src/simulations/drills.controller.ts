import type { Drill, DrillId, UnitOfWork } from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { ApiFile } from '../http/describe-file.js';
import { ApiQueryOf } from '../http/describe-query.js';
import { sendUnlessKnown } from '../http/etag.js';
import { idempotencyClaim } from '../http/idempotency-key.js';
import { Needs } from '../http/needs.js';
import { answerSchema, bodySchema } from '../http/open-api-schema.js';
import { notFound } from '../http/problem.js';
import { bodyBytes, parseJson, parseWith } from '../http/request-body.js';
import { UNIT_OF_WORK, USE_CASES } from '../http/tokens.js';
import { drillPage } from './drill-page.js';
import { DrillBody, DrillList, DrillView, drillView } from './drill.view.js';
import { drillProblem } from './simulation-refusal.js';

const ListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  after: z.uuid().optional(),
});

/** The page loads nothing and runs nothing. */
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'";

@ApiTags('simulations')
@Controller('v1/drills')
export class DrillsController {
  constructor(
    @Inject(USE_CASES) private readonly useCases: UseCases,
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
  ) {}

  @Post()
  @Needs('administer')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Rehearse an outage; refused on production',
    description:
      'The worker makes a failure, issues sample invoices in every context, ends the failure, has them sent, checks every ' +
      'one and writes a report. Where KSeF is a simulator with controls it is taken down for everybody; else a downtime is ' +
      'simulated for this tenant. Real test invoices go offline meanwhile too.',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: true })
  @ApiBody({ required: true, schema: bodySchema(DrillBody) })
  @ApiResponse({ status: 202, description: 'Asked for', schema: answerSchema(DrillView) })
  async start(
    @CurrentCaller() { tenant, actor }: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DrillView> {
    const body = parseWith(DrillBody, parseJson(bodyBytes(request)), 'body');
    const claim = idempotencyClaim(request, '');
    const started = await this.useCases.startDrill.execute(tenant, { ...body, actor, scheduled: false, claim });
    if (!started.ok) throw drillProblem(started.error);
    const { drill, replayed } = started.value;
    void reply.header('location', `/v1/drills/${drill.id}`);
    if (replayed) void reply.header('idempotency-replayed', 'true');
    return drillView(drill);
  }

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'Drills with their reports, newest first; limit=1 gives the last one' })
  @ApiQueryOf(ListQuery)
  @ApiResponse({ status: 200, schema: answerSchema(DrillList) })
  async list(@CurrentCaller() { tenant }: Caller, @Query() query: unknown): Promise<z.infer<typeof DrillList>> {
    const { limit, after } = parseWith(ListQuery, query, 'query');
    const found = await this.unitOfWork.inTenant(tenant, ({ drills }) =>
      drills.list(limit, after as DrillId | undefined),
    );
    const last = found.at(-1);
    return { items: found.map(drillView), next: last !== undefined && found.length === limit ? last.id : null };
  }

  @Get(':id')
  @Needs('read')
  @ApiOperation({ summary: 'One drill: how far it is, and its report once it is checked' })
  @ApiResponse({ status: 200, schema: answerSchema(DrillView) })
  async one(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<DrillView> {
    return drillView(await this.find(caller, id));
  }

  @Get(':id/report.html')
  @Needs('read')
  @ApiOperation({ summary: 'The report as a page to read, print or keep' })
  @ApiFile('One page, without scripts', 'text/html')
  async page(@CurrentCaller() caller: Caller, @Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const page = drillPage(drillView(await this.find(caller, id)));
    void reply.header('content-security-policy', PAGE_POLICY).header('x-content-type-options', 'nosniff');
    await sendUnlessKnown(reply, { type: 'text/html; charset=utf-8', bytes: Buffer.from(page) });
  }

  private async find({ tenant }: Caller, id: string): Promise<Drill> {
    let found: Drill | undefined;
    if (z.uuid().safeParse(id).success) {
      found = await this.unitOfWork.inTenant(tenant, ({ drills }) => drills.find(id as DrillId));
    }
    if (found === undefined) throw notFound('drill');
    return found;
  }
}
