import { isBefore } from '../calendar/warsaw-time.js';
import type { Invoice, InvoiceId, InvoiceState } from '../invoice/invoice.js';
import { contextLabel } from '../party/context-identifier.js';
import type { Instant } from '../shared/instant.js';
import { notThere, type DrillCheck } from './drill-checks.js';
import type { CertificateFinding, DrillContext, DrillIn, OutageKind } from './drill.js';

/**
 * `failed`: an invoice is not accounted for, was refused, or none was issued. `attention`: all invoices are accounted for,
 * but a context could not take part, or a certificate is missing or ends soon.
 */
export type DrillVerdict = 'passed' | 'attention' | 'failed';

export interface DrillInvoice {
  readonly number: string;
  readonly invoiceId: InvoiceId;
  readonly state: InvoiceState | 'lost';
  readonly mode?: string;
  readonly ksefNumber?: string;
  /** Every check by name, with what is wrong. */
  readonly checks: readonly DrillCheck[];
  /** All checks passed. */
  readonly accountedFor: boolean;
  /** What is wrong, in one line for an accountant; absent when it is accounted for. */
  readonly problem?: string;
}

export interface DrillContextReport {
  readonly context: string;
  readonly name: string;
  readonly certificates: readonly CertificateFinding[];
  readonly leftOut?: string;
  readonly planned: number;
  readonly invoices: readonly DrillInvoice[];
  readonly refused: readonly { readonly number: string; readonly reason: string }[];
}

/** Everything a drill found. */
export interface DrillReport {
  readonly verdict: DrillVerdict;
  /** A sentence each, for an accountant; empty when all is well. */
  readonly findings: readonly string[];
  /** Whose outage it was: what `toDetect` measures hangs on it. */
  readonly outage: OutageKind;
  /** Seconds, to the millisecond. */
  readonly seconds: {
    /**
     * `ksef-simulator`: from the start of the outage, as announced, until Latarnia's message was read and stored here.
     * `downtime-simulation`: from the entering of the made-up message until the mode followed it.
     */
    readonly toDetect: number;
    /** From there until the last sample was issued. */
    readonly toIssue: number;
    /** From the moment KSeF answered again until it gave the last sample its number, by its own clock; absent when it did not. */
    readonly toDrain?: number;
    /** From the same moment until numbers and UPOs of all samples were stored here, as the drill saw it when it looked. */
    readonly toProve?: number;
  };
  readonly contexts: readonly DrillContextReport[];
}

/** What is stored of one sample, and what the checks say of it. */
export interface DrillEvidence {
  readonly invoice?: Invoice;
  readonly checks: readonly DrillCheck[];
}

/** States in which KSeF, or we, have said the last word unless a person acts. */
const SETTLED: readonly InvoiceState[] = [
  ...(['complete', 'rejected', 'blocked', 'conflict', 'needs-review', 'not-issued', 'closed'] as const),
];

export const isSettled = (invoice: Invoice | undefined): boolean =>
  invoice === undefined || SETTLED.includes(invoice.state);

/** @param provenAt when KSeF had answered on every sample; absent when the drill did not wait any longer */
export function reportOf(
  drill: DrillIn<'draining'>,
  evidence: ReadonlyMap<InvoiceId, DrillEvidence>,
  provenAt?: Instant,
): DrillReport {
  const contexts = drill.contexts.map((context) => contextReport(context, drill.invoicesPerContext, evidence));
  const failures = failuresIn(contexts);
  const remarks = contexts.flatMap(remarksOn);
  const { outage, outageAt, detectedAt, issuedAt, openedAt } = drill;
  const drainedAt = provenAt === undefined ? undefined : lastNumberAt([...evidence.values()]);
  return {
    verdict: failures.length > 0 ? 'failed' : remarks.length > 0 ? 'attention' : 'passed',
    findings: [...failures, ...remarks],
    outage,
    seconds: {
      toDetect: secondsBetween(outageAt, detectedAt),
      toIssue: secondsBetween(detectedAt, issuedAt),
      ...(drainedAt === undefined ? {} : { toDrain: secondsBetween(openedAt, drainedAt) }),
      ...(provenAt === undefined ? {} : { toProve: secondsBetween(openedAt, provenAt) }),
    },
    contexts,
  };
}

