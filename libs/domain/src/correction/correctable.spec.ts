import { describe, expect, it } from '@jest/globals';
import type { BatchId } from '../batch/batch.js';
import { INVOICE_REACTIONS } from '../invoice/ksef-invoice-status.js';
import * as moves from '../invoice/invoice-transitions.js';
import type { Invoice } from '../invoice/invoice.js';
import type { SessionReference } from '../session/session-reference.js';
import { AN_OFFLINE_ISSUE, aReceivedInvoice, anAcceptance, anIssuedInvoice } from '../testing/builders.js';
import type { KodI } from '../verification-code/kod-i.js';
import { correctable, CORRECTION_GROUNDS } from './correctable.js';
import type { TechnicalCorrectionId } from './technical-correction.js';

const refusal = (code: number) => ({ code, description: 'Błąd', details: [], advice: 'Look.' });
const issued = anIssuedInvoice();
const planned = moves.planInto(issued, 'batch-1' as BatchId);
const inSession = moves.enterSession(planned, 'session-1' as SessionReference);
const { evidence, issuedAt } = AN_OFFLINE_ISSUE;
const online = moves.beginPosting(aReceivedInvoice(), {
  mode: 'online',
  evidence,
  issuedAt,
  kodI: 'https://…' as KodI,
});
const rejected = (code: number) => moves.reject(inSession, refusal(code));

describe('which invoice may be corrected technically', () => {
  it.each([430, 450])('one that KSeF finally refused with %i', (code) => {
    expect(correctable(rejected(code))).toMatchObject({
      ok: true,
      value: { ksefStatus: code, ground: 'allowed', issue: AN_OFFLINE_ISSUE },
    });
  });

  it('one whose number another document has, when a person decides so', () => {
    expect(correctable(moves.flagConflict(inSession, refusal(440)))).toMatchObject({
      ok: true,
      value: { ground: 'by-decision' },
    });
  });

  it.each([405, 410, 415, 435, 500, 550, 999, 21166])('none that was refused with %i', (code) => {
    expect(correctable(rejected(code))).toMatchObject({
      ok: false,
      error: { code: 'CORRECTION_NOT_ALLOWED', ksefStatus: code },
    });
    expect(correctable(moves.flagConflict(inSession, refusal(code)))).toMatchObject({ ok: false });
  });

  it('none while a second delivery of the same bytes is open', () => {
    const earlier = { batchId: 'batch-0' as BatchId, session: 'session-0' as SessionReference };
    const invoice = {
      ...rejected(450),
      delivery: { channel: 'batch' as const, batchId: 'batch-1' as BatchId, earlier },
    };
    expect(correctable(invoice)).toMatchObject({ ok: false, error: { state: 'rejected' } });
  });

  const others: readonly Invoice[] = [
    aReceivedInvoice(),
    moves.abandon(aReceivedInvoice(), 'never sent'),
    issued,
    planned,
    inSession,
    online,
    moves.refuseOnline(online, refusal(450)),
    moves.accept(inSession, anAcceptance()),
    moves.complete(moves.accept(inSession, anAcceptance())),
    moves.block(inSession, refusal(410)),
    moves.sendToReview(inSession, refusal(440)),
    moves.beginCorrecting(rejected(450), AN_OFFLINE_ISSUE, 'correction-1' as TechnicalCorrectionId),
    moves.reject(online, refusal(450)),
  ];
  it.each(others.map((invoice) => [invoice.state, invoice] as const))(
    'none in state %s otherwise',
    (state, invoice) => {
      expect(correctable(invoice)).toMatchObject({ ok: false, error: { code: 'CORRECTION_NOT_ALLOWED', state } });
    },
  );

  it('is decided for every documented final code', () => {
    const final = Object.keys(INVOICE_REACTIONS)
      .map(Number)
      .filter((code) => code > 200);
    expect(Object.keys(CORRECTION_GROUNDS).map(Number)).toEqual(final);
  });
});
