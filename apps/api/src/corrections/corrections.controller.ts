import {
  LIVE_CORRECTION_STATES,
  type InvoiceId,
  type IssueRequest,
  type Result,
  type DecisionRefusal,
  type TechnicalCorrection,
  type TechnicalCorrectionId,
  type UnitOfWork,
} from '@latarnik/domain';
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
import { bodyBytes, bodyKind, parseJson, parseWith } from '../http/request-body.js';
import { UNIT_OF_WORK, USE_CASES } from '../http/tokens.js';
import { parseInvoiceId } from '../invoices/invoices.controller.js';
import { ApprovalBody, DecisionBody, ListQuery, ProposalQuery } from './correction-bodies.js';
import { decisionProblem, proposalProblem } from './correction-refusal.js';
import {
  CorrectionList,
  correctionView,
  CorrectionView,
  LineageView,
  lineageView,
  massRejectionView,
} from './correction.view.js';

const WARNINGS = 20;

/** Technical corrections (korekty techniczne): new bytes, the same business content, two persons (docs/adr/0018). */
@ApiTags('technical corrections')
@Controller('v1')
export class CorrectionsController {
  constructor(
    @Inject(USE_CASES) private readonly useCases: UseCases,
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
  ) {}

  @Post('invoices/:id/technical-correction')
  @Needs('correct')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Propose a technical correction: the mended file of an offline invoice that KSeF refused for its file',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: true })
  @ApiQueryOf(ProposalQuery)
  @ApiResponse({ status: 202, description: 'Proposed; nothing is sent yet', schema: answerSchema(CorrectionView) })
  async propose(
    @CurrentCaller() { tenant, actor }: Caller,
    @Param('id') id: string,
    @Query() query: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CorrectionView> {
    const invoiceId = parseInvoiceId(id);
    const { person, reason, decision } = parseWith(ProposalQuery, query, 'query');
    const proposed = await this.useCases.proposeTechnicalCorrection.execute({
      tenant,
      actor,
      person,
      ...(reason === undefined ? {} : { reason }),
      ...(decision === undefined ? {} : { decision }),
      claim: idempotencyClaim(request, JSON.stringify([invoiceId, person, reason, decision])),
      invoiceId,
      document: documentOf(request),
    });
    if (!proposed.ok) throw proposalProblem(proposed.error);
    const { correction, replayed } = proposed.value;
    void reply.header('location', `/v1/invoices/${invoiceId}/technical-correction/${correction.id}`);
    if (replayed) void reply.header('idempotency-replayed', 'true');
    return correctionView(correction);
  }

  @Get('invoices/:id/technical-corrections')
  @Needs('read')
  @ApiOperation({ summary: 'All files of an invoice: what was issued, its corrections, and which one KSeF holds' })
  @ApiResponse({ status: 200, schema: answerSchema(LineageView) })
  async lineage(@CurrentCaller() { tenant }: Caller, @Param('id') id: string): Promise<LineageView> {
    const invoiceId = parseInvoiceId(id);
    const stored = await this.useCases.readInvoices.find(tenant, invoiceId);
    if (stored === undefined) throw notFound('invoice');
    return lineageView(stored, await this.unitOfWork.inTenant(tenant, ({ corrections }) => corrections.of(invoiceId)));
  }

  @Get('invoices/:id/technical-correction/:correctionId')
  @Needs('read')
  @ApiOperation({ summary: 'One technical correction, with every difference to the file that was issued' })
  @ApiResponse({ status: 200, schema: answerSchema(CorrectionView) })
  async get(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Param('correctionId') correctionId: string,
  ): Promise<CorrectionView> {
    return correctionView(await this.find(caller, id, correctionId));
  }

  @Get('invoices/:id/technical-correction/:correctionId/xml')
  @Needs('read')
  @ApiOperation({ summary: 'The exact bytes of the corrected file' })
  @ApiFile('FA(3), byte for byte', 'application/xml')
  async xml(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Param('correctionId') correctionId: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const found = await this.find(caller, id, correctionId);
    const bytes = await this.unitOfWork.inTenant(caller.tenant, ({ corrections }) => corrections.bytes(found.id));
    if (bytes === undefined) throw notFound('technical correction');
    await sendUnlessKnown(reply, { type: 'application/xml', bytes });
  }

  @Post('invoices/:id/technical-correction/:correctionId/approval')
  @Needs('correct')
  @HttpCode(202)
  @ApiOperation({ summary: 'Approve it: another person than the proposer, with another API key. It is then sent' })
  @ApiBody({ required: true, schema: bodySchema(ApprovalBody) })
  @ApiResponse({ status: 202, schema: answerSchema(CorrectionView) })
  async approve(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Param('correctionId') correctionId: string,
    @Req() request: FastifyRequest,
  ): Promise<CorrectionView> {
    const { partialComparisonSeen, ...body } = parseWith(ApprovalBody, parseJson(bodyBytes(request)), 'body');
    const decision = decisionOf(caller, id, correctionId, body);
    return answered(await this.useCases.decideTechnicalCorrection.approve({ ...decision, partialComparisonSeen }));
  }

  @Post('invoices/:id/technical-correction/:correctionId/rejection')
  @Needs('correct')
  @HttpCode(200)
  @ApiOperation({ summary: 'Decline a proposal, or give up one that got stuck' })
  @ApiBody({ required: true, schema: bodySchema(DecisionBody) })
  @ApiResponse({ status: 200, schema: answerSchema(CorrectionView) })
  async decline(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Param('correctionId') correctionId: string,
    @Req() request: FastifyRequest,
  ): Promise<CorrectionView> {
    const body = parseWith(DecisionBody, parseJson(bodyBytes(request)), 'body');
    return answered(await this.useCases.decideTechnicalCorrection.decline(decisionOf(caller, id, correctionId, body)));
  }

  @Post('invoices/:id/technical-correction/:correctionId/resumption')
  @Needs('correct')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Send one that got stuck again, with the same bytes: the right was granted, the question settled',
  })
  @ApiBody({ required: true, schema: bodySchema(DecisionBody) })
  @ApiResponse({ status: 202, schema: answerSchema(CorrectionView) })
  async resume(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Param('correctionId') correctionId: string,
    @Req() request: FastifyRequest,
  ): Promise<CorrectionView> {
    const body = parseWith(DecisionBody, parseJson(bodyBytes(request)), 'body');
    return answered(await this.useCases.decideTechnicalCorrection.resume(decisionOf(caller, id, correctionId, body)));
  }

  @Post('invoices/:id/technical-correction/:correctionId/reading')
  @Needs('correct')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Look one that waits for a person up in KSeF once more, and adopt what is there; nothing is sent',
  })
  @ApiBody({ required: true, schema: bodySchema(DecisionBody) })
  @ApiResponse({ status: 202, schema: answerSchema(CorrectionView) })
  async readAgain(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Param('correctionId') correctionId: string,
    @Req() request: FastifyRequest,
  ): Promise<CorrectionView> {
    const body = parseWith(DecisionBody, parseJson(bodyBytes(request)), 'body');
    const decision = decisionOf(caller, id, correctionId, body);
    return answered(await this.useCases.decideTechnicalCorrection.readAgain(decision));
  }

  @Get('technical-corrections')
  @Needs('read')
  @ApiOperation({
    summary: 'Corrections that want something, or of one state, newest first; warnings of mass refusals',
  })
  @ApiQueryOf(ListQuery)
  @ApiResponse({ status: 200, schema: answerSchema(CorrectionList) })
  async list(@CurrentCaller() { tenant }: Caller, @Query() query: unknown): Promise<CorrectionList> {
    const { state, limit, after } = parseWith(ListQuery, query, 'query');
    const states = state === undefined ? LIVE_CORRECTION_STATES : [state];
    return this.unitOfWork.inTenant(tenant, async ({ corrections, massRejections }) => {
      const found = await corrections.list(states, limit, after as TechnicalCorrectionId | undefined);
      const warnings = await massRejections.recent(WARNINGS);
      return {
        items: found.map(correctionView),
        next: found.length === limit ? (found.at(-1)?.id ?? null) : null,
        massRejections: warnings.map(massRejectionView),
      };
    });
  }

  private async find({ tenant }: Caller, id: string, correctionId: string): Promise<TechnicalCorrection> {
    const invoiceId: InvoiceId = parseInvoiceId(id);
    const found = await this.unitOfWork.inTenant(tenant, ({ corrections }) =>
      corrections.find(parseCorrectionId(correctionId)),
    );
    if (found?.invoiceId !== invoiceId) throw notFound('technical correction');
    return found;
  }
}

function documentOf(request: FastifyRequest): IssueRequest['document'] {
  const bytes = bodyBytes(request);
  return bodyKind(request) === 'xml' ? { kind: 'xml', bytes } : { kind: 'json', model: parseJson(bytes) };
}

/** @throws ProblemError 404: an id that is none is a correction that is not there */
function parseCorrectionId(id: string): TechnicalCorrectionId {
  if (!z.uuid().safeParse(id).success) throw notFound('technical correction');
  return id as TechnicalCorrectionId;
}

function decisionOf(
  { tenant, actor }: Caller,
  id: string,
  correctionId: string,
  { person, reason }: z.infer<typeof DecisionBody>,
) {
  const which = { tenant, actor, invoiceId: parseInvoiceId(id), correctionId: parseCorrectionId(correctionId) };
  return { ...which, person, ...(reason === undefined ? {} : { reason }) };
}

function answered(outcome: Result<TechnicalCorrection, DecisionRefusal>): CorrectionView {
  if (!outcome.ok) throw decisionProblem(outcome.error);
  return correctionView(outcome.value);
}
