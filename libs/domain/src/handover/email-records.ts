import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import type { Instant } from '../shared/instant.js';
import type { TenantStores } from '../shared/unit-of-work.port.js';
import type { EmailEnd } from './email-book.port.js';
import type { Email, SentFile } from './email.js';
import { maskedRecipient, type Handover, type HandoverId } from './handover.js';
import { handoverEntry } from './record-handover.js';

type Stores = Pick<TenantStores, 'handovers' | 'audit' | 'outbox'>;

/** Writes what the end of an e-mail means: that a document was handed over, and what others want to hear of. */
export class EmailRecords {
  constructor(
    private readonly clock: Clock,
    private readonly ids: IdSource,
  ) {}

  /** One that is tried again, or was withdrawn, is nobody's news. @param file what left, when something did */
  async ended(stores: Stores, email: Email, end: EmailEnd, file?: SentFile, actor = 'worker'): Promise<void> {
    if (end.state === 'pending') return;
    const at = this.clock.now();
    if (end.state === 'delivered') return this.delivered(stores, email, file, end.at, actor);
    const cause = 'failure' in end ? end.failure.cause : end.reason;
    const smtpStatus = ('failure' in end ? end.failure.smtpStatus : undefined) ?? null;
    const facts = { email: email.id, recipient: maskedRecipient(email.recipient), cause, smtpStatus };
    const subject = { kind: 'invoice', id: email.invoiceId } as const;
    await stores.audit.append([{ at, actor, action: `email.${end.state}`, subject, facts }]);
    if (end.state === 'withdrawn') return;
    await stores.outbox.append([{ at, type: `email.${end.state}`, subject: email.invoiceId, facts }]);
  }

  private async delivered(
    stores: Stores,
    email: Email,
    file: SentFile | undefined,
    handedOverAt: Instant,
    actor: string,
  ): Promise<void> {
    if (file === undefined) throw new Error(`e-mail ${email.id} was delivered without a file`);
    const at = this.clock.now();
    const { invoiceId, recipient } = email;
    const handover: Handover = {
      id: this.ids.next() as HandoverId,
      invoiceId,
      document: file.document,
      channel: 'email',
      recipient,
      handedOverAt,
      recordedAt: at,
      recordedBy: actor,
      sha256: file.sha256,
    };
    await stores.handovers.add(handover);
    await stores.audit.append([handoverEntry(handover)]);
    const facts = { email: email.id, document: file.document, handedOverAt: handedOverAt.toString() };
    await stores.outbox.append([{ at, type: 'email.delivered', subject: invoiceId, facts }]);
  }
}
