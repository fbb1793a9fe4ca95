import { hashToBase64, type SessionReference } from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { notFound } from '../http/problem.js';
import { USE_CASES } from '../http/tokens.js';

@ApiTags('sessions')
@Controller('v1/sessions')
export class SessionsController {
  constructor(@Inject(USE_CASES) private readonly useCases: UseCases) {}

  @Get(':referenceNumber')
  @ApiOperation({ summary: 'A session as KSeF tells it now, with the status of every invoice in it' })
  async get(@CurrentCaller() { tenant }: Caller, @Param('referenceNumber') referenceNumber: string): Promise<unknown> {
    if (!/^[A-Za-z0-9-]{1,36}$/.test(referenceNumber)) throw notFound('session');
    const view = await this.useCases.readSession.execute(tenant, referenceNumber as SessionReference);
    if (view === undefined) throw notFound('session');
    const { code, description, details, invoiceCount, successfulInvoiceCount, failedInvoiceCount } = view.status;
    return {
      referenceNumber: view.reference,
      status: { code, description, details },
      invoiceCount: invoiceCount ?? null,
      successfulInvoiceCount: successfulInvoiceCount ?? null,
      failedInvoiceCount: failedInvoiceCount ?? null,
      invoices: view.invoices.map((row) => ({
        referenceNumber: row.reference,
        sha256: hashToBase64(row.hash),
        status: { code: row.code, description: row.description, details: row.details },
        ksefNumber: row.ksefNumber ?? null,
        invoicingDate: row.invoicingDate.toString(),
        acquisitionDate: row.acquisitionDate?.toString() ?? null,
      })),
    };
  }
}
