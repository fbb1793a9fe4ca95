import type { UseCases } from '@latarnik/composition';
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { Needs } from '../http/needs.js';
import { answerSchema } from '../http/open-api-schema.js';
import { USE_CASES } from '../http/tokens.js';
import { ForecastAnswer, forecastView } from './forecast.view.js';

@ApiTags('sending')
@Controller('v1/forecast')
export class ForecastController {
  constructor(@Inject(USE_CASES) private readonly useCases: UseCases) {}

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'Until when everything that waits will be in KSeF, and what would be late, by context' })
  @ApiResponse({ status: 200, schema: answerSchema(ForecastAnswer) })
  async get(@CurrentCaller() { tenant }: Caller): Promise<ForecastAnswer> {
    return forecastView(await this.useCases.readForecast.execute(tenant));
  }
}
