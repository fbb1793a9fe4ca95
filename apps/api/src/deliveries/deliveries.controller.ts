import type {
  ApprovedSecondDelivery,
  BatchAlarm,
  BatchId,
  CallAttempt,
  Result,
  SecondDelivery,
  TenantStores,
  UnitOfWork,
} from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Get, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { Needs } from '../http/needs.js';
import { answerSchema, bodySchema } from '../http/open-api-schema.js';
import { notFound } from '../http/problem.js';
import { bodyBytes, parseJson, parseWith } from '../http/request-body.js';
import { UNIT_OF_WORK, USE_CASES } from '../http/tokens.js';
import { disputeProblem, secondDeliveryProblem } from './delivery-refusal.js';

const person = z.string().trim().min(1).max(200).describe('the person behind the API key');
const reason = z.string().trim().min(1).max(2000);

const ProposalBody = z.strictObject({ person, reason: reason.describe('why waiting is worse than a duplicate') });
const ApprovalBody = z.strictObject({ person: person.describe('another person, with another API key') });
const WithdrawalBody = z.strictObject({ person, reason });
const SettlementBody = z.strictObject({
  person,
  settlement: reason.describe('what came of the dispute, or of the session that KSeF does not know'),
});

const SecondDeliveryView = z.object({
  batchId: z.uuid(),
  sessionReferenceNumber: z.string().describe('the session that says nothing final'),
  state: z.enum(['proposed', 'approved', 'withdrawn']),
  askedBy: z.string(),
  askedAt: z.iso.datetime(),
  reason: z.string(),
  approvedBy: z.string().nullable(),
  approvedAt: z.iso.datetime().nullable(),
  secondBatchId: z.uuid().nullable().describe('the batch that carries the same bytes'),
  invoices: z.int().nullable(),
  withdrawnAt: z.iso.datetime().nullable(),
  withdrawnBecause: z.string().nullable(),
});
type SecondDeliveryView = z.infer<typeof SecondDeliveryView>;

const DeliveryRecord = z.object({
  calls: z
    .array(
      z.object({
        call: z.enum(['open', 'close']),
        madeAt: z.iso.datetime(),
        outcome: z.enum(['pending', 'done', 'failed', 'unknown', 'resolved']),
        endedAt: z.iso.datetime().nullable(),
        cause: z.string().nullable(),
        resolution: z.string().nullable().describe('what reading told of a call without an answer'),
        sessionsLeftBehind: z.array(z.string()).describe('empty sessions at KSeF; they accept nothing'),
      }),
    )
    .describe('calls that open and close its session, oldest first'),
  alarms: z.array(z.object({ kind: z.string(), raisedAt: z.iso.datetime(), detail: z.string() })),
  secondDelivery: SecondDeliveryView.nullable(),
});

const SettledBatch = z.object({
  id: z.uuid(),
  state: z
    .enum(['done', 'closing', 'processing'])
    .describe('`done`: the dispute is over; else its session is given up, and its invoices are looked for in KSeF'),
  settlement: z.string(),
});

/** What people decide about batches whose fate KSeF leaves open, and what is recorded of their calls. */
@ApiTags('batches')
@Controller('v1/batches/:id')
export class DeliveriesController {
  constructor(
    @Inject(USE_CASES) private readonly useCases: UseCases,
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
  ) {}

  @Get('deliveries')
  @Needs('read')
  @ApiOperation({ summary: 'Calls to KSeF with what became of each, alarms, and a second delivery' })
  @ApiResponse({ status: 200, schema: answerSchema(DeliveryRecord) })
  async record(@CurrentCaller() { tenant }: Caller, @Param('id') id: string): Promise<z.infer<typeof DeliveryRecord>> {
    const batchId = parseBatchId(id);
    const found = await this.unitOfWork.inTenant(tenant, (stores) => recordOf(stores, batchId));
    if (found === undefined) throw notFound('batch');
    return {
      calls: found.calls.map(callView),
      alarms: found.alarms.map(alarmView),
      secondDelivery: found.second === undefined ? null : secondDeliveryView(found.second),
    };
  }

