import {
  DOCUMENT_LANGUAGES,
  EMAIL_DECISIONS,
  parseEmailAddress,
  Temporal,
  type EmailAddress,
  type EmailId,
  type UnitOfWork,
} from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Get, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { Moment, PersonName, Reason } from '../http/fields.js';
import { idempotencyClaim } from '../http/idempotency-key.js';
import { Needs, WithinContexts } from '../http/needs.js';
import { answerSchema, bodySchema } from '../http/open-api-schema.js';
import { notFound, problem, ProblemError } from '../http/problem.js';
import { bodyBytes, parseJson, parseWith } from '../http/request-body.js';
import { UNIT_OF_WORK, USE_CASES } from '../http/tokens.js';
import { parseInvoiceId } from '../invoices/invoices.controller.js';
import { EmailList, EmailView, emailView } from './email.view.js';
import { handoverProblem } from './handover-refusal.js';

/** As SMTP takes it. */
export const Address = z.string().refine((text) => parseEmailAddress(text).ok, 'must be an e-mail address');

const EmailBody = z.strictObject({
  to: Address.optional().describe('the address in the file (Podmiot2/DaneKontaktowe/Email) when left out'),
  language: z.enum(DOCUMENT_LANGUAGES).optional().describe("that of the context's settings when left out"),
});

const SettlementBody = z.strictObject({
  decision: z.enum(EMAIL_DECISIONS),
  person: PersonName.min(1),
  reason: Reason.min(1),
  arrivedAt: Moment.optional().describe('when the buyer got it; now when left out'),
});

/** Documents on their way to buyers by e-mail. */
@ApiTags('documents for the buyer')
@Controller('v1/invoices/:id/emails')
export class EmailsController {
  constructor(
    @Inject(USE_CASES) private readonly useCases: UseCases,
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
  ) {}

  @Post()
  @Needs('issue')
  @WithinContexts('invoice')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Send the right document to the buyer by e-mail',
    description: 'Which document goes is decided when it leaves. A worker sends it; GET says what became of it.',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: true })
  @ApiBody({ required: true, schema: bodySchema(EmailBody) })
  @ApiResponse({ status: 202, description: 'Stored; it leaves soon', schema: answerSchema(EmailView) })
  async send(
    @CurrentCaller() { tenant, actor }: Caller,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EmailView> {
    if (this.useCases.emails === undefined) throw notConfigured();
    const invoiceId = parseInvoiceId(id);
    const { to, language } = parseWith(EmailBody, parseJson(bodyBytes(request)), 'body');
    const requested = await this.useCases.requestEmail.execute({
      ...{ tenant, actor, invoiceId },
      claim: idempotencyClaim(request, invoiceId),
      ...(to === undefined ? {} : { recipient: to as EmailAddress }),
      ...(language === undefined ? {} : { language }),
    });
    if (!requested.ok) throw handoverProblem(requested.error);
    if (requested.value.replayed) void reply.header('idempotency-replayed', 'true');
    return emailView(requested.value.email);
  }

  @Get()
  @Needs('read')
  @WithinContexts('invoice')
  @ApiOperation({ summary: 'E-mails about an invoice, oldest first, and what became of them' })
  @ApiResponse({ status: 200, schema: answerSchema(EmailList) })
  async list(@CurrentCaller() { tenant }: Caller, @Param('id') id: string): Promise<z.infer<typeof EmailList>> {
    const invoiceId = parseInvoiceId(id);
    const found = await this.unitOfWork.inTenant(tenant, async ({ invoices, emails }) =>
      (await invoices.find(invoiceId)) === undefined ? undefined : emails.of(invoiceId),
    );
    if (found === undefined) throw notFound('invoice');
    return { items: found.map(emailView) };
  }

  @Post(':emailId/settlement')
  @Needs('resend')
  @WithinContexts('invoice')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Decide on an e-mail of which nobody knows whether it arrived, or take up a failed one again',
    description: '`arrived` records the hand-over; `send-again` may give the buyer a second copy.',
  })
  @ApiBody({ required: true, schema: bodySchema(SettlementBody) })
  @ApiResponse({ status: 200, schema: answerSchema(EmailView) })
  async settle(
    @CurrentCaller() { tenant, actor }: Caller,
    @Param('id') id: string,
    @Param('emailId') emailId: string,
    @Req() request: FastifyRequest,
  ): Promise<EmailView> {
    if (!z.uuid().safeParse(emailId).success) throw notFound('e-mail');
    const { decision, person, reason, arrivedAt } = parseWith(SettlementBody, parseJson(bodyBytes(request)), 'body');
    const settled = await this.useCases.settleEmail.execute({
      ...{ tenant, actor, person, reason, decision },
      invoiceId: parseInvoiceId(id),
      emailId: emailId as EmailId,
      ...(arrivedAt === undefined ? {} : { arrivedAt: Temporal.Instant.from(arrivedAt) }),
    });
    if (!settled.ok) throw handoverProblem(settled.error);
    return emailView(settled.value);
  }
}

function notConfigured(): ProblemError {
  const detail = 'This installation has no mail system (LATARNIK_SMTP_URL).';
  return new ProblemError(problem(409, 'EMAIL_NOT_CONFIGURED', 'E-mail is not configured', detail));
}
