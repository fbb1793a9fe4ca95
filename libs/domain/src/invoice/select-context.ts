import { contextLabel, sameContext, type ContextIdentifier } from '../party/context-identifier.js';
import { err, ok, type Result } from '../shared/result.js';
import type { TenantContext } from '../tenant/tenant.js';
import type { InvoiceFacts } from './invoice-facts.js';

export interface ContextRefusal {
  readonly code: 'CONTEXT_NOT_FOUND' | 'CONTEXT_AMBIGUOUS';
  readonly sellerNip: string;
  /** Contexts the tenant has, as `Nip:…`. */
  readonly contexts: readonly string[];
}

/**
 * In whose name an invoice goes to KSeF (domain rules 1.10): the one the caller names, if it is the tenant's; else the
 * context of the seller's NIP; of a self-billed invoice (P_17 = 1) that of the buyer's NIP.
 */
export function selectContext(
  facts: InvoiceFacts,
  contexts: readonly TenantContext[],
  named: ContextIdentifier | undefined,
): Result<ContextIdentifier, ContextRefusal> {
  const own = contexts.map(({ identifier }) => identifier);
  const candidates =
    named === undefined
      ? own.filter(({ type, value }) => type === 'Nip' && value === issuerNip(facts))
      : own.filter((identifier) => sameContext(identifier, named));
  const [only, ...more] = candidates;
  if (only !== undefined && more.length === 0) return ok(only);
  return err({
    code: only === undefined ? 'CONTEXT_NOT_FOUND' : 'CONTEXT_AMBIGUOUS',
    sellerNip: facts.sellerNip,
    contexts: own.map(contextLabel),
  });
}

function issuerNip({ selfBilling, buyer, sellerNip }: InvoiceFacts): string {
  return selfBilling && buyer.kind === 'nip' ? buyer.nip : sellerNip;
}
