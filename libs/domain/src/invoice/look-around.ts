import type { Certificate } from '../certificate/certificate.js';
import { stopOfIssuing, type StopOfIssuing } from '../correction/stop-of-issuing.js';
import type { LegalRecords } from '../legal-situation/legal-archive.port.js';
import type { Connection } from '../outage/connection.js';
import { holdAtIssue, type CorrectionHold } from '../sending/correction-hold.js';
import type { Instant } from '../shared/instant.js';
import type { TenantStores } from '../shared/unit-of-work.port.js';
import type { TenantContext } from '../tenant/tenant.js';
import type { InvoiceFacts } from './invoice-facts.js';
import type { Invoice } from './invoice.js';

/** What is stored that the issue of a document depends on. */
export interface Surroundings {
  readonly contexts: readonly TenantContext[];
  /** That has the number already. */
  readonly first: Invoice | undefined;
  readonly stop: StopOfIssuing | undefined;
  readonly hold: CorrectionHold | undefined;
  readonly records: LegalRecords;
  readonly connection: Connection | undefined;
  readonly certificates: readonly Certificate[];
}

/** No read waits for another: together they take one round trip. */
export async function lookAround(stores: TenantStores, facts: InvoiceFacts, now: Instant): Promise<Surroundings> {
  const [contexts, first, stop, hold, records, connection, certificates] = await Promise.all([
    stores.contexts.all(),
    stores.invoices.findByNumber(facts.sellerNip, facts.kind, facts.number),
    stopOfIssuing(stores.massRejections, facts.formCode, now),
    holdAtIssue(stores.invoices, facts),
    stores.legal.read(),
    stores.connection.read(),
    stores.certificates.all(),
  ]);
  return { contexts, first, stop, hold, records, connection, certificates };
}
