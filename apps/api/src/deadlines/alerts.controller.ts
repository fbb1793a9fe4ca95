import { contextLabel, DISPLAY_STATUS, type RaisedAlert, type UnitOfWork } from '@latarnik/domain';
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { ApiQueryOf } from '../http/describe-query.js';
import { Needs } from '../http/needs.js';
import { answerSchema } from '../http/open-api-schema.js';
import { parseWith } from '../http/request-body.js';
import { UNIT_OF_WORK } from '../http/tokens.js';
import { AlertView, alertView } from './alert.view.js';

const RaisedAlertView = AlertView.extend({
  invoiceId: z.uuid(),
  number: z.string(),
  context: z.string(),
  status: z.enum(['pending', 'signed', 'processing', 'sent', 'error']).describe('of the invoice'),
  state: z.string(),
  links: z.object({ invoice: z.string(), deadline: z.string() }),
});

const AlertList = z.object({ items: z.array(RaisedAlertView) });

const AlertQuery = z.strictObject({ limit: z.coerce.number().int().min(1).max(500).default(100) });

@ApiTags('deadlines')
@Controller('v1/alerts')
export class AlertsController {
  constructor(@Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork) {}

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'Warnings of deadlines that are near or past, newest first' })
  @ApiQueryOf(AlertQuery)
  @ApiResponse({ status: 200, schema: answerSchema(AlertList) })
  async list(@CurrentCaller() { tenant }: Caller, @Query() query: unknown): Promise<z.infer<typeof AlertList>> {
    const { limit } = parseWith(AlertQuery, query, 'query');
    const raised = await this.unitOfWork.inTenant(tenant, ({ alerts }) => alerts.recent(limit));
    return { items: raised.map(raisedAlertView) };
  }
}

function raisedAlertView(alert: RaisedAlert): z.infer<typeof RaisedAlertView> {
  const { invoiceId, number, context, state } = alert;
  const invoice = `/v1/invoices/${invoiceId}`;
  return {
    ...alertView(alert),
    invoiceId,
    number,
    context: contextLabel(context),
    status: DISPLAY_STATUS[state],
    state,
    links: { invoice, deadline: `${invoice}/deadline` },
  };
}
