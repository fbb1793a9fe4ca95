import type { Evidence } from './evidence.js';
import { filesByHash } from './issued.js';
import { Check, type Finding } from './verdict.js';

const MOST_ASKED = 15;

/** I7: each session is of the tenant whose invoices it holds, and the API shows one tenant nothing of another. */
export async function tenantsNeverMix(evidence: Evidence): Promise<Finding> {
  const check = new Check('I7');
  sessionsAreTheirOwn(check, evidence);
  batchesAreTheirOwn(check, evidence);
  await nothingIsShown(check, evidence);
  return check.finding;
}

function sessionsAreTheirOwn(check: Check, evidence: Evidence): void {
  const nipOf = new Map(evidence.system.tenants.map(({ tenantId, contextNip }) => [tenantId, contextNip]));
  const files = filesByHash(evidence);
  for (const { referenceNumber, context, invoices } of evidence.sessions) {
    for (const { invoiceHash } of invoices) {
      const row = files.get(invoiceHash)?.row;
      if (row === undefined) continue;
      check.that(
        context.value === row.context_value && context.value === nipOf.get(row.tenant_id),
        () => `${row.id} of ${row.context_value}: sent in session ${referenceNumber} of ${context.value}`,
      );
    }
  }
}

function batchesAreTheirOwn(check: Check, { sessions, batches }: Evidence): void {
  const contextOf = new Map(sessions.map(({ referenceNumber, context }) => [referenceNumber, context.value]));
  for (const { id, session_reference: reference, context_value: context } of batches) {
    const opened = contextOf.get(reference ?? '');
    if (opened === undefined) continue;
    check.that(opened === context, () => `batch ${id} of ${context}: its session is of ${opened}`);
  }
}

async function nothingIsShown(check: Check, { system, invoices }: Evidence): Promise<void> {
  for (const { apiKey, tenantId } of system.tenants) {
    const headers = { authorization: `Bearer ${apiKey}` };
    const foreign = invoices.filter((invoice) => invoice.tenant_id !== tenantId).slice(0, MOST_ASKED);
    for (const { id } of foreign) {
      const { status } = await fetch(`${system.api.url}/v1/invoices/${id}`, { headers });
      check.that(status === 404, () => `${id}: shown to another tenant (HTTP ${String(status)})`);
    }
  }
}
