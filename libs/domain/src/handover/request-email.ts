import type { IdempotencyClaim } from '../invoice/idempotency.port.js';
import type { InvoiceId } from '../invoice/invoice.js';
import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import type { Instant } from '../shared/instant.js';
import { err, ok, type Result } from '../shared/result.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { DocumentElements } from '../visualization/document-elements.port.js';
import type { DocumentLanguage } from '../visualization/document-renderer.port.js';
import type { EmailAddress } from './email-address.js';
import { buyerEmailOf } from './email-content.js';
import { isOpenEmail, type Email, type EmailId, type PendingEmail } from './email.js';
import type { NothingReason } from './handover-document.js';
import { maskedRecipient } from './handover.js';
import { forHandover } from './read-documents.js';

export interface EmailRequest {
  readonly tenant: TenantId;
  readonly actor: string;
  readonly claim: IdempotencyClaim;
  readonly invoiceId: InvoiceId;
  /** @default the address in the file (Podmiot2/DaneKontaktowe/Email) */
  readonly recipient?: EmailAddress;
  /** @default that of the context's settings */
  readonly language?: DocumentLanguage;
}

export type EmailRequestRefusal =
  | { readonly code: 'INVOICE_NOT_FOUND' }
  | { readonly code: 'NO_EMAIL_SETTINGS' }
  | { readonly code: 'NO_RECIPIENT' }
  | { readonly code: 'NOTHING_TO_HAND_OVER'; readonly reason: NothingReason; readonly basis: readonly string[] }
  /** One to this address has not ended; what it takes along is decided when it leaves. */
  | { readonly code: 'EMAIL_UNDER_WAY'; readonly emailId: EmailId; readonly state: Email['state'] }
  | { readonly code: 'EMAIL_KEY_REUSED'; readonly emailId: EmailId };

type Outcome = Result<{ readonly email: Email; readonly replayed: boolean }, EmailRequestRefusal>;

/** Wants the right document sent to the buyer. Stored, and sent by a worker. */
export class RequestEmail {
  constructor(
    private readonly ports: {
      readonly unitOfWork: UnitOfWork;
      readonly elements: DocumentElements;
      readonly clock: Clock;
      readonly ids: IdSource;
    },
  ) {}

  execute(request: EmailRequest): Promise<Outcome> {
    return this.ports.unitOfWork.inTenant(request.tenant, async (stores): Promise<Outcome> => {
      const known = await replayed(stores, request.claim);
      if (known !== undefined) return known;
      const email = await this.email(stores, request);
      if (!email.ok) return email;
      if (!(await stores.emails.add(email.value, request.claim))) {
        return (await replayed(stores, request.claim)) ?? lostRace(request.claim);
      }
      await stores.audit.append([requestedEntry(email.value)]);
      return ok({ email: email.value, replayed: false });
    });
  }

  private async email(
    stores: TenantStores,
    { invoiceId, recipient: given, language, actor }: EmailRequest,
  ): Promise<Result<PendingEmail, EmailRequestRefusal>> {
    const { elements, ids, clock } = this.ports;
    const found = await forHandover(stores, elements, invoiceId);
    if (found === undefined) return err({ code: 'INVOICE_NOT_FOUND' });
    const settings = await stores.emailSettings.of(found.stored.invoice.context);
    if (settings === undefined) return err({ code: 'NO_EMAIL_SETTINGS' });
    const { decision } = found;
    if (decision.kind === 'nothing') {
      return err({ code: 'NOTHING_TO_HAND_OVER', reason: decision.reason, basis: decision.basis });
    }
    const recipient = given ?? (await addressInFile(stores, elements, invoiceId));
    if (recipient === undefined) return err({ code: 'NO_RECIPIENT' });
    const underWay = (await stores.emails.of(invoiceId)).find(
      (each) => each.recipient === recipient && isOpenEmail(each),
    );
    if (underWay !== undefined) return err({ code: 'EMAIL_UNDER_WAY', emailId: underWay.id, state: underWay.state });
    const wanted = { language: language ?? settings.language, cause: 'demand', actor } as const;
    return ok(pendingEmail(ids.next() as EmailId, invoiceId, recipient, wanted, clock.now()));
  }
}

/** The buyer's address as the stored file names it. */
export async function addressInFile(
  { invoices }: Pick<TenantStores, 'invoices'>,
  elements: DocumentElements,
  id: InvoiceId,
): Promise<EmailAddress | undefined> {
  const bytes = await invoices.bytes(id);
  return bytes === undefined ? undefined : buyerEmailOf(elements.read(bytes));
}

export const pendingEmail = (
  id: EmailId,
  invoiceId: InvoiceId,
  recipient: EmailAddress,
  {
    language,
    cause,
    actor,
  }: { readonly language: DocumentLanguage; readonly cause: Email['cause']; readonly actor: string },
  now: Instant,
): PendingEmail => ({
  ...{ state: 'pending', id, invoiceId, recipient, language, cause },
  ...{ requestedAt: now, requestedBy: actor, attempts: 0, version: 0, nextAttemptAt: now },
});

export const requestedEntry = (email: PendingEmail) => ({
  at: email.requestedAt,
  actor: email.requestedBy,
  action: 'email.requested',
  subject: { kind: 'invoice' as const, id: email.invoiceId },
  facts: { email: email.id, recipient: maskedRecipient(email.recipient), cause: email.cause, language: email.language },
});

async function replayed(
  { emails }: TenantStores,
  { key, fingerprint }: IdempotencyClaim,
): Promise<Outcome | undefined> {
  const known = await emails.findByKey(key);
  if (known === undefined) return undefined;
  const { email } = known;
  if (known.fingerprint !== fingerprint) return err({ code: 'EMAIL_KEY_REUSED', emailId: email.id });
  return ok({ email, replayed: true });
}

function lostRace({ key }: IdempotencyClaim): never {
  throw new Error(`the e-mail of key ${key} was taken by nobody`);
}
