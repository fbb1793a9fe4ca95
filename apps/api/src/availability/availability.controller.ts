import type { UseCases } from '@latarnik/composition';
import { Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { Needs } from '../http/needs.js';
import { answerSchema } from '../http/open-api-schema.js';
import { USE_CASES } from '../http/tokens.js';
import { AvailabilityAnswer, availabilityView, RetryAnswer, retryView } from './availability.view.js';

@ApiTags('availability')
@Controller('v1/availability')
export class AvailabilityController {
  constructor(@Inject(USE_CASES) private readonly useCases: UseCases) {}

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'Is KSeF there, which mode an invoice would get now and why, can it be issued offline' })
  @ApiResponse({ status: 200, schema: answerSchema(AvailabilityAnswer) })
  async get(@CurrentCaller() { tenant }: Caller): Promise<AvailabilityAnswer> {
    return availabilityView(await this.useCases.checkAvailability.execute(tenant));
  }

  @Post('retry')
  @Needs('resend')
  @HttpCode(200)
  @ApiOperation({ summary: 'Log in to KSeF now, for up to five contexts, and look at KSeF and Latarnia again' })
  @ApiResponse({ status: 200, schema: answerSchema(RetryAnswer) })
  async retry(@CurrentCaller() { tenant }: Caller): Promise<RetryAnswer> {
    const tried = await this.useCases.retryConnection.execute(tenant);
    return retryView(await this.useCases.checkAvailability.execute(tenant), tried);
  }
}
