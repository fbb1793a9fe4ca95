import { DOCUMENT_LANGUAGES, type EmailAddress, type UnitOfWork } from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Get, Inject, Put, Req } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { shortText } from '../http/fields.js';
import { Needs } from '../http/needs.js';
import { answerSchema, bodySchema } from '../http/open-api-schema.js';
import { bodyBytes, parseJson, parseWith } from '../http/request-body.js';
import { UNIT_OF_WORK, USE_CASES } from '../http/tokens.js';
import { parseContext } from '../invoices/parse-context.js';
import { EmailSettingsList, EmailSettingsView, emailSettingsView } from './email.view.js';
import { Address } from './emails.controller.js';
import { handoverProblem } from './handover-refusal.js';

const SettingsBody = z.strictObject({
  context: shortText(100).describe('such as Nip:5265877635'),
  sender: Address.describe('the mail system has to take it as a sender of yours'),
  senderName: shortText(100).optional(),
  replyTo: Address.optional(),
  language: z.enum(DOCUMENT_LANGUAGES).default('pl'),
  sending: z
    .enum(['automatic', 'on-demand'])
    .default('on-demand')
    .describe('automatic: what the buyer is owed goes by itself, and again with the KSeF number'),
  confirmations: z
    .boolean()
    .default(false)
    .describe('transaction confirmations, which nobody owes, go by themselves too'),
});

/** How documents of each context go to buyers by e-mail. */
@ApiTags('documents for the buyer')
@Controller('v1/email-settings')
export class EmailSettingsController {
  constructor(
    @Inject(USE_CASES) private readonly useCases: UseCases,
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
  ) {}

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'E-mail settings of all contexts that have any' })
  @ApiResponse({ status: 200, schema: answerSchema(EmailSettingsList) })
  async list(@CurrentCaller() { tenant }: Caller): Promise<z.infer<typeof EmailSettingsList>> {
    const all = await this.unitOfWork.inTenant(tenant, ({ emailSettings }) => emailSettings.all());
    return { configured: this.useCases.emails !== undefined, items: all.map(emailSettingsView) };
  }

  @Put()
  @Needs('administer')
  @ApiOperation({ summary: 'Decide how documents of a context go to buyers; what happens from now on goes by it' })
  @ApiBody({ required: true, schema: bodySchema(SettingsBody) })
  @ApiResponse({ status: 200, schema: answerSchema(EmailSettingsView) })
  async put(
    @CurrentCaller() { tenant, actor }: Caller,
    @Req() request: FastifyRequest,
  ): Promise<z.infer<typeof EmailSettingsView>> {
    const body = parseWith(SettingsBody, parseJson(bodyBytes(request)), 'body');
    const { context, sender, senderName, replyTo, language, sending, confirmations } = body;
    const changed = await this.useCases.changeEmailSettings.execute(tenant, actor, {
      context: parseContext(context),
      sender: sender as EmailAddress,
      ...{ language, sending, confirmations },
      ...(senderName === undefined ? {} : { senderName }),
      ...(replyTo === undefined ? {} : { replyTo: replyTo as EmailAddress }),
    });
    if (!changed.ok) throw handoverProblem(changed.error);
    return emailSettingsView(changed.value);
  }
}
