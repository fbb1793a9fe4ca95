import {
  DEADLINE_POLICIES,
  Temporal,
  type DueTerm,
  type ExplainedDeadline,
  type Instant,
  type OtherReading,
  type StoredInvoice,
  type UnitOfWork,
} from '@latarnik/domain';
import type { UseCases } from '@latarnik/composition';
import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { AlertView, alertView } from '../deadlines/alert.view.js';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { Moment } from '../http/fields.js';
import { Needs, WithinContexts } from '../http/needs.js';
import { answerSchema } from '../http/open-api-schema.js';
import { notFound } from '../http/problem.js';
import { parseWith } from '../http/request-body.js';
import { UNIT_OF_WORK, USE_CASES } from '../http/tokens.js';
import { whyNothingDue } from './invoice-explanation.js';
import { momentsOf } from './invoice.view.js';
import { parseInvoiceId } from './invoices.controller.js';

const Dated = z.object({
  kind: z.enum(['due', 'open', 'none']),
  day: z.iso.date().nullable().describe('last day, Europe/Warsaw'),
  endsAt: z.iso.datetime().nullable(),
  regime: z.string(),
  basis: z.string().describe('article of the VAT Act'),
});

const TermView = Dated.extend({
  targetAt: z.iso.datetime().nullable().describe('what the house aims at; never after the statutory end'),
  inputs: z
    .object({
      calendarVersion: z.string(),
      rulesVersion: z.string().nullable(),
      changedPolicies: z.record(z.string(), z.string()).describe('questions that the tenant read in another way'),
      bulletins: z.array(z.object({ bulletin: z.string(), version: z.int() })),
    })
    .describe('what it was computed from'),
});

const OtherReadingView = Dated.extend({ policy: z.string(), question: z.string(), reading: z.string() });

const DeadlineAnswer = z.object({
  invoiceId: z.uuid(),
  asOf: z.iso.datetime(),
  term: TermView.nullable(),
  steps: z.array(z.string()).describe('what led to it, or why there is none'),
  otherReadings: z.array(OtherReadingView).describe('where another reading of an open question gives another day'),
  storedIsReplayable: z.boolean().describe('whether this program can compute the stored value again'),
  alerts: z.array(AlertView).describe('warnings that were raised, oldest first'),
});
type DeadlineAnswer = z.infer<typeof DeadlineAnswer>;

/** Clocks of two machines may differ by so much. */
const FUTURE_TOLERANCE_MS = 120_000;

/** The past is asked about; nobody knows the future. */
const PastMoment = Moment.refine(
  // A text that is no moment has its finding already.
  (text) => !(momentMs(text) > Date.now() + FUTURE_TOLERANCE_MS),
  'lies in the future',
);

const AsOfQuery = z.strictObject({ asOf: PastMoment.optional() });

@ApiTags('invoices')
@Controller('v1/invoices/:id/deadline')
export class InvoiceDeadlineController {
  constructor(
    @Inject(USE_CASES) private readonly useCases: UseCases,
    @Inject(UNIT_OF_WORK) private readonly unitOfWork: UnitOfWork,
  ) {}

  @Get()
  @Needs('read')
  @WithinContexts('invoice')
  @ApiOperation({ summary: 'The deadline as it was known at a moment, step by step, and other readings of the law' })
  @ApiQuery({ name: 'asOf', required: false, description: 'a past moment with its offset; now when left out' })
  @ApiResponse({ status: 200, schema: answerSchema(DeadlineAnswer) })
  async explain(
    @CurrentCaller() { tenant }: Caller,
    @Param('id') text: string,
    @Query() query: unknown,
  ): Promise<DeadlineAnswer> {
    const id = parseInvoiceId(text);
    const { asOf } = parseWith(AsOfQuery, query, 'query');
    const moment = asOf === undefined ? now() : Temporal.Instant.from(asOf);
    const explained = await this.useCases.explainDeadline.execute(tenant, id, moment);
    if (explained === undefined) throw notFound('invoice');
    const { stored, raised } = await this.unitOfWork.inTenant(tenant, async ({ invoices, alerts }) => ({
      stored: await invoices.find(id),
      raised: await alerts.of(id),
    }));
    if (stored === undefined) throw notFound('invoice');
    return { invoiceId: id, ...explanationView(explained, stored), alerts: raised.map(alertView) };
  }
}

/** What is said of a deadline at a moment; also why there was none. */
export function explanationView(
  { asOf, term, steps, otherReadings, storedIsReplayable }: ExplainedDeadline,
  stored: StoredInvoice,
): Omit<DeadlineAnswer, 'invoiceId' | 'alerts'> {
  return {
    asOf: asOf.toString(),
    term: term === undefined ? null : termView(term),
    steps: term === undefined ? whyNone(stored, asOf) : [...steps],
    otherReadings: otherReadings.map(otherReadingView),
    storedIsReplayable,
  };
}

function termView(term: DueTerm): z.infer<typeof TermView> {
  const { kind, regime, basis, calendarVersion, inputs } = term.deadline;
  return {
    kind,
    ...momentsOf(term),
    regime,
    basis,
    inputs: {
      calendarVersion,
      rulesVersion: inputs?.rulesVersion ?? null,
      changedPolicies: { ...inputs?.changedPolicies },
      bulletins: (inputs?.bulletins ?? []).map(({ bulletinId, version }) => ({ bulletin: bulletinId, version })),
    },
  };
}

function otherReadingView({ policy, reading, deadline }: OtherReading): z.infer<typeof OtherReadingView> {
  const { kind, regime, basis } = deadline;
  const { day, endsAt } = momentsOf({ deadline });
  return { policy, question: DEADLINE_POLICIES[policy].question, reading, kind, day, endsAt, regime, basis };
}

function whyNone({ invoice }: StoredInvoice, asOf: Instant): string[] {
  const issuedMs = 'issue' in invoice ? invoice.issue.issuedAt.epochMilliseconds : Infinity;
  return issuedMs > asOf.epochMilliseconds ? ['It was not issued at that moment.'] : [...whyNothingDue(invoice)];
}

const now = (): Instant => Temporal.Instant.fromEpochMilliseconds(Date.now());

/** NaN for a text that is no moment. */
function momentMs(text: string): number {
  try {
    return Temporal.Instant.from(text).epochMilliseconds;
  } catch {
    return Number.NaN;
  }
}
