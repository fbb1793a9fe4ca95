import type { Availability, Connection, Outage } from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { USE_CASES } from '../http/tokens.js';

@ApiTags('availability')
@Controller('v1/availability')
export class AvailabilityController {
  constructor(@Inject(USE_CASES) private readonly useCases: UseCases) {}

  @Get()
  @ApiOperation({ summary: 'Is KSeF there, which mode an invoice would get now and why, can it be issued offline' })
  async get(@CurrentCaller() { tenant }: Caller): Promise<unknown> {
    return availabilityView(await this.useCases.checkAvailability.execute(tenant));
  }

  @Post('retry')
  @HttpCode(200)
  @ApiOperation({ summary: 'Look at KSeF and Latarnia again now' })
  async retry(@CurrentCaller() { tenant }: Caller): Promise<unknown> {
    await this.useCases.watchOutages.execute();
    return availabilityView(await this.useCases.checkAvailability.execute(tenant));
  }
}

function availabilityView({ checkedAt, connection, decision, sending, outagesInForce, contexts }: Availability) {
  return {
    checkedAt: checkedAt.toString(),
    ...connectionView(connection),
    mode: decision.mode,
    reason: decision.reason,
    sending,
    outages: outagesInForce.map(outageView),
    contexts: contexts.map(({ context, canIssueOffline, offlineCertificate }) => ({
      context,
      canIssueOffline,
      offlineCertificate:
        offlineCertificate === undefined
          ? null
          : { serial: offlineCertificate.serial, notAfter: offlineCertificate.notAfter.toString() },
    })),
  };
}

function connectionView(connection: Connection | undefined) {
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

function outageView({ eventId, category, start, end, announcedAt, announcement }: Outage) {
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
