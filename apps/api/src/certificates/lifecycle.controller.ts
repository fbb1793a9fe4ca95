import {
  LISTED_INVOICES,
  type Certificate,
  type CertificateId,
  type Clock,
  type RevocationOrder,
  type UnitOfWork,
} from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Get, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { askFirst } from '../access/ask-first.js';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { Needs } from '../http/needs.js';
import { answerSchema, bodySchema } from '../http/open-api-schema.js';
import { notFound } from '../http/problem.js';
import { bodyBytes, parseJson, parseWith } from '../http/request-body.js';
import { CLOCK, UNIT_OF_WORK, USE_CASES } from '../http/tokens.js';
import { parseContext } from '../invoices/invoices.controller.js';
import {
  REASONS,
  RemoteView,
  remoteView,
  SyncView,
  syncView,
  UnsentInvoicesView,
  unsentInvoicesView,
} from './lifecycle.view.js';
import { RevocationAnswerView, revocationAnswerView, RevocationBody, revocationProblem } from './revocation.view.js';

const SyncBody = z.strictObject({ context: z.string().optional().describe('Only this one, such as `Nip:5265877635`') });

const RemoteAnswer = z.object({ id: z.uuid(), serial: z.string(), remote: RemoteView.nullable() });

/** What becomes of certificates at KSeF. */
@ApiTags('certificates')
@Controller('v1/certificates')
export class CertificateLifecycleController {
  constructor(
    @Inject(USE_CASES) private readonly useCases: UseCases,
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post('sync')
  @Needs('keys')
  @HttpCode(200)
  @ApiOperation({ summary: 'Read from KSeF now how the certificates stand there; a worker does so once a day' })
  @ApiBody({ required: false, schema: bodySchema(SyncBody) })
  @ApiResponse({ status: 200, schema: answerSchema(SyncView) })
  async sync(
    @CurrentCaller() { tenant, actor }: Caller,
    @Req() request: FastifyRequest,
  ): Promise<z.infer<typeof SyncView>> {
    const bytes = bodyBytes(request);
    const { context } = bytes.length === 0 ? {} : parseWith(SyncBody, parseJson(bytes), 'body');
    const only = context === undefined ? [] : [parseContext(context)];
    const reports = await this.useCases.syncCertificates.execute(tenant, actor, ...only);
    const errors = reports.flatMap((report): unknown[] =>
      report.outcome === 'failed' && report.code === 'UNEXPECTED' ? [report.error] : [],
    );
    if (errors.length > 0 && errors.length === reports.length) throw new AggregateError(errors, 'no list was read');
    return { items: reports.map(syncView) };
  }

  @Get(':id/remote')
  @Needs('read')
  @ApiOperation({ summary: 'How the certificate stood at KSeF when it was looked for last' })
  @ApiResponse({ status: 200, schema: answerSchema(RemoteAnswer) })
  async remote(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<z.infer<typeof RemoteAnswer>> {
    const certificate = await this.find(caller, id);
    return { id: certificate.id, serial: certificate.serial, remote: remoteView(certificate) };
  }

  @Post(':id/revoke')
  @Needs('keys')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Have KSeF revoke a certificate, for good',
    description:
      'The wish is stored first, and the certificate is used no more. Lists the invoices with KOD II of it that KSeF has ' +
      'not accepted. Asking again gives what became of the first wish, unless KSeF refused it.',
  })
  @ApiBody({ required: true, schema: bodySchema(RevocationBody) })
  @ApiResponse({ status: 200, description: 'Revoked', schema: answerSchema(RevocationAnswerView) })
  @ApiResponse({
    status: 202,
    description: 'KSeF is asked until it answers',
    schema: answerSchema(RevocationAnswerView),
  })
  async revoke(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.infer<typeof RevocationAnswerView>> {
    const { tenant, actor } = caller;
    const certificateId = parseCertificateId(id);
    const { reason, person } = parseWith(RevocationBody, parseJson(bodyBytes(request)), 'body');
    const order = { tenant, actor, certificateId, reason: REASONS[reason], person };
    await this.askFirst(caller, order);
    const revoked = await this.useCases.revokeCertificate.execute(order);
    if (!revoked.ok) throw revocationProblem(revoked.error);
    if (revoked.value.certificate.revocation.state === 'sending') void reply.status(202);
    const warnings = await this.unitOfWork.inTenant(tenant, ({ certificateLifecycle }) =>
      certificateLifecycle.warnings(),
    );
    return revocationAnswerView(revoked.value, warnings, this.clock.now());
  }

  @Get(':id/invoices')
  @Needs('read')
  @ApiOperation({ summary: 'Invoices with KOD II of this certificate that KSeF has not accepted' })
  @ApiResponse({ status: 200, schema: answerSchema(UnsentInvoicesView) })
  async invoices(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
  ): Promise<z.infer<typeof UnsentInvoicesView>> {
    const { serial } = await this.find(caller, id);
    const unsent = await this.unitOfWork.inTenant(caller.tenant, ({ certificateLifecycle }) =>
      certificateLifecycle.unsentInvoices(serial, LISTED_INVOICES),
    );
    return unsentInvoicesView(unsent);
  }

  /** A key that somebody else may have is revoked at once; all else takes two persons where two are needed. */
  private async askFirst(caller: Caller, order: RevocationOrder): Promise<void> {
    const { certificateId, reason, person } = order;
    const { revocation } = await this.find(caller, certificateId);
    const isWish = revocation === undefined || revocation.state === 'refused';
    if (!isWish || reason === 'key-compromise' || person.trim() === '') return;
    await askFirst(this.useCases, caller, { kind: 'certificate-revocation', certificateId, reason, person }, person);
  }

  private async find({ tenant }: Caller, id: string): Promise<Certificate> {
    const wanted = parseCertificateId(id);
    const all = await this.unitOfWork.inTenant(tenant, ({ certificates }) => certificates.all());
    const found = all.find((certificate) => certificate.id === wanted);
    if (found === undefined) throw notFound('certificate');
    return found;
  }
}

/** @throws ProblemError 404: an id that is none is a certificate that is not there */
function parseCertificateId(id: string): CertificateId {
  if (!z.uuid().safeParse(id).success) throw notFound('certificate');
  return id.toLowerCase() as CertificateId;
}
