import {
  planInto,
  Temporal,
  type ContextIdentifier,
  type InvoiceId,
  type InvoiceState,
  type IssuedInvoice,
  type OfflineMode,
  type PlainDate,
} from '@latarnik/domain';
import {
  ACCEPTANCE,
  anIssuedInvoice,
  anOfflineIssue,
  aPlannedBatch,
  bytesOf,
  inSession,
  REFUSAL,
  type Sample,
} from './samples.js';
import type { Stage } from './stage.js';

export interface Circumstances {
  readonly context: ContextIdentifier;
  readonly issueDate: PlainDate;
  readonly mode: OfflineMode;
  readonly issuedAt: string;
}

/** An offline invoice of these circumstances, stored by its issue. */
export async function issuedUnder(
  stage: Stage,
  { context, issueDate, mode, issuedAt }: Circumstances,
  tenant = stage.tenant,
): Promise<Sample<IssuedInvoice>> {
  const { invoice, bytes } = anIssuedInvoice({ context });
  const issue = { ...anOfflineIssue(Temporal.Instant.from(issuedAt)), mode };
  const sample = { invoice: { ...invoice, issue, facts: { ...invoice.facts, issueDate } }, bytes };
  await stage.inTenant(tenant, async ({ invoices }) => {
    await invoices.add(sample.invoice, sample.bytes);
    await invoices.addEvidence(sample.invoice.id, bytesOf('<ds:Signature/>'));
  });
  return sample;
}

/** Along the lifecycle as far as the state that is asked for. */
export async function moveTo(stage: Stage, sample: Sample<IssuedInvoice>, state: InvoiceState): Promise<void> {
  const { invoice } = sample;
  if (state === 'issued') return;
  const batch = aPlannedBatch(1, invoice.context);
  await stage.inTenant(stage.tenant, async ({ batches, invoices }) => {
    await batches.add(batch);
    await invoices.save(planInto(invoice, batch.id));
    if (state === 'planned') return;
    const sent = { ...inSession(invoice, batch.id), version: 1 };
    await invoices.save(sent);
    if (state === 'blocked' || state === 'rejected') {
      await invoices.save({ ...sent, version: 2, state, refusal: REFUSAL });
    } else if (state === 'accepted' || state === 'complete') {
      const accepted = { ...sent, version: 2, state: 'accepted' as const, acceptance: ACCEPTANCE };
      await invoices.save(accepted);
      if (state === 'accepted') return;
      await invoices.addUpo(invoice.id, bytesOf('<UPO/>'));
      await invoices.save({ ...accepted, version: 3, state });
    }
  });
}

/** What an invoice's term is now, by its day. */
export async function daysOf(stage: Stage, ids: readonly InvoiceId[]): Promise<readonly (string | undefined)[]> {
  return stage.inTenant(stage.tenant, async ({ invoices }) => {
    const days: (string | undefined)[] = [];
    for (const id of ids) {
      const deadline = (await invoices.find(id))?.term?.deadline;
      days.push(deadline?.kind === 'due' ? deadline.day.toString() : deadline?.kind);
    }
    return days;
  });
}