  @Post('second-delivery')
  @Needs('resend')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Ask to send the same bytes once more: its session says nothing final and a deadline is near',
    description:
      'Nothing is sent before a second person approves. The first session stays open; new bytes never go this way.',
  })
  @ApiBody({ required: true, schema: bodySchema(ProposalBody) })
  @ApiResponse({ status: 202, schema: answerSchema(SecondDeliveryView) })
  async propose(
    @CurrentCaller() { tenant, actor }: Caller,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
  ): Promise<SecondDeliveryView> {
    const { reason: why, ...by } = parseWith(ProposalBody, parseJson(bodyBytes(request)), 'body');
    return viewOrProblem(
      await this.useCases.allowSecondDelivery.propose(tenant, parseBatchId(id), { ...by, actor }, why),
    );
  }

  @Post('second-delivery/approval')
  @Needs('resend')
  @HttpCode(200)
  @ApiOperation({ summary: 'Allow it, as another person with another API key' })
  @ApiBody({ required: true, schema: bodySchema(ApprovalBody) })
  @ApiResponse({ status: 200, schema: answerSchema(SecondDeliveryView) })
  async approve(
    @CurrentCaller() { tenant, actor }: Caller,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
  ): Promise<SecondDeliveryView> {
    const by = parseWith(ApprovalBody, parseJson(bodyBytes(request)), 'body');
    return viewOrProblem(await this.useCases.allowSecondDelivery.approve(tenant, parseBatchId(id), { ...by, actor }));
  }

  @Post('second-delivery/withdrawal')
  @Needs('resend')
  @HttpCode(200)
  @ApiOperation({ summary: 'Take the question back before anybody approved' })
  @ApiBody({ required: true, schema: bodySchema(WithdrawalBody) })
  @ApiResponse({ status: 200, schema: answerSchema(SecondDeliveryView) })
  async withdraw(
    @CurrentCaller() { tenant, actor }: Caller,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
  ): Promise<SecondDeliveryView> {
    const { reason: why, ...by } = parseWith(WithdrawalBody, parseJson(bodyBytes(request)), 'body');
    return viewOrProblem(
      await this.useCases.allowSecondDelivery.withdraw(tenant, parseBatchId(id), { ...by, actor }, why),
    );
  }

  @Post('settlement')
  @Needs('resend')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Settle a batch in dispute, or one whose session KSeF does not know: what a person found out about it',
    description:
      'Counts that do not agree: the batch is done with that. A session that KSeF does not know: it is not waited for any ' +
      'longer; each invoice is looked for in KSeF by its number and hash before it goes anywhere.',
  })
  @ApiBody({ required: true, schema: bodySchema(SettlementBody) })
  @ApiResponse({ status: 200, schema: answerSchema(SettledBatch) })
  async settle(
    @CurrentCaller() { tenant, actor }: Caller,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
  ): Promise<z.infer<typeof SettledBatch>> {
    const { settlement, ...by } = parseWith(SettlementBody, parseJson(bodyBytes(request)), 'body');
    const done = await this.useCases.settleDispute.execute(tenant, parseBatchId(id), { ...by, actor }, settlement);
    if (!done.ok) throw disputeProblem(done.error);
    return { id: done.value.id, state: done.value.state, settlement };
  }
}

function parseBatchId(id: string): BatchId {
  if (!z.uuid().safeParse(id).success) throw notFound('batch');
  return id as BatchId;
}

async function recordOf({ batches, tracking }: TenantStores, id: BatchId) {
  if ((await batches.find(id)) === undefined) return undefined;
  return {
    calls: await tracking.attempts.ofBatch(id),
    alarms: await tracking.alarms.of(id),
    second: await tracking.secondDeliveries.find(id),
  };
}

function callView(attempt: CallAttempt): z.infer<typeof DeliveryRecord>['calls'][number] {
  return {
    call: attempt.call,
    madeAt: attempt.at.toString(),
    outcome: attempt.state,
    endedAt: attempt.state === 'pending' ? null : attempt.endedAt.toString(),
    cause: 'cause' in attempt ? attempt.cause : null,
    resolution: attempt.state === 'resolved' ? attempt.resolution : null,
    sessionsLeftBehind: attempt.state === 'resolved' ? [...attempt.orphans] : [],
  };
}

const alarmView = ({ kind, raisedAt, detail }: BatchAlarm) => ({ kind, raisedAt: raisedAt.toString(), detail });

function viewOrProblem(
  outcome: Result<SecondDelivery, Parameters<typeof secondDeliveryProblem>[0]>,
): SecondDeliveryView {
  if (!outcome.ok) throw secondDeliveryProblem(outcome.error);
  return secondDeliveryView(outcome.value);
}

const NOT_APPROVED = { approvedBy: null, approvedAt: null, secondBatchId: null, invoices: null } as const;
const NOT_WITHDRAWN = { withdrawnAt: null, withdrawnBecause: null } as const;

function secondDeliveryView(delivery: SecondDelivery): SecondDeliveryView {
  return {
    batchId: delivery.batchId,
    sessionReferenceNumber: delivery.session,
    state: delivery.state,
    askedBy: delivery.askedBy.person,
    askedAt: delivery.askedAt.toString(),
    reason: delivery.reason,
    ...(delivery.state === 'approved' ? approvalView(delivery) : NOT_APPROVED),
    ...(delivery.state === 'withdrawn'
      ? { withdrawnAt: delivery.withdrawnAt.toString(), withdrawnBecause: delivery.why }
      : NOT_WITHDRAWN),
  };
}

const approvalView = ({ approvedBy, approvedAt, secondBatchId, invoices }: ApprovedSecondDelivery) => ({
  approvedBy: approvedBy.person,
  approvedAt: approvedAt.toString(),
  secondBatchId,
  invoices,
});
