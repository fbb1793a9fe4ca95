import type { UnitOfWork } from '@latarnik/domain';
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '../http/api-key.guard.js';
import { problem, ProblemError } from '../http/problem.js';
import { UNIT_OF_WORK } from '../http/tokens.js';

@Public()
@ApiTags('operations')
@Controller('health')
export class HealthController {
  constructor(@Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork) {}

  @Get('live')
  @ApiOperation({ summary: 'The process runs' })
  live(): { status: string } {
    return { status: 'live' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'The process can do its work: the database answers' })
  async ready(): Promise<{ status: string }> {
    try {
      await this.unitOfWork.inSystem(({ connection }) => connection.read());
    } catch {
      const detail = 'The database does not answer.';
      throw new ProblemError(problem(503, 'NOT_READY', 'Not ready', detail), { 'retry-after': '5' });
    }
    return { status: 'ready' };
  }
}
