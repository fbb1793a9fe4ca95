import { randomUUID } from 'node:crypto';
import { bannerNow, downtimesOf, type Clock, type UnitOfWork } from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Delete, Get, HttpCode, Inject, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { PersonName } from '../http/fields.js';
import { Needs } from '../http/needs.js';
import { answerSchema, bodySchema } from '../http/open-api-schema.js';
import { bodyBytes, parseJson, parseWith } from '../http/request-body.js';
import { StoresAnswer } from '../http/stored-answers.js';
import { CLOCK, UNIT_OF_WORK, USE_CASES } from '../http/tokens.js';
import {
  DowntimeBody,
  DowntimeList,
  downtimeRequest,
  DowntimeView,
  downtimeView,
  EndedDowntimes,
} from './downtime.view.js';
import { downtimeProblem } from './simulation-refusal.js';

const EndQuery = z.strictObject({ person: PersonName.optional() });

@ApiTags('simulations')
@Controller('v1/simulations/downtime')
export class DowntimeController {
  constructor(
    @Inject(USE_CASES) private readonly useCases: UseCases,
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'The downtime simulation that runs, those that are planned, and the banner to show' })
  @ApiResponse({ status: 200, schema: answerSchema(DowntimeList) })
  async list(@CurrentCaller() { tenant }: Caller): Promise<z.infer<typeof DowntimeList>> {
    const { bulletins } = await this.unitOfWork.inTenant(tenant, ({ legal }) => legal.read());
    const { environment } = this.useCases.jurisdiction;
    const now = this.clock.now();
    return {
      environment,
      allowed: environment !== 'production',
      banner: bannerNow(bulletins, now) ?? null,
      items: downtimesOf(bulletins, now).map(downtimeView),
    };
  }

  @Post()
  @Needs('administer')
  @StoresAnswer()
  @HttpCode(201)
  @ApiOperation({
    summary: 'Switch a downtime simulation on, or plan one; refused on production',
    description:
      'For this tenant issuing goes offline and sending waits, as in an outage that the Ministry announced: waiting ' +
      'invoices get its deadline.',
  })
  @ApiBody({ required: true, schema: bodySchema(DowntimeBody) })
  @ApiResponse({ status: 201, schema: answerSchema(DowntimeView) })
  async start(
    @CurrentCaller() { tenant, actor }: Caller,
    @Req() request: FastifyRequest,
  ): Promise<z.infer<typeof DowntimeView>> {
    const body = parseWith(DowntimeBody, parseJson(bodyBytes(request)), 'body');
    const started = await this.useCases.startDowntime.execute(tenant, downtimeRequest(body, randomUUID(), actor));
    if (!started.ok) throw downtimeProblem(started.error);
    return downtimeView(started.value);
  }

  @Delete()
  @Needs('administer')
  @HttpCode(200)
  @ApiOperation({ summary: 'End the simulation that runs; when none runs, take back those that are planned' })
  @ApiQuery({ name: 'person', required: false, description: 'who ends it; default: who began it' })
  @ApiResponse({ status: 200, schema: answerSchema(EndedDowntimes) })
  async end(
    @CurrentCaller() { tenant, actor }: Caller,
    @Query() query: unknown,
  ): Promise<z.infer<typeof EndedDowntimes>> {
    const { person } = parseWith(EndQuery, query, 'query');
    const by = { actor, ...(person === undefined ? {} : { person }) };
    const ended = await this.useCases.endDowntime.execute(tenant, by);
    if (!ended.ok) throw downtimeProblem(ended.error);
    return {
      ended: ended.value.map((downtime) => {
        const { state: _state, ...view } = downtimeView(downtime);
        return view;
      }),
    };
  }
}
