import {
  contextLabel,
  describeForecast,
  type ContextForecast,
  type Forecast,
  type TenantForecast,
} from '@latarnik/domain';
import { z } from 'zod';

const LateView = z.object({
  afterStatutoryEnd: z.int().describe('would get their number after their day'),
  afterTarget: z.int().describe('would get it after the house target'),
});

const NextView = z.object({
  at: z.iso.datetime().describe('the next batch is planned then, if KSeF can be reached'),
  because: z.enum(['ordered', 'schedule', 'hours-before-target', 'latest-safe-opening']),
});

const HeldView = z.object({
  reason: z.enum(['NOT_BEFORE', 'ORIGINAL_WITHOUT_NUMBER', 'ORIGINAL_HAS_NUMBER']),
  invoices: z.int(),
});

const ContextForecastView = z.object({
  context: z.string(),
  text: z.string().describe('for an accountant'),
  waiting: z.object({ invoices: z.int(), bytes: z.number() }).describe('free to go'),
  held: z.array(HeldView).describe('waiting, and not going by themselves'),
  underWay: z.int().describe('invoices in batches that have not ended'),
  sessions: z.int().describe('still to be opened; KSeF allows 60 an hour in a context'),
  clearsAt: z.iso
    .datetime()
    .nullable()
    .describe('everything has its number then; null: nobody knows when sending is possible'),
  clearsAtWorst: z.iso
    .datetime()
    .nullable()
    .describe('the same with the slowest steps of late, each delivery done twice'),
  firstEndAt: z.iso.datetime().nullable().describe('earliest statutory end of what waits'),
  late: LateView,
  lateAtWorst: LateView,
  next: NextView.nullable(),
  measuredDeliveries: z.int().describe('deliveries that the speed was measured by; below 3 it is assumed'),
});

export const ForecastAnswer = z.object({
  at: z.iso.datetime(),
  sending: z.boolean().describe('whether batches go out now'),
  sendingReason: z.string(),
  clearsAt: z.iso.datetime().nullable().describe('of all contexts'),
  clearsAtWorst: z.iso.datetime().nullable(),
  late: LateView,
  lateAtWorst: LateView,
  contexts: z.array(ContextForecastView),
});
export type ForecastAnswer = z.infer<typeof ForecastAnswer>;

/** What the list of batches says above its rows. */
export const ForecastSummary = ForecastAnswer.omit({ contexts: true }).extend({
  text: z.array(z.string()).describe('a sentence for each context in which something waits or is under way'),
});
export type ForecastSummary = z.infer<typeof ForecastSummary>;

export function forecastView(told: TenantForecast): ForecastAnswer {
  return { ...totalsOf(told), contexts: told.contexts.map(contextView) };
}

export function forecastSummary(told: TenantForecast): ForecastSummary {
  const busy = told.contexts.filter(({ forecast: { waiting, underWay } }) => waiting.invoices + underWay > 0);
  const text = busy.map(({ context, forecast }) => `${contextLabel(context)}: ${describeForecast(forecast)}`);
  return { ...totalsOf(told), text };
}

function totalsOf({ at, sending, sendingReason, contexts }: TenantForecast): Omit<ForecastAnswer, 'contexts'> {
  const forecasts = contexts.map(({ forecast }) => forecast);
  return {
    at: at.toString(),
    sending,
    sendingReason,
    clearsAt: latest(forecasts.map(({ clearsAt }) => clearsAt)),
    clearsAtWorst: latest(forecasts.map(({ clearsAtWorst }) => clearsAtWorst)),
    late: sum(forecasts.map(({ late }) => late)),
    lateAtWorst: sum(forecasts.map(({ lateAtWorst }) => lateAtWorst)),
  };
}

function contextView({ context, forecast, next }: ContextForecast): z.infer<typeof ContextForecastView> {
  const { waiting, underWay, sessions, late, lateAtWorst, measuredDeliveries } = forecast;
  return {
    context: contextLabel(context),
    text: describeForecast(forecast),
    ...{ waiting, underWay, sessions, late, lateAtWorst, measuredDeliveries },
    held: [...forecast.held],
    clearsAt: forecast.clearsAt?.toString() ?? null,
    clearsAtWorst: forecast.clearsAtWorst?.toString() ?? null,
    firstEndAt: forecast.firstEndAt?.toString() ?? null,
    next: next === undefined ? null : { at: next.at.toString(), because: next.because },
  };
}

/** Null as soon as one is not known. */
function latest(moments: readonly Forecast['clearsAt'][]): string | null {
  let last: NonNullable<Forecast['clearsAt']> | undefined;
  for (const moment of moments) {
    if (moment === undefined) return null;
    if (last === undefined || moment.epochMilliseconds > last.epochMilliseconds) last = moment;
  }
  return last?.toString() ?? null;
}

function sum(each: readonly Forecast['late'][]): Forecast['late'] {
  return {
    afterStatutoryEnd: each.reduce((total, { afterStatutoryEnd }) => total + afterStatutoryEnd, 0),
    afterTarget: each.reduce((total, { afterTarget }) => total + afterTarget, 0),
  };
}
