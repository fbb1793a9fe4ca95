import type { IdempotencyClaim } from '../invoice/idempotency.port.js';
import type { InvoiceId } from '../invoice/invoice.js';
import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import type { Instant } from '../shared/instant.js';
import { err, ok, type Result } from '../shared/result.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { DocumentKind } from './handover-document.js';
import { maskedRecipient, type Handover, type HandoverChannel, type HandoverId } from './handover.js';

export interface HandoverRequest {
  readonly tenant: TenantId;
  readonly actor: string;
  readonly claim: IdempotencyClaim;
  readonly invoiceId: InvoiceId;
  readonly document: DocumentKind;
  readonly channel: HandoverChannel;
  readonly recipient: string;
  readonly handedOverAt: Instant;
  readonly sha256?: string;
  readonly note?: string;
}

export type HandoverRefusal =
  | { readonly code: 'INVOICE_NOT_FOUND' }
  | { readonly code: 'HANDED_OVER_IN_FUTURE' }
  /** Before the invoice existed, nothing of it can have been handed over. */
  | { readonly code: 'HANDED_OVER_BEFORE_INVOICE'; readonly receivedAt: Instant }
  /** Nothing of an invoice that was never issued is handed over. */
  | { readonly code: 'INVOICE_NOT_ISSUED' }
  | { readonly code: 'HANDOVER_KEY_REUSED'; readonly handoverId: HandoverId };

export interface RecordedHandover {
  readonly handover: Handover;
  /** The key was used before with this very request. */
  readonly replayed: boolean;
}

/** A clock of a caller may be a little ahead of ours. */
const CLOCK_DIFFERENCE_MS = 120_000;

/**
 * Records a hand-over that was done elsewhere: on paper, in a portal. It is recorded as it happened, also when another
 * document was the right one: what the buyer holds is a fact, and the receipt date follows from it (art. 106nf(10)).
 */
export class RecordHandover {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly ids: IdSource,
  ) {}

  execute(request: HandoverRequest): Promise<Result<RecordedHandover, HandoverRefusal>> {
    return this.unitOfWork.inTenant(request.tenant, async (stores) => {
      const known = await replayed(stores, request.claim);
      if (known !== undefined) return known;
      const now = this.clock.now();
      const refusal = await this.refusal(stores, request, now);
      if (refusal !== undefined) return err(refusal);
      const handover = this.handover(request, now);
      if (!(await stores.handovers.add(handover, request.claim))) {
        return (await replayed(stores, request.claim)) ?? lostRace(request.claim);
      }
      await stores.audit.append([handoverEntry(handover)]);
      return ok({ handover, replayed: false });
    });
  }

  private async refusal(
    { invoices }: TenantStores,
    { invoiceId, handedOverAt }: HandoverRequest,
    now: Instant,
  ): Promise<HandoverRefusal | undefined> {
    const stored = await invoices.find(invoiceId);
    if (stored === undefined) return { code: 'INVOICE_NOT_FOUND' };
    const { invoice } = stored;
    if (invoice.state === 'received' || invoice.state === 'not-issued') return { code: 'INVOICE_NOT_ISSUED' };
    if (handedOverAt.epochMilliseconds > now.epochMilliseconds + CLOCK_DIFFERENCE_MS) {
      return { code: 'HANDED_OVER_IN_FUTURE' };
    }
    const { receivedAt } = invoice;
    const isBefore = handedOverAt.epochMilliseconds < receivedAt.epochMilliseconds - CLOCK_DIFFERENCE_MS;
    return isBefore ? { code: 'HANDED_OVER_BEFORE_INVOICE', receivedAt } : undefined;
  }

  private handover(request: HandoverRequest, now: Instant): Handover {
    const { invoiceId, document, channel, recipient, handedOverAt, sha256, note, actor } = request;
    return {
      ...{ id: this.ids.next() as HandoverId, invoiceId, document, channel, recipient, handedOverAt },
      ...{ recordedAt: now, recordedBy: actor },
      ...(sha256 === undefined ? {} : { sha256 }),
      ...(note === undefined ? {} : { note }),
    };
  }
}

async function replayed(
  { handovers }: TenantStores,
  { key, fingerprint }: IdempotencyClaim,
): Promise<Result<RecordedHandover, HandoverRefusal> | undefined> {
  const known = await handovers.findByKey(key);
  if (known === undefined) return undefined;
  const { handover } = known;
  if (known.fingerprint !== fingerprint) return err({ code: 'HANDOVER_KEY_REUSED', handoverId: handover.id });
  return ok({ handover, replayed: true });
}

function lostRace({ key }: IdempotencyClaim): never {
  throw new Error(`the hand-over of key ${key} was taken by nobody`);
}

/** Who the buyer is stands in the invoice: the trail names an address only as far as a reader needs it. */
export const handoverEntry = (handover: Handover) => ({
  at: handover.recordedAt,
  actor: handover.recordedBy,
  action: 'document.handed-over',
  subject: { kind: 'invoice' as const, id: handover.invoiceId },
  facts: {
    document: handover.document,
    channel: handover.channel,
    recipient: maskedRecipient(handover.recipient),
    handedOverAt: handover.handedOverAt.toString(),
    sha256: handover.sha256 ?? null,
  },
});
