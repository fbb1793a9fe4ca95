import type { UseCases } from '@latarnik/composition';
import {
  CODE_VERIFIER,
  CodeNotGoodError,
  kodIFaults,
  kodIIFaults,
  kodIISignatureFaults,
  offlineCodes,
  type Certificate,
  type CodeFault,
  type CodeImages,
  type CodeVerifier,
  type InvoiceId,
  type StoredInvoice,
  type TenantStores,
  type UnitOfWork,
} from '@latarnik/domain';
import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { ApiFile } from '../http/describe-file.js';
import { sendUnlessKnown } from '../http/etag.js';
import { Needs, WithinContexts } from '../http/needs.js';
import { notFound, problem, ProblemError } from '../http/problem.js';
import { parseWith } from '../http/request-body.js';
import { CODE_IMAGES, UNIT_OF_WORK, USE_CASES } from '../http/tokens.js';
import { carriesNoCodes, codeOf } from './invoice.view.js';
import { parseInvoiceId } from './invoices.controller.js';

const UpoForm = z.enum(['own', 'stored']).default('own');

/** The files of an invoice: its bytes, evidence, codes and proof. */
@ApiTags('invoices')
@Controller('v1/invoices/:id')
export class InvoiceDocumentsController {
  constructor(
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
    @Inject(CODE_IMAGES) private readonly images: CodeImages,
    @Inject(USE_CASES) private readonly useCases: UseCases,
    @Inject(CODE_VERIFIER) private readonly verifier: CodeVerifier,
  ) {}

  @Get('xml')
  @Needs('read')
  @WithinContexts('invoice')
  @ApiOperation({ summary: 'The exact bytes of the FA(3) file' })
  @ApiFile('FA(3), byte for byte', 'application/xml')
  async xml(@CurrentCaller() caller: Caller, @Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    await this.send(caller, id, reply, 'invoice', ({ invoices }, invoiceId) => invoices.bytes(invoiceId));
  }

  @Get('evidence')
  @Needs('read')
  @WithinContexts('invoice')
  @ApiOperation({ summary: 'XAdES-BES evidence over those bytes, a document of its own' })
  @ApiFile('XAdES-BES', 'application/xml')
  async evidence(@CurrentCaller() caller: Caller, @Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    await this.send(caller, id, reply, 'evidence', ({ invoices }, invoiceId) => invoices.evidence(invoiceId));
  }

  @Get('upo')
  @Needs('read')
  @WithinContexts('invoice')
  @ApiOperation({
    summary: 'UPO: the proof that KSeF has it',
    description:
      'The UPO of this invoice, fetched from KSeF the first time it is asked for; while KSeF does not give it, or with ' +
      '`form=stored`, the page of its session that names it among up to 10,000. The header `x-upo-form` says which ' +
      '(`own`, `page`), `x-upo-signature` whether its signature was checked (`valid`, `not-checked`).',
  })
  @ApiQuery({ name: 'form', required: false, enum: ['own', 'stored'] })
  @ApiFile('UPO', 'application/xml')
  async upo(
    @CurrentCaller() { tenant }: Caller,
    @Param('id') id: string,
    @Query('form') form: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const wanted = parseWith(UpoForm, form, 'query parameter form');
    const proof = await this.useCases.readUpo.execute(tenant, parseInvoiceId(id), wanted);
    if (proof === undefined) throw notFound('UPO');
    void reply.header('x-upo-form', proof.kind).header('x-upo-signature', proof.signature.verdict);
    await sendUnlessKnown(reply, { type: 'application/xml', bytes: proof.bytes });
  }

  @Get('qr/:name')
  @Needs('read')
  @WithinContexts('invoice')
  @ApiOperation({ summary: 'KOD I (invoice) or KOD II (certificate), labelled: .png or .svg' })
  @ApiFile('The image; its label changes when the KSeF number arrives', 'image/png', 'image/svg+xml')
  async qr(
    @CurrentCaller() { tenant }: Caller,
    @Param('id') id: string,
    @Param('name') name: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const [, which, format] = /^(invoice|certificate)\.(png|svg)$/.exec(name) ?? [];
    const { stored, certificates } = await this.unitOfWork.inTenant(
      tenant,
      async ({ invoices, certificates: own }) => ({
        stored: await invoices.find(parseInvoiceId(id)),
        certificates: which === 'certificate' ? await own.all() : [],
      }),
    );
    const { url, label } = codeNamed(stored, which);
    if (stored !== undefined) this.requireGood(stored, which, certificates);
    const image =
      format === 'png'
        ? { type: 'image/png', bytes: Buffer.from(this.images.png(url, label)) }
        : { type: 'image/svg+xml', bytes: Buffer.from(this.images.svg(url, label), 'utf8') };
    await sendUnlessKnown(reply, image);
  }

  /** @throws CodeNotGoodError when the stored code is not that of the invoice, or not well signed: it does not leave */
  private requireGood(
    { invoice }: StoredInvoice,
    which: string | undefined,
    certificates: readonly Certificate[],
  ): void {
    if (!('issue' in invoice)) return;
    const { issue } = invoice;
    const { environment } = this.useCases.jurisdiction;
    const refuse = (code: 'KOD I' | 'KOD II', faults: readonly CodeFault[]): void => {
      if (faults.length > 0) throw new CodeNotGoodError(code, invoice.id, faults);
    };
    if (which === 'invoice') refuse('KOD I', kodIFaults(invoice, issue, environment));
    const codes = offlineCodes(invoice);
    if (which !== 'certificate' || codes === undefined) return;
    refuse('KOD II', kodIIFaults(invoice, codes, environment));
    refuse('KOD II', kodIISignatureFaults(codes, certificates, this.verifier));
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
    await sendUnlessKnown(reply, { type: 'application/xml', bytes });
  }
}

/** @throws ProblemError 404, or 409 for a document that carries no codes */
function codeNamed(stored: StoredInvoice | undefined, which: string | undefined): { url: string; label: string } {
  if (stored === undefined || (which !== 'invoice' && which !== 'certificate')) throw notFound('code');
  if (carriesNoCodes(stored)) {
    const detail =
      'It was issued in a total failure of KSeF: the document carries no codes, reaches the buyer in any way that is ' +
      'agreed, and is never sent to KSeF (art. 106ng).';
    throw new ProblemError(problem(409, 'NO_CODES_IN_TOTAL_FAILURE', 'This document carries no codes', detail));
  }
  const code = codeOf(stored, which);
  if (code === undefined) throw notFound('code');
  return code;
}
