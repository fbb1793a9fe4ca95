import {
  contextLabel,
  hashToBase64,
  type SessionLookUp,
  type SessionReference,
  type SessionRow,
} from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { NextView, nextView } from '../batches/batch.view.js';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { ApiQueryOf } from '../http/describe-query.js';
import { Needs } from '../http/needs.js';
import { answerSchema } from '../http/open-api-schema.js';
import { notFound } from '../http/problem.js';
import { parseWith } from '../http/request-body.js';
import { USE_CASES } from '../http/tokens.js';

const StatusView = z.object({ code: z.int(), description: z.string(), details: z.array(z.string()) });

const InteractiveView = z.object({
  state: z.enum(['open', 'closing', 'closed', 'lost']),
  context: z.string(),
  openedAt: z.iso.datetime(),
  validUntil: z.iso.datetime(),
  invoicesPosted: z.int(),
});

const SessionAnswer = z.object({
  referenceNumber: z.string(),
  source: z.enum(['ksef', 'stored']).describe('stored: KSeF could not be asked, and this is what we last knew'),
  notAsked: z.string().nullable().describe('why KSeF could not be asked'),
  asOf: z.iso.datetime(),
  status: StatusView.nullable(),
  invoiceCount: z.int().nullable(),
  successfulInvoiceCount: z.int().nullable(),
  failedInvoiceCount: z.int().nullable(),
  batchId: z.uuid().nullable().describe('the batch of ours that it carries'),
  batchState: z.string().nullable(),
  nextStep: NextView.nullable().describe('of the batch'),
  interactive: InteractiveView.nullable().describe('a session that online invoices share'),
  invoices: z
    .array(
      z.object({
        referenceNumber: z.string(),
        sha256: z.string().describe('Base64'),
        status: StatusView,
        ksefNumber: z.string().nullable(),
        invoicingDate: z.iso.datetime(),
        acquisitionDate: z.iso.datetime().nullable(),
      }),
    )
    .describe('a page of them'),
  next: z.string().nullable().describe('give it as `after` for the next page of invoices'),
});
type SessionAnswer = z.infer<typeof SessionAnswer>;

const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(10_000).default(10_000),
  after: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,36}$/)
    .optional(),
});

@ApiTags('sessions')
@Controller('v1/sessions')
export class SessionsController {
  constructor(@Inject(USE_CASES) private readonly useCases: UseCases) {}

  @Get(':referenceNumber')
  @Needs('read')
  @ApiOperation({
    summary:
      'A session as KSeF tells it now, with the status of every invoice in it; as stored when KSeF cannot be asked',
  })
  @ApiQueryOf(PageQuery)
  @ApiResponse({ status: 200, schema: answerSchema(SessionAnswer) })
  async get(
    @CurrentCaller() { tenant }: Caller,
    @Param('referenceNumber') referenceNumber: string,
    @Query() query: unknown,
  ): Promise<SessionAnswer> {
    // KSeF's references have 36 characters; to others it answers 400, which tells no more than its silence would.
    if (!/^[A-Za-z0-9-]{36}$/.test(referenceNumber)) throw notFound('session');
    const { limit, after } = parseWith(PageQuery, query, 'query');
    const found = await this.useCases.lookUpSession.execute(tenant, referenceNumber as SessionReference);
    if (found === undefined) throw notFound('session');
    return sessionView(found, limit, after);
  }
}

function sessionView(found: SessionLookUp, limit: number, after: string | undefined): SessionAnswer {
  // KSeF gives references in no order that lasts: a page goes by the reference itself.
  const rows = [...found.invoices].sort((a, b) => (a.reference < b.reference ? -1 : 1));
  const rest = after === undefined ? rows : rows.filter(({ reference }) => reference > after);
  const page = rest.slice(0, limit);
  return {
    referenceNumber: found.reference,
    source: found.source,
    notAsked: found.notAsked ?? null,
    asOf: found.asOf.toString(),
    ...sessionStatusView(found.status),
    ...oursView(found),
    invoices: page.map(rowView),
    next: page.length < rest.length ? (page.at(-1)?.reference ?? null) : null,
  };
}

function sessionStatusView(status: SessionLookUp['status']) {
  const { invoiceCount = null, successfulInvoiceCount = null, failedInvoiceCount = null } = status ?? {};
  const counts = { invoiceCount, successfulInvoiceCount, failedInvoiceCount };
  return { status: status === undefined ? null : statusView(status), ...counts };
}

function oursView({ batch, interactive }: SessionLookUp) {
  const ofBatch =
    batch === undefined
      ? { batchId: null, batchState: null, nextStep: null }
      : { batchId: batch.batch.id, batchState: batch.batch.state, nextStep: nextView(batch.next) };
  return { ...ofBatch, interactive: interactive === undefined ? null : interactiveView(interactive) };
}

const statusView = ({ code, description, details }: Pick<SessionRow, 'code' | 'description' | 'details'>) => ({
  code,
  description,
  details: [...details],
});

function rowView(row: SessionRow): SessionAnswer['invoices'][number] {
  return {
    referenceNumber: row.reference,
    sha256: hashToBase64(row.hash),
    status: statusView(row),
    ksefNumber: row.ksefNumber ?? null,
    invoicingDate: row.invoicingDate.toString(),
    acquisitionDate: row.acquisitionDate?.toString() ?? null,
  };
}

function interactiveView(record: NonNullable<SessionLookUp['interactive']>): z.infer<typeof InteractiveView> {
  const { state, context, openedAt, validUntil, invoicesPosted } = record;
  return {
    state,
    context: contextLabel(context),
    openedAt: openedAt.toString(),
    validUntil: validUntil.toString(),
    invoicesPosted,
  };
}
