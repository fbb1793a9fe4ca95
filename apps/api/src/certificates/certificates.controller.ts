import type { CertificateId, Clock, UnitOfWork } from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Delete, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { askFirst } from '../access/ask-first.js';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { Needs } from '../http/needs.js';
import { answerSchema, bodySchema } from '../http/open-api-schema.js';
import { notFound } from '../http/problem.js';
import { bodyBytes, parseJson } from '../http/request-body.js';
import { StoresAnswer } from '../http/stored-answers.js';
import { CLOCK, UNIT_OF_WORK, USE_CASES } from '../http/tokens.js';
import { parseContext } from '../invoices/invoices.controller.js';
import { importProblem } from './import-refusal.js';
import { ImportRequest, parseImport, type ParsedImport } from './import-request.js';
import { CertificateStanding, CertificateStandings, certificateStanding } from './lifecycle.view.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

@ApiTags('certificates')
@Controller('v1/certificates')
export class CertificatesController {
  constructor(
    @Inject(USE_CASES) private readonly useCases: UseCases,
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post()
  @Needs('keys')
  @StoresAnswer()
  @ApiOperation({
    summary: 'Import a KSeF certificate with its key: from PEM, from PKCS#12, or left in a token (PKCS#11)',
    description:
      'Type Offline (the signing certificate, as accountants say) or Authentication is read from its key usage. ' +
      'The password is used once and never kept; the key is kept encrypted and never shown. Give exactly one of keyPem, ' +
      'pkcs12 and keyReference: with a reference the key stays in the token of this installation, which signs once now ' +
      'to prove that it has it.',
  })
  @ApiBody({ schema: bodySchema(ImportRequest) })
  @ApiResponse({ status: 201, schema: answerSchema(CertificateStanding) })
  async import(
    @CurrentCaller() { tenant, actor }: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CertificateStanding> {
    const { context, ...what } = parsedAndWiped(bodyBytes(request));
    const who = { tenant, actor, context: parseContext(context) };
    const imported =
      'key' in what
        ? await this.useCases.importTokenCertificate.execute({ ...what, ...who })
        : await this.useCases.importCertificate.execute({ ...what, ...who });
    if (!imported.ok) throw importProblem(imported.error);
    void reply.header('location', `/v1/certificates/${imported.value.id}`);
    return certificateStanding(imported.value, [], this.clock.now());
  }

  @Get()
  @Needs('read')
  @ApiOperation({
    summary: 'Certificates, retired ones too: type, validity, context, how they stand at KSeF, warnings; never the key',
  })
  @ApiResponse({ status: 200, schema: answerSchema(CertificateStandings) })
  async list(@CurrentCaller() caller: Caller): Promise<z.infer<typeof CertificateStandings>> {
    return { items: await this.all(caller) };
  }

  @Get(':id')
  @Needs('read')
  @ApiOperation({ summary: 'One certificate; never the key' })
  @ApiResponse({ status: 200, schema: answerSchema(CertificateStanding) })
  async one(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<CertificateStanding> {
    const found = (await this.all(caller)).find((certificate) => certificate.id === id.toLowerCase());
    if (found === undefined) throw notFound('certificate');
    return found;
  }

  @Delete(':id')
  @Needs('keys')
  @ApiOperation({
    summary: 'Retire a certificate: it signs nothing from now on',
    description:
      'It stays in the list, for the invoices that it signed. It is not revoked: that is done at KSeF, and makes the ' +
      'codes that it signed fail when they are scanned.',
  })
  @ApiResponse({ status: 200, schema: answerSchema(CertificateStanding) })
  async retire(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<CertificateStanding> {
    const { tenant, actor } = caller;
    if (!UUID.test(id)) throw notFound('certificate');
    const { retiredAt } = await this.one(caller, id);
    const action = { kind: 'certificate-retirement', certificateId: id.toLowerCase() as CertificateId } as const;
    if (retiredAt === null) await askFirst(this.useCases, caller, action, actor);
    const retired = await this.useCases.retireCertificate.execute({
      tenant,
      actor,
      certificateId: id as CertificateId,
    });
    if (!retired.ok) throw notFound('certificate');
    const warnings = await this.unitOfWork.inTenant(tenant, (stores) => stores.certificateLifecycle.warnings());
    return certificateStanding(retired.value, warnings, this.clock.now());
  }

  private all({ tenant }: Caller): Promise<CertificateStanding[]> {
    return this.unitOfWork.inTenant(tenant, async ({ certificates, certificateLifecycle }) => {
      const warnings = await certificateLifecycle.warnings();
      const now = this.clock.now();
      return (await certificates.all()).map((certificate) => certificateStanding(certificate, warnings, now));
    });
  }
}

/** The bytes that came hold the password and the key: they are zero afterwards. */
function parsedAndWiped(bytes: Uint8Array): ParsedImport {
  try {
    return parseImport(parseJson(bytes));
  } finally {
    bytes.fill(0);
  }
}
