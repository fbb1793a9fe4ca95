import { parseEventId, webhookSecretText, type UnitOfWork, type WebhookId, type WebhookOrder } from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { placeProblem } from '../events/events.controller.js';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { shortText } from '../http/fields.js';
import { idempotencyClaim } from '../http/idempotency-key.js';
import { Needs } from '../http/needs.js';
import { answerSchema, bodySchema } from '../http/open-api-schema.js';
import { notFound } from '../http/problem.js';
import { bodyBytes, parseJson, parseWith } from '../http/request-body.js';
import { UNIT_OF_WORK, USE_CASES } from '../http/tokens.js';
import { replayProblem, webhookProblem } from './webhook-refusal.js';
import {
  DeliveryList,
  deliveryPage,
  listOf,
  ReplayBody,
  Replayed,
  SecretBody,
  WebhookBody,
  WebhookChange,
  WebhookList,
  WebhookView,
  webhookView,
  WebhookWithSecret,
} from './webhook.view.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const DeliveryQuery = z.strictObject({
  state: z.enum(['pending', 'sending', 'delivered']).optional(),
  before: shortText(100).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

@ApiTags('webhooks')
@Controller('v1/webhooks')
export class WebhooksController {
  constructor(
    @Inject(USE_CASES) private readonly useCases: UseCases,
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
  ) {}

