import { Temporal, type CertificateId, type Enrolment, type UnitOfWork } from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { ApiQueryOf } from '../http/describe-query.js';
import { idempotencyClaim } from '../http/idempotency-key.js';
import { Needs } from '../http/needs.js';
import { answerSchema, bodySchema } from '../http/open-api-schema.js';
import { notFound } from '../http/problem.js';
import { bodyBytes, parseJson, parseWith } from '../http/request-body.js';
import { UNIT_OF_WORK, USE_CASES } from '../http/tokens.js';
import { parseContext } from '../invoices/invoices.controller.js';
import { enrolmentProblem } from './enrolment-refusal.js';
import { PURPOSES } from './certificate.view.js';
import { EnrolmentBody, EnrolmentList, EnrolmentView, enrolmentView } from './enrolment.view.js';

const ListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  after: z.uuid().optional(),
});

@ApiTags('certificates')
@Controller('v1/certificates/enrolments')
export class EnrolmentsController {
  constructor(
    @Inject(USE_CASES) private readonly useCases: UseCases,
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
  ) {}

  @Post()
  @Needs('keys')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Have KSeF issue a certificate',
    description:
      'A key is made here and never leaves; KSeF gets the application, and the certificate is fetched when it is issued. ' +
      'It is applied for in the name of whoever logs in, with the subject that KSeF gives.',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: true })
  @ApiBody({ required: true, schema: bodySchema(EnrolmentBody) })
  @ApiResponse({ status: 202, description: 'Under way', schema: answerSchema(EnrolmentView) })
  async start(
    @CurrentCaller() { tenant, actor }: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EnrolmentView> {
    const { type, context, validFrom, ...rest } = parseWith(EnrolmentBody, parseJson(bodyBytes(request)), 'body');
    const started = await this.useCases.startEnrolment.execute({
      ...rest,
      ...{ tenant, actor, claim: idempotencyClaim(request, '') },
      ...{ type: PURPOSES[type], context: parseContext(context) },
      ...(validFrom === undefined ? {} : { validFrom: Temporal.Instant.from(validFrom) }),
    });
    if (!started.ok) throw enrolmentProblem(started.error);
    const { enrolment, replayed } = started.value;
    void reply.header('location', `/v1/certificates/enrolments/${enrolment.id}`);
    if (replayed) void reply.header('idempotency-replayed', 'true');
    return enrolmentView(enrolment);
  }

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'Enrolments, newest first' })
  @ApiQueryOf(ListQuery)
  @ApiResponse({ status: 200, schema: answerSchema(EnrolmentList) })
  async list(@CurrentCaller() { tenant }: Caller, @Query() query: unknown): Promise<z.infer<typeof EnrolmentList>> {
    const { limit, after } = parseWith(ListQuery, query, 'query');
    const found = await this.unitOfWork.inTenant(tenant, ({ enrolments }) =>
      enrolments.list(limit, after as CertificateId | undefined),
    );
    const last = found.at(-1);
    return {
      items: found.map(enrolmentView),
      next: last !== undefined && found.length === limit ? last.id : null,
    };
  }

  @Get(':id')
  @Needs('read')
  @ApiOperation({ summary: 'One enrolment and where it stands' })
  @ApiResponse({ status: 200, schema: answerSchema(EnrolmentView) })
  async one(@CurrentCaller() { tenant }: Caller, @Param('id') id: string): Promise<EnrolmentView> {
    let found: Enrolment | undefined;
    if (z.uuid().safeParse(id).success) {
      found = await this.unitOfWork.inTenant(tenant, ({ enrolments }) => enrolments.find(id as CertificateId));
    }
    if (found === undefined) throw notFound('enrolment');
    return enrolmentView(found);
  }
}
