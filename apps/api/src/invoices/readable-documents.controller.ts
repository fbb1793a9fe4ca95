import type { UseCases } from '@latarnik/composition';
import { DOCUMENT_LANGUAGES, type NothingToRender, type RendererBusy, type WantedDocument } from '@latarnik/domain';
import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { ApiFile } from '../http/describe-file.js';
import { sendUnlessKnown } from '../http/etag.js';
import { Needs, WithinContexts } from '../http/needs.js';
import { notFound, problem, ProblemError } from '../http/problem.js';
import { parseWith } from '../http/request-body.js';
import { USE_CASES } from '../http/tokens.js';
import { parseInvoiceId } from './invoices.controller.js';

const Language = z.enum(DOCUMENT_LANGUAGES).default('pl');

/** A page of ours runs nothing and loads nothing; its style and its images are within. */
const PAGE_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";

const NAMES = { invoice: 'invoice', upo: 'upo', evidence: 'evidence-summary' } as const;

type Asked = Pick<WantedDocument, 'document' | 'form'>;

/** What people read of an invoice. */
@ApiTags('invoices')
@ApiQuery({
  name: 'lang',
  required: false,
  enum: DOCUMENT_LANGUAGES,
  description: 'language of labels; pl when left out',
})
@ApiResponse({ status: 503, description: 'too much is being rendered already; `retry-after` says when to ask again' })
@Controller('v1/invoices/:id')
export class ReadableDocumentsController {
  constructor(@Inject(USE_CASES) private readonly useCases: UseCases) {}

  @Get('preview')
  @Needs('read')
  @WithinContexts('invoice')
  @ApiOperation({
    summary: 'The invoice as an HTML page',
    description:
      'Everything that the FA(3) file says, with the codes that a copy carries in its present state. Which document the ' +
      'buyer may be handed is another question.',
  })
  @ApiFile('One page, without scripts', 'text/html')
  async preview(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query('lang') lang: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.send(caller, id, { document: 'invoice', form: 'html' }, lang, reply);
  }

  @Get('pdf')
  @Needs('read')
  @WithinContexts('invoice')
  @ApiOperation({ summary: 'The invoice as a PDF: the same content as the page, tagged, for paper and archives' })
  @ApiFile('PDF', 'application/pdf')
  async pdf(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query('lang') lang: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.send(caller, id, { document: 'invoice', form: 'pdf' }, lang, reply);
  }

  @Get('upo.html')
  @Needs('read')
  @WithinContexts('invoice')
  @ApiOperation({ summary: 'The UPO as an HTML page; what proves anything is the XML of `/upo`' })
  @ApiFile('One page, without scripts', 'text/html')
  async upoPage(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query('lang') lang: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.send(caller, id, { document: 'upo', form: 'html' }, lang, reply);
  }

  @Get('upo.pdf')
  @Needs('read')
  @WithinContexts('invoice')
  @ApiOperation({ summary: 'The UPO as a PDF; what proves anything is the XML of `/upo`' })
  @ApiFile('PDF', 'application/pdf')
  async upoPdf(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query('lang') lang: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.send(caller, id, { document: 'upo', form: 'pdf' }, lang, reply);
  }

  @Get('evidence-summary.html')
  @Needs('read')
  @WithinContexts('invoice')
  @ApiOperation({ summary: 'Mode and its basis, deadline and why, delivery, hashes of all files: as an HTML page' })
  @ApiFile('One page, without scripts', 'text/html')
  async evidencePage(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query('lang') lang: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.send(caller, id, { document: 'evidence', form: 'html' }, lang, reply);
  }

  @Get('evidence-summary.pdf')
  @Needs('read')
  @WithinContexts('invoice')
  @ApiOperation({ summary: 'Mode and its basis, deadline and why, delivery, hashes of all files: as a PDF' })
  @ApiFile('PDF', 'application/pdf')
  async evidencePdf(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query('lang') lang: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.send(caller, id, { document: 'evidence', form: 'pdf' }, lang, reply);
  }

  private async send(
    { tenant }: Caller,
    id: string,
    asked: Asked,
    lang: string | undefined,
    reply: FastifyReply,
  ): Promise<void> {
    const language = parseWith(Language, lang, 'query parameter lang');
    const made = await this.useCases.renderInvoice.execute(tenant, parseInvoiceId(id), { ...asked, language });
    if (!made.ok) throw renderProblem(made.error, asked);
    const name = `${NAMES[asked.document]}-${id}.${asked.form}`;
    void reply.header('content-disposition', `inline; filename="${name}"`).header('content-language', language);
    if (asked.form === 'html') void reply.header('content-security-policy', PAGE_POLICY);
    const type = asked.form === 'pdf' ? 'application/pdf' : 'text/html; charset=utf-8';
    await sendUnlessKnown(reply, { type, bytes: made.value });
  }
}

function renderProblem(refusal: RendererBusy | NothingToRender, { document }: Asked): ProblemError {
  switch (refusal.code) {
    case 'NOTHING_TO_RENDER':
      return notFound(document === 'upo' ? 'UPO' : 'invoice');
    case 'RENDERER_BUSY': {
      const detail = 'As many documents as this process can hold are being made. Ask again later.';
      const headers = { 'retry-after': String(refusal.retryAfterSeconds) };
      return new ProblemError(problem(503, refusal.code, 'Too much is being rendered', detail), headers);
    }
  }
}