  @Post()
  @Needs('administer')
  @ApiOperation({
    summary: 'Register a receiver of events; its secret is shown once',
    description:
      'Every event is posted at least once, and of one invoice in the order of its changes, signed as Standard Webhooks ' +
      'says (webhook-id, webhook-timestamp, webhook-signature). Anything but 2xx is tried again, later and later; 410 ' +
      'ends it. It gets what happens from now on; what was before comes with a replay.',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: true })
  @ApiBody({ required: true, schema: bodySchema(WebhookBody) })
  @ApiResponse({ status: 201, schema: answerSchema(WebhookWithSecret) })
  async register(
    @CurrentCaller() { tenant, actor }: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.infer<typeof WebhookWithSecret>> {
    const { types: filter, ...body } = parseWith(WebhookBody, parseJson(bodyBytes(request)), 'body');
    const claim = idempotencyClaim(request, '');
    const registered = await this.useCases.registerWebhook.execute({ tenant, actor, claim, filter, ...body });
    if (!registered.ok) throw webhookProblem(registered.error);
    const { webhook, secret } = registered.value;
    void reply.header('location', `/v1/webhooks/${webhook.id}`).header('cache-control', 'no-store');
    if (secret === undefined) void reply.header('idempotency-replayed', 'true');
    return { ...webhookView(webhook), secret: secret === undefined ? null : webhookSecretText(secret) };
  }

  @Get()
  @Needs('administer')
  @ApiOperation({ summary: 'Webhooks, oldest first, and what waits for them; never a secret' })
  @ApiResponse({ status: 200, schema: answerSchema(WebhookList) })
  list(@CurrentCaller() { tenant }: Caller): Promise<z.infer<typeof WebhookList>> {
    return this.unitOfWork.inTenant(tenant, async ({ webhooks, webhookDeliveries }) =>
      listOf(await webhooks.all(), await webhookDeliveries.counts()),
    );
  }

  @Get(':id')
  @Needs('administer')
  @ApiOperation({ summary: 'One webhook; never its secret' })
  @ApiResponse({ status: 200, schema: answerSchema(WebhookView) })
  async one(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<z.infer<typeof WebhookView>> {
    const { items } = await this.list(caller);
    const found = items.find((each) => each.id === id.toLowerCase());
    if (found === undefined) throw notFound('webhook');
    return found;
  }

  @Patch(':id')
  @Needs('administer')
  @ApiOperation({ summary: 'Enable a webhook, whose waiting events then go out, or disable it: they wait' })
  @ApiBody({ required: true, schema: bodySchema(WebhookChange) })
  @ApiResponse({ status: 200, schema: answerSchema(WebhookView) })
  async change(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
  ): Promise<z.infer<typeof WebhookView>> {
    const { enabled } = parseWith(WebhookChange, parseJson(bodyBytes(request)), 'body');
    const order = orderOf(caller, id);
    const { changeWebhook } = this.useCases;
    const changed = enabled ? await changeWebhook.enable(order) : await changeWebhook.disable(order);
    if (!changed.ok) throw webhookProblem(changed.error);
    return this.one(caller, id);
  }

  @Delete(':id')
  @Needs('administer')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a webhook, its secret, and what waits for it' })
  @ApiResponse({ status: 204, description: 'Deleted' })
  async delete(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<void> {
    const removed = await this.useCases.changeWebhook.remove(orderOf(caller, id));
    if (!removed.ok) throw webhookProblem(removed.error);
  }

  @Post(':id/secret')
  @Needs('administer')
  @ApiOperation({
    summary: 'Make a new secret; the one before it signs beside it for a while',
    description: 'Every message carries a signature of each. To lose the answer does no harm: ask again.',
  })
  @ApiBody({ required: true, schema: bodySchema(SecretBody) })
  @ApiResponse({ status: 201, schema: answerSchema(WebhookWithSecret) })
  async rotateSecret(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.infer<typeof WebhookWithSecret>> {
    const { overlapHours } = parseWith(SecretBody, parseJson(bodyBytes(request)), 'body');
    const rotated = await this.useCases.changeWebhook.rotateSecret(orderOf(caller, id), overlapHours * 3600);
    if (!rotated.ok) throw webhookProblem(rotated.error);
    void reply.header('cache-control', 'no-store');
    return { ...(await this.one(caller, id)), secret: webhookSecretText(rotated.value.secret) };
  }

  @Get(':id/deliveries')
  @Needs('administer')
  @ApiOperation({ summary: 'Events on their way to a webhook, newest first: attempts, outcomes, what comes next' })
  @ApiQuery({ name: 'state', required: false, enum: ['pending', 'sending', 'delivered'] })
  @ApiQuery({ name: 'before', required: false, description: 'the id of an event: `next` of the page before' })
  @ApiQuery({ name: 'limit', required: false })
  @ApiResponse({ status: 200, schema: answerSchema(DeliveryList) })
  async deliveries(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: unknown,
  ): Promise<z.infer<typeof DeliveryList>> {
    const { state, before, limit } = parseWith(DeliveryQuery, query, 'query');
    const { tenant, id: webhookId } = orderOf(caller, id);
    const place = before === undefined ? undefined : parseEventId(tenant, before);
    if (before !== undefined && place === undefined) throw placeProblem({ code: 'EVENT_ID_UNKNOWN' });
    const page = {
      ...(state === undefined ? {} : { state }),
      ...(place === undefined ? {} : { before: place }),
      limit,
    };
    return this.unitOfWork.inTenant(tenant, async ({ webhooks, webhookDeliveries }) => {
      if ((await webhooks.find(webhookId)) === undefined) throw notFound('webhook');
      return deliveryPage(tenant, await webhookDeliveries.list(webhookId, page), limit);
    });
  }

  @Post(':id/replay')
  @Needs('administer')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Deliver again what came after an event',
    description: 'With the same ids as before: a receiver that keeps them takes nothing twice.',
  })
  @ApiBody({ required: true, schema: bodySchema(ReplayBody) })
  @ApiResponse({ status: 202, schema: answerSchema(Replayed) })
  async replay(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
  ): Promise<z.infer<typeof Replayed>> {
    const { after } = parseWith(ReplayBody, parseJson(bodyBytes(request)), 'body');
    const replayed = await this.useCases.changeWebhook.replay(orderOf(caller, id), after ?? undefined);
    if (!replayed.ok) throw replayProblem(replayed.error);
    return { pending: replayed.value };
  }
}

/** @throws ProblemError 404 for what cannot be the id of one */
function orderOf({ tenant, actor }: Caller, id: string): WebhookOrder {
  if (!UUID.test(id)) throw notFound('webhook');
  return { tenant, actor, id: id.toLowerCase() as WebhookId };
}
