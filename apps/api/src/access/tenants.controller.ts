import type { TenantDirectory, TenantId, TenantSummary } from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Get, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CurrentPlatformActor } from '../http/caller.js';
import { shortText } from '../http/fields.js';
import { ApiQueryOf } from '../http/describe-query.js';
import { idempotencyClaim } from '../http/idempotency-key.js';
import { Needs } from '../http/needs.js';
import { answerSchema, bodySchema } from '../http/open-api-schema.js';
import { bodyBytes, parseJson, parseWith } from '../http/request-body.js';
import { TENANT_DIRECTORY, USE_CASES } from '../http/tokens.js';
import { parseContext } from '../invoices/invoices.controller.js';
import { tenantProblem } from './access-refusal.js';

const TenantView = z.object({ id: z.uuid(), name: z.string(), createdAt: z.iso.datetime() });
type TenantView = z.infer<typeof TenantView>;

const TenantList = z.object({ items: z.array(TenantView), next: z.string().nullable() });

const MadeTenantView = TenantView.extend({
  token: z.string().nullable().describe("the first admin's API key, this once; null in the answer to a repeat"),
});

const name = shortText(200).refine((text) => text.trim() !== '', 'must not be blank');

const TenantBody = z.strictObject({
  name,
  contexts: z
    .array(z.strictObject({ context: shortText(64).describe('`Nip:5265877635`'), name }))
    .max(100)
    .refine((all) => new Set(all.map(({ context }) => context)).size === all.length, 'names a context twice')
    .default([]),
});

const ListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  after: z.uuid().optional(),
});

/** For the platform admin, who makes tenants and sees nothing of what they hold. */
@ApiTags('platform')
@Controller('v1/tenants')
export class TenantsController {
  constructor(
    @Inject(USE_CASES) private readonly useCases: UseCases,
    @Inject(TENANT_DIRECTORY) private readonly directory: TenantDirectory,
  ) {}

  @Post()
  @Needs('platform')
  @ApiOperation({ summary: 'Make a tenant, with the first key of its admin' })
  @ApiHeader({ name: 'Idempotency-Key', required: true })
  @ApiBody({ required: true, schema: bodySchema(TenantBody) })
  @ApiResponse({ status: 201, description: 'Made', schema: answerSchema(MadeTenantView) })
  async create(
    @CurrentPlatformActor() actor: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.infer<typeof MadeTenantView>> {
    const body = parseWith(TenantBody, parseJson(bodyBytes(request)), 'body');
    const contexts = body.contexts.map((each) => ({ identifier: parseContext(each.context), name: each.name.trim() }));
    const made = await this.useCases.createTenant.execute(
      { name: body.name.trim(), contexts, actor },
      idempotencyClaim(request, ''),
    );
    if (!made.ok) throw tenantProblem(made.error);
    const { tenant, token } = made.value;
    void reply.header('cache-control', 'no-store');
    if (token === undefined) void reply.header('idempotency-replayed', 'true');
    return { ...tenantView(tenant), token: token ?? null };
  }

  @Get()
  @Needs('platform')
  @ApiOperation({ summary: 'Tenants, by id: that they are there, and nothing of what they hold' })
  @ApiQueryOf(ListQuery)
  @ApiResponse({ status: 200, schema: answerSchema(TenantList) })
  async list(@Query() query: unknown): Promise<z.infer<typeof TenantList>> {
    const { limit, after } = parseWith(ListQuery, query, 'query');
    const found = await this.directory.list(limit, after as TenantId | undefined);
    return { items: found.map(tenantView), next: found.length === limit ? (found.at(-1)?.id ?? null) : null };
  }
}

const tenantView = ({ id, name: called, createdAt }: TenantSummary): TenantView => ({
  ...{ id, name: called, createdAt: createdAt.toString() },
});
