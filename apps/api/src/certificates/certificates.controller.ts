import { contextLabel, type Certificate, type ImportCertificateRefusal, type UnitOfWork } from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Get, Inject, Post, Req } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { answerSchema, bodySchema } from '../http/open-api-schema.js';
import { problem, ProblemError } from '../http/problem.js';
import { bodyBytes, parseJson, parseWith } from '../http/request-body.js';
import { UNIT_OF_WORK, USE_CASES } from '../http/tokens.js';
import { parseContext } from '../invoices/invoices.controller.js';

const ImportRequest = z.strictObject({
  context: z.string().describe('`Nip:5265877635`'),
  certificatePem: z.string().max(20_000),
  privateKeyPem: z.string().max(20_000).describe('PKCS#8, PKCS#1 or SEC1, not encrypted'),
});

const CertificateView = z.object({
  id: z.uuid(),
  context: z.string(),
  type: z
    .enum(['Offline', 'Authentication'])
    .describe('Offline is the one that accountants call the signing certificate'),
  serial: z.string(),
  keyAlgorithm: z.enum(['rsa', 'ec-p256']),
  subject: z.string(),
  notBefore: z.iso.datetime(),
  notAfter: z.iso.datetime(),
});
type CertificateView = z.infer<typeof CertificateView>;
const CertificateList = z.object({ items: z.array(CertificateView) });

@ApiTags('certificates')
@Controller('v1/certificates')
export class CertificatesController {
  constructor(
    @Inject(USE_CASES) private readonly useCases: UseCases,
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Import a KSeF certificate with its key; Offline (signing) or Authentication is read from it',
  })
  @ApiBody({ schema: bodySchema(ImportRequest) })
  @ApiResponse({ status: 201, schema: answerSchema(CertificateView) })
  async import(@CurrentCaller() { tenant, actor }: Caller, @Req() request: FastifyRequest): Promise<CertificateView> {
    const body = parseWith(ImportRequest, parseJson(bodyBytes(request)), 'body');
    const imported = await this.useCases.importCertificate.execute({
      tenant,
      actor,
      context: parseContext(body.context),
      certificatePem: body.certificatePem,
      keyPem: body.privateKeyPem,
    });
    if (!imported.ok) throw importProblem(imported.error);
    return certificateView(imported.value);
  }

  @Get()
  @ApiOperation({ summary: 'Certificates: type, validity, context; never the key' })
  @ApiResponse({ status: 200, schema: answerSchema(CertificateList) })
  async list(@CurrentCaller() { tenant }: Caller): Promise<z.infer<typeof CertificateList>> {
    const all = await this.unitOfWork.inTenant(tenant, ({ certificates }) => certificates.all());
    return { items: all.map(certificateView) };
  }
}

function certificateView({
  id,
  context,
  serial,
  purpose,
  keyAlgorithm,
  subject,
  notBefore,
  notAfter,
}: Certificate): CertificateView {
  return {
    id,
    context: contextLabel(context),
    type: purpose === 'offline' ? 'Offline' : 'Authentication',
    serial,
    keyAlgorithm,
    subject,
    notBefore: notBefore.toString(),
    notAfter: notAfter.toString(),
  };
}

const REFUSALS: Readonly<Record<ImportCertificateRefusal['code'], string>> = {
  CERTIFICATE_UNREADABLE: 'The certificate cannot be read',
  KEY_UNREADABLE: 'The private key cannot be read',
  KEY_DOES_NOT_MATCH: 'The private key is not the one of this certificate',
  KEY_NOT_SUPPORTED: 'This kind of key is not supported',
  PURPOSE_UNKNOWN: 'The certificate is neither Offline nor Authentication',
  SERIAL_NOT_KSEF: 'The serial number is not one of a KSeF certificate',
  CONTEXT_NOT_FOUND: 'You have no such context',
  CERTIFICATE_EXPIRED: 'The certificate has expired',
  CERTIFICATE_NOT_YET_VALID: 'The certificate is not valid yet',
  CERTIFICATE_OF_ANOTHER_NIP: 'The certificate belongs to another NIP than the context',
  CERTIFICATE_ALREADY_IMPORTED: 'The certificate is here already',
};

function importProblem(refusal: ImportCertificateRefusal): ProblemError {
  const { code, ...facts } = refusal;
  const status = code === 'CERTIFICATE_ALREADY_IMPORTED' ? 409 : 422;
  const detail = 'detail' in refusal ? refusal.detail : `${REFUSALS[code]}; nothing was stored.`;
  return new ProblemError(problem(status, code, REFUSALS[code], detail, { ...facts, detail }));
}