/** When the last number was assigned (dataNadaniaNumeruKSeF); absent where a sample has none. */
function lastNumberAt(evidence: readonly DrillEvidence[]): Instant | undefined {
  const moments = evidence.map(({ invoice }) =>
    invoice !== undefined && 'acceptance' in invoice
      ? (invoice.acceptance.acquisitionDate ?? invoice.acceptance.invoicingDate)
      : undefined,
  );
  return moments.reduce(
    (last, moment) => (last === undefined || moment === undefined || isBefore(moment, last) ? last : moment),
    moments.includes(undefined) ? undefined : moments[0],
  );
}

function contextReport(
  { identifier, name, certificates, leftOut, issued, refused }: DrillContext,
  invoicesPerContext: number,
  evidence: ReadonlyMap<InvoiceId, DrillEvidence>,
): DrillContextReport {
  return {
    context: contextLabel(identifier),
    ...{ name, certificates, refused },
    ...(leftOut === undefined ? {} : { leftOut }),
    planned: leftOut === undefined ? invoicesPerContext : 0,
    invoices: issued.map(({ number, invoiceId }) => {
      const found = evidence.get(invoiceId) ?? { checks: [notThere] };
      return { number, invoiceId, ...invoiceReport(found) };
    }),
  };
}

function invoiceReport({ invoice, checks }: DrillEvidence): Omit<DrillInvoice, 'number' | 'invoiceId'> {
  const failures = checks.flatMap((check) => check.failures);
  const ksefNumber = ksefNumberOf(invoice);
  return {
    state: invoice?.state ?? 'lost',
    ...(invoice !== undefined && 'issue' in invoice ? { mode: invoice.issue.mode } : {}),
    ...(ksefNumber === undefined ? {} : { ksefNumber }),
    checks,
    accountedFor: checks.every(({ passed }) => passed),
    ...(failures.length === 0 ? {} : { problem: failures.join(' ') }),
  };
}

function failuresIn(contexts: readonly DrillContextReport[]): readonly string[] {
  const all = contexts.flatMap(({ invoices }) => invoices);
  return [
    ...(all.length === 0 ? ['No invoice could be issued in any context.'] : []),
    ...all.flatMap(({ number, problem }) => (problem === undefined ? [] : [`${number}: ${problem}`])),
    ...contexts.flatMap(({ refused }) => refused.map(({ number, reason }) => `${number} was refused: ${reason}`)),
    ...contexts.flatMap(({ context, planned, invoices, refused }) => {
      const missing = planned - invoices.length - refused.length;
      return missing > 0
        ? [`${context}: ${String(missing)} of ${String(planned)} invoices were not tried in time.`]
        : [];
    }),
  ];
}

function remarksOn({ context, leftOut, certificates }: DrillContextReport): readonly string[] {
  const wanting = certificates.filter(({ state }) => state !== 'usable');
  return [
    ...(leftOut === undefined ? [] : [`${context} took no part: ${leftOut}`]),
    ...wanting
      .filter(({ detail }) => detail !== leftOut)
      .map(({ type, detail }) => `${context}, certificate of type ${type}: ${detail}`),
  ];
}

export const ksefNumberOf = (invoice: Invoice | undefined): string | undefined =>
  invoice !== undefined && 'acceptance' in invoice ? invoice.acceptance.ksefNumber : undefined;

const secondsBetween = (from: Instant, to: Instant): number =>
  Math.max(0, to.epochMilliseconds - from.epochMilliseconds) / 1000;
