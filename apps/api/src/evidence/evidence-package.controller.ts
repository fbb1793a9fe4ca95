import type { UseCases } from '@latarnik/composition';
import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { Needs, WithinContexts } from '../http/needs.js';
import { notFound } from '../http/problem.js';
import { USE_CASES } from '../http/tokens.js';
import { parseInvoiceId } from '../invoices/invoices.controller.js';

@ApiTags('invoices')
@Controller('v1/invoices/:id/evidence-package')
export class EvidencePackageController {
  constructor(@Inject(USE_CASES) private readonly useCases: UseCases) {}

  @Get()
  @Needs('audit')
  @WithinContexts('invoice')
  @ApiOperation({
    summary: 'Everything that a tax auditor needs to check an invoice offline, as a ZIP archive',
    description:
      'The FA(3) file, XAdES evidence, codes, the messages that decided mode and deadline with all their versions, how the ' +
      'deadline was known when, session data, UPO, audit entries, digests of every file, and a README in Polish and ' +
      'English that tells how to check them. The export is audited.',
  })
  @ApiResponse({
    status: 200,
    description: 'A ZIP; each export is another one, and is audited',
    content: { 'application/zip': { schema: {} } },
  })
  async get(
    @CurrentCaller() { tenant, actor }: Caller,
    @Param('id') id: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const made = await this.useCases.exportEvidence.execute(tenant, actor, parseInvoiceId(id));
    if (made === undefined) throw notFound('invoice');
    await reply
      .type('application/zip')
      .header('content-disposition', `attachment; filename="${made.fileName}"`)
      .send(Buffer.from(made.bytes));
  }
}
