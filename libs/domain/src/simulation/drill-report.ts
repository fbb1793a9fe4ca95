import type { Invoice, InvoiceId, InvoiceState } from '../invoice/invoice.js';
import { contextLabel } from '../party/context-identifier.js';
import type { Instant } from '../shared/instant.js';
import type { CertificateFinding, DrillContext, DrillIn } from './drill.js';

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
  readonly hasUpo: boolean;
  /** Issued under the outage, with a KSeF number no other has, and a UPO. */
  readonly accountedFor: boolean;
  /** What is wrong, for an accountant; absent when it is accounted for. */
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
  /** Seconds, to the millisecond. */
  readonly seconds: {
    /** From the start of the outage until the mode was an outage's. */
    readonly toDetect: number;
    /** From there until the last sample was issued. */
    readonly toIssue: number;
    /** From the end of the outage until KSeF had answered on the last sample; absent when it has not. */
    readonly toDrain?: number;
  };
  readonly contexts: readonly DrillContextReport[];
}

/** What is stored of one sample. */
export interface DrillEvidence {
  readonly invoice?: Invoice;
  readonly hasUpo: boolean;
}

/** States in which KSeF, or we, have said the last word unless a person acts. */
const SETTLED: readonly InvoiceState[] = ['complete', 'rejected', 'blocked', 'conflict', 'needs-review', 'not-issued'];

export const isSettled = ({ invoice }: DrillEvidence): boolean =>
  invoice === undefined || SETTLED.includes(invoice.state);

/** @param drainedAt when KSeF had answered on every sample; absent when the drill did not wait any longer */
export function reportOf(
  drill: DrillIn<'draining'>,
  evidence: ReadonlyMap<InvoiceId, DrillEvidence>,
  drainedAt?: Instant,
): DrillReport {
  const numbers = [...evidence.values()].flatMap(({ invoice }) => ksefNumberOf(invoice) ?? []);
  const isShared = (number: string): boolean => numbers.filter((other) => other === number).length > 1;
  const contexts = drill.contexts.map((context) =>
    contextReport(context, drill.invoicesPerContext, evidence, isShared),
  );
  const failures = failuresIn(contexts);
  const remarks = contexts.flatMap(remarksOn);
  const { outageAt, detectedAt, issuedAt, restoredAt } = drill;
  return {
    verdict: failures.length > 0 ? 'failed' : remarks.length > 0 ? 'attention' : 'passed',
    findings: [...failures, ...remarks],
    seconds: {
      toDetect: secondsBetween(outageAt, detectedAt),
      toIssue: secondsBetween(detectedAt, issuedAt),
      ...(drainedAt === undefined ? {} : { toDrain: secondsBetween(restoredAt, drainedAt) }),
    },
    contexts,
  };
}

function contextReport(
  { identifier, name, certificates, leftOut, issued, refused }: DrillContext,
  invoicesPerContext: number,
  evidence: ReadonlyMap<InvoiceId, DrillEvidence>,
  isShared: (ksefNumber: string) => boolean,
): DrillContextReport {
  return {
    context: contextLabel(identifier),
    ...{ name, certificates, refused },
    ...(leftOut === undefined ? {} : { leftOut }),
    planned: leftOut === undefined ? invoicesPerContext : 0,
    invoices: issued.map(({ number, invoiceId }) => {
      const found = evidence.get(invoiceId) ?? { hasUpo: false };
      return { number, invoiceId, ...invoiceReport(found, isShared) };
    }),
  };
}

function invoiceReport(
  { invoice, hasUpo }: DrillEvidence,
  isShared: (ksefNumber: string) => boolean,
): Omit<DrillInvoice, 'number' | 'invoiceId'> {
  if (invoice === undefined) {
    return { state: 'lost', hasUpo, accountedFor: false, problem: 'There is no such invoice any more.' };
  }
  const ksefNumber = ksefNumberOf(invoice);
  const problem = problemOf(invoice, hasUpo, ksefNumber !== undefined && isShared(ksefNumber));
  return {
    state: invoice.state,
    hasUpo,
    ...('issue' in invoice ? { mode: invoice.issue.mode } : {}),
    ...(ksefNumber === undefined ? {} : { ksefNumber }),
    accountedFor: problem === undefined,
    ...(problem === undefined ? {} : { problem }),
  };
}

function problemOf(invoice: Invoice, hasUpo: boolean, isShared: boolean): string | undefined {
  if ('refusal' in invoice) {
    return `KSeF refused it: ${String(invoice.refusal.code)} ${invoice.refusal.description}`;
  }
  if (invoice.state !== 'complete') return `It is not in KSeF with its UPO yet: its state is "${invoice.state}".`;
  if (!hasUpo) return 'Its UPO is not stored.';
  if (isShared) return 'Another sample has the same KSeF number.';
  if (invoice.issue.mode === 'emergency') return undefined;
  return `It was issued as "${invoice.issue.mode}": the outage had ended before.`;
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

const ksefNumberOf = (invoice: Invoice | undefined): string | undefined =>
  invoice !== undefined && 'acceptance' in invoice ? invoice.acceptance.ksefNumber : undefined;

const secondsBetween = (from: Instant, to: Instant): number =>
  Math.max(0, to.epochMilliseconds - from.epochMilliseconds) / 1000;
