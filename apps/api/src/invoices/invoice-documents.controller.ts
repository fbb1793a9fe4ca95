import {
  KOD_II_LABEL,
  kodILabel,
  type CodeImages,
  type Invoice,
  type InvoiceId,
  type TenantStores,
  type UnitOfWork,
} from '@latarnik/domain';
import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { notFound } from '../http/problem.js';
import { CODE_IMAGES, UNIT_OF_WORK } from '../http/tokens.js';
import { parseInvoiceId } from './invoices.controller.js';

/** The files of an invoice: its bytes, evidence, codes and proof. */
@ApiTags('invoices')
@Controller('v1/invoices/:id')
export class InvoiceDocumentsController {
  constructor(
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
    @Inject(CODE_IMAGES) private readonly images: CodeImages,
  ) {}

  @Get('xml')
  @ApiOperation({ summary: 'The exact bytes of the FA(3) file' })
  @ApiProduces('application/xml')
  async xml(@CurrentCaller() caller: Caller, @Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    await this.send(caller, id, reply, 'invoice', ({ invoices }, invoiceId) => invoices.bytes(invoiceId));
  }

  @Get('evidence')
  @ApiOperation({ summary: 'XAdES-BES evidence over those bytes, a document of its own' })
  @ApiProduces('application/xml')
  async evidence(@CurrentCaller() caller: Caller, @Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    await this.send(caller, id, reply, 'evidence', ({ invoices }, invoiceId) => invoices.evidence(invoiceId));
  }

  @Get('upo')
  @ApiOperation({ summary: 'UPO: the proof that KSeF has it' })
  @ApiProduces('application/xml')
  async upo(@CurrentCaller() caller: Caller, @Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    await this.send(caller, id, reply, 'UPO', ({ invoices }, invoiceId) => invoices.upo(invoiceId));
  }

  @Get('qr/:name')
  @ApiOperation({ summary: 'KOD I (invoice) or KOD II (certificate), labelled: .png or .svg' })
  @ApiProduces('image/png', 'image/svg+xml')
  async qr(
    @CurrentCaller() { tenant }: Caller,
    @Param('id') id: string,
    @Param('name') name: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const [, which, format] = /^(invoice|certificate)\.(png|svg)$/.exec(name) ?? [];
    const stored = await this.unitOfWork.inTenant(tenant, ({ invoices }) => invoices.find(parseInvoiceId(id)));
    const code = stored === undefined ? undefined : codeOf(stored.invoice, which);
    if (code === undefined) throw notFound('code');
    if (format === 'png') await reply.type('image/png').send(Buffer.from(this.images.png(code.link, code.label)));
    else await reply.type('image/svg+xml').send(this.images.svg(code.link, code.label));
  }

  private async send(
    { tenant }: Caller,
    id: string,
    reply: FastifyReply,
    what: string,
    read: (stores: TenantStores, id: InvoiceId) => Promise<Uint8Array | undefined>,
  ): Promise<void> {
    const bytes = await this.unitOfWork.inTenant(tenant, (stores) => read(stores, parseInvoiceId(id)));
    if (bytes === undefined) throw notFound(what);
    await reply.type('application/xml').send(Buffer.from(bytes));
  }
}

function codeOf(invoice: Invoice, which: string | undefined): { link: string; label: string } | undefined {
  if (!('issue' in invoice)) return undefined;
  const { issue } = invoice;
  if (which === 'invoice') {
    const number = 'acceptance' in invoice ? invoice.acceptance.ksefNumber : undefined;
    return { link: issue.kodI, label: kodILabel(number) };
  }
  return which === 'certificate' && issue.mode !== 'online' ? { link: issue.kodII, label: KOD_II_LABEL } : undefined;
}
