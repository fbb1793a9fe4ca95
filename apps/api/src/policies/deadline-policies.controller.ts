import {
  changePolicy,
  DEADLINE_POLICIES,
  DEADLINE_RULES_VERSION,
  POLICY_NAMES,
  readingsOf,
  rulesFrom,
  type Clock,
  type DeadlineRules,
  type PolicyChange,
  type PolicyName,
  type UnitOfWork,
} from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Get, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { askFirst } from '../access/ask-first.js';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { PersonName, Reason, shortText } from '../http/fields.js';
import { Needs } from '../http/needs.js';
import { answerSchema, bodySchema } from '../http/open-api-schema.js';
import { bodyBytes, parseJson, parseWith } from '../http/request-body.js';
import { StoresAnswer } from '../http/stored-answers.js';
import { CLOCK, UNIT_OF_WORK, USE_CASES } from '../http/tokens.js';
import { policyProblem } from './policy-refusal.js';

const ChangeView = z.object({
  policy: z.string(),
  reading: z.string(),
  person: z.string(),
  decidedAt: z.iso.datetime(),
  reason: z.string(),
});

const PolicyView = z.object({
  policy: z.string(),
  question: z.string(),
  source: z.string(),
  default: z.string(),
  current: z.string().describe('the reading that holds now'),
  readings: z.array(z.object({ reading: z.string(), says: z.string() })),
  history: z.array(ChangeView).describe('decisions of the tenant, newest first'),
});

const PolicyList = z.object({ rulesVersion: z.string(), items: z.array(PolicyView) });

const ChangeBody = z.strictObject({
  policy: shortText(100),
  reading: shortText(100),
  person: PersonName,
  reason: Reason,
});

@ApiTags('policies')
@Controller('v1/deadline-policies')
export class DeadlinePoliciesController {
  constructor(
    @Inject(USE_CASES) private readonly useCases: UseCases,
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'The open questions of the law: readings, the one that holds, and who decided so' })
  @ApiResponse({ status: 200, schema: answerSchema(PolicyList) })
  async list(@CurrentCaller() { tenant }: Caller): Promise<z.infer<typeof PolicyList>> {
    const { policyChanges } = await this.unitOfWork.inTenant(tenant, ({ legal }) => legal.read());
    const rules = rulesFrom(policyChanges);
    return {
      rulesVersion: DEADLINE_RULES_VERSION,
      items: POLICY_NAMES.map((policy) => policyView(policy, rules, policyChanges)),
    };
  }

  @Post()
  @Needs('administer')
  @StoresAnswer()
  @HttpCode(201)
  @ApiOperation({ summary: 'Read one question in another way, for a recorded reason; waiting deadlines follow' })
  @ApiBody({ required: true, schema: bodySchema(ChangeBody) })
  @ApiResponse({ status: 201, description: 'Decided', schema: answerSchema(ChangeView) })
  async change(@CurrentCaller() caller: Caller, @Req() request: FastifyRequest): Promise<z.infer<typeof ChangeView>> {
    const { tenant, actor } = caller;
    const { person, ...body } = parseWith(ChangeBody, parseJson(bodyBytes(request)), 'body');
    const checked = changePolicy({ ...body, author: person }, this.clock.now());
    if (!checked.ok) throw policyProblem(checked.error);
    await askFirst(this.useCases, caller, { kind: 'deadline-policy', ...body, author: person }, person);
    const changed = await this.useCases.changeDeadlinePolicy.execute(tenant, actor, { ...body, author: person });
    if (!changed.ok) throw policyProblem(changed.error);
    return changeView(changed.value);
  }
}

function policyView(
  policy: PolicyName,
  rules: DeadlineRules,
  changes: readonly PolicyChange[],
): z.infer<typeof PolicyView> {
  const { question, source, default: byDefault, readings } = DEADLINE_POLICIES[policy];
  const texts: Readonly<Record<string, { readonly says: string }>> = readings;
  return {
    policy,
    question,
    source,
    default: byDefault,
    current: rules[policy],
    readings: readingsOf(policy).map((reading) => ({ reading, says: texts[reading]?.says ?? '' })),
    history: changes
      .filter((change) => change.policy === policy)
      .sort((a, b) => b.decidedAt.epochMilliseconds - a.decidedAt.epochMilliseconds)
      .map(changeView),
  };
}

function changeView({ policy, reading, author, decidedAt, reason }: PolicyChange): z.infer<typeof ChangeView> {
  return { policy, reading, person: author, decidedAt: decidedAt.toString(), reason };
}
