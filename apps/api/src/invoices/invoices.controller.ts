import {
  Temporal,
  type InvoiceFilter,
  type InvoiceId,
  type InvoiceOrder,
  type IssueRequest,
  type StoredInvoice,
  type UnitOfWork,
} from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { ApiQueryOf } from '../http/describe-query.js';
import { Moment, PersonName, Reason, shortText } from '../http/fields.js';
import { idempotencyClaim } from '../http/idempotency-key.js';
import { Needs, WithinContexts } from '../http/needs.js';
import { answerSchema } from '../http/open-api-schema.js';
import { notFound } from '../http/problem.js';
import { bodyBytes, bodyKind, parseJson, parseWith } from '../http/request-body.js';
import { UNIT_OF_WORK, USE_CASES } from '../http/tokens.js';
import { IssueOptions, issueRequest, optionsText } from './issue-options.js';
import { issueProblem } from './issue-refusal.js';
import { InvoiceView, invoiceView } from './invoice.view.js';
import { parseContext } from './parse-context.js';
import { takeOutProblem } from './settle-review-refusal.js';

export const InvoiceList = z.object({ items: z.array(InvoiceView), next: z.string().nullable() });

const Timeline = z.object({
  items: z.array(
    z.object({
      at: z.iso.datetime(),
      actor: z.string(),
      action: z.string(),
      facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    }),
  ),
});

