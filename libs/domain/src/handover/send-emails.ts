import { hashToBase64 } from '../invoice/invoice-hash.js';
import type { Hasher } from '../invoice/hasher.port.js';
import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import type { StopSignal } from '../shared/job-source.port.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { CodeNotGoodError } from '../verification-code/code-faults.js';
import type { CodeVerifier } from '../verification-code/code-verifier.port.js';
import type { KsefEnvironment } from '../verification-code/environment.js';
import type { DocumentElements } from '../visualization/document-elements.port.js';
import type { DocumentRenderer } from '../visualization/document-renderer.port.js';
import { retryDelaySeconds } from '../webhook/retry-delay.js';
import type { ClaimedEmail, EmailEnd } from './email-book.port.js';
import { emailContent } from './email-content.js';
import type { EmailSettings } from './email-settings.port.js';
import { EmailRecords } from './email-records.js';
import type { EmailFailure, SentFile } from './email.js';
import type { Mail, MailOutcome, MailSender } from './mail-sender.port.js';
import { readyCopy, type ReadyCopy } from './render-copy.js';

/** Sent side by side. */
const AT_A_TIME = 4;
/** In one pass. */
const MOST_ROUNDS = 25;
/** Longer than rendering and any attempt. */
const LEASE_SECONDS = 180;
/** With growing pauses that is about a day. */
const MOST_ATTEMPTS = 30;

export interface EmailSendingSettings {
  /** Of this process, in leases. */
  readonly processName: string;
  readonly environment: KsefEnvironment;
  /** From 0 inclusive to 1 exclusive. */
  readonly random: () => number;
}

export interface EmailTally {
  readonly delivered: number;
  readonly later: number;
  readonly failed: number;
  readonly unknown: number;
  readonly withdrawn: number;
}

type Prepared = ReadyCopy & { readonly settings: EmailSettings };

/**
 * Sends the e-mails that are due. Which document goes is decided when it leaves; that it leaves, and its digest, are stored
 * before; one whose end nobody saw is not sent again by itself (docs/adr/0033).
 */
export class SendEmails {
  readonly #records: EmailRecords;

  constructor(
    private readonly ports: {
      readonly unitOfWork: UnitOfWork;
      readonly elements: DocumentElements;
      readonly renderer: DocumentRenderer;
      readonly verifier: CodeVerifier;
      readonly sender: MailSender;
      readonly hasher: Hasher;
      readonly clock: Clock;
      readonly ids: IdSource;
    },
    private readonly settings: EmailSendingSettings,
  ) {
    this.#records = new EmailRecords(ports.clock, ports.ids);
  }

  async execute(tenant: TenantId, stop: StopSignal = { aborted: false }): Promise<EmailTally> {
    const tally = { delivered: 0, later: 0, failed: 0, unknown: 0, withdrawn: 0 };
    tally.unknown += await this.surrenderLost(tenant);
    for (let round = 0; round < MOST_ROUNDS && !stop.aborted; round++) {
      const claimed = await this.claim(tenant);
      if (claimed.length === 0) break;
      const handled = claimed.map((each) => this.handle(tenant, each, stop));
      // What fails for one of them is thrown when the others have ended.
      await Promise.allSettled(handled);
      for (const end of await Promise.all(handled)) {
        if (end !== undefined) tally[end === 'pending' ? 'later' : end] += 1;
      }
    }
    return tally;
  }

  private claim(tenant: TenantId): Promise<readonly ClaimedEmail[]> {
    const by = { owner: this.settings.processName, leaseSeconds: LEASE_SECONDS };
    return this.ports.unitOfWork.inTenant(tenant, ({ emails }) => emails.claim(by, AT_A_TIME));
  }

  private surrenderLost(tenant: TenantId): Promise<number> {
    const failure = { cause: 'the worker that sent it was lost' };
    return this.ports.unitOfWork.inTenant(tenant, async (stores) => {
      const lost = await stores.emails.surrender(failure);
      for (const email of lost) await this.#records.ended(stores, email, { state: 'unknown', failure });
      return lost.length;
    });
  }

