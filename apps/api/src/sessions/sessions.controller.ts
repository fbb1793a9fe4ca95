import { hashToBase64, type SessionReference } from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { answerSchema } from '../http/open-api-schema.js';
import { notFound } from '../http/problem.js';
import { USE_CASES } from '../http/tokens.js';

const StatusView = z.object({ code: z.int(), description: z.string(), details: z.array(z.string()) });

const SessionAnswer = z.object({
  referenceNumber: z.string(),
  status: StatusView,
  invoiceCount: z.int().nullable(),
  successfulInvoiceCount: z.int().nullable(),
  failedInvoiceCount: z.int().nullable(),
  invoices: z.array(
    z.object({
      referenceNumber: z.string(),
      sha256: z.string().describe('Base64'),
      status: StatusView,
      ksefNumber: z.string().nullable(),
      invoicingDate: z.iso.datetime(),
      acquisitionDate: z.iso.datetime().nullable(),
    }),
  ),
});
type SessionAnswer = z.infer<typeof SessionAnswer>;

@ApiTags('sessions')
@Controller('v1/sessions')
export class SessionsController {
  constructor(@Inject(USE_CASES) private readonly useCases: UseCases) {}

  @Get(':referenceNumber')
  @ApiOperation({ summary: 'A session as KSeF tells it now, with the status of every invoice in it' })
  @ApiResponse({ status: 200, schema: answerSchema(SessionAnswer) })
  async get(
    @CurrentCaller() { tenant }: Caller,
    @Param('referenceNumber') referenceNumber: string,
  ): Promise<SessionAnswer> {
    if (!/^[A-Za-z0-9-]{1,36}$/.test(referenceNumber)) throw notFound('session');
    const view = await this.useCases.readSession.execute(tenant, referenceNumber as SessionReference);
    if (view === undefined) throw notFound('session');
    const { code, description, details, invoiceCount, successfulInvoiceCount, failedInvoiceCount } = view.status;
    return {
      referenceNumber: view.reference,
      status: { code, description, details: [...details] },
      invoiceCount: invoiceCount ?? null,
      successfulInvoiceCount: successfulInvoiceCount ?? null,
      failedInvoiceCount: failedInvoiceCount ?? null,
      invoices: view.invoices.map((row) => ({
        referenceNumber: row.reference,
        sha256: hashToBase64(row.hash),
        status: { code: row.code, description: row.description, details: [...row.details] },
        ksefNumber: row.ksefNumber ?? null,
        invoicingDate: row.invoicingDate.toString(),
        acquisitionDate: row.acquisitionDate?.toString() ?? null,
      })),
    };
  }
}
