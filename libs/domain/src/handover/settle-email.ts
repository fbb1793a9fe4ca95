import type { InvoiceId } from '../invoice/invoice.js';
import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import type { Instant } from '../shared/instant.js';
import { err, ok, type Result } from '../shared/result.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { EmailRecords } from './email-records.js';
import { isOpenEmail, type Email, type EmailId, type EmailState } from './email.js';

/** A person's word: it reached the buyer, it shall go again, or it is given up. */
export const EMAIL_DECISIONS = ['arrived', 'send-again', 'give-up'] as const;
export type EmailDecision = (typeof EMAIL_DECISIONS)[number];

export interface EmailSettlementRequest {
  readonly tenant: TenantId;
  readonly actor: string;
  readonly person: string;
  readonly reason: string;
  readonly invoiceId: InvoiceId;
  readonly emailId: EmailId;
  readonly decision: EmailDecision;
  /** When the buyer got it; for `arrived` only. @default now */
  readonly arrivedAt?: Instant;
}

export type EmailSettlementRefusal =
  | { readonly code: 'EMAIL_NOT_FOUND' }
  | { readonly code: 'EMAIL_NOT_TO_SETTLE'; readonly state: EmailState; readonly decisions: readonly EmailDecision[] }
  /** Another one to the same address has not ended. */
  | { readonly code: 'EMAIL_UNDER_WAY'; readonly emailId: EmailId; readonly state: EmailState }
  | { readonly code: 'HANDED_OVER_IN_FUTURE' };

const ALLOWED: Readonly<Partial<Record<EmailState, readonly EmailDecision[]>>> = {
  unknown: ['arrived', 'send-again', 'give-up'],
  failed: ['send-again'],
};

/** Settles an e-mail of which nobody knows whether it arrived, and takes up a failed one again. */
export class SettleEmail {
  readonly #records: EmailRecords;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    ids: IdSource,
  ) {
    this.#records = new EmailRecords(clock, ids);
  }

  execute(request: EmailSettlementRequest): Promise<Result<Email, EmailSettlementRefusal>> {
    const { tenant, emailId, invoiceId, decision, arrivedAt } = request;
    return this.unitOfWork.inTenant(tenant, async (stores) => {
      const email = await stores.emails.find(emailId);
      if (email?.invoiceId !== invoiceId) return err({ code: 'EMAIL_NOT_FOUND' });
      const decisions = ALLOWED[email.state] ?? [];
      if (!decisions.includes(decision)) return err({ code: 'EMAIL_NOT_TO_SETTLE', state: email.state, decisions });
      const other = (await stores.emails.of(invoiceId)).find(
        (each) => each.id !== emailId && each.recipient === email.recipient && isOpenEmail(each),
      );
      if (decision === 'send-again' && other !== undefined) {
        return err({ code: 'EMAIL_UNDER_WAY', emailId: other.id, state: other.state });
      }
      const now = this.clock.now();
      if (arrivedAt !== undefined && arrivedAt.epochMilliseconds > now.epochMilliseconds) {
        return err({ code: 'HANDED_OVER_IN_FUTURE' });
      }
      await this.settle(stores, email, request, now);
      const settled = await stores.emails.find(emailId);
      if (settled === undefined) throw new Error(`e-mail ${emailId} is gone`);
      return ok(settled);
    });
  }

  private async settle(
    stores: TenantStores,
    email: Email,
    { decision, actor, person, reason, arrivedAt }: EmailSettlementRequest,
    now: Instant,
  ): Promise<void> {
    const facts = { email: email.id, decision, person, reason };
    const subject = { kind: 'invoice', id: email.invoiceId } as const;
    await stores.audit.append([{ at: now, actor, action: 'email.settled', subject, facts }]);
    if (decision === 'send-again') return stores.emails.settle(email, { state: 'pending' });
    if (decision === 'give-up') {
      return stores.emails.settle(email, { state: 'failed', failure: { cause: 'a person gave it up' } });
    }
    const end = { state: 'delivered', at: arrivedAt ?? now } as const;
    await stores.emails.settle(email, end);
    await this.#records.ended(stores, email, end, 'file' in email ? email.file : undefined, actor);
  }
}
