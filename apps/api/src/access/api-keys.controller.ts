import { Temporal, type ApiKeyRequest, type Clock, type UnitOfWork } from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Delete, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { shortText } from '../http/fields.js';
import { ApiQueryOf } from '../http/describe-query.js';
import { idempotencyClaim } from '../http/idempotency-key.js';
import { Needs } from '../http/needs.js';
import { answerSchema, bodySchema } from '../http/open-api-schema.js';
import { notFound } from '../http/problem.js';
import { bodyBytes, parseJson, parseWith } from '../http/request-body.js';
import { CLOCK, KNOWN_KEYS, UNIT_OF_WORK, USE_CASES } from '../http/tokens.js';
import { parseContext } from '../invoices/invoices.controller.js';
import { apiKeyProblem } from './access-refusal.js';
import { ApiKeyBody, ApiKeyList, ApiKeyView, apiKeyView, MadeApiKeyView } from './api-key.view.js';
import type { KnownKeys } from './known-keys.js';

const ListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  after: shortText(64).optional(),
});

@ApiTags('access')
@Controller('v1/api-keys')
export class ApiKeysController {
  constructor(
    @Inject(USE_CASES) private readonly useCases: UseCases,
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(KNOWN_KEYS) private readonly knownKeys: KnownKeys,
  ) {}

  @Post()
  @Needs('administer')
  @ApiOperation({
    summary: 'Make an API key; it is shown once',
    description:
      'Only its SHA-256 is kept. To rotate a key, make another one for the same client and revoke the first one once ' +
      'nobody uses it: all keys of a client are one voice wherever two persons are needed.',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: true })
  @ApiBody({ required: true, schema: bodySchema(ApiKeyBody) })
  @ApiResponse({ status: 201, description: 'Made', schema: answerSchema(MadeApiKeyView) })
  async create(
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.infer<typeof MadeApiKeyView>> {
    const body = parseWith(ApiKeyBody, parseJson(bodyBytes(request)), 'body');
    const made = await this.useCases.createApiKey.execute(caller, requestOf(body), idempotencyClaim(request, ''));
    if (!made.ok) throw apiKeyProblem(made.error);
    const { key, token } = made.value;
    void reply.header('location', `/v1/api-keys/${key.id}`).header('cache-control', 'no-store');
    if (token === undefined) void reply.header('idempotency-replayed', 'true');
    return { ...apiKeyView(key, this.clock.now()), token: token ?? null };
  }

  @Get()
  @Needs('administer')
  @ApiOperation({ summary: 'API keys, newest first, ended ones too; never the key itself' })
  @ApiQueryOf(ListQuery)
  @ApiResponse({ status: 200, schema: answerSchema(ApiKeyList) })
  async list(@CurrentCaller() { tenant }: Caller, @Query() query: unknown): Promise<z.infer<typeof ApiKeyList>> {
    const { limit, after } = parseWith(ListQuery, query, 'query');
    const all = await this.unitOfWork.inTenant(tenant, ({ apiKeys }) => apiKeys.all());
    const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
    const items = all.slice(from, from + limit).map((key) => apiKeyView(key, this.clock.now()));
    return { items, next: from + limit < all.length ? (items.at(-1)?.id ?? null) : null };
  }

  @Get(':id')
  @Needs('administer')
  @ApiOperation({ summary: 'One API key; never the key itself' })
  @ApiResponse({ status: 200, schema: answerSchema(ApiKeyView) })
  async one(@CurrentCaller() { tenant }: Caller, @Param('id') id: string): Promise<ApiKeyView> {
    const all = await this.unitOfWork.inTenant(tenant, ({ apiKeys }) => apiKeys.all());
    const found = all.find((key) => key.id === id);
    if (found === undefined) throw notFound('API key');
    return apiKeyView(found, this.clock.now());
  }

  @Delete(':id')
  @Needs('administer')
  @ApiOperation({
    summary: 'Revoke an API key',
    description: 'It stays in the list. Other API processes may take it for live for two more seconds.',
  })
  @ApiResponse({ status: 200, schema: answerSchema(ApiKeyView) })
  async revoke(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<ApiKeyView> {
    const revoked = await this.useCases.revokeApiKey.execute(caller, id);
    if (revoked === undefined) throw notFound('API key');
    this.knownKeys.forget(id);
    return apiKeyView(revoked, this.clock.now());
  }
}

function requestOf({ contexts, ipRanges, expiresAt, ...same }: z.infer<typeof ApiKeyBody>): ApiKeyRequest {
  return {
    ...same,
    expiresAt: Temporal.Instant.from(expiresAt),
    ...(contexts === undefined ? {} : { contexts: contexts.map(parseContext) }),
    ...(ipRanges === undefined ? {} : { ipRanges }),
  };
}
