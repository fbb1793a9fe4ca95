import { parseContextIdentifier, CONTEXT_TYPES, type TenantContext, type UnitOfWork } from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { shortText } from '../http/fields.js';
import { ApiQueryOf } from '../http/describe-query.js';
import { Needs } from '../http/needs.js';
import { answerSchema, bodySchema } from '../http/open-api-schema.js';
import { problem, ProblemError } from '../http/problem.js';
import { bodyBytes, parseJson, parseWith } from '../http/request-body.js';
import { StoresAnswer } from '../http/stored-answers.js';
import { UNIT_OF_WORK, USE_CASES } from '../http/tokens.js';
import { addContextProblem, removeContextProblem } from './access-refusal.js';

const ContextView = z.object({ id: z.string(), type: z.enum(CONTEXT_TYPES), value: z.string(), name: z.string() });
type ContextView = z.infer<typeof ContextView>;

const ContextList = z.object({ items: z.array(ContextView), next: z.string().nullable() });

const ContextBody = z.strictObject({
  type: z.enum(CONTEXT_TYPES),
  value: shortText(64).describe('as KSeF spells it: NIP, NIP-00001, NIP-DE123456789, PPL123456'),
  name: shortText(200)
    .refine((name) => name.trim() !== '', 'must not be blank')
    .describe('for people'),
});

const ListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  after: shortText(64).optional(),
});

@ApiTags('access')
@Controller('v1/contexts')
export class ContextsController {
  constructor(
    @Inject(USE_CASES) private readonly useCases: UseCases,
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
  ) {}

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'KSeF contexts of the tenant: in whose names it issues' })
  @ApiQueryOf(ListQuery)
  @ApiResponse({ status: 200, schema: answerSchema(ContextList) })
  async list(@CurrentCaller() { tenant }: Caller, @Query() query: unknown): Promise<z.infer<typeof ContextList>> {
    const { limit, after } = parseWith(ListQuery, query, 'query');
    const all = await this.unitOfWork.inTenant(tenant, ({ contexts }) => contexts.all());
    const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
    const items = all.slice(from, from + limit).map(contextView);
    return { items, next: from + limit < all.length ? (items.at(-1)?.id ?? null) : null };
  }

  @Post()
  @Needs('administer')
  @StoresAnswer('required')
  @ApiOperation({ summary: 'Add a context; the same one again is the same one' })
  @ApiBody({ required: true, schema: bodySchema(ContextBody) })
  @ApiResponse({ status: 201, description: 'Added', schema: answerSchema(ContextView) })
  @ApiResponse({ status: 200, description: 'It was there already', schema: answerSchema(ContextView) })
  async add(
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ContextView> {
    const { type, value, name } = parseWith(ContextBody, parseJson(bodyBytes(request)), 'body');
    const identifier = parseContextIdentifier(type, value);
    if (!identifier.ok) {
      const detail = `This is no ${type} of a KSeF context; the check digit of its NIP counts too.`;
      throw new ProblemError(problem(422, 'CONTEXT_INVALID', 'This is not a context', detail));
    }
    const added = await this.useCases.addContext.execute(caller, identifier.value, name.trim());
    if (!added.ok) throw addContextProblem(added.error);
    const { context, isNew } = added.value;
    void reply.status(isNew ? 201 : 200).header('location', `/v1/contexts/${context.id}`);
    return contextView(context);
  }

  @Delete(':id')
  @HttpCode(204)
  @Needs('administer')
  @ApiOperation({ summary: 'Remove a context in which nothing was ever made' })
  @ApiResponse({ status: 204, description: 'Removed' })
  async remove(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<void> {
    const removed = await this.useCases.removeContext.execute(caller, id);
    if (!removed.ok) throw removeContextProblem(removed.error);
  }
}

const contextView = ({ id, identifier: { type, value }, name }: TenantContext): ContextView => ({
  ...{ id, type, value, name },
});
