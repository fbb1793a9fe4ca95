import { acceptCorrected, flagCorrectedConflict, rejectCorrected } from '../invoice/invoice-transitions.js';
import type { CorrectingInvoice, Invoice, KsefRefusal } from '../invoice/invoice.js';
import type { AuditEntry } from '../audit/audit-trail.port.js';
import { stateEvents } from '../invoice/state-events.js';
import type { Clock } from '../shared/clock.port.js';
import type { Heartbeat } from '../shared/heartbeat.port.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { holdCorrection, refuseCorrection } from './technical-correction-transitions.js';
import type { HeldCorrection } from './technical-correction-repository.port.js';
import type {
  AcceptedCorrection,
  RefusedCorrection,
  ResolvingCorrection,
  SendingCorrection,
  StuckCorrection,
  TechnicalCorrection,
} from './technical-correction.js';

/** A claim that runs out is another worker's, and our next write fails. */
export const CORRECTION_LEASE_SECONDS = 15;
/** Nothing more is asked of an ended correction. */
const NEVER_SECONDS = 86_400;

/** How an ended correction leaves its invoice. */
type MoveInvoice = (invoice: CorrectingInvoice) => Invoice;

/** What sending and tracking share: a correction and its invoice are stored together, with an audit row, or not at all. */
export class CorrectionSteps {
  constructor(
    readonly unitOfWork: UnitOfWork,
    readonly clock: Clock,
    private readonly heartbeat: Heartbeat,
  ) {}

  /** Keeps the claims while something lasts: they are short, so that those of a dead worker are soon another's. */
  holding<T>(tenant: TenantId, held: readonly HeldCorrection[], work: () => Promise<T>): Promise<T> {
    const leases = held.map(({ lease }) => lease);
    const renew = () =>
      this.unitOfWork.inTenant(tenant, ({ corrections }) => corrections.renew(leases, CORRECTION_LEASE_SECONDS));
    return this.heartbeat.during(CORRECTION_LEASE_SECONDS / 3, renew, work);
  }

  /** Stores where a correction stands now, gives the claim back, and says when to look at it again. */
  store(
    tenant: TenantId,
    { lease }: HeldCorrection,
    next: TechnicalCorrection,
    lookAgainSeconds: number,
    facts: AuditEntry['facts'] = {},
  ): Promise<void> {
    return this.unitOfWork.inTenant(tenant, async ({ corrections, audit }) => {
      await corrections.saveHeld(next, lease, lookAgainSeconds);
      await audit.append([this.entry(next, facts)]);
    });
  }

  /** KSeF holds a file of the lineage. */
  accepted(
    tenant: TenantId,
    held: HeldCorrection,
    next: AcceptedCorrection,
    file: { readonly id: TechnicalCorrection['id']; readonly hash: TechnicalCorrection['hash'] } | undefined,
  ): Promise<void> {
    const corrected = file === undefined ? undefined : { correctionId: file.id, hash: file.hash };
    const facts = { ksefNumber: next.acceptance.ksefNumber, acceptedFile: next.acceptedOrdinal };
    return this.end(tenant, held, next, (invoice) => acceptCorrected(invoice, next.acceptance, corrected), {
      facts,
      lookAgainSeconds: 1,
    });
  }

  /** KSeF's last word on this file: the invoice is where it was, and another file may be proposed; or it is a conflict. */
  refused(
    tenant: TenantId,
    held: HeldCorrection<SendingCorrection | ResolvingCorrection>,
    state: RefusedCorrection['state'],
    refusal: KsefRefusal,
  ): Promise<void> {
    const move = state === 'conflict' ? flagCorrectedConflict : rejectCorrected;
    const facts = { ksefStatus: refusal.code };
    return this.end(
      tenant,
      held,
      refuseCorrection(held.correction, state, refusal),
      (invoice) => move(invoice, refusal),
      {
        facts,
      },
    );
  }

  /** A person is needed; the invoice shows what to do, and keeps the ground on which it may be corrected. */
  stuck(
    tenant: TenantId,
    held: HeldCorrection<SendingCorrection | ResolvingCorrection>,
    state: StuckCorrection['state'],
    refusal: KsefRefusal,
  ): Promise<void> {
    const back: MoveInvoice = (invoice) => {
      const shown = { ...invoice.refusal, details: [...invoice.refusal.details, toldOf(held.correction, refusal)] };
      const move = invoice.refusal.code === 440 ? flagCorrectedConflict : rejectCorrected;
      return move(invoice, { ...shown, advice: refusal.advice });
    };
    return this.end(tenant, held, holdCorrection(held.correction, state, refusal), back, {
      facts: { ksefStatus: refusal.code },
    });
  }

  private end(
    tenant: TenantId,
    { lease }: HeldCorrection,
    next: TechnicalCorrection,
    move: MoveInvoice,
    {
      facts,
      lookAgainSeconds = NEVER_SECONDS,
    }: { readonly facts: AuditEntry['facts']; readonly lookAgainSeconds?: number },
  ): Promise<void> {
    return this.unitOfWork.inTenant(tenant, async (stores) => {
      await stores.corrections.saveHeld(next, lease, lookAgainSeconds);
      const moved = move(await correctingInvoice(stores, next));
      await stores.invoices.save(moved);
      const invoiceEntry = { ...this.entry(next, facts), action: `invoice.${moved.state}` };
      await stores.audit.append([this.entry(next, facts), invoiceEntry]);
      await stores.outbox.append(stateEvents([moved], invoiceEntry.at));
    });
  }

  entry(correction: TechnicalCorrection, facts: AuditEntry['facts']): AuditEntry {
    const { id, invoiceId, ordinal, state } = correction;
    return {
      at: this.clock.now(),
      actor: 'worker',
      action: `technical-correction.${state}`,
      subject: { kind: 'invoice', id: invoiceId },
      facts: { correction: id, file: ordinal, ...facts },
    };
  }
}

/** @throws when the invoice is not the one that this correction is on its way for: both move together, or neither */
export async function correctingInvoice(
  { invoices }: Pick<TenantStores, 'invoices'>,
  { id, invoiceId }: TechnicalCorrection,
): Promise<CorrectingInvoice> {
  const invoice = (await invoices.find(invoiceId))?.invoice;
  if (invoice?.state !== 'correcting' || invoice.correctionId !== id) {
    throw new Error(`correction ${id}: its invoice ${invoiceId} is ${invoice?.state ?? 'missing'}`);
  }
  return invoice;
}

function toldOf({ ordinal }: TechnicalCorrection, { code, description }: KsefRefusal): string {
  return `Technical correction, file ${String(ordinal)}: ${String(code)} ${description}`;
}
