import { MOST_INVOICES_PER_CONTEXT, type Drill, type DrillContextReport, type DrillReport } from '@latarnik/domain';
import { z } from 'zod';
import { PersonName } from '../http/fields.js';

export const DrillBody = z.strictObject({
  invoicesPerContext: z
    .int()
    .default(3)
    .describe(`from 1 to ${String(MOST_INVOICES_PER_CONTEXT)}`),
  person: PersonName,
});

const CertificateFindingView = z.object({
  type: z.enum(['Offline', 'Authentication']),
  state: z.enum(['usable', 'expiring', 'missing']).describe('expiring: ends within 30 days'),
  detail: z.string().describe('for an accountant'),
  validUntil: z.iso.date().nullable(),
});

const DrillInvoiceView = z.object({
  number: z.string(),
  id: z.string(),
  state: z.string(),
  mode: z.string().nullable(),
  ksefNumber: z.string().nullable(),
  upo: z.boolean().describe('its UPO is stored'),
  accountedFor: z.boolean(),
  problem: z.string().nullable(),
});

const DrillContextView = z.object({
  context: z.string(),
  name: z.string(),
  certificates: z.array(CertificateFindingView),
  leftOut: z.string().nullable().describe('why no invoice was issued in it; null: it took part'),
  planned: z.int(),
  issued: z.int(),
  accountedFor: z.int(),
  invoices: z.array(DrillInvoiceView),
  refused: z.array(z.object({ number: z.string(), reason: z.string() })),
});

export const DrillReportView = z.object({
  verdict: z
    .enum(['passed', 'attention', 'failed'])
    .describe('attention: every invoice is accounted for, and something else needs a person; failed: one is not'),
  findings: z.array(z.string()).describe('a sentence each, for an accountant'),
  seconds: z.object({
    toDetect: z.number().describe('from the start of the outage until the mode was an outage’s'),
    toIssue: z.number().describe('from there until the last sample was issued'),
    toDrain: z.number().nullable().describe('from the end of the outage until KSeF had answered on the last one'),
  }),
  issued: z.int(),
  accountedFor: z.int(),
  contexts: z.array(DrillContextView),
});
export type DrillReportView = z.infer<typeof DrillReportView>;

export const DrillView = z.object({
  id: z.string(),
  state: z.enum(['prepared', 'outage', 'issuing', 'restoring', 'draining', 'checked', 'failed']),
  finished: z.boolean(),
  scheduled: z.boolean().describe('asked for by the clock'),
  person: z.string(),
  invoicesPerContext: z.int(),
  requestedAt: z.iso.datetime(),
  outageAt: z.iso.datetime().nullable(),
  restoredAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  failure: z.string().nullable().describe('why it could not be carried out'),
  report: DrillReportView.nullable().describe('once it is checked'),
});
export type DrillView = z.infer<typeof DrillView>;

export const DrillList = z.object({ items: z.array(DrillView), next: z.string().nullable() });

export function drillView(drill: Drill): DrillView {
  const { id, state, scheduled, person, invoicesPerContext, requestedAt } = drill;
  return {
    ...{ id, state, scheduled, person, invoicesPerContext },
    finished: state === 'checked' || state === 'failed',
    requestedAt: requestedAt.toString(),
    outageAt: 'outageAt' in drill ? drill.outageAt.toString() : null,
    restoredAt: 'restoredAt' in drill ? drill.restoredAt.toString() : null,
    endedAt: 'endedAt' in drill ? drill.endedAt.toString() : null,
    failure: state === 'failed' ? drill.reason : null,
    report: state === 'checked' ? reportView(drill.report) : null,
  };
}

function reportView({ verdict, findings, seconds, contexts }: DrillReport): DrillReportView {
  const views = contexts.map(contextView);
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  return {
    verdict,
    findings: [...findings],
    seconds: { ...seconds, toDrain: seconds.toDrain ?? null },
    issued: sum(views.map(({ issued }) => issued)),
    accountedFor: sum(views.map(({ accountedFor }) => accountedFor)),
    contexts: views,
  };
}

function contextView(report: DrillContextReport): z.infer<typeof DrillContextView> {
  const { context, name, certificates, leftOut, planned, invoices, refused } = report;
  return {
    ...{ context, name, planned },
    certificates: certificates.map((finding) => ({ ...finding, validUntil: finding.validUntil ?? null })),
    leftOut: leftOut ?? null,
    issued: invoices.length,
    accountedFor: invoices.filter(({ accountedFor }) => accountedFor).length,
    invoices: invoices.map(({ number, invoiceId, state, mode, ksefNumber, hasUpo, accountedFor, problem }) => ({
      ...{ number, id: invoiceId, state, accountedFor },
      mode: mode ?? null,
      ksefNumber: ksefNumber ?? null,
      upo: hasUpo,
      problem: problem ?? null,
    })),
    refused: refused.map(({ number, reason }) => ({ number, reason })),
  };
}
