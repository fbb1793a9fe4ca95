import type { UnitOfWork } from '@latarnik/domain';
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { UNIT_OF_WORK } from '../http/tokens.js';

@ApiTags('announcements')
@Controller('v1/announcements')
export class AnnouncementsController {
  constructor(@Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork) {}

  @Get()
  @ApiOperation({ summary: 'Messages of the Ministry, every version, newest first' })
  async list(@CurrentCaller() { tenant }: Caller): Promise<unknown> {
    const bulletins = await this.unitOfWork.inTenant(tenant, (stores) => stores.bulletins.all());
    return {
      items: bulletins.map(({ start, end, publishedAt, fetchedAt, ...rest }) => ({
        ...rest,
        start: start.toString(),
        end: end?.toString() ?? null,
        publishedAt: publishedAt.toString(),
        fetchedAt: fetchedAt.toString(),
      })),
    };
  }
}
