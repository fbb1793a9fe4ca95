import { describe, expect, it } from '@jest/globals';
import type { BatchId } from '../batch/batch.js';
import type { TechnicalCorrectionId } from '../correction/technical-correction.js';
import type { KsefNumber } from '../ksef-number/ksef-number.js';
import type { InvoiceReference, SessionReference } from '../session/session-reference.js';
import { Temporal } from '../shared/instant.js';
import { AN_OFFLINE_ISSUE, aReceivedInvoice, anIssuedInvoice } from '../testing/builders.js';
import type { KodI } from '../verification-code/kod-i.js';
import {
  deliveredHash,
  DISPLAY_STATUS,
  INVOICE_TRANSITIONS,
  type Acceptance,
  type Invoice,
  type InvoiceState,
  type KsefRefusal,
  type OnlineIssue,
} from './invoice.js';
import * as moves from './invoice-transitions.js';

const session = 'session-1' as SessionReference;
const reference = 'invoice-ref-1' as InvoiceReference;
const issuedAt = Temporal.Instant.from('2026-11-23T10:00:00Z');
const onlineIssue: OnlineIssue = {
  mode: 'online',
  evidence: { kind: 'own-choice', reason: 'KSeF answers.' },
  issuedAt,
  kodI: 'https://…' as KodI,
};
const refusal: KsefRefusal = { code: 450, description: 'Błąd', details: ['P_1'], advice: 'Correct it.' };
const acceptance: Acceptance = {
  ksefNumber: '5265877635-20250826-0100001AF629-AF' as KsefNumber,
  session,
  invoice: reference,
  invoicingDate: issuedAt,
};

const received = aReceivedInvoice();
const issued = anIssuedInvoice();
const planned = moves.planInto(issued, 'batch-1' as BatchId);
const inBatchSession = moves.enterSession(planned, session);
const again = moves.deliverAgain(inBatchSession, 'batch-2' as BatchId);
const posting = moves.beginPosting(received, onlineIssue);
const accepted = moves.accept(inBatchSession, acceptance);
const blocked = moves.block(inBatchSession, { ...refusal, code: 410 });
const inReview = moves.sendToReview(inBatchSession, refusal);
const rejected = moves.reject(inBatchSession, refusal);
const conflict = moves.flagConflict(inBatchSession, { ...refusal, code: 440 });
const correctionId = 'correction-1' as TechnicalCorrectionId;
const correcting = moves.beginCorrecting(rejected, AN_OFFLINE_ISSUE, correctionId);
const corrected = { correctionId, hash: issued.hash };

type Move = readonly [move: keyof typeof moves, from: Invoice, to: Invoice];

/** Every way to call every function of invoice-transitions.ts. */
const MOVES: readonly Move[] = [
  ['issueOffline', received, moves.issueOffline(received, AN_OFFLINE_ISSUE)],
  ['beginPosting', received, posting],
  ['locate', posting, moves.locate(posting, session, reference)],
  ['locate', inBatchSession, moves.locate(inBatchSession, session)],
  ['abandon', received, moves.abandon(received, 'never sent')],
  ['refuseOnline', posting, moves.refuseOnline(posting, refusal)],
  ['retryLater', inBatchSession, moves.retryLater(inBatchSession, AN_OFFLINE_ISSUE, issuedAt)],
  ['abandon', posting, moves.abandon(posting, 'refused')],
  ['planInto', issued, planned],
  ['enterSession', planned, inBatchSession],
  ['returnToQueue', planned, moves.returnToQueue(planned, AN_OFFLINE_ISSUE)],
  ['returnToQueue', inBatchSession, moves.returnToQueue(inBatchSession, AN_OFFLINE_ISSUE)],
  ['returnToQueue', blocked, moves.returnToQueue(blocked, AN_OFFLINE_ISSUE)],
  ['returnToQueue', inReview, moves.returnToQueue(inReview, AN_OFFLINE_ISSUE)],
  ['accept', inBatchSession, accepted],
  ['complete', accepted, moves.complete(accepted)],
  ['reject', inBatchSession, rejected],
  ['block', inBatchSession, blocked],
  ['block', planned, moves.block(planned, refusal)],
  ['blockUnsent', issued, moves.blockUnsent(issued, refusal)],
  [
    'returnToQueue',
    moves.blockUnsent(issued, refusal),
    moves.returnToQueue(moves.blockUnsent(issued, refusal), AN_OFFLINE_ISSUE),
  ],
  ['flagConflict', inBatchSession, conflict],
  ['sendToReview', inBatchSession, inReview],
  ['sendToReview', planned, moves.sendToReview(planned, refusal)],
  ['deliverAgain', inBatchSession, again],
  ['enterSession', again, moves.enterSession(again, session)],
  ['dropAttempt', again, moves.dropAttempt(again, 'batch-1' as BatchId)!],
  ['dropAttempt', again, moves.dropAttempt(again, 'batch-2' as BatchId)!],
  ['reportMissingUpo', accepted, moves.reportMissingUpo(accepted, refusal)],
  ['readAgain', inReview, moves.readAgain(inReview)],
  ['readAgain', inReview, moves.readAgain(moves.reportMissingUpo(accepted, refusal))],
  ['giveUp', inReview, moves.giveUp(moves.sendToReview(posting, refusal), 'given up')],
  ['giveUp', conflict, moves.giveUp(conflict, 'given up')],
  ['readAgain', conflict, moves.readAgain(conflict)],
  ['acceptReviewed', inReview, moves.acceptReviewed(inReview, acceptance)],
  ['acceptReviewed', conflict, moves.acceptReviewed(conflict, acceptance)],
  ['recognise', inReview, moves.recognise(inReview, acceptance, refusal)],
  ['recognise', conflict, moves.recognise(conflict, acceptance, refusal)],
  ['refuseReviewed', inReview, moves.refuseReviewed(inReview, 'rejected', refusal)],
  ['refuseReviewed', inReview, moves.refuseReviewed(inReview, 'blocked', refusal)],
  ['refuseReviewed', inReview, moves.refuseReviewed(inReview, 'conflict', refusal)],
  ['closeConflict', inReview, moves.closeConflict(inReview, AN_OFFLINE_ISSUE, refusal)],
  ['closeConflict', conflict, moves.closeConflict(conflict, AN_OFFLINE_ISSUE, refusal)],
  ['beginCorrecting', rejected, correcting],
  ['beginCorrecting', conflict, moves.beginCorrecting(conflict, AN_OFFLINE_ISSUE, correctionId)],
  ['acceptCorrected', correcting, moves.acceptCorrected(correcting, acceptance, corrected)],
  ['acceptCorrected', correcting, moves.acceptCorrected(correcting, acceptance, undefined)],
  ['rejectCorrected', correcting, moves.rejectCorrected(correcting, refusal)],
  ['flagCorrectedConflict', correcting, moves.flagCorrectedConflict(correcting, refusal)],
];

