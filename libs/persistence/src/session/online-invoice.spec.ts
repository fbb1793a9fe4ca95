import {
  beginPosting,
  giveUp,
  issueOffline,
  readAgain,
  reportMissingUpo,
  returnToQueue,
  sendToReview,
  accept,
  locate,
  type InSessionInvoice,
  type Invoice,
  type OnlineIssue,
  type PreparedCodes,
  type ReceivedInvoice,
} from '@latarnik/domain';
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  ACCEPTANCE,
  anOfflineIssue,
  aReceivedInvoice,
  bytesOf,
  REFUSAL,
  REFERENCE,
  SESSION,
} from '../testing/samples.js';
import { Stage } from '../testing/stage.js';

const stage = Stage.forThisFile();
const { kodII, certificateSerial, evidence, issuedAt, kodI } = anOfflineIssue();
const PREPARED: PreparedCodes = { kodII, certificateSerial };
const ONLINE: OnlineIssue = { mode: 'online', evidence, issuedAt, kodI };

let received: ReceivedInvoice;
beforeEach(async () => {
  const sample = aReceivedInvoice();
  received = { ...sample.invoice, requestedMode: 'online' };
  await stage.inTenant(stage.tenant, ({ invoices }) => invoices.add(received, sample.bytes));
});

async function save<T extends Invoice>(invoice: T, evidenceToo = false): Promise<T> {
  await stage.inTenant(stage.tenant, async ({ invoices }) => {
    await invoices.save(invoice);
    if (evidenceToo) await invoices.addEvidence(invoice.id, bytesOf('<ds:Signature/>'));
  });
  return { ...invoice, version: invoice.version + 1 };
}

const stored = async () => (await stage.inTenant(stage.tenant, ({ invoices }) => invoices.find(received.id)))?.invoice;
const posting = (issue: OnlineIssue): InSessionInvoice => locate(beginPosting(received, issue), SESSION, REFERENCE);

describe('an online invoice in the database', () => {
  it('keeps what was asked for, whatever becomes of it', async () => {
    expect(await stored()).toEqual(received);
    const posted = await save(posting(ONLINE));
    expect(await stored()).toEqual(posted);
    const reviewed = await save(sendToReview(posted, REFUSAL));
    expect(await stored()).toEqual(reviewed);
    const given = await save(giveUp(reviewed, 'Given up by Anna'));
    expect(await stored()).toEqual(given);
    await expect(
      stage.database.sql(`UPDATE invoice SET requested_mode = 'auto' WHERE id = '${received.id}'`),
    ).rejects.toMatchObject({ code: 'LA001', constraint: 'invoice_requested_mode' });
  });

  it('is read again with its number when its UPO is missing', async () => {
    const accepted = await save(accept(await save(posting(ONLINE)), ACCEPTANCE));
    const unproven = await save(reportMissingUpo(accepted, REFUSAL));
    expect(await stored()).toEqual(unproven);
    const again = await save(readAgain(unproven));
    expect(again.state).toBe('accepted');
    expect(await stored()).toEqual(again);
  });

  it('gives its key back by the invoice that its attempt had stored', async () => {
    const inTenant = <T>(work: Parameters<typeof stage.inTenant<T>>[1]) => stage.inTenant(stage.tenant, work);
    await inTenant(({ idempotency }) => idempotency.add({ key: 'k', fingerprint: 'f', invoiceId: received.id }));
    await inTenant(({ idempotency }) => idempotency.removeOf(received.id));
    expect(await inTenant(({ idempotency }) => idempotency.find('k'))).toBeUndefined();
  });
});

describe('codes that were prepared before an invoice was posted', () => {
  it('are stored with their evidence, and are those of the invoice when it is issued offline after all', async () => {
    const posted = await save(posting({ ...ONLINE, prepared: PREPARED }), true);
    expect(await stored()).toEqual(posted);
    const issued = await save(returnToQueue(posted, { ...anOfflineIssue(), ...PREPARED }));
    expect(await stored()).toEqual(issued);
  });

  it('are refused without evidence, after posting, and when they change', async () => {
    await expect(save(posting({ ...ONLINE, prepared: PREPARED }))).rejects.toMatchObject({
      constraint: 'invoice_needs_evidence',
    });
    const plain = await save(posting(ONLINE));
    await expect(save({ ...plain, issue: { ...ONLINE, prepared: PREPARED } }, true)).rejects.toMatchObject({
      constraint: 'invoice_prepared_is_final',
    });
  });

  it('are not replaced by others when the invoice is issued offline', async () => {
    const posted = await save(posting({ ...ONLINE, prepared: PREPARED }), true);
    const other = { ...anOfflineIssue(), kodII: `${kodII}x` as typeof kodII };
    await expect(save(returnToQueue(posted, other))).rejects.toMatchObject({
      constraint: 'invoice_prepared_is_final',
    });
  });

  it('belong to an online invoice only', async () => {
    await save(issueOffline(received, anOfflineIssue()), true);
    await expect(
      stage.database.sql(
        `UPDATE invoice SET prepared_kod_ii = 'x', prepared_certificate_serial = 'y' WHERE id = '${received.id}'`,
      ),
    ).rejects.toMatchObject({ constraint: 'invoice_prepared' });
  });
});
