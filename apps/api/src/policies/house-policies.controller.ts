import {
  contextLabel,
  housePoliciesOf,
  sameContext,
  type ContextIdentifier,
  type HousePolicyDecision,
  type UnitOfWork,
} from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Get, Inject, Param, Put, Req } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { PersonName, Reason } from '../http/fields.js';
import { Needs } from '../http/needs.js';
import { answerSchema, bodySchema } from '../http/open-api-schema.js';
import { bodyBytes, parseJson, parseWith } from '../http/request-body.js';
import { UNIT_OF_WORK, USE_CASES } from '../http/tokens.js';
import { parseContext } from '../invoices/invoices.controller.js';
import { housePolicyProblem } from './policy-refusal.js';

const HousePolicyForm = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('hours-after-restoration'), hours: z.number() })
    .describe('after the announced end of the outage'),
  z
    .strictObject({ kind: z.literal('days-from-issue'), days: z.number() })
    .describe('until the end of that calendar day after P_1'),
  z.strictObject({ kind: z.literal('hours-before-end'), hours: z.number() }).describe('before the statutory end'),
]);

const DecisionView = z.object({
  policies: z.array(HousePolicyForm),
  person: z.string(),
  decidedAt: z.iso.datetime(),
  reason: z.string(),
});

const ContextPolicies = z.object({
  context: z.string(),
  policies: z.array(HousePolicyForm).describe('those that hold now; all of them apply, the earliest counts'),
  history: z.array(DecisionView).describe('newest first'),
});

const HousePolicyList = z.object({ items: z.array(ContextPolicies) });

const DecisionBody = z.strictObject({
  policies: z.array(HousePolicyForm).max(10).describe('replaces the present ones; an empty list ends them'),
  person: PersonName,
  reason: Reason,
});

const DecidedAnswer = DecisionView.extend({ context: z.string() });

@ApiTags('policies')
@Controller('v1/house-policies')
export class HousePoliciesController {
  constructor(
    @Inject(USE_CASES) private readonly useCases: UseCases,
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
  ) {}

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'What each context is held to beyond the law, and who decided so' })
  @ApiResponse({ status: 200, schema: answerSchema(HousePolicyList) })
  async list(@CurrentCaller() { tenant }: Caller): Promise<z.infer<typeof HousePolicyList>> {
    return this.unitOfWork.inTenant(tenant, async ({ contexts, legal }) => {
      const { housePolicyDecisions } = await legal.read();
      return {
        items: (await contexts.all()).map(({ identifier }) => contextPolicies(identifier, housePolicyDecisions)),
      };
    });
  }

  @Put(':contextType/:contextValue')
  @Needs('administer')
  @ApiOperation({ summary: 'Hold a context to stricter targets than the law; one that would be later is refused' })
  @ApiBody({ required: true, schema: bodySchema(DecisionBody) })
  @ApiResponse({ status: 200, schema: answerSchema(DecidedAnswer) })
  async decide(
    @CurrentCaller() { tenant, actor }: Caller,
    @Param('contextType') contextType: string,
    @Param('contextValue') contextValue: string,
    @Req() request: FastifyRequest,
  ): Promise<z.infer<typeof DecidedAnswer>> {
    const context = parseContext(`${contextType}:${contextValue}`);
    const { policies, person, reason } = parseWith(DecisionBody, parseJson(bodyBytes(request)), 'body');
    const wanted = { context, policies, author: person, reason };
    const decided = await this.useCases.decideHousePolicies.execute(tenant, actor, wanted);
    if (!decided.ok) throw housePolicyProblem(decided.error);
    return { context: contextLabel(context), ...decisionView(decided.value) };
  }
}

function contextPolicies(
  context: ContextIdentifier,
  decisions: readonly HousePolicyDecision[],
): z.infer<typeof ContextPolicies> {
  const history = decisions
    .filter((decision) => sameContext(decision.context, context))
    .sort((a, b) => b.decidedAt.epochMilliseconds - a.decidedAt.epochMilliseconds)
    .map(decisionView);
  return { context: contextLabel(context), policies: [...housePoliciesOf(context, decisions)], history };
}

function decisionView({ policies, author, decidedAt, reason }: HousePolicyDecision): z.infer<typeof DecisionView> {
  return { policies: [...policies], person: author, decidedAt: decidedAt.toString(), reason };
}
