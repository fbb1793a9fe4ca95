import { Temporal, type Instant } from '../shared/instant.js';
import type { RowTally } from '../tracking/session-rows.port.js';
import type { ReconcilingBatch } from './batch.js';
import type { Reconciliation } from './reconciliation.js';

/** How long KSeF's list is read again before a person has to look: as long as a session may live (domain rules 8.2). */
export const PATIENCE = Temporal.Duration.from({ hours: 12 });

export function patienceIsOver({ since }: Reconciliation, now: Instant): boolean {
  return Temporal.Instant.compare(now, since.add(PATIENCE)) >= 0;
}

/** What does not agree: planned = rows = sum by code = counters of the session (reliability C32, C33). */
function disagreements({ invoiceCount, reconciliation }: ReconcilingBatch, tally: RowTally): readonly string[] {
  const { invoices, successful, failed } = reconciliation.counters;
  const { rows, accepted, missing, foreign, unfinished } = tally;
  const differs = (what: string, said: number | undefined, counted: number): string | undefined =>
    said === undefined || said === counted
      ? undefined
      : `${what}: KSeF says ${String(said)}, its rows ${String(counted)}`;
  return [
    missing > 0 ? `${String(missing)} of ${String(invoiceCount)} invoices are in no row` : undefined,
    foreign > 0 ? `${String(foreign)} rows are of files that were not sent` : undefined,
    unfinished > 0 ? `${String(unfinished)} rows have no final code` : undefined,
    differs('invoices', invoices, rows),
    differs('accepted', successful, accepted),
    differs('refused', failed, rows - accepted),
  ].filter((each) => each !== undefined);
}

export const countsDisagree = (batch: ReconcilingBatch, tally: RowTally): boolean =>
  disagreements(batch, tally).length > 0;

/** For a person. */
export const whatDisagrees = (batch: ReconcilingBatch, tally: RowTally): string =>
  disagreements(batch, tally).join('; ');
