import { describe, expect, it } from '@jest/globals';
import type { BatchId } from '../batch/batch.js';
import { invoiceHashFromBytes } from '../invoice/invoice-hash.js';
import { beginPosting, enterSession, locate, planInto } from '../invoice/invoice-transitions.js';
import { Temporal } from '../shared/instant.js';
import { AN_OFFLINE_ISSUE, aReceivedInvoice, anIssuedInvoice } from '../testing/builders.js';
import type { KodI } from '../verification-code/kod-i.js';
import { judgeDuplicate, settleByRow, type Original } from './reconcile-invoice.js';
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
const reconcile = (...[invoice, said, of]: ReconcileArguments) => settleByRow(invoice, said, of, sent);
type ReconcileArguments = Parameters<typeof settleByRow> extends [...infer Three, unknown] ? Three : never;
const otherHash = invoiceHashFromBytes(new Uint8Array(32));

describe("KSeF's word on an invoice of a batch", () => {
  it.each([100, 150, 199])('leaves it as it is while it is not final (%i)', (code) => {
    expect(reconcile(inBatch, row(code), session)).toBe('open');
  });

  it('accepts it with its number, session, reference and dates', () => {
    const acquisitionDate = sent.add({ seconds: 30 });
    expect(reconcile(inBatch, row(200, { ksefNumber: NUMBER, acquisitionDate }), session)).toEqual({
      ...inBatch,
      state: 'accepted',
      acceptance: { ksefNumber: NUMBER, session, invoice: 'row-1', invoicingDate: sent, acquisitionDate },
    });
  });

  it.each([
    ['a wrong checksum', '5265877635-20250826-0100001AF629-AE'],
    ['another shape', 'KSEF/1'],
    ['none', undefined],
  ])('is not believed when it accepts with a number of %s', (_what, ksefNumber) => {
    const next = reconcile(inBatch, row(200, ksefNumber === undefined ? {} : { ksefNumber }), session);
    expect(next).toMatchObject({ state: 'needs-review', refusal: { code: 200 } });
    expect(next).not.toHaveProperty('acceptance');
  });

  it.each([405, 435, 500, 550])('puts it back in the queue with the same bytes and codes (%i)', (code) => {
    expect(reconcile(inBatch, row(code), session)).toEqual({
      ...anIssuedInvoice(),
      deliveryAttempts: 1,
      notBefore: sent.add({ minutes: 1 }),
    });
  });

  it('waits twice as long after each refusal, and after the sixth a person looks', () => {
    const after = (deliveryAttempts: number) => reconcile({ ...inBatch, deliveryAttempts }, row(550), session);
    expect(after(3)).toMatchObject({ deliveryAttempts: 4, notBefore: sent.add({ minutes: 8 }) });
    expect(after(5)).toMatchObject({ state: 'needs-review', refusal: { code: 550 } });
  });

  it.each([
    [410, 'blocked'],
    [415, 'blocked'],
    [430, 'rejected'],
    [450, 'rejected'],
    [499, 'needs-review'],
  ])('keeps what was said with status %i: %s', (code, state) => {
    expect(reconcile(inBatch, row(code), session)).toMatchObject({
      state,
      hash: inBatch.hash,
      refusal: { code, description: `status ${String(code)}`, details: ['a detail'] },
    });
  });

  it('is refused as that of another invoice when the hash differs', () => {
    expect(() => reconcile(inBatch, row(200, { hash: otherHash, ksefNumber: NUMBER }), session)).toThrow(
      'another hash',
    );
  });
});

describe('a duplicate (440)', () => {
  const duplicate = row(440, { originalKsefNumber: NUMBER, originalSession: 'session-99' as SessionReference });
  const sentBefore = sent.subtract({ hours: 3 });
  const held = {
    session: 'session-0' as SessionReference,
    row: row(200, { ksefNumber: NUMBER, invoicingDate: sentBefore, reference: 'row-0' as InvoiceReference }),
  };
  const own: Original = { ksefNumber: NUMBER, hash: inBatch.hash, held };

  it('is decided by its original', () => {
    expect(reconcile(inBatch, duplicate, session)).toBe('duplicate');
  });

  it('of our own bytes is the invoice, delivered before: by the session that lists it, not by the one KSeF names', () => {
    expect(judgeDuplicate(inBatch, duplicate, own)).toMatchObject({
      state: 'accepted',
      acceptance: { ksefNumber: NUMBER, session: 'session-0', invoice: 'row-0', invoicingDate: sentBefore },
    });
  });

  it('of our own bytes in a session that was not found is not believed to be in the one that KSeF names', () => {
    expect(judgeDuplicate(inBatch, duplicate, { ksefNumber: NUMBER, hash: inBatch.hash })).toMatchObject({
      state: 'needs-review',
      refusal: { code: 440, advice: expect.stringContaining(NUMBER) },
    });
  });

  it('of our own bytes under an invalid number is not believed', () => {
    expect(judgeDuplicate(inBatch, duplicate, { ...own, ksefNumber: 'KSEF/1' })).toMatchObject({
      state: 'needs-review',
    });
  });

  it('of other bytes is a conflict for a person', () => {
    const next = judgeDuplicate(inBatch, duplicate, { ksefNumber: NUMBER, hash: otherHash });
    expect(next).toMatchObject({ state: 'conflict', refusal: { code: 440 } });
    expect(next).toHaveProperty('refusal.advice', expect.stringContaining(NUMBER));
  });

  it('whose original cannot be read goes to a person', () => {
    expect(judgeDuplicate(inBatch, duplicate, undefined)).toMatchObject({
      state: 'needs-review',
      refusal: { code: 440 },
    });
  });
});

describe("KSeF's word on an invoice posted online", () => {
  it.each([405, 435, 500, 550])('goes to a person where a batch would send it again (%i)', (code) => {
    expect(reconcile(online, row(code), session)).toMatchObject({
      state: 'needs-review',
      refusal: { code },
    });
  });

  it('accepts it in the same way', () => {
    expect(reconcile(online, row(200, { ksefNumber: NUMBER }), session)).toMatchObject({
      state: 'accepted',
      issue: { mode: 'online' },
    });
  });

  it('does not put an offline invoice sent interactively into another state than one of a batch', () => {
    const fallback = { ...online, issue: AN_OFFLINE_ISSUE };
    expect(reconcile(fallback, row(405), session)).toMatchObject({ state: 'issued' });
  });
});
