import { contextLabel, sameContext, type ContextIdentifier } from '../party/context-identifier.js';
import { err, ok, type Result } from '../shared/result.js';
import type { TenantContext } from '../tenant/tenant.js';
import type { InvoiceFacts } from './invoice-facts.js';

export interface ContextRefusal {
  /** `SELLER_NOT_OF_CONTEXT`: the one who is named is not the one in whose name the document speaks. */
  readonly code: 'CONTEXT_NOT_FOUND' | 'CONTEXT_AMBIGUOUS' | 'SELLER_NOT_OF_CONTEXT';
  readonly sellerNip: string;
  /** Contexts the tenant has, as `Nip:…`. */
  readonly contexts: readonly string[];
}

/**
 * In whose name an invoice goes to KSeF (domain rules 1.10): the one the caller names, if it is the tenant's; else the
 * context of the seller's NIP; of a self-billed invoice (P_17 = 1) that of the buyer's NIP. A named context of another NIP
 * needs the caller's word that the seller entrusted it with issuing: tax representatives, VAT groups, enforcement bodies
 * (reliability S7). KSeF checks the right itself (status 410); Peppol providers have no NIP to compare.
 */
export function selectContext(
  facts: InvoiceFacts,
  contexts: readonly TenantContext[],
  named: ContextIdentifier | undefined,
  isEntrusted = false,
): Result<ContextIdentifier, ContextRefusal> {
  const own = contexts.map(({ identifier }) => identifier);
  const candidates =
    named === undefined
      ? own.filter(({ type, value }) => type === 'Nip' && value === issuerNip(facts))
      : own.filter((identifier) => sameContext(identifier, named));
  const [only, ...more] = candidates;
  const refused = (code: ContextRefusal['code']): Result<never, ContextRefusal> =>
    err({ code, sellerNip: facts.sellerNip, contexts: own.map(contextLabel) });
  if (only === undefined) return refused('CONTEXT_NOT_FOUND');
  if (more.length > 0) return refused('CONTEXT_AMBIGUOUS');
  return isEntrusted || speaksFor(only, facts) ? ok(only) : refused('SELLER_NOT_OF_CONTEXT');
}

/** Whether the document itself says that this context may issue it: as seller, or as the buyer who bills themselves. */
function speaksFor({ type, value }: ContextIdentifier, facts: InvoiceFacts): boolean {
  const nip = value.slice(0, 10);
  return type === 'PeppolId' || nip === facts.sellerNip || nip === issuerNip(facts);
}

function issuerNip({ selfBilling, buyer, sellerNip }: InvoiceFacts): string {
  return selfBilling && buyer.kind === 'nip' ? buyer.nip : sellerNip;
}
