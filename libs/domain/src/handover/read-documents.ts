import type { StoredInvoice } from '../invoice/invoice-repository.port.js';
import type { InvoiceId } from '../invoice/invoice.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { DocumentElements } from '../visualization/document-elements.port.js';
import { buyerGroupOf, type BuyerGroup } from './buyer-group.js';
import { circumstancesOf } from './circumstances.js';
import { placeOfSupplyIn } from './place-of-supply.js';
import {
  documentFor,
  notYetFor,
  receiptRuleFor,
  type HandoverCircumstances,
  type HandoverDecision,
  type NotYet,
  type ReceiptRule,
} from './handover-document.js';
import type { Handover } from './handover.js';

/** An invoice as those see it who hand it over. */
export interface InvoiceForHandover {
  readonly stored: StoredInvoice;
  readonly buyer: BuyerGroup;
  readonly circumstances: HandoverCircumstances;
  readonly decision: HandoverDecision;
  readonly handovers: readonly Handover[];
}

export interface DocumentsOfInvoice extends InvoiceForHandover {
  readonly notYet: readonly NotYet[];
  readonly receipt: ReceiptRule;
}

/** What may be handed to the buyer of an invoice now, why, and what was handed over before. */
export class ReadDocuments {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly elements: DocumentElements,
  ) {}

  /** @returns `undefined` when the tenant has no such invoice */
  async execute(tenant: TenantId, id: InvoiceId): Promise<DocumentsOfInvoice | undefined> {
    const found = await this.unitOfWork.inTenant(tenant, (stores) => forHandover(stores, this.elements, id));
    if (found === undefined) return undefined;
    const { circumstances } = found;
    return { ...found, notYet: notYetFor(circumstances), receipt: receiptRuleFor(circumstances) };
  }
}

/** The decision on an invoice as it is in this transaction. */
export async function forHandover(
  { invoices, handovers }: Pick<TenantStores, 'invoices' | 'handovers'>,
  elements: DocumentElements,
  id: InvoiceId,
): Promise<InvoiceForHandover | undefined> {
  const stored = await invoices.find(id);
  if (stored === undefined) return undefined;
  const { facts } = stored.invoice;
  const known = buyerGroupOf(facts);
  // Stored before the fact was read: the bytes tell.
  const bytes = known.ground === 'nip-place-unknown' ? await invoices.bytes(id) : undefined;
  const buyer =
    bytes === undefined ? known : buyerGroupOf({ ...facts, placeOfSupply: placeOfSupplyIn(elements.read(bytes)) });
  const circumstances = circumstancesOf(stored, buyer);
  return { stored, buyer, circumstances, decision: documentFor(circumstances), handovers: await handovers.of(id) };
}