  /** @returns how it ended; `undefined` when the lease was lost */
  private async handle(
    tenant: TenantId,
    claimed: ClaimedEmail,
    stop: StopSignal,
  ): Promise<EmailEnd['state'] | undefined> {
    const prepared = await this.ports.unitOfWork.inTenant(tenant, (stores) => this.prepare(stores, claimed));
    if (isEnd(prepared)) return this.end(tenant, claimed, prepared);
    const rendered = await this.rendered(tenant, claimed, prepared);
    if (!rendered.ok) {
      const { retryAfterSeconds: afterSeconds } = rendered.error;
      return this.end(tenant, claimed, { state: 'pending', afterSeconds, failure: { cause: 'the renderer is busy' } });
    }
    const file: SentFile = {
      document: prepared.document,
      sha256: hashToBase64(this.ports.hasher.hash(rendered.value)),
    };
    const begun = await this.ports.unitOfWork.inTenant(tenant, ({ emails }) => emails.begin(claimed, file));
    if (!begun) return undefined;
    const outcome = await this.ports.sender.send(mailOf(claimed, prepared, rendered.value), stop);
    return this.end(tenant, claimed, this.endOf(claimed, outcome), file);
  }

  /** One that cannot be rendered is a bug, and told as one; it does not come back for ever, nor hold up the others. */
  private async rendered(tenant: TenantId, claimed: ClaimedEmail, { readable }: Prepared) {
    try {
      return await this.ports.renderer.render(readable, 'pdf', claimed.email.language);
    } catch (error) {
      await this.end(tenant, claimed, this.later(claimed, { cause: 'the document could not be rendered' }));
      throw error;
    }
  }

  /** What is to be rendered, or how the e-mail ends without it. */
  private async prepare(stores: TenantStores, { email }: ClaimedEmail): Promise<Prepared | EmailEnd> {
    const { elements, verifier } = this.ports;
    try {
      const ready = await readyCopy(stores, { elements, verifier, ...this.settings }, email.invoiceId);
      if (!ready.ok) {
        if (ready.error.code === 'INVOICE_NOT_FOUND') throw new Error(`e-mail ${email.id} is about no invoice`);
        return { state: 'withdrawn', reason: ready.error.reason };
      }
      const settings = await stores.emailSettings.of(ready.value.found.stored.invoice.context);
      if (settings === undefined) return { state: 'failed', failure: { cause: 'the context has no e-mail settings' } };
      return { ...ready.value, settings };
    } catch (error) {
      if (!(error instanceof CodeNotGoodError)) throw error;
      return { state: 'failed', failure: { cause: error.message } };
    }
  }

  private endOf(claimed: ClaimedEmail, outcome: MailOutcome): EmailEnd {
    const { clock } = this.ports;
    switch (outcome.kind) {
      case 'taken':
        return { state: 'delivered', at: clock.now() };
      case 'unknown':
        return { state: 'unknown', failure: { cause: outcome.cause } };
      case 'refused':
        return { state: 'failed', failure: failureOf(outcome) };
      case 'later':
        return this.later(claimed, failureOf(outcome));
    }
  }

  private later({ email }: ClaimedEmail, failure: EmailFailure): EmailEnd {
    if (email.attempts >= MOST_ATTEMPTS) return { state: 'failed', failure };
    return { state: 'pending', afterSeconds: retryDelaySeconds(email.attempts, this.settings.random()), failure };
  }

  private end(
    tenant: TenantId,
    claimed: ClaimedEmail,
    end: EmailEnd,
    file?: SentFile,
  ): Promise<EmailEnd['state'] | undefined> {
    return this.ports.unitOfWork.inTenant(tenant, async (stores) => {
      if (!(await stores.emails.end(claimed, end))) return undefined;
      await this.#records.ended(stores, claimed.email, end, file);
      return end.state;
    });
  }
}

const isEnd = (prepared: Prepared | EmailEnd): prepared is EmailEnd => 'state' in prepared;

const failureOf = ({ cause, smtpStatus }: Extract<MailOutcome, { kind: 'later' | 'refused' }>) =>
  smtpStatus === undefined ? { cause } : { cause, smtpStatus };

function mailOf({ email }: ClaimedEmail, { found, document, settings }: Prepared, pdf: Uint8Array): Mail {
  const { invoice } = found.stored;
  const { language, recipient, id } = email;
  const ksefNumber = 'acceptance' in invoice ? invoice.acceptance.ksefNumber : undefined;
  const { subject, text, fileName } = emailContent(document, invoice.facts, language, ksefNumber);
  const { sender, senderName, replyTo } = settings;
  return {
    messageId: `${id}@${sender.slice(sender.lastIndexOf('@') + 1)}`,
    from: { address: sender, ...(senderName === undefined ? {} : { name: senderName }) },
    ...(replyTo === undefined ? {} : { replyTo }),
    to: recipient,
    ...{ subject, text, language },
    attachments: [{ fileName, contentType: 'application/pdf', bytes: pdf }],
  };
}
