import { describe, expect, it } from '@jest/globals';
import type { BatchId } from '../batch/batch.js';
import type { EventSequence } from '../event/public-event.js';
import type { InvoiceFacts, InvoiceNumber } from '../invoice/invoice-facts.js';
import type { AcceptedInvoice, InvoiceId } from '../invoice/invoice.js';
import { stateEvents } from '../invoice/state-events.js';
import type { SessionReference } from '../session/session-reference.js';
import { err, ok } from '../shared/result.js';
import {
  AN_OFFLINE_ISSUE,
  anAcceptance,
  anIssuedInvoice,
  anOfflineCertificate,
  SELLER_CONTEXT,
  SELLER_NIP,
  someFacts,
  TENANT,
} from '../testing/builders.js';
import { DeliveryWorld } from '../testing/delivery-world.js';
import { nodeHasher, sha256Base64 } from '../testing/sha256.js';
import { kodI } from '../verification-code/kod-i.js';
import type { DocumentElement } from '../visualization/document-element.js';
import type { ReadableDocument } from '../visualization/document-renderer.port.js';
import type { EmailAddress } from './email-address.js';
import type { EmailSettings } from './email-settings.port.js';
import type { Email, PendingEmail } from './email.js';
import type { Mail, MailOutcome } from './mail-sender.port.js';
import { PlanEmails } from './plan-emails.js';
import { RequestEmail } from './request-email.js';
import { SendEmails } from './send-emails.js';
import { SettleEmail } from './settle-email.js';

const BUYER = 'zakupy@nabywca.pl' as EmailAddress;
const FOREIGN: Partial<InvoiceFacts> = { buyer: { kind: 'none' } };

