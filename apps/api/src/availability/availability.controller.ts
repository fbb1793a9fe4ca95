import type { Availability, Connection, Outage } from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { answerSchema } from '../http/open-api-schema.js';
import { USE_CASES } from '../http/tokens.js';

const OutageView = z.object({
  eventId: z.string(),
  category: z.enum(['failure', 'total-failure', 'maintenance']),
  start: z.iso.datetime(),
  end: z.iso.datetime().nullable(),
  announcedAt: z.iso.datetime(),
  bulletin: z.string().describe('id of the message'),
  version: z.int(),
});

const AvailabilityAnswer = z.object({
  checkedAt: z.iso.datetime(),
  ksef: z.object({ reachable: z.boolean().nullable(), detail: z.string(), checkedAt: z.iso.datetime().nullable() }),
  latarnia: z.object({
    status: z.enum(['available', 'maintenance', 'failure', 'total-failure', 'unknown']),
    checkedAt: z.iso.datetime().nullable(),
  }),
  mode: z.string().describe('what an invoice issued now would get'),
  reason: z.string(),
  sending: z.boolean().describe('whether batches go out now'),
  outages: z.array(OutageView).describe('announced and in force'),
  contexts: z.array(
    z.object({
      context: z.string(),
      canIssueOffline: z.boolean(),
      canLogIn: z.boolean().describe('has a valid certificate of type Authentication'),
      offlineCertificate: z.object({ serial: z.string(), notAfter: z.iso.datetime() }).nullable(),
    }),
  ),
});
type AvailabilityAnswer = z.infer<typeof AvailabilityAnswer>;

@ApiTags('availability')
@Controller('v1/availability')
export class AvailabilityController {
  constructor(@Inject(USE_CASES) private readonly useCases: UseCases) {}

  @Get()
  @ApiOperation({ summary: 'Is KSeF there, which mode an invoice would get now and why, can it be issued offline' })
  @ApiResponse({ status: 200, schema: answerSchema(AvailabilityAnswer) })
  async get(@CurrentCaller() { tenant }: Caller): Promise<AvailabilityAnswer> {
    return availabilityView(await this.useCases.checkAvailability.execute(tenant));
  }

  @Post('retry')
  @HttpCode(200)
  @ApiOperation({ summary: 'Look at KSeF and Latarnia again now' })
  @ApiResponse({ status: 200, schema: answerSchema(AvailabilityAnswer) })
  async retry(@CurrentCaller() { tenant }: Caller): Promise<AvailabilityAnswer> {
    await this.useCases.watchOutages.execute();
    return availabilityView(await this.useCases.checkAvailability.execute(tenant));
  }
}

function availabilityView({
  checkedAt,
  connection,
  decision,
  sending,
  outagesInForce,
  contexts,
}: Availability): AvailabilityAnswer {
  return {
    checkedAt: checkedAt.toString(),
    ...connectionView(connection),
    mode: decision.mode,
    reason: decision.reason,
    sending,
    outages: outagesInForce.map(outageView),
    contexts: contexts.map(({ context, canIssueOffline, canLogIn, offlineCertificate }) => ({
      context,
      canIssueOffline,
      canLogIn,
      offlineCertificate:
        offlineCertificate === undefined
          ? null
          : { serial: offlineCertificate.serial, notAfter: offlineCertificate.notAfter.toString() },
    })),
  };
}

function connectionView(connection: Connection | undefined): Pick<AvailabilityAnswer, 'ksef' | 'latarnia'> {
  if (connection === undefined) {
    const ksef = { reachable: null, detail: 'KSeF was not looked at yet.', checkedAt: null };
    return { ksef, latarnia: { status: 'unknown', checkedAt: null } };
  }
  const { ksefReachable, ksefDetail, ksefCheckedAt, latarnia, latarniaCheckedAt } = connection;
  return {
    ksef: { reachable: ksefReachable, detail: ksefDetail, checkedAt: ksefCheckedAt.toString() },
    latarnia: { status: latarnia, checkedAt: latarniaCheckedAt?.toString() ?? null },
  };
}

function outageView({ eventId, category, start, end, announcedAt, announcement }: Outage): z.infer<typeof OutageView> {
  return {
    eventId,
    category,
    start: start.toString(),
    end: end?.toString() ?? null,
    announcedAt: announcedAt.toString(),
    bulletin: announcement.bulletinId,
    version: announcement.version,
  };
}
