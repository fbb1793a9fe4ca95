import type { UnitOfWork } from '@latarnik/domain';
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { answerSchema } from '../http/open-api-schema.js';
import { Public } from '../http/needs.js';
import { problem, ProblemError } from '../http/problem.js';
import { UNIT_OF_WORK } from '../http/tokens.js';

const Live = z.object({ status: z.literal('live') });
const Ready = z.object({ status: z.literal('ready') });

@Public()
@ApiTags('operations')
@Controller('health')
export class HealthController {
  constructor(@Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork) {}

  @Get('live')
  @ApiOperation({ summary: 'The process runs' })
  @ApiResponse({ status: 200, schema: answerSchema(Live) })
  live(): z.infer<typeof Live> {
    return { status: 'live' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'The process can do its work: the database answers' })
  @ApiResponse({ status: 200, schema: answerSchema(Ready) })
  async ready(): Promise<z.infer<typeof Ready>> {
    try {
      await this.unitOfWork.inSystem(({ connection }) => connection.read());
    } catch {
      const detail = 'The database does not answer.';
      throw new ProblemError(problem(503, 'NOT_READY', 'Not ready', detail), { 'retry-after': '5' });
    }
    return { status: 'ready' };
  }
}