describe('the lifecycle of an invoice', () => {
  it('is moved by every function, each seen here', () => {
    expect(new Set(MOVES.map(([name]) => name))).toEqual(new Set(Object.keys(moves)));
  });

  it.each(MOVES.map(([name, from, to]) => [name, from.state, to.state] as const))(
    '%s moves from %s to %s, as the table allows',
    (_name, from, to) => {
      expect(INVOICE_TRANSITIONS[from]).toContain(to);
    },
  );

  it('has no move in the table that nothing makes', () => {
    const made = new Set(MOVES.map(([, from, to]) => `${from.state} > ${to.state}`));
    const declared = (Object.keys(INVOICE_TRANSITIONS) as InvoiceState[]).flatMap((from) =>
      INVOICE_TRANSITIONS[from].map((to) => `${from} > ${to}`),
    );
    expect(declared.filter((pair) => !made.has(pair))).toEqual([]);
  });

  it('never changes who an invoice is, its bytes or its version', () => {
    for (const [, from, to] of MOVES) {
      const identity = ({ id, context, facts, hash, sizeBytes, receivedAt, version }: Invoice) => ({
        id,
        context,
        facts,
        hash,
        sizeBytes,
        receivedAt,
        version,
      });
      expect(identity(to)).toEqual(identity(from));
    }
  });

  it('carries in each state only what belongs to it', () => {
    expect(moves.returnToQueue(inReview, AN_OFFLINE_ISSUE)).toEqual(issued);
    expect(moves.abandon(posting, 'refused')).not.toHaveProperty('issue');
    expect(moves.abandon(posting, 'refused')).not.toHaveProperty('delivery');
    expect(moves.locate(posting, session, reference).delivery).toEqual({
      channel: 'interactive',
      session,
      invoice: reference,
    });
    expect(moves.locate(inBatchSession, 'session-2' as SessionReference, reference).delivery).toEqual({
      channel: 'batch',
      batchId: 'batch-1',
      session: 'session-2',
    });
  });

  it('keeps the document that the buyer holds through a correction, and tells which file KSeF has', () => {
    const accepted = moves.acceptCorrected(correcting, acceptance, {
      correctionId,
      hash: aReceivedInvoice('FV/2').hash,
    });
    expect(accepted).toMatchObject({ hash: issued.hash, issue: AN_OFFLINE_ISSUE, delivery: { channel: 'batch' } });
    expect(deliveredHash(accepted)).toEqual(aReceivedInvoice('FV/2').hash);
    expect(deliveredHash(moves.acceptCorrected(correcting, acceptance, undefined))).toEqual(issued.hash);
    expect(moves.rejectCorrected(correcting, refusal)).not.toHaveProperty('correctionId');
  });

  it('shows people five statuses', () => {
    expect(DISPLAY_STATUS).toEqual({
      received: 'pending',
      'not-issued': 'error',
      issued: 'signed',
      planned: 'processing',
      'in-session': 'processing',
      accepted: 'processing',
      complete: 'sent',
      rejected: 'error',
      correcting: 'processing',
      blocked: 'error',
      conflict: 'error',
      'needs-review': 'error',
      closed: 'error',
    });
  });
});

describe('a second delivery', () => {
  const other = 'batch-2' as BatchId;
  const earlier = { batchId: 'batch-1' as BatchId, session };

  it('keeps the first attempt beside it, and leaves whichever comes to nothing', () => {
    expect(again.delivery).toEqual({ channel: 'batch', batchId: other, earlier });
    expect(moves.dropAttempt(again, earlier.batchId)?.delivery).toEqual({ channel: 'batch', batchId: other });
    expect(moves.dropAttempt(again, other)?.delivery).toEqual({ channel: 'batch', ...earlier });
    expect(moves.dropAttempt(inBatchSession, earlier.batchId)).toBeUndefined();
    expect(moves.accept(again, acceptance).delivery).toEqual({ channel: 'batch', batchId: other });
  });

  it('is one, and only of what is in a session by batch', () => {
    expect(() => moves.deliverAgain(again, 'batch-3' as BatchId)).toThrow('only a first delivery');
    expect(() => moves.deliverAgain(posting, other)).toThrow('only a first delivery');
    expect(() => moves.enterSession(posting, session)).toThrow('in no batch');
  });
});
