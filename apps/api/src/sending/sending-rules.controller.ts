import {
  DEFAULT_SENDING_RULE,
  type SendingRule,
  type SendingRuleDecision,
  type SendingRuleRefusal,
  type UnitOfWork,
} from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Get, Inject, Put, Req } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { PersonName, Reason } from '../http/fields.js';
import { Needs } from '../http/needs.js';
import { answerSchema, bodySchema } from '../http/open-api-schema.js';
import { problem, ProblemError } from '../http/problem.js';
import { bodyBytes, parseJson, parseWith } from '../http/request-body.js';
import { UNIT_OF_WORK, USE_CASES } from '../http/tokens.js';

const Schedule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('as-they-come') }).describe('after a short wait for others to share the batch'),
  z
    .strictObject({ kind: z.literal('every'), minutes: z.number() })
    .describe('5 to 720, counted from midnight in Warsaw'),
  z
    .strictObject({ kind: z.literal('daily'), times: z.array(z.string()).max(100) })
    .describe('times of the day in Warsaw, such as 18:00'),
]);

const RuleForm = {
  schedule: Schedule,
  hoursBeforeTarget: z
    .number()
    .describe('1 to 72: sent at the latest so long before its target, whatever the schedule says'),
};

const RuleView = z.object(RuleForm);
const DecisionView = RuleView.extend({ person: z.string(), reason: z.string(), decidedAt: z.iso.datetime() });
const RulesAnswer = z.object({
  rule: RuleView.describe('the one that holds'),
  decided: z.boolean().describe('false: nobody decided yet, and the default holds'),
  history: z.array(DecisionView).describe('newest first'),
});
const RuleBody = z.strictObject({ ...RuleForm, person: PersonName, reason: Reason });

@ApiTags('sending')
@Controller('v1/sending-rules')
export class SendingRulesController {
  constructor(
    @Inject(USE_CASES) private readonly useCases: UseCases,
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
  ) {}

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'When waiting invoices are sent, and who decided so; deadlines come before any schedule' })
  @ApiResponse({ status: 200, schema: answerSchema(RulesAnswer) })
  async get(@CurrentCaller() { tenant }: Caller): Promise<z.infer<typeof RulesAnswer>> {
    const history = await this.unitOfWork.inTenant(tenant, ({ sending }) => sending.rules());
    const rule = history[0] ?? DEFAULT_SENDING_RULE;
    return { rule: ruleView(rule), decided: history.length > 0, history: history.map(decisionView) };
  }

  @Put()
  @Needs('resend')
  @ApiOperation({ summary: 'Decide when waiting invoices are sent; it holds at once, also for those that wait' })
  @ApiBody({ required: true, schema: bodySchema(RuleBody) })
  @ApiResponse({ status: 200, schema: answerSchema(DecisionView) })
  async decide(
    @CurrentCaller() { tenant, actor }: Caller,
    @Req() request: FastifyRequest,
  ): Promise<z.infer<typeof DecisionView>> {
    const wanted = parseWith(RuleBody, parseJson(bodyBytes(request)), 'body');
    const decided = await this.useCases.changeSendingRule.execute(tenant, { ...wanted, actor });
    if (!decided.ok) throw sendingRuleProblem(decided.error);
    return decisionView(decided.value);
  }
}

function sendingRuleProblem(refusals: readonly SendingRuleRefusal[]): ProblemError {
  const findings = refusals.map((refusal) => ({
    code: refusal.code,
    message: 'reason' in refusal ? refusal.reason : 'It must not be blank.',
  }));
  const detail = `${String(findings.length)} finding(s); the present rule stays.`;
  return new ProblemError(problem(422, 'SENDING_RULE_REFUSED', 'This rule cannot be followed', detail, { findings }));
}

function ruleView({ schedule, hoursBeforeTarget }: SendingRule): z.infer<typeof RuleView> {
  const shown = schedule.kind === 'daily' ? { kind: schedule.kind, times: [...schedule.times] } : { ...schedule };
  return { schedule: shown, hoursBeforeTarget };
}

function decisionView(decision: SendingRuleDecision): z.infer<typeof DecisionView> {
  const { person, reason, decidedAt } = decision;
  return { ...ruleView(decision), person, reason, decidedAt: decidedAt.toString() };
}
