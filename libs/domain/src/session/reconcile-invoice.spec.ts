import { describe, expect, it } from '@jest/globals';
import type { BatchId } from '../batch/batch.js';
import { invoiceHashFromBytes, type InvoiceHash } from '../invoice/invoice-hash.js';
import { beginPosting, enterSession, locate, planInto } from '../invoice/invoice-transitions.js';
import { Temporal } from '../shared/instant.js';
import { AN_OFFLINE_ISSUE, aReceivedInvoice, anIssuedInvoice } from '../testing/builders.js';
import type { KodI } from '../verification-code/kod-i.js';
import { reconcileInvoice } from './reconcile-invoice.js';
import type { SessionInvoice } from './session-reader.port.js';
import type { InvoiceReference, SessionReference } from './session-reference.js';

const NUMBER = '5265877635-20250826-0100001AF629-AF';
const session = 'session-1' as SessionReference;
const sent = Temporal.Instant.from('2026-11-23T12:00:00Z');
const inBatch = enterSession(planInto(anIssuedInvoice(), 'batch-1' as BatchId), session);
const online = locate(
  beginPosting(aReceivedInvoice(), {
    mode: 'online',
    evidence: { kind: 'own-choice', reason: 'KSeF answers.' },
    issuedAt: sent,
    kodI: 'https://…' as KodI,
  }),
  session,
);

const row = (code: number, more: Partial<SessionInvoice> = {}): SessionInvoice => ({
  reference: 'row-1' as InvoiceReference,
  hash: inBatch.hash,
  code,
  description: `status ${String(code)}`,
  details: ['a detail'],
  invoicingDate: sent,
  ...more,
});
const nothingToRead = (): Promise<InvoiceHash | undefined> => {
  throw new Error('no original is looked up here');
};
const original = (hash: InvoiceHash | undefined) => {
  const asked: string[] = [];
  const read = (number: string) => {
    asked.push(number);
    return Promise.resolve(hash);
  };
  return { asked, read };
};
const reconcile = (...[invoice, said, of, hashOfOriginal]: ReconcileArguments) =>
  reconcileInvoice(invoice, said, of, hashOfOriginal, sent);
type ReconcileArguments = Parameters<typeof reconcileInvoice> extends [...infer Four, unknown] ? Four : never;
const otherHash = invoiceHashFromBytes(new Uint8Array(32));

describe("KSeF's word on an invoice of a batch", () => {
  it.each([100, 150, 199])('leaves it as it is while it is not final (%i)', async (code) => {
    expect(await reconcile(inBatch, row(code), session, nothingToRead)).toBeUndefined();
  });

  it('accepts it with its number, session, reference and dates', async () => {
    const acquisitionDate = sent.add({ seconds: 30 });
    expect(await reconcile(inBatch, row(200, { ksefNumber: NUMBER, acquisitionDate }), session, nothingToRead)).toEqual(
      {
        ...inBatch,
        state: 'accepted',
        acceptance: { ksefNumber: NUMBER, session, invoice: 'row-1', invoicingDate: sent, acquisitionDate },
      },
    );
  });

  it.each([
    ['a wrong checksum', '5265877635-20250826-0100001AF629-AE'],
    ['another shape', 'KSEF/1'],
    ['none', undefined],
  ])('is not believed when it accepts with a number of %s', async (_what, ksefNumber) => {
    const next = await reconcile(
      inBatch,
      row(200, ksefNumber === undefined ? {} : { ksefNumber }),
      session,
      nothingToRead,
    );
    expect(next).toMatchObject({ state: 'needs-review', refusal: { code: 200 } });
    expect(next).not.toHaveProperty('acceptance');
  });

  it.each([405, 435, 500, 550])('puts it back in the queue with the same bytes and codes (%i)', async (code) => {
    expect(await reconcile(inBatch, row(code), session, nothingToRead)).toEqual({
      ...anIssuedInvoice(),
      deliveryAttempts: 1,
      notBefore: sent.add({ minutes: 1 }),
    });
  });

  it('waits twice as long after each refusal, and after the sixth a person looks', async () => {
    const after = (deliveryAttempts: number) =>
      reconcile({ ...inBatch, deliveryAttempts }, row(550), session, nothingToRead);
    expect(await after(3)).toMatchObject({ deliveryAttempts: 4, notBefore: sent.add({ minutes: 8 }) });
    expect(await after(5)).toMatchObject({ state: 'needs-review', refusal: { code: 550 } });
  });

  it.each([
    [410, 'blocked'],
    [415, 'blocked'],
    [430, 'rejected'],
    [450, 'rejected'],
    [499, 'needs-review'],
  ])('keeps what was said with status %i: %s', async (code, state) => {
    expect(await reconcile(inBatch, row(code), session, nothingToRead)).toMatchObject({
      state,
      hash: inBatch.hash,
      refusal: { code, description: `status ${String(code)}`, details: ['a detail'] },
    });
  });

  it('is refused as that of another invoice when the hash differs', async () => {
    await expect(
      reconcile(inBatch, row(200, { hash: otherHash, ksefNumber: NUMBER }), session, nothingToRead),
    ).rejects.toThrow('another hash');
  });
});

