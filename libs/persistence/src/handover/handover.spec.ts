import {
  EMAIL_TRANSITIONS,
  Temporal,
  type ClaimedEmail,
  type Email,
  type EmailAddress,
  type EmailId,
  type EmailSettings,
  type EventSequence,
  type Handover,
  type HandoverId,
  type InvoiceId,
  type PendingEmail,
  type SentFile,
} from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import { CONTEXT, nextId, NOON } from '../testing/samples.js';
import { Stage } from '../testing/stage.js';

const stage = Stage.forThisFile();
const SHA256 = 'n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=';
const FILE: SentFile = { document: 'invoice-with-two-codes', sha256: SHA256 };
const OWNER = { owner: 'worker-1', leaseSeconds: 60 };
const LATER = { state: 'pending', failure: { cause: 'RCPT TO: SMTP 450', smtpStatus: 450 } } as const;

const aHandover = (invoiceId: InvoiceId, more: Partial<Handover> = {}): Handover => ({
  ...{ id: nextId() as HandoverId, invoiceId, document: 'invoice-with-two-codes', channel: 'paper' },
  ...{ recipient: 'Jan Nowak', handedOverAt: NOON, recordedAt: NOON, recordedBy: 'api-key:k' },
  ...more,
});

async function anEmail(more: Partial<PendingEmail> = {}): Promise<PendingEmail> {
  const { invoice } = await stage.issued();
  const email: PendingEmail = {
    ...{ state: 'pending', id: nextId() as EmailId, invoiceId: invoice.id, cause: 'demand', language: 'pl' },
    ...{ recipient: 'zakupy@nabywca.pl' as EmailAddress, requestedAt: NOON, requestedBy: 'api-key:k' },
    ...{ attempts: 0, version: 0, nextAttemptAt: NOON },
    ...more,
  };
  expect(await inTenant(({ emails }) => emails.add(email))).toBe(true);
  return email;
}

const inTenant: <T>(work: Parameters<typeof stage.inTenant<T>>[1]) => Promise<T> = (work) =>
  stage.inTenant(stage.tenant, work);
const claim = (by = OWNER) => inTenant(({ emails }) => emails.claim(by, 10));
const claimOne = async (by = OWNER): Promise<ClaimedEmail> => {
  const [claimed] = await claim(by);
  if (claimed === undefined) throw new Error('nothing is due');
  return claimed;
};
const begin = (claimed: ClaimedEmail) => inTenant(({ emails }) => emails.begin(claimed, FILE));
const find = (id: EmailId): Promise<Email | undefined> => inTenant(({ emails }) => emails.find(id));
const withEmails = () => stage.database.unitOfWork.inSystem(({ tenants }) => tenants.withEmails());

describe('hand-overs', () => {
  it('are read as they were written, the earliest first, and a key records one only', async () => {
    const { invoice } = await stage.issued();
    const second = aHandover(invoice.id, { sha256: SHA256, note: 'w kasie', channel: 'portal' });
    const first = aHandover(invoice.id, { handedOverAt: Temporal.Instant.from('2026-11-20T10:59:59.999999Z') });
    const key = { key: 'key-1', fingerprint: 'print' };
    expect(await inTenant(({ handovers }) => handovers.add(second, key))).toBe(true);
    expect(await inTenant(({ handovers }) => handovers.add(first))).toBe(true);
    expect(await inTenant(({ handovers }) => handovers.add(aHandover(invoice.id), key))).toBe(false);

    expect(await inTenant(({ handovers }) => handovers.of(invoice.id))).toEqual([first, second]);
    expect(await inTenant(({ handovers }) => handovers.findByKey('key-1'))).toEqual({
      ...{ handover: second, fingerprint: 'print' },
    });
    expect(await inTenant(({ handovers }) => handovers.findByKey('key-2'))).toBeUndefined();
  });

  it('tell of many invoices who the buyer is, and whether something was handed over', async () => {
    const [{ invoice: one }, { invoice: two }] = [await stage.issued(), await stage.issued()];
    await inTenant(({ handovers }) => handovers.add(aHandover(two.id)));
    const buyers = await inTenant(({ handovers }) => handovers.buyersOf([one.id, two.id, nextId() as InvoiceId]));
    expect(buyers).toEqual([
      { id: one.id, state: 'issued', buyer: one.facts.buyer, handedOver: false },
      { id: two.id, state: 'issued', buyer: two.facts.buyer, handedOver: true },
    ]);
  });

  it('cannot be changed or taken back, and belong to one tenant', async () => {
    const { invoice } = await stage.issued();
    await inTenant(({ handovers }) => handovers.add(aHandover(invoice.id)));
    const change = stage.database.sql("UPDATE handover SET recipient = 'somebody else'");
    await expect(change).rejects.toMatchObject({ code: 'LA001' });
    await expect(stage.database.sql('DELETE FROM handover')).rejects.toMatchObject({ code: 'LA001' });
    await stage.freshTenant();
    expect(await inTenant(({ handovers }) => handovers.of(invoice.id))).toEqual([]);
    await expect(inTenant(({ handovers }) => handovers.add(aHandover(invoice.id)))).rejects.toThrow();
  });
});

