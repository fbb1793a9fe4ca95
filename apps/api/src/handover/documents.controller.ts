import {
  DOCUMENT_KINDS,
  DOCUMENT_LANGUAGES,
  HANDOVER_CHANNELS,
  Temporal,
  type DocumentForm,
  type NoCopy,
  type RendererBusy,
} from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { Moment, shortText } from '../http/fields.js';
import { idempotencyClaim } from '../http/idempotency-key.js';
import { ApiFile } from '../http/describe-file.js';
import { sendUnlessKnown } from '../http/etag.js';
import { Needs, WithinContexts } from '../http/needs.js';
import { answerSchema, bodySchema } from '../http/open-api-schema.js';
import { notFound, problem, ProblemError } from '../http/problem.js';
import { bodyBytes, parseJson, parseWith } from '../http/request-body.js';
import { USE_CASES } from '../http/tokens.js';
import { parseInvoiceId } from '../invoices/invoices.controller.js';
import { DocumentsView, documentsView, HandoverList, HandoverView, handoverView } from './documents.view.js';
import { handoverProblem } from './handover-refusal.js';

const Language = z.enum(DOCUMENT_LANGUAGES).default('pl');

const HandoverBody = z.strictObject({
  document: z.enum(DOCUMENT_KINDS).describe('what the buyer was given'),
  channel: z.enum(HANDOVER_CHANNELS),
  recipient: shortText(254).min(1),
  handedOverAt: Moment.describe('when the buyer got it; in a failure that is the receipt date (art. 106nf(10))'),
  sha256: z
    .string()
    .regex(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/)
    .optional()
    .describe('of the file, Base64'),
  note: shortText(500).optional(),
});

const FORMS: Readonly<Record<string, DocumentForm>> = { 'copy.html': 'html', 'copy.pdf': 'pdf' };

/** A page of ours runs nothing and loads nothing; its style and its images are within. */
const PAGE_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";

/** What the buyer may be handed, and what was. */
@ApiTags('documents for the buyer')
@Controller('v1/invoices/:id')
export class DocumentsController {
  constructor(@Inject(USE_CASES) private readonly useCases: UseCases) {}

  @Get('documents')
  @Needs('read')
  @WithinContexts('invoice')
  @ApiOperation({
    summary: 'What may be handed to the buyer now, why, and what not yet',
    description:
      'From mode, state and buyer group: the invoice with two codes, a transaction confirmation, the invoice with its ' +
      'KSeF number, or nothing. It changes with announcements and with the number; the event `document.due` tells.',
  })
  @ApiResponse({ status: 200, schema: answerSchema(DocumentsView) })
  async documents(@CurrentCaller() { tenant }: Caller, @Param('id') id: string): Promise<DocumentsView> {
    const found = await this.useCases.readDocuments.execute(tenant, parseInvoiceId(id));
    if (found === undefined) throw notFound('invoice');
    return documentsView(found);
  }

  @Get('documents/:name')
  @Needs('read')
  @WithinContexts('invoice')
  @ApiOperation({
    summary: 'The document that the buyer may be handed now: copy.html or copy.pdf',
    description:
      'The header `x-document` says which it is, `x-document-sha256` the digest of these bytes. Reading it hands nothing ' +
      'over: that is recorded by POST handovers.',
  })
  @ApiQuery({ name: 'lang', required: false, enum: DOCUMENT_LANGUAGES, description: 'pl when left out' })
  @ApiFile('The document', 'text/html', 'application/pdf')
  @ApiResponse({ status: 409, description: 'nothing may be handed over; the problem says why' })
  async copy(
    @CurrentCaller() { tenant }: Caller,
    @Param('id') id: string,
    @Param('name') name: string,
    @Query('lang') lang: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = FORMS[name];
    if (form === undefined) throw notFound('document');
    const language = parseWith(Language, lang, 'query parameter lang');
    const made = await this.useCases.renderCopy.execute(tenant, parseInvoiceId(id), form, language);
    if (!made.ok) throw copyProblem(made.error);
    const { document, bytes, sha256 } = made.value;
    if (form === 'html') void reply.header('content-security-policy', PAGE_POLICY);
    void reply
      .header('content-disposition', `inline; filename="${document}-${id}.${form}"`)
      .header('x-document', document)
      .header('x-document-sha256', sha256);
    await sendUnlessKnown(reply, { type: form === 'pdf' ? 'application/pdf' : 'text/html; charset=utf-8', bytes });
  }

  @Post('handovers')
  @Needs('issue')
  @WithinContexts('invoice')
  @ApiOperation({
    summary: 'Record that a document was handed over elsewhere: on paper, in a portal',
    description: 'As it happened, also when another document was the right one. It is never changed or deleted.',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: true })
  @ApiBody({ required: true, schema: bodySchema(HandoverBody) })
  @ApiResponse({ status: 201, schema: answerSchema(HandoverView) })
  async record(
    @CurrentCaller() { tenant, actor }: Caller,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.infer<typeof HandoverView>> {
    const invoiceId = parseInvoiceId(id);
    const body = parseWith(HandoverBody, parseJson(bodyBytes(request)), 'body');
    const { document, channel, recipient, handedOverAt, sha256, note } = body;
    const recorded = await this.useCases.recordHandover.execute({
      ...{ tenant, actor, invoiceId, document, channel, recipient },
      claim: idempotencyClaim(request, invoiceId),
      handedOverAt: Temporal.Instant.from(handedOverAt),
      ...(sha256 === undefined ? {} : { sha256 }),
      ...(note === undefined ? {} : { note }),
    });
    if (!recorded.ok) throw handoverProblem(recorded.error);
    if (recorded.value.replayed) void reply.header('idempotency-replayed', 'true');
    return handoverView(recorded.value.handover);
  }

  @Get('handovers')
  @Needs('read')
  @WithinContexts('invoice')
  @ApiOperation({ summary: 'What was handed over, when, how and to whom; the earliest first' })
  @ApiResponse({ status: 200, schema: answerSchema(HandoverList) })
  async handovers(@CurrentCaller() { tenant }: Caller, @Param('id') id: string): Promise<z.infer<typeof HandoverList>> {
    const found = await this.useCases.readDocuments.execute(tenant, parseInvoiceId(id));
    if (found === undefined) throw notFound('invoice');
    return { items: found.handovers.map(handoverView) };
  }
}

function copyProblem(refusal: NoCopy | RendererBusy): ProblemError {
  if (refusal.code !== 'RENDERER_BUSY') return handoverProblem(refusal);
  const detail = 'As many documents as this process can hold are being made. Ask again later.';
  const headers = { 'retry-after': String(refusal.retryAfterSeconds) };
  return new ProblemError(problem(503, refusal.code, 'Too much is being rendered', detail), headers);
}