describe('a duplicate (440)', () => {
  const duplicate = row(440, { originalKsefNumber: NUMBER, originalSession: 'session-0' as SessionReference });

  it('of our own bytes is the invoice, delivered before', async () => {
    const { asked, read } = original(inBatch.hash);
    expect(await reconcile(inBatch, duplicate, session, read)).toMatchObject({
      state: 'accepted',
      acceptance: { ksefNumber: NUMBER, session: 'session-0' },
    });
    expect(asked).toEqual([NUMBER]);
  });

  it('of our own bytes counts for this session when KSeF names no other', async () => {
    const { read } = original(inBatch.hash);
    const next = await reconcile(inBatch, row(440, { originalKsefNumber: NUMBER }), session, read);
    expect(next).toMatchObject({ state: 'accepted', acceptance: { session: 'session-1' } });
  });

  it('of our own bytes under an invalid number is not believed', async () => {
    const { read } = original(inBatch.hash);
    const next = await reconcile(inBatch, row(440, { originalKsefNumber: 'KSEF/1' }), session, read);
    expect(next).toMatchObject({ state: 'needs-review' });
  });

  it('of other bytes is a conflict for a person', async () => {
    const next = await reconcile(inBatch, duplicate, session, original(otherHash).read);
    expect(next).toMatchObject({ state: 'conflict', refusal: { code: 440 } });
    expect(next).toHaveProperty('refusal.advice', expect.stringContaining(NUMBER));
  });

  it('whose original cannot be read goes to a person', async () => {
    expect(await reconcile(inBatch, duplicate, session, original(undefined).read)).toMatchObject({
      state: 'needs-review',
      refusal: { code: 440 },
    });
  });

  it('without the number of the original goes to a person, and nothing is looked up', async () => {
    expect(await reconcile(inBatch, row(440), session, nothingToRead)).toMatchObject({ state: 'needs-review' });
  });
});

describe("KSeF's word on an invoice posted online", () => {
  it.each([405, 435, 500, 550])('goes to a person where a batch would send it again (%i)', async (code) => {
    expect(await reconcile(online, row(code), session, nothingToRead)).toMatchObject({
      state: 'needs-review',
      refusal: { code },
    });
  });

  it('accepts it in the same way', async () => {
    expect(await reconcile(online, row(200, { ksefNumber: NUMBER }), session, nothingToRead)).toMatchObject({
      state: 'accepted',
      issue: { mode: 'online' },
    });
  });

  it('does not put an offline invoice sent interactively into another state than one of a batch', async () => {
    const fallback = { ...online, issue: AN_OFFLINE_ISSUE };
    expect(await reconcile(fallback, row(405), session, nothingToRead)).toMatchObject({ state: 'issued' });
  });
});
