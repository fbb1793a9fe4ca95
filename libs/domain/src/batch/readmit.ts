import { returnToQueue } from '../invoice/invoice-transitions.js';
import type { StoredInvoice } from '../invoice/invoice-repository.port.js';
import type {
  Invoice,
  InvoiceId,
  OfflineIssue,
  RefusedInvoice,
  ReviewInvoice,
  UnprovenInvoice,
  UnsendableInvoice,
} from '../invoice/invoice.js';
import { correctionHold, describeHold, type CorrectedInvoice } from '../sending/correction-hold.js';
import type { Clock } from '../shared/clock.port.js';
import { Temporal, type PlainDate } from '../shared/instant.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';

/** A named invoice that is not sent, and why. */
export interface PassedOver {
  readonly invoiceId: InvoiceId;
  readonly reason: string;
}

interface Named {
  readonly tenant: TenantId;
  readonly actor: string;
  readonly ids: readonly InvoiceId[];
  readonly datedUpTo: PlainDate;
}

/** Read and moved in one transaction. */
const AT_A_TIME = 1_000;

/**
 * Puts named invoices that are stuck back among those that wait, with the same bytes and a fresh count of attempts.
 * @returns those that cannot be sent, and why
 */
export async function readmit(
  unitOfWork: UnitOfWork,
  clock: Clock,
  { tenant, actor, ids, datedUpTo }: Named,
): Promise<readonly PassedOver[]> {
  const passedOver: PassedOver[] = [];
  for (let from = 0; from < ids.length; from += AT_A_TIME) {
    const some = ids.slice(from, from + AT_A_TIME);
    passedOver.push(
      ...(await unitOfWork.inTenant(tenant, (stores) => readmitSome(stores, clock, { actor, ids: some, datedUpTo }))),
    );
  }
  return passedOver;
}

async function readmitSome(
  stores: TenantStores,
  clock: Clock,
  { actor, ids, datedUpTo }: Omit<Named, 'tenant'>,
): Promise<readonly PassedOver[]> {
  const found = new Map((await stores.invoices.findAll(ids)).map((stored) => [stored.invoice.id, stored]));
  const originals = await stores.invoices.correctedBy(ids);
  const passedOver: PassedOver[] = [];
  const stuck: StuckInvoice[] = [];
  for (const id of ids) {
    const stored = found.get(id);
    const reason = whyPassedOver(stored, originals.get(id) ?? [], datedUpTo);
    if (reason !== undefined) passedOver.push({ invoiceId: id, reason });
    else if (stored !== undefined && isStuck(stored.invoice)) stuck.push(stored.invoice);
  }
  await putBack(stores, clock, actor, stuck);
  return passedOver;
}

type StuckInvoice = (RefusedInvoice | UnsendableInvoice | ReviewInvoice) & { readonly issue: OfflineIssue };

/** From here on a code is a refusal (domain rules 7); below, KSeF said no last word (0), took it, or said what is not documented. */
const FIRST_REFUSAL = 400;
const DUPLICATE = 440;
/** Never sent blindly. */
const mayBeInKsef = (code: number): boolean => code < FIRST_REFUSAL || code === DUPLICATE;

const isStuck = (invoice: Invoice): invoice is StuckInvoice =>
  (invoice.state === 'blocked' || invoice.state === 'needs-review') &&
  invoice.issue.mode !== 'online' &&
  whyItMayBeThere(invoice) === undefined;

/** @returns why sending the same bytes again could be a second delivery (R3, R4) */
function whyItMayBeThere(
  invoice: RefusedInvoice | UnsendableInvoice | ReviewInvoice | UnprovenInvoice,
): string | undefined {
  if ('acceptance' in invoice) return `KSeF holds it as ${invoice.acceptance.ksefNumber}: nothing is sent again.`;
  const { code } = invoice.refusal;
  return invoice.state === 'needs-review' && mayBeInKsef(code)
    ? `KSeF may have it (status ${String(code)}): decide "send-again" on it, which reads KSeF first. ${invoice.refusal.advice}`
    : undefined;
}

async function putBack(
  { invoices, audit }: TenantStores,
  clock: Clock,
  actor: string,
  stuck: readonly StuckInvoice[],
): Promise<void> {
  await invoices.saveAll(stuck.map((invoice) => ({ ...returnToQueue(invoice, invoice.issue), deliveryAttempts: 0 })));
  const at = clock.now();
  for (const from of ['blocked', 'needs-review'] as const) {
    const ids = stuck.filter(({ state }) => state === from).map(({ id }) => id);
    const facts = { from, reason: 'sent again by a person' };
    await audit.appendForEach(ids, { at, actor, action: 'invoice.issued', kind: 'invoice', facts });
  }
}

function whyPassedOver(
  stored: StoredInvoice | undefined,
  originals: readonly CorrectedInvoice[],
  datedUpTo: PlainDate,
): string | undefined {
  return stored === undefined ? 'There is no such invoice.' : whyNot(stored, originals, datedUpTo);
}

/** @returns why a person's word alone does not send it */
function whyNot(
  { invoice, term }: StoredInvoice,
  originals: readonly CorrectedInvoice[],
  datedUpTo: PlainDate,
): string | undefined {
  if (term?.deadline.kind === 'none') {
    return 'A total failure lifted the duty to send it: nothing is sent (art. 106ng).';
  }
  if (invoice.state !== 'issued' && !isStuck(invoice)) {
    const there = invoice.state === 'needs-review' ? whyItMayBeThere(invoice) : undefined;
    return there ?? `It is in state ${invoice.state}.`;
  }
  if (Temporal.PlainDate.compare(invoice.facts.issueDate, datedUpTo) > 0) {
    return `It is dated ${invoice.facts.issueDate.toString()}, which KSeF takes on that day at the earliest.`;
  }
  const hold = correctionHold(invoice.facts, originals);
  return hold?.code === 'ORIGINAL_WITHOUT_NUMBER' ? describeHold(hold) : undefined;
}
