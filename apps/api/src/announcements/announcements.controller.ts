import type { UnitOfWork } from '@latarnik/domain';
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { answerSchema } from '../http/open-api-schema.js';
import { UNIT_OF_WORK } from '../http/tokens.js';

const AnnouncementList = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      version: z.int(),
      eventId: z.string(),
      category: z.enum(['failure', 'total-failure', 'maintenance', 'unknown']),
      type: z.enum(['start', 'end', 'announcement', 'unknown']),
      title: z.string(),
      text: z.string(),
      start: z.iso.datetime(),
      end: z.iso.datetime().nullable(),
      publishedAt: z.iso.datetime(),
      source: z.enum(['latarnia', 'bip']),
      fetchedAt: z.iso.datetime(),
    }),
  ),
});

@ApiTags('announcements')
@Controller('v1/announcements')
export class AnnouncementsController {
  constructor(@Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork) {}

  @Get()
  @ApiOperation({ summary: 'Messages of the Ministry, every version, newest first' })
  @ApiResponse({ status: 200, schema: answerSchema(AnnouncementList) })
  async list(@CurrentCaller() { tenant }: Caller): Promise<z.infer<typeof AnnouncementList>> {
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
