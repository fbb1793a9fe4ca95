import type { Approval, ApprovalRefusal, Result, UnitOfWork } from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { ApiQueryOf } from '../http/describe-query.js';
import { Needs } from '../http/needs.js';
import { answerSchema, bodySchema } from '../http/open-api-schema.js';
import { notFound } from '../http/problem.js';
import { bodyBytes, parseJson, parseWith } from '../http/request-body.js';
import { UNIT_OF_WORK, USE_CASES } from '../http/tokens.js';
import {
  ApprovalBody,
  ApprovalList,
  approvalProblem,
  ApprovalView,
  approvalView,
  RejectionBody,
} from './approval.view.js';

const ListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  after: z.uuid().optional(),
});

/** What one person asks for and another one lets happen (reliability S8). */
@ApiTags('access')
@Controller('v1/approvals')
export class ApprovalsController {
  constructor(
    @Inject(USE_CASES) private readonly useCases: UseCases,
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
  ) {}

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'What takes two persons: asked for, decided, done; newest first' })
  @ApiQueryOf(ListQuery)
  @ApiResponse({ status: 200, schema: answerSchema(ApprovalList) })
  async list(@CurrentCaller() { tenant }: Caller, @Query() query: unknown): Promise<z.infer<typeof ApprovalList>> {
    const { limit, after } = parseWith(ListQuery, query, 'query');
    const found = await this.unitOfWork.inTenant(tenant, ({ approvals }) => approvals.list(limit, after));
    return { items: found.map(approvalView), next: found.length === limit ? (found.at(-1)?.id ?? null) : null };
  }

  @Get(':id')
  @Needs('read')
  @ApiOperation({ summary: 'One of them' })
  @ApiResponse({ status: 200, schema: answerSchema(ApprovalView) })
  async one(@CurrentCaller() { tenant }: Caller, @Param('id') id: string): Promise<ApprovalView> {
    const approvalId = parseApprovalId(id);
    const found = await this.unitOfWork.inTenant(tenant, ({ approvals }) => approvals.find(approvalId));
    if (found === undefined) throw notFound('approval');
    return approvalView(found);
  }

  @Post(':id/approval')
  @HttpCode(200)
  @Needs('administer')
  @ApiOperation({
    summary: 'Let it happen: another person than who asked, with another credential. It is done at once',
  })
  @ApiBody({ required: true, schema: bodySchema(ApprovalBody) })
  @ApiResponse({ status: 200, description: 'Done, or refused with a code', schema: answerSchema(ApprovalView) })
  async approve(
    @CurrentCaller() { tenant, actor }: Caller,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
  ): Promise<ApprovalView> {
    const approvalId = parseApprovalId(id);
    const { person } = parseWith(ApprovalBody, parseJson(bodyBytes(request)), 'body');
    return answered(await this.useCases.decideApproval.approve({ tenant, actor, person }, approvalId));
  }

  @Post(':id/rejection')
  @HttpCode(200)
  @Needs('administer')
  @ApiOperation({ summary: 'Say no, or take it back' })
  @ApiBody({ required: true, schema: bodySchema(RejectionBody) })
  @ApiResponse({ status: 200, schema: answerSchema(ApprovalView) })
  async reject(
    @CurrentCaller() { tenant, actor }: Caller,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
  ): Promise<ApprovalView> {
    const approvalId = parseApprovalId(id);
    const { person, reason } = parseWith(RejectionBody, parseJson(bodyBytes(request)), 'body');
    return answered(await this.useCases.decideApproval.reject({ tenant, actor, person }, approvalId, reason));
  }
}

/** @throws ProblemError 404: an id that is none is an approval that is not there */
function parseApprovalId(id: string): string {
  if (!z.uuid().safeParse(id).success) throw notFound('approval');
  return id.toLowerCase();
}

function answered(outcome: Result<Approval, ApprovalRefusal>): ApprovalView {
  if (!outcome.ok) throw approvalProblem(outcome.error);
  return approvalView(outcome.value);
}