/** A buyer whose address stands in the file, and a mail system that does as it is told. */
class MailWorld extends DeliveryWorld {
  mails: Mail[] = [];
  answers: MailOutcome[] = [];
  rendered: ReadableDocument[] = [];
  busy = false;
  unrenderable = false;
  duringSend: () => Promise<void> = () => Promise.resolve();
  readonly #ports = {
    ...{ unitOfWork: this.database, clock: this.clock, ids: this.ids, hasher: nodeHasher },
    elements: { read: () => FILE },
    verifier: { verifies: () => true },
    renderer: {
      render: (document: ReadableDocument) => {
        if (this.busy) return Promise.resolve(err({ code: 'RENDERER_BUSY', retryAfterSeconds: 7 } as const));
        if (this.unrenderable) return Promise.reject(new Error('a bug'));
        this.rendered.push(document);
        return Promise.resolve(ok(new TextEncoder().encode(`PDF ${document.kind}`)));
      },
    },
    sender: {
      send: async (mail: Mail): Promise<MailOutcome> => {
        this.mails.push(mail);
        await this.duringSend();
        return this.answers.shift() ?? { kind: 'taken' };
      },
    },
  };

  async issued(number: string, facts: Partial<InvoiceFacts> = FOREIGN): Promise<InvoiceId> {
    const invoice = anIssuedInvoice(number, { facts: someFacts({ number: number as InvoiceNumber, ...facts }) });
    const { hash } = invoice;
    const link = kodI({ environment: 'test', sellerNip: SELLER_NIP, issueDate: invoice.facts.issueDate, hash });
    await this.add({ ...invoice, issue: { ...AN_OFFLINE_ISSUE, kodI: link } });
    return invoice.id;
  }

  async numbered(number: string, tell = true): Promise<void> {
    const before = this.invoice(number);
    if (before.state !== 'issued') throw new Error('not waiting');
    const { notBefore: _none, ...invoice } = before;
    const delivery = { channel: 'batch', batchId: 'batch-1' as BatchId } as const;
    const session = 'session-1' as SessionReference;
    const accepted: AcceptedInvoice = {
      ...{ ...invoice, state: 'accepted', delivery: { ...delivery, session }, acceptance: anAcceptance() },
    };
    const { version } = invoice;
    await this.database.inTenant(TENANT, async ({ invoices, outbox }) => {
      // Only the last of these steps is told.
      await invoices.save({ ...invoice, state: 'planned', delivery });
      await invoices.save({
        ...invoice,
        version: version + 1,
        state: 'in-session',
        delivery: { ...delivery, session },
      });
      await invoices.save({ ...accepted, version: version + 2 });
      if (tell) await outbox.append(stateEvents([accepted], this.clock.now()));
    });
  }

  async settings(more: Partial<EmailSettings> = {}): Promise<void> {
    await this.database.emailSettings.put({
      ...{ context: SELLER_CONTEXT, sender: 'faktury@sprzedawca.pl' as EmailAddress, language: 'pl' },
      ...{ sending: 'automatic', confirmations: false, changedAt: this.clock.now(), changedBy: 'api-key:1' },
      ...more,
    });
    await this.database.emails.decided(0n as EventSequence);
  }

  request(invoiceId: InvoiceId, recipient?: EmailAddress, key = 'key-1') {
    return new RequestEmail(this.#ports).execute({
      ...{ tenant: TENANT, actor: 'api-key:1', invoiceId, claim: { key, fingerprint: `${key} ${recipient ?? ''}` } },
      ...(recipient === undefined ? {} : { recipient }),
    });
  }

  send(owner = 'worker-1') {
    return new SendEmails(this.#ports, { processName: owner, environment: 'test', random: () => 0 }).execute(TENANT);
  }

  plan() {
    return new PlanEmails(this.#ports).execute(TENANT);
  }

  settle(email: Email, decision: 'arrived' | 'send-again' | 'give-up') {
    const person = { person: 'Ewa', reason: 'asked the buyer', actor: 'api-key:1' };
    const which = { tenant: TENANT, invoiceId: email.invoiceId, emailId: email.id };
    return new SettleEmail(this.database, this.clock, this.ids).execute({ ...person, ...which, decision });
  }

  async tell(id: InvoiceId, type = 'invoice.issued'): Promise<void> {
    await this.database.outbox.append([{ at: this.clock.now(), type, subject: id, facts: {} }]);
  }

  get emails(): readonly Email[] {
    return this.database.emails.rows.map(({ email }) => email);
  }

  get handedOver(): readonly string[] {
    return this.database.handovers.rows.map(({ handover }) => `${handover.document} by ${handover.channel}`);
  }

  get told(): readonly string[] {
    return this.database.outbox.events.map(({ type }) => type).filter((type) => type.startsWith('email.'));
  }
}

const element = (name: string, children: readonly DocumentElement[] = [], text = ''): DocumentElement => ({
  ...{ name, children, text, attributes: [] },
});
const FILE = element('Faktura', [
  element('Podmiot2', [
    element('DaneKontaktowe', [element('Email', [], 'not an address')]),
    element('DaneKontaktowe', [element('Email', [], BUYER)]),
  ]),
]);

describe('an e-mail to a buyer', () => {
  it('takes the right document along, and is a hand-over when the mail system has taken it', async () => {
    const world = new MailWorld();
    const id = await world.issued('FV/1');
    await world.settings({ sending: 'on-demand' });

    expect(await world.request(id)).toMatchObject({
      ok: true,
      value: { email: { state: 'pending', recipient: BUYER } },
    });
    await world.database.certificates.add(anOfflineCertificate());
    const tally = await world.send();

    // KOD II of this world's builders is no link: the e-mail does not leave with it.
    expect(tally).toMatchObject({ failed: 1 });
    expect(world.mails).toEqual([]);
    expect(world.emails[0]).toMatchObject({ state: 'failed', failure: { cause: expect.stringContaining('KOD II') } });

    await world.numbered('FV/1');
    await world.settle(world.emails[0]!, 'send-again');
    expect(await world.send()).toMatchObject({ delivered: 1 });
    expect(world.mails[0]).toMatchObject({
      ...{ to: BUYER, from: { address: 'faktury@sprzedawca.pl' }, language: 'pl' },
      subject: 'Faktura FV/1 - Sprzedawca sp. z o.o.',
      attachments: [{ fileName: 'faktura-FV-1.pdf', contentType: 'application/pdf' }],
    });
    expect(world.rendered[0]).toMatchObject({
      standing: 'numbered',
      codes: [{ kind: 'KOD I', label: anAcceptance().ksefNumber }],
    });
    expect(world.database.handovers.rows[0]?.handover).toMatchObject({
      ...{ invoiceId: id, document: 'invoice-with-number', channel: 'email', recipient: BUYER },
      sha256: sha256Base64(new TextEncoder().encode('PDF invoice')),
    });
    expect(world.told).toEqual(['email.failed', 'email.delivered']);
    expect(JSON.stringify([world.database.outbox.events, world.database.audit.entries])).not.toContain(BUYER);
  });

  it('is refused with the reason where nothing may go, nobody is named, or one is under way', async () => {
    const world = new MailWorld();
    const id = await world.issued('FV/1');
    expect(await world.request(id)).toEqual(err({ code: 'NO_EMAIL_SETTINGS' }));
    await world.settings();
    expect(await world.request('nobody' as InvoiceId)).toEqual(err({ code: 'INVOICE_NOT_FOUND' }));
    const first = await world.request(id);
    expect(await world.request(id)).toMatchObject({ ok: true, value: { replayed: true } });
    expect(await world.request(id, 'other@nabywca.pl' as EmailAddress)).toMatchObject({
      error: { code: 'EMAIL_KEY_REUSED' },
    });
    const emailId = first.ok ? first.value.email.id : '';
    expect(await world.request(id, BUYER, 'key-2')).toEqual(
      err({ code: 'EMAIL_UNDER_WAY', emailId, state: 'pending' }),
    );
  });

  it.each<[MailOutcome, Email['state'], readonly string[]]>([
    [{ kind: 'later', cause: 'RCPT TO: SMTP 450', smtpStatus: 450 }, 'pending', []],
    [{ kind: 'refused', cause: 'RCPT TO: SMTP 550', smtpStatus: 550 }, 'failed', ['email.failed']],
    [{ kind: 'unknown', cause: 'no answer came' }, 'unknown', ['email.unknown']],
  ])('after %o is %s, and nothing was handed over', async (outcome, state, told) => {
    const world = await aWanted();
    world.answers = [outcome];
    await world.send();
    expect(world.emails[0]).toMatchObject({ state, attempts: 1 });
    expect(world.handedOver).toEqual([]);
    expect(world.told).toEqual(told);
  });

  it('that was not taken is tried again, later and later, with the same message id', async () => {
    const world = await aWanted();
    world.answers = [
      { kind: 'later', cause: 'CONN' },
      { kind: 'later', cause: 'CONN' },
    ];
    await world.send();
    expect(await world.send()).toMatchObject({ later: 0, delivered: 0 });
    world.clock.advance(5);
    expect(await world.send()).toMatchObject({ later: 1 });
    world.clock.advance(9);
    expect(await world.send()).toMatchObject({ later: 0, delivered: 0 });
    world.clock.advance(1);
    expect(await world.send()).toMatchObject({ delivered: 1 });
    expect(new Set(world.mails.map(({ messageId }) => messageId)).size).toBe(1);
  });

  it('waits while the renderer is busy', async () => {
    const world = await aWanted();
    world.busy = true;
    expect(await world.send()).toMatchObject({ later: 1 });
    expect(world.mails).toEqual([]);
    world.busy = false;
    world.clock.advance(7);
    expect(await world.send()).toMatchObject({ delivered: 1 });
  });

  it('that cannot be rendered is told as the bug it is, comes back later, and in the end fails', async () => {
    const world = await aWanted();
    world.unrenderable = true;
    await expect(world.send()).rejects.toThrow('a bug');
    const failure = { cause: 'the document could not be rendered' };
    expect(world.emails[0]).toMatchObject({ state: 'pending', attempts: 1, lastFailure: failure });

    for (let attempt = 2; attempt <= 30; attempt += 1) {
      world.clock.advance(100_000);
      await expect(world.send()).rejects.toThrow('a bug');
    }
    expect(world.emails[0]).toMatchObject({ state: 'failed', attempts: 30, failure });
    expect(world.told).toEqual(['email.failed']);
    world.clock.advance(100_000);
    expect(await world.send()).toMatchObject({ failed: 0, delivered: 0 });
  });

  it('of unknown end is never sent again by itself; a person decides, and "arrived" is a hand-over', async () => {
    const world = await aWanted();
    world.answers = [{ kind: 'unknown', cause: 'no answer came' }];
    await world.send();
    world.clock.advance(1_000_000);
    await world.send();
    expect(world.mails).toHaveLength(1);

    expect(await world.settle(world.emails[0]!, 'arrived')).toMatchObject({ ok: true, value: { state: 'delivered' } });
    expect(world.handedOver).toEqual(['invoice-with-number by email']);
    expect(await world.settle(world.emails[0]!, 'send-again')).toMatchObject({
      error: { code: 'EMAIL_NOT_TO_SETTLE' },
    });
  });

  it('whose worker dies while it sends becomes unknown, and the late word of that worker changes nothing', async () => {
    const world = await aWanted();
    world.duringSend = async () => {
      // Another worker looks after the lease has run out.
      world.clock.advance(181);
      world.duringSend = () => Promise.resolve();
      expect(await world.send('worker-2')).toMatchObject({ unknown: 1, delivered: 0 });
    };
    expect(await world.send('worker-1')).toMatchObject({ delivered: 0 });
    expect(world.emails[0]).toMatchObject({ state: 'unknown', failure: { cause: 'the worker that sent it was lost' } });
    expect(world.mails).toHaveLength(1);
    expect(world.handedOver).toEqual([]);
  });

  it('is withdrawn when there is nothing to hand over any more before it leaves', async () => {
    const world = await aWanted();
    const [row] = world.database.emails.rows;
    world.database.emails.rows = [{ ...row!, email: { ...row!.email, invoiceId: await unissued(world) } }];
    expect(await world.send()).toMatchObject({ withdrawn: 1 });
    expect(world.emails[0]).toMatchObject({ state: 'withdrawn', reason: 'NOT_ISSUED_YET' });
    expect(world.told).toEqual([]);
  });
});

describe('what goes by itself', () => {
  it('is what a buyer of art. 106gb(4) is owed: at issue, and again with the number, each once', async () => {
    const world = new MailWorld();
    const id = await world.issued('FV/1');
    await world.settings();
    await world.tell(id);
    expect(await world.plan()).toBe(1);
    expect(await world.plan()).toBe(0);
    await world.numbered('FV/1');
    // The one that has not left takes the number along.
    expect(await world.plan()).toBe(0);
    expect(await world.send()).toMatchObject({ delivered: 1 });
    expect(world.handedOver).toEqual(['invoice-with-number by email']);
    await world.tell(id, 'document.due');
    expect(await world.plan()).toBe(0);
  });

  it('is nothing for a domestic buyer, but the copy with the number after one without', async () => {
    const world = new MailWorld();
    const id = await world.issued('FV/1', {});
    const other = await world.issued('FV/2', {});
    await world.settings();
    await world.tell(id);
    expect(await world.plan()).toBe(0);
    await world.database.handovers.add({
      ...{ id: 'handover-1', invoiceId: id, document: 'transaction-confirmation', channel: 'paper', recipient: 'Jan' },
      ...{ handedOverAt: world.clock.now(), recordedAt: world.clock.now(), recordedBy: 'api-key:1' },
    } as never);
    await world.numbered('FV/1');
    await world.numbered('FV/2');
    expect(await world.plan()).toBe(1);
    expect(world.emails.map(({ invoiceId }) => invoiceId)).toEqual([id]);
    expect(other).not.toBe(id);
  });

  it('is the copy with the number also when the number came while the one without was on its way', async () => {
    const world = new MailWorld();
    const id = await world.issued('FV/1');
    await world.settings();
    await world.tell(id);
    await world.plan();
    const [row] = world.database.emails.rows;
    const file = { document: 'invoice-with-two-codes', sha256: 'digest' } as const;
    const { nextAttemptAt: _due, ...wanted } = row!.email as PendingEmail;
    const unknown: Email = { ...wanted, state: 'unknown', file, failure: { cause: 'no answer came' } };
    world.database.emails.rows = [{ ...row!, email: unknown, file }];
    await world.numbered('FV/1');
    expect(await world.plan()).toBe(0);

    await world.settle(unknown, 'arrived');
    expect(await world.plan()).toBe(1);
    expect(await world.send()).toMatchObject({ delivered: 1 });
    expect(world.handedOver).toEqual(['invoice-with-two-codes by email', 'invoice-with-number by email']);
    expect(await world.plan()).toBe(0);
  });

  it('is nothing where the context sends on demand, or has no settings', async () => {
    const world = new MailWorld();
    const id = await world.issued('FV/1');
    await world.database.emails.decided(0n as EventSequence);
    await world.tell(id);
    expect(await world.plan()).toBe(0);
    await world.settings({ sending: 'on-demand' });
    await world.tell(id);
    expect(await world.plan()).toBe(0);
  });

  it('is a transaction confirmation only where the house wants it', async () => {
    const world = new MailWorld();
    const id = await world.issued('FV/1', {});
    await world.settings({ confirmations: true });
    await world.tell(id);
    expect(await world.plan()).toBe(1);
  });
});

/** One e-mail with a numbered invoice waits to be sent. */
async function aWanted(): Promise<MailWorld> {
  const world = new MailWorld();
  const id = await world.issued('FV/1');
  await world.settings({ sending: 'on-demand' });
  await world.numbered('FV/1');
  await world.request(id);
  return world;
}

async function unissued(world: MailWorld): Promise<InvoiceId> {
  const { issue: _issue, ...invoice } = anIssuedInvoice('FV/9');
  await world.database.inTenant(TENANT, ({ invoices }) =>
    invoices.add({ ...invoice, state: 'received' }, new TextEncoder().encode('FV/9|5265877635|2026-11-23|')),
  );
  return invoice.id;
}
