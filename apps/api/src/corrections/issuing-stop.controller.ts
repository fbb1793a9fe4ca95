import type { LiftRefusal } from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { Needs } from '../http/needs.js';
import { answerSchema, bodySchema } from '../http/open-api-schema.js';
import { problem, ProblemError } from '../http/problem.js';
import { bodyBytes, parseJson, parseWith } from '../http/request-body.js';
import { USE_CASES } from '../http/tokens.js';
import { massRejectionView } from './correction.view.js';

const LiftBody = z.strictObject({
  person: z.string().trim().min(1).max(200).describe('the person behind the API key'),
  reason: z.string().trim().min(1).max(2000).describe('what was wrong, and that it is mended'),
});
const Lifted = z.object({
  lifted: z.array(
    z.object({ schema: z.string(), invoices: z.int(), since: z.iso.datetime(), raisedAt: z.iso.datetime() }),
  ),
});

/** Issuing stops when KSeF refuses files of a schema in masses (reliability D8); a person lets it go on. */
@ApiTags('technical corrections')
@Controller('v1/issuing-stop')
export class IssuingStopController {
  constructor(@Inject(USE_CASES) private readonly useCases: UseCases) {}

  @Post('lifting')
  @Needs('correct')
  @HttpCode(200)
  @ApiOperation({ summary: 'Let invoices be issued again after KSeF refused very many files of a schema' })
  @ApiBody({ required: true, schema: bodySchema(LiftBody) })
  @ApiResponse({ status: 200, schema: answerSchema(Lifted) })
  async lift(
    @CurrentCaller() { tenant, actor }: Caller,
    @Req() request: FastifyRequest,
  ): Promise<z.infer<typeof Lifted>> {
    const { person, reason } = parseWith(LiftBody, parseJson(bodyBytes(request)), 'body');
    const lifted = await this.useCases.liftStopOfIssuing.execute(tenant, { actor, person }, reason);
    if (!lifted.ok) throw liftProblem(lifted.error);
    return { lifted: lifted.value.map(massRejectionView) };
  }
}

function liftProblem({ code }: LiftRefusal): ProblemError {
  switch (code) {
    case 'PERSON_MISSING':
      return new ProblemError(problem(422, code, 'Who says so?', 'Give the name of the person.'));
    case 'REASON_MISSING':
      return new ProblemError(problem(422, code, 'Why?', 'Say what was wrong: it is kept.'));
    case 'NOT_STOPPED':
      return new ProblemError(problem(409, code, 'Nothing is stopped', 'Invoices can be issued.'));
  }
}
