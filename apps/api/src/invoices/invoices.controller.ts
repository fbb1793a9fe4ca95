import {
  parseContextIdentifier,
  Temporal,
  type ContextIdentifier,
  type InvoiceFilter,
  type InvoiceId,
  type IssueRequest,
  type StoredInvoice,
  type UnitOfWork,
} from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { Moment, shortText } from '../http/fields.js';
import { idempotencyClaim } from '../http/idempotency-key.js';
import { answerSchema } from '../http/open-api-schema.js';
import { notFound, problem, ProblemError } from '../http/problem.js';
import { bodyBytes, bodyKind, parseJson, parseWith } from '../http/request-body.js';
import { UNIT_OF_WORK, USE_CASES } from '../http/tokens.js';
import { issueProblem } from './issue-refusal.js';
import { InvoiceView, invoiceView } from './invoice.view.js';

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

const IssueQuery = z.strictObject({
  mode: z.enum(['auto', 'online', 'offline24']).default('auto'),
  context: z.string().optional().describe('`Nip:5265877635`: needed when the seller is not the one who logs in'),
  correction: z.enum(['anyway']).optional().describe('issue a correction although its original has no KSeF number yet'),
});

const ListQuery = z.strictObject({
  status: z.enum(['pending', 'signed', 'processing', 'sent', 'error']).optional(),
  mode: z.enum(['online', 'offline24', 'unavailability', 'emergency', 'total-failure']).optional(),
  context: z.string().optional(),
  number: shortText(256).optional(),
  dueBefore: Moment.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  after: z.uuid().optional(),
});

@ApiTags('invoices')
@Controller('v1/invoices')
export class InvoicesController {
  constructor(
    @Inject(USE_CASES) private readonly useCases: UseCases,
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Issue an invoice, whatever the state of KSeF' })
  @ApiHeader({ name: 'Idempotency-Key', required: true })
  @ApiQuery({ name: 'mode', required: false, enum: ['auto', 'online', 'offline24'] })
  @ApiQuery({ name: 'context', required: false })
  @ApiQuery({ name: 'correction', required: false, enum: ['anyway'] })
  @ApiResponse({ status: 201, description: 'Issued', schema: answerSchema(InvoiceView) })
  async issue(
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Query() query: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InvoiceView> {
    const { mode, context, correction } = parseWith(IssueQuery, query, 'query');
    const issued = await this.useCases.issueInvoice.execute({
      tenant: caller.tenant,
      actor: caller.actor,
      claim: idempotencyClaim(
        request,
        [mode, context ?? '', ...(correction === undefined ? [] : [correction])].join(' '),
      ),
      document: documentOf(request),
      mode,
      ...(correction === undefined ? {} : { correctionAnyway: true }),
      ...(context === undefined ? {} : { context: parseContext(context) }),
    });
    if (!issued.ok) throw issueProblem(issued.error);
    void reply.header('location', `/v1/invoices/${issued.value.invoice.id}`);
    if (issued.value.replayed) void reply.header('idempotency-replayed', 'true');
    return invoiceView(issued.value, Date.now());
  }

  @Get()
  @ApiOperation({ summary: 'Queue and archive, newest first' })
  @ApiResponse({ status: 200, schema: answerSchema(InvoiceList) })
  async list(@CurrentCaller() { tenant }: Caller, @Query() query: unknown): Promise<z.infer<typeof InvoiceList>> {
    const { limit, after, ...filter } = parseWith(ListQuery, query, 'query');
    const found = await this.useCases.readInvoices.list(
      tenant,
      filterOf(filter),
      limit,
      after as InvoiceId | undefined,
    );
    const last = found.at(-1);
    return {
      items: found.map((stored) => invoiceView(stored, Date.now())),
      next: last !== undefined && found.length === limit ? last.invoice.id : null,
    };
  }

  @Get(':id')
  @HttpCode(200)
  @ApiOperation({ summary: 'One invoice: status, mode, codes, deadline with explanation, KSeF number' })
  @ApiResponse({ status: 200, schema: answerSchema(InvoiceView) })
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<InvoiceView> {
    return invoiceView(await this.find(caller, id), Date.now());
  }

  @Get(':id/timeline')
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

function filterOf({ context, dueBefore, ...same }: Omit<z.infer<typeof ListQuery>, 'limit' | 'after'>): InvoiceFilter {
  const given = Object.fromEntries(Object.entries(same).filter(([, value]) => value !== undefined));
  return {
    ...given,
    ...(context === undefined ? {} : { context: parseContext(context) }),
    ...(dueBefore === undefined ? {} : { dueBefore: Temporal.Instant.from(dueBefore) }),
  };
}

/** `Nip:5265877635`. @throws ProblemError 400 */
export function parseContext(text: string): ContextIdentifier {
  const [type = '', ...rest] = text.split(':');
  const parsed = parseContextIdentifier(type, rest.join(':'));
  if (parsed.ok) return parsed.value;
  const detail = 'A context is Nip, InternalId, NipVatUe or PeppolId, a colon and its value, such as Nip:5265877635.';
  throw new ProblemError(problem(400, 'CONTEXT_INVALID', 'This is not a context', detail));
}
