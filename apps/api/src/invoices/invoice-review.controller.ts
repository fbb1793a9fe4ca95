import { REVIEW_DECISIONS } from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { PersonName, Reason } from '../http/fields.js';
import { Needs } from '../http/needs.js';
import { answerSchema, bodySchema } from '../http/open-api-schema.js';
import { bodyBytes, parseJson, parseWith } from '../http/request-body.js';
import { USE_CASES } from '../http/tokens.js';
import { InvoiceView, invoiceView } from './invoice.view.js';
import { parseInvoiceId } from './invoices.controller.js';
import { settleReviewProblem } from './settle-review-refusal.js';

const Decision = z.strictObject({
  decision: z
    .enum(REVIEW_DECISIONS)
    .describe(
      'read-again: ask KSeF once more, send nothing, take over what it says. Issued offline: send-again, KSeF does not ' +
        'have it and it waits for the next batch; close, KSeF holds another document under its number and it is not sent ' +
        'any more. Posted online: issue-offline, issue it as offline24 now; give-up, it was not issued and its number is ' +
        'free. KSeF is read before every one; while it may have the invoice, nothing is sent, issued or given up.',
    ),
  person: PersonName,
  reason: Reason,
});

/** Invoices in state needs-review or conflict, online and offline: every way out of them, each after KSeF was read. */
@ApiTags('invoices')
@Controller('v1/invoices/:id/review')
export class InvoiceReviewController {
  constructor(@Inject(USE_CASES) private readonly useCases: UseCases) {}

  @Post()
  @Needs('resend')
  @HttpCode(200)
  @ApiOperation({ summary: 'Decide on an invoice in state needs-review or conflict' })
  @ApiBody({ required: true, schema: bodySchema(Decision) })
  @ApiResponse({ status: 200, description: 'As it is now', schema: answerSchema(InvoiceView) })
  async settle(
    @CurrentCaller() { tenant, actor }: Caller,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
  ): Promise<InvoiceView> {
    const invoiceId = parseInvoiceId(id);
    const decided = parseWith(Decision, parseJson(bodyBytes(request)), 'body');
    const settled = await this.useCases.settleReview.execute({ tenant, actor, invoiceId, ...decided });
    if (!settled.ok) throw settleReviewProblem(settled.error);
    return invoiceView(settled.value, Date.now());
  }
}