const ListQuery = z.strictObject({
  status: z.enum(['pending', 'signed', 'processing', 'sent', 'error']).optional(),
  mode: z.enum(['online', 'offline24', 'unavailability', 'emergency', 'total-failure']).optional(),
  context: z.string().optional(),
  number: shortText(256).optional(),
  dueBefore: Moment.optional(),
  sort: z
    .enum(['-receivedAt', 'receivedAt', 'number', '-number', 'deadline'])
    .default('-receivedAt')
    .describe('`-` for descending; by deadline: the earliest end first, those without one last'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  after: z.uuid().optional().describe('`next` of the page before, under the same filter and order'),
});

type Sort = z.infer<typeof ListQuery>['sort'];
const ORDERS: Readonly<Record<Sort, InvoiceOrder>> = {
  ...{ '-receivedAt': 'newest', receivedAt: 'oldest', deadline: 'deadline' },
  ...{ number: 'number', '-number': 'number-descending' },
};

const TakeOutQuery = z.strictObject({
  person: PersonName.min(1).describe('name of the person who decides it'),
  reason: Reason.min(1),
});

@ApiTags('invoices')
@Controller('v1/invoices')
export class InvoicesController {
  constructor(
    @Inject(USE_CASES) private readonly useCases: UseCases,
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
  ) {}

  @Post()
  @Needs('issue')
  @WithinContexts('request')
  @ApiOperation({ summary: 'Issue an invoice, whatever the state of KSeF' })
  @ApiHeader({ name: 'Idempotency-Key', required: true })
  @ApiQueryOf(IssueOptions)
  @ApiResponse({ status: 201, description: 'Issued', schema: answerSchema(InvoiceView) })
  async issue(
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Query() query: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InvoiceView> {
    const options = parseWith(IssueOptions, query, 'query');
    const claim = idempotencyClaim(request, optionsText(options));
    const issued = await this.useCases.issueInvoice.execute(issueRequest(caller, options, claim, documentOf(request)));
    if (!issued.ok) throw issueProblem(issued.error);
    void reply.header('location', `/v1/invoices/${issued.value.invoice.id}`);
    if (issued.value.replayed) void reply.header('idempotency-replayed', 'true');
    return invoiceView(issued.value, Date.now());
  }

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'Queue and archive, newest first unless sorted otherwise' })
  @ApiQueryOf(ListQuery)
  @ApiResponse({ status: 200, schema: answerSchema(InvoiceList) })
  async list(@CurrentCaller() { tenant }: Caller, @Query() query: unknown): Promise<z.infer<typeof InvoiceList>> {
    const { limit, after, sort, ...filter } = parseWith(ListQuery, query, 'query');
    const found = await this.useCases.readInvoices.list(
      tenant,
      filterOf(filter),
      limit,
      after as InvoiceId | undefined,
      ORDERS[sort],
    );
    const last = found.at(-1);
    return {
      items: found.map((stored) => invoiceView(stored, Date.now())),
      next: last !== undefined && found.length === limit ? last.invoice.id : null,
    };
  }

  @Get(':id')
  @Needs('read')
  @WithinContexts('invoice')
  @HttpCode(200)
  @ApiOperation({ summary: 'One invoice: status, mode, codes, deadline with explanation, KSeF number' })
  @ApiResponse({ status: 200, schema: answerSchema(InvoiceView) })
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<InvoiceView> {
    return invoiceView(await this.find(caller, id), Date.now());
  }

  @Delete(':id')
  @Needs('resend')
  @ApiOperation({
    summary: 'Take an invoice with status `error` out of the queue; it stays in the archive',
    description:
      'KSeF is read first. Posted online: given up where KSeF surely does not have it, and its number is free. Issued ' +
      'offline: closed where KSeF holds another document under its number; else it exists in law and has to be sent ' +
      '(409 MUST_BE_SENT, KSEF_MAY_HAVE_IT or NO_CONFLICT). One that is out already is answered as it is.',
  })
  @ApiQueryOf(TakeOutQuery)
  @ApiResponse({ status: 200, description: 'As it is now', schema: answerSchema(InvoiceView) })
  async takeOut(
    @CurrentCaller() { tenant, actor }: Caller,
    @Param('id') id: string,
    @Query() query: unknown,
  ): Promise<InvoiceView> {
    const invoiceId = parseInvoiceId(id);
    const by = parseWith(TakeOutQuery, query, 'query');
    const taken = await this.useCases.settleReview.takeOut({ tenant, actor, invoiceId, ...by });
    if (!taken.ok) throw takeOutProblem(taken.error);
    return invoiceView(taken.value, Date.now());
  }

  @Get(':id/timeline')
  @Needs('read')
  @WithinContexts('invoice')
  @ApiOperation({ summary: 'Audit entries of an invoice, oldest first' })
  @ApiResponse({ status: 200, schema: answerSchema(Timeline) })
  async timeline(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<z.infer<typeof Timeline>> {
    const { invoice } = await this.find(caller, id);
    const entries = await this.unitOfWork.inTenant(caller.tenant, ({ audit }) => audit.of('invoice', invoice.id));
    return {
      items: entries.map(({ at, actor, action, facts }) => ({ at: at.toString(), actor, action, facts })),
    };
  }

  private async find({ tenant }: Caller, id: string): Promise<StoredInvoice> {
    const stored = await this.useCases.readInvoices.find(tenant, parseInvoiceId(id));
    if (stored === undefined) throw notFound('invoice');
    return stored;
  }
}

/** @throws ProblemError 404: an id that is none is an invoice that is not there */
export function parseInvoiceId(id: string): InvoiceId {
  if (!z.uuid().safeParse(id).success) throw notFound('invoice');
  return id as InvoiceId;
}

function documentOf(request: FastifyRequest): IssueRequest['document'] {
  const bytes = bodyBytes(request);
  return bodyKind(request) === 'xml' ? { kind: 'xml', bytes } : { kind: 'json', model: parseJson(bytes) };
}

function filterOf({
  context,
  dueBefore,
  ...same
}: Omit<z.infer<typeof ListQuery>, 'limit' | 'after' | 'sort'>): InvoiceFilter {
  const given = Object.fromEntries(Object.entries(same).filter(([, value]) => value !== undefined));
  return {
    ...given,
    ...(context === undefined ? {} : { context: parseContext(context) }),
    ...(dueBefore === undefined ? {} : { dueBefore: Temporal.Instant.from(dueBefore) }),
  };
}

export { parseContext } from './parse-context.js';
