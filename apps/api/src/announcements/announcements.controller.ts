import { situationOf, type TenantId, type UnitOfWork } from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Get, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { Needs } from '../http/needs.js';
import { answerSchema, bodySchema } from '../http/open-api-schema.js';
import { bodyBytes, parseJson, parseWith } from '../http/request-body.js';
import { StoresAnswer } from '../http/stored-answers.js';
import { UNIT_OF_WORK, USE_CASES } from '../http/tokens.js';
import { announcementList, AnnouncementList, announcementView, AnnouncementView } from './announcement.view.js';
import type { Surroundings } from './announcement.view.js';
import { ConfirmationBody, NoticeBody, noticeRequest } from './notice-body.js';
import { confirmationProblem, noticeProblem } from './notice-refusal.js';

const ConfirmationAnswer = z.object({
  eventId: z.string(),
  confirmedBy: z.array(z.string()),
  missing: z.int().describe('persons whose word is still missing; with none the total failure takes effect'),
});

@ApiTags('announcements')
@Controller('v1/announcements')
export class AnnouncementsController {
  constructor(
    @Inject(USE_CASES) private readonly useCases: UseCases,
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
  ) {}

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'Messages and notices, every version, newest first, and the outages they add up to' })
  @ApiResponse({ status: 200, schema: answerSchema(AnnouncementList) })
  async list(@CurrentCaller() { tenant }: Caller): Promise<AnnouncementList> {
    return announcementList(await this.surroundings(tenant));
  }

  @Post()
  @Needs('resend')
  @StoresAnswer()
  @HttpCode(201)
  @ApiOperation({ summary: 'Enter a notice that was read in BIP, its end, a correction, or a rehearsal' })
  @ApiBody({ required: true, schema: bodySchema(NoticeBody) })
  @ApiResponse({ status: 201, description: 'Entered', schema: answerSchema(AnnouncementView) })
  @ApiResponse({ status: 200, description: 'Entered before, word for word', schema: answerSchema(AnnouncementView) })
  async enter(
    @CurrentCaller() { tenant, actor }: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AnnouncementView> {
    const body = parseWith(NoticeBody, parseJson(bodyBytes(request)), 'body');
    const entered = await this.useCases.enterNotice.execute(tenant, noticeRequest(body, actor));
    if (!entered.ok) throw noticeProblem(entered.error);
    const { notice, replayed } = entered.value;
    if (replayed) void reply.status(200);
    return announcementView(notice, await this.surroundings(tenant));
  }

  @Post(':eventId/confirmations')
  @Needs('resend')
  @HttpCode(200)
  @ApiOperation({ summary: 'Vouch for an announced total failure: on production two persons are needed' })
  @ApiBody({ required: true, schema: bodySchema(ConfirmationBody) })
  @ApiResponse({ status: 200, schema: answerSchema(ConfirmationAnswer) })
  async confirm(
    @CurrentCaller() { tenant, actor }: Caller,
    @Param('eventId') eventId: string,
    @Req() request: FastifyRequest,
  ): Promise<z.infer<typeof ConfirmationAnswer>> {
    const body = parseWith(ConfirmationBody, parseJson(bodyBytes(request)), 'body');
    const confirmed = await this.useCases.confirmTotalFailure.execute(tenant, eventId, { ...body, actor });
    if (!confirmed.ok) throw confirmationProblem(confirmed.error);
    return { ...confirmed.value, confirmedBy: [...confirmed.value.confirmedBy] };
  }

  private async surroundings(tenant: TenantId): Promise<Surroundings> {
    const { jurisdiction } = this.useCases;
    const records = await this.unitOfWork.inTenant(tenant, ({ legal }) => legal.read());
    return { records, situation: situationOf(records, jurisdiction), environment: jurisdiction.environment };
  }
}
