import type { InvoiceId } from '../invoice/invoice.js';
import type { SequencedEvent } from '../event/public-event.js';
import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { DocumentElements } from '../visualization/document-elements.port.js';
import { DOCUMENT_DUE } from './document-due.js';
import { goesByItself } from './email-rule.js';
import type { EmailId } from './email.js';
import { forHandover } from './read-documents.js';
import { addressInFile, pendingEmail, requestedEntry } from './request-email.js';

/** After these another document may be the right one: also one that became due while an e-mail was on its way. */
const TELLING = ['invoice.issued', 'invoice.posted', DOCUMENT_DUE, 'email.delivered'];
/** Events looked at in one transaction. */
const AT_A_TIME = 100;

/**
 * Decides which documents go to buyers by themselves: it reads the tenant's own events, each once, and stores an e-mail
 * where the house's rule wants one. Safe to repeat and to run twice at a time.
 */
export class PlanEmails {
  constructor(
    private readonly ports: {
      readonly unitOfWork: UnitOfWork;
      readonly elements: DocumentElements;
      readonly clock: Clock;
      readonly ids: IdSource;
    },
  ) {}

  /** @returns how many were wanted */
  async execute(tenant: TenantId, stop: { readonly aborted: boolean } = { aborted: false }): Promise<number> {
    let planned = 0;
    for (;;) {
      const round = await this.ports.unitOfWork.inTenant(tenant, (stores) => this.round(stores));
      planned += round.planned;
      if (round.isOver || stop.aborted) return planned;
    }
  }

  private async round(stores: TenantStores): Promise<{ readonly planned: number; readonly isOver: boolean }> {
    const { emails, eventFeed } = stores;
    const from = await emails.lockDecided();
    if (from === undefined) return { planned: 0, isOver: true };
    await eventFeed.sequence(AT_A_TIME);
    const { events, upTo } = await eventFeed.after(from, TELLING, AT_A_TIME);
    let planned = 0;
    for (const id of new Set(events.map(({ subject }: SequencedEvent) => subject))) {
      if (await this.plan(stores, id as InvoiceId)) planned += 1;
    }
    if (upTo > from) await emails.decided(upTo);
    return { planned, isOver: upTo === from };
  }

  private async plan(stores: TenantStores, id: InvoiceId): Promise<boolean> {
    const { elements, ids, clock } = this.ports;
    const found = await forHandover(stores, elements, id);
    if (found === undefined) return false;
    const settings = await stores.emailSettings.of(found.stored.invoice.context);
    if (settings === undefined) return false;
    const { decision, buyer, handovers } = found;
    const emails = await stores.emails.of(id);
    if (!goesByItself(settings, decision, buyer, { handovers, emails })) return false;
    // A copy that replaces another goes where that one went.
    const before = emails.findLast(({ state }) => state === 'delivered')?.recipient;
    const recipient = before ?? (await addressInFile(stores, elements, id));
    if (recipient === undefined) return false;
    const wanted = { language: settings.language, cause: 'automatic', actor: 'worker' } as const;
    const email = pendingEmail(ids.next() as EmailId, id, recipient, wanted, clock.now());
    // Another one goes there by itself already.
    if (!(await stores.emails.add(email))) return false;
    await stores.audit.append([requestedEntry(email)]);
    return true;
  }
}