describe('e-mails', () => {
  it('go from pending to delivered, and each state has its own data', async () => {
    const email = await anEmail();
    expect(await find(email.id)).toEqual(email);
    expect(await withEmails()).toContain(stage.tenant);
    const claimed = await claimOne();
    expect(claimed.email).toMatchObject({ state: 'preparing', attempts: 1 });
    expect(await claim()).toEqual([]);
    expect(await begin(claimed)).toBe(true);
    expect(await find(email.id)).toMatchObject({ state: 'sending', file: FILE });
    expect(await inTenant(({ emails }) => emails.end(claimed, { state: 'delivered', at: NOON }))).toBe(true);
    const { state: _pending, nextAttemptAt: _next, ...same } = email;
    expect(await find(email.id)).toEqual({
      ...{ ...same, state: 'delivered', attempts: 1, version: 3, file: FILE, deliveredAt: NOON },
    });
    expect(await withEmails()).not.toContain(stage.tenant);
  });

  it('that failed for now are due again after their pause', async () => {
    const email = await anEmail();
    const claimed = await claimOne();
    await begin(claimed);
    await inTenant(({ emails }) => emails.end(claimed, { ...LATER, afterSeconds: 3600 }));
    expect(await find(email.id)).toMatchObject({ state: 'pending', lastFailure: LATER.failure });
    expect(await claim()).toEqual([]);
    const soon = await anEmail();
    const again = await claimOne();
    expect(again.email.id).toBe(soon.id);
    await inTenant(({ emails }) => emails.end(again, { ...LATER, afterSeconds: 0 }));
    expect((await claimOne()).email).toMatchObject({ id: soon.id, attempts: 2 });
  });

  it('whose worker was lost: what was prepared is taken up again, what was being sent is unknown', async () => {
    const over = { owner: 'worker-1', leaseSeconds: -1 };
    const prepared = await anEmail();
    const first = await claimOne(over);
    expect((await claimOne()).email).toMatchObject({ id: prepared.id, attempts: 2 });
    // The word of the first worker counts no more.
    expect(await begin(first)).toBe(false);

    const sent = await anEmail();
    const lost = await claimOne(over);
    await begin(lost);
    expect(await claim()).toEqual([]);
    const surrendered = await inTenant(({ emails }) => emails.surrender({ cause: 'lost' }));
    expect(surrendered.map(({ id }) => id)).toEqual([sent.id]);
    expect(await find(sent.id)).toMatchObject({ state: 'unknown', file: FILE, failure: { cause: 'lost' } });
    expect(await inTenant(({ emails }) => emails.end(lost, { state: 'delivered', at: NOON }))).toBe(false);
  });

  it('are settled by a person at the version that was seen', async () => {
    const email = await anEmail();
    const claimed = await claimOne();
    await begin(claimed);
    await inTenant(({ emails }) => emails.end(claimed, { state: 'unknown', failure: { cause: 'no answer came' } }));
    const unknown = await find(email.id);
    if (unknown === undefined) throw new Error('gone');
    await inTenant(({ emails }) => emails.settle(unknown, { state: 'pending' }));
    expect(await find(email.id)).toMatchObject({ state: 'pending', lastFailure: { cause: 'no answer came' } });
    await expect(inTenant(({ emails }) => emails.settle(unknown, { state: 'delivered', at: NOON }))).rejects.toThrow(
      /no longer at the version/,
    );
  });

  it('go by themselves to an address one at a time', async () => {
    const first = await anEmail({ cause: 'automatic' });
    const again = { ...first, id: nextId() as EmailId };
    expect(await inTenant(({ emails }) => emails.add(again))).toBe(false);
    const claimed = await claimOne();
    await inTenant(({ emails }) => emails.end(claimed, { state: 'withdrawn', reason: 'UNDER_REVIEW' }));
    expect(await inTenant(({ emails }) => emails.add(again))).toBe(true);
  });

  it('are decided on up to a place that only rises', async () => {
    expect(await inTenant(({ emails }) => emails.lockDecided())).toBeUndefined();
    for (const place of [5n, 3n]) await inTenant(({ emails }) => emails.decided(place as EventSequence));
    expect(await inTenant(({ emails }) => emails.lockDecided())).toBe(5n);
  });

  it('are wanted from tenants that send by themselves and have new events', async () => {
    await inTenant(({ emails }) => emails.decided(0n as EventSequence));
    await inTenant(({ outbox }) => outbox.append([{ at: NOON, type: 'document.due', subject: 'x', facts: {} }]));
    expect(await withEmails()).not.toContain(stage.tenant);
    const settings: EmailSettings = {
      context: CONTEXT,
      sender: 'faktury@sprzedawca.pl' as EmailAddress,
      senderName: 'Firma',
      language: 'en',
      confirmations: true,
      sending: 'automatic',
      changedAt: NOON,
      changedBy: 'api-key:k',
    };
    await inTenant(({ emailSettings }) => emailSettings.put({ ...settings, sending: 'on-demand' }));
    await inTenant(({ emailSettings }) => emailSettings.put(settings));
    expect(await inTenant(({ emailSettings }) => emailSettings.of(CONTEXT))).toEqual(settings);
    expect(await inTenant(({ emailSettings }) => emailSettings.all())).toEqual([settings]);
    expect(await withEmails()).toContain(stage.tenant);
    await inTenant(({ eventFeed }) => eventFeed.sequence(10));
    await inTenant(({ emails }) => emails.decided(1n as EventSequence));
    expect(await withEmails()).not.toContain(stage.tenant);
  });

  const NONE =
    'next_attempt_at = NULL, lease_owner = NULL, lease_until = NULL, delivered_at = NULL, withdrawn_reason = NULL';
  const sha = `document = 'invoice-with-number', sha256 = decode('${SHA256}', 'base64'), failure_cause = 'x'`;
  const shape = (state: string): string => {
    const own: Readonly<Record<string, readonly [column: string, value: string]>> = {
      pending: ['next_attempt_at', 'now()'],
      delivered: ['delivered_at', 'now()'],
      withdrawn: ['withdrawn_reason', "'x'"],
    };
    const lease = "lease_owner = 'w', lease_until = now(), fence = fence + 1";
    const held = state === 'preparing' || state === 'sending' ? lease : undefined;
    const [column, value] = own[state] ?? ['', ''];
    const rest = NONE.split(', ').filter((part) => !part.startsWith(column === '' ? '-' : column));
    const free = held === undefined ? rest : rest.filter((part) => !part.startsWith('lease'));
    return [...free, ...(column === '' ? [] : [`${column} = ${value}`]), ...(held === undefined ? [] : [held])].join(
      ', ',
    );
  };

  it('move as the table of the domain says, and the database knows no other way', async () => {
    const { id } = await anEmail();
    const put = (state: string) => `UPDATE email SET state = '${state}', ${sha}, ${shape(state)} WHERE id = '${id}'`;
    const allowed: string[] = [];
    for (const from of Object.keys(EMAIL_TRANSITIONS)) {
      for (const to of Object.keys(EMAIL_TRANSITIONS)) {
        await stage.database.force(put(from));
        const moved = await stage.database.sql(put(to)).then(
          () => true,
          (error: unknown) => {
            expect(error).toMatchObject({ constraint: 'email_transition' });
            return false;
          },
        );
        if (moved) allowed.push(`${from} ${to}`);
      }
    }
    const table = Object.entries(EMAIL_TRANSITIONS).flatMap(([from, tos]) => tos.map((to) => `${from} ${to}`));
    expect(allowed.sort()).toEqual(table.sort());
  });

  it('keep what was wanted, and are never deleted', async () => {
    const { id } = await anEmail();
    const change = `UPDATE email SET recipient = 'x@y.pl', ${sha}, state = 'preparing', ${shape('preparing')} WHERE id = '${id}'`;
    await expect(stage.database.sql(change)).rejects.toMatchObject({ constraint: 'email_identity' });
    await expect(stage.database.sql('DELETE FROM email')).rejects.toMatchObject({ code: 'LA001' });
  });
});
