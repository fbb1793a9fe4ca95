import {
  DRILL_CHECKS,
  isDrillUnderWay,
  MOST_INVOICES_PER_CONTEXT,
  type Drill,
  type DrillContextReport,
  type DrillReport,
  type OutageKind,
} from '@latarnik/domain';
import { z } from 'zod';
import { PersonName } from '../http/fields.js';

export const DrillBody = z.strictObject({
  invoicesPerContext: z
    .int()
    .default(3)
    .describe(`from 1 to ${String(MOST_INVOICES_PER_CONTEXT)}`),
  person: PersonName,
});

const OUTAGE_KINDS = ['ksef-simulator', 'downtime-simulation'] as const satisfies readonly OutageKind[];

const MEASURED: Readonly<Record<OutageKind, string>> = {
  'ksef-simulator':
    'A simulated KSeF was taken down: time to detect runs from the start of the outage until the message of Latarnia was ' +
    'read and stored here.',
  'downtime-simulation':
    'A downtime was simulated inside Latarnik, and KSeF went on: time to detect is how long the mode took to follow a ' +
    'message that was entered here. How soon an outage in the world would be noticed was not measured.',
};

const CertificateFindingView = z.object({
  type: z.enum(['Offline', 'Authentication']),
  state: z.enum(['usable', 'expiring', 'missing']).describe('expiring: ends within 30 days'),
  detail: z.string().describe('for an accountant'),
  validUntil: z.iso.date().nullable(),
});

const DrillCheckView = z.object({
  name: z
    .enum(DRILL_CHECKS)
    .describe(
      'stored: the invoice is there; mode: issued as in the outage; deadline: there, and the one that follows from the ' +
        'outage; ksef-number: there, well-formed, its own; upo: stored, naming that number and the SHA-256 of the file; ' +
        'kod-i, kod-ii: the links say what the invoice says, and the signature of KOD II verifies',
    ),
  passed: z.boolean(),
  failures: z.array(z.string()).describe('a sentence each'),
});

const DrillInvoiceView = z.object({
  number: z.string(),
  id: z.string(),
  state: z.string(),
  mode: z.string().nullable(),
  ksefNumber: z.string().nullable(),
  checks: z.array(DrillCheckView),
  accountedFor: z.boolean().describe('all checks passed'),
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
  outage: z
    .enum(OUTAGE_KINDS)
    .describe(
      'ksef-simulator: KSeF itself fell silent and Latarnia announced it; downtime-simulation: a message was made up for the ' +
        'tenant, and nothing had to be noticed',
    ),
  measured: z.string().describe('what toDetect measures, in a sentence'),
  seconds: z.object({
    toDetect: z.number().describe('see measured'),
    toIssue: z.number().describe('from there until the last sample was issued'),
    toDrain: z
      .number()
      .nullable()
      .describe(
        'from the moment KSeF answered again until it gave the last sample its number, by its clock; null: not yet',
      ),
    toProve: z
      .number()
      .nullable()
      .describe('from the same moment until all numbers and UPOs were stored here, to the second of the drill’s look'),
  }),
  checks: z
    .array(z.object({ name: z.enum(DRILL_CHECKS), passed: z.int(), failed: z.int() }))
    .describe('every check by name, over all invoices'),
  issued: z.int(),
  accountedFor: z.int(),
  contexts: z.array(DrillContextView),
});
export type DrillReportView = z.infer<typeof DrillReportView>;

export const DrillView = z.object({
  id: z.string(),
  state: z.enum(['prepared', 'outage', 'issuing', 'restoring', 'draining', 'checked', 'failed', 'skipped']),
  finished: z.boolean(),
  scheduled: z.boolean().describe('asked for by the clock'),
  person: z.string(),
  invoicesPerContext: z.int(),
  requestedAt: z.iso.datetime(),
  outageAt: z.iso.datetime().nullable(),
  restoredAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  failure: z.string().nullable().describe('why it could not be carried out, or was skipped'),
  report: DrillReportView.nullable().describe('once it is checked'),
});
export type DrillView = z.infer<typeof DrillView>;

export const DrillList = z.object({ items: z.array(DrillView), next: z.string().nullable() });

export function drillView(drill: Drill): DrillView {
  const { id, state, scheduled, person, invoicesPerContext, requestedAt } = drill;
  return {
    ...{ id, state, scheduled, person, invoicesPerContext },
    finished: !isDrillUnderWay(drill),
    requestedAt: requestedAt.toString(),
    outageAt: 'outageAt' in drill ? drill.outageAt.toString() : null,
    restoredAt: 'restoredAt' in drill ? drill.restoredAt.toString() : null,
    endedAt: 'endedAt' in drill ? drill.endedAt.toString() : null,
    failure: state === 'failed' || state === 'skipped' ? drill.reason : null,
    report: state === 'checked' ? reportView(drill.report) : null,
  };
}

function reportView({ verdict, findings, outage, seconds, contexts }: DrillReport): DrillReportView {
  const views = contexts.map(contextView);
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  return {
    verdict,
    findings: [...findings],
    ...{ outage, measured: MEASURED[outage] },
    seconds: { ...seconds, toDrain: seconds.toDrain ?? null, toProve: seconds.toProve ?? null },
    checks: DRILL_CHECKS.map((name) => {
      const all = views.flatMap(({ invoices }) => invoices.flatMap(({ checks }) => checks));
      const passed = all.filter((check) => check.name === name && check.passed).length;
      return { name, passed, failed: all.filter((check) => check.name === name).length - passed };
    }),
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
    invoices: invoices.map(({ number, invoiceId, state, mode, ksefNumber, checks, accountedFor, problem }) => ({
      ...{ number, id: invoiceId, state, accountedFor },
      mode: mode ?? null,
      ksefNumber: ksefNumber ?? null,
      checks: checks.map((check) => ({ ...check, failures: [...check.failures] })),
      problem: problem ?? null,
    })),
    refused: refused.map(({ number, reason }) => ({ number, reason })),
  };
}
