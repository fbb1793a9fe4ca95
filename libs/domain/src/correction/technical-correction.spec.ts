import { describe, expect, it } from '@jest/globals';
import type { SessionReference, InvoiceReference } from '../session/session-reference.js';
import { FA3 } from '../invoice/invoice-facts.js';
import type { InvoiceId, KsefRefusal } from '../invoice/invoice.js';
import { Temporal } from '../shared/instant.js';
import { anAcceptance, SELLER_CONTEXT } from '../testing/builders.js';
import { sha256 } from '../testing/sha256.js';
import * as moves from './technical-correction-transitions.js';
import {
  isLiveCorrection,
  TECHNICAL_CORRECTION_TRANSITIONS,
  type ProposedCorrection,
  type TechnicalCorrection,
  type TechnicalCorrectionId,
  type TechnicalCorrectionState,
} from './technical-correction.js';

const at = Temporal.Instant.from('2026-11-23T10:00:00Z');
const ewa = { person: 'Ewa Nowak', actor: 'api-key:1', at };
const jan = { person: 'Jan Kowal', actor: 'api-key:2', at };
const refusal: KsefRefusal = { code: 450, description: 'Błąd', details: [], advice: 'Correct it.' };
const proposed: ProposedCorrection = {
  state: 'proposed',
  id: 'correction-1' as TechnicalCorrectionId,
  invoiceId: 'invoice-1' as InvoiceId,
  context: SELLER_CONTEXT,
  formCode: FA3,
  ordinal: 2,
  hash: sha256(new TextEncoder().encode('x')),
  sizeBytes: 1,
  policy: 'two-persons',
  proposed: ewa,
  ground: { ksefStatus: 450 },
  comparison: { scope: 'full', differences: [], unlisted: 0 },
  attempts: 0,
  sessions: [],
  version: 0,
};
const approved = moves.approveCorrection(proposed, jan);
const sending = moves.beginSendingCorrection(approved, 'session-1' as SessionReference, at);
const resolving = moves.beginResolvingCorrection(sending, { ...refusal, code: 21167 });
const accepted = moves.acceptCorrection(sending, anAcceptance(), 2);
const blocked = moves.holdCorrection(sending, 'blocked', { ...refusal, code: 410 });
const inReview = moves.holdCorrection(sending, 'needs-review', refusal);

type Move = readonly [move: keyof typeof moves, from: TechnicalCorrection, to: TechnicalCorrection];

/** Every way to call every function of technical-correction-transitions.ts. */
const MOVES: readonly Move[] = [
  ['approveCorrection', proposed, approved],
  ['declineCorrection', proposed, moves.declineCorrection(proposed, jan)],
  ['declineCorrection', blocked, moves.declineCorrection(blocked, jan)],
  ['declineCorrection', inReview, moves.declineCorrection(inReview, jan)],
  ['resumeCorrection', blocked, moves.resumeCorrection(blocked)],
  ['resumeCorrection', inReview, moves.resumeCorrection(inReview)],
  ['beginSendingCorrection', approved, sending],
  ['referCorrection', sending, moves.referCorrection(sending, 'invoice-1' as InvoiceReference)],
  ['sendCorrectionAgain', sending, moves.sendCorrectionAgain(sending, at)],
  ['retryCorrection', sending, moves.retryCorrection(sending, at)],
  ['beginResolvingCorrection', sending, resolving],
  ['readCorrectionAgain', inReview, moves.readCorrectionAgain(inReview)],
  ['lookAgainForCorrection', resolving, moves.lookAgainForCorrection(resolving)],
  ['acceptCorrection', sending, accepted],
  ['acceptCorrection', resolving, moves.acceptCorrection(resolving, anAcceptance(), 1)],
  ['completeCorrection', accepted, moves.completeCorrection(accepted)],
  ['refuseCorrection', sending, moves.refuseCorrection(sending, 'refused', refusal)],
  ['refuseCorrection', sending, moves.refuseCorrection(sending, 'conflict', refusal)],
  ['refuseCorrection', resolving, moves.refuseCorrection(resolving, 'conflict', refusal)],
  ['holdCorrection', sending, blocked],
  ['holdCorrection', sending, inReview],
  ['holdCorrection', resolving, moves.holdCorrection(resolving, 'needs-review', refusal)],
];

describe('the lifecycle of a technical correction', () => {
  it('is moved by every function, each seen here', () => {
    expect(new Set(MOVES.map(([name]) => name))).toEqual(new Set(Object.keys(moves)));
  });

  it.each(MOVES.map(([name, from, to]) => [name, from.state, to.state] as const))(
    '%s moves from %s to %s, as the table allows',
    (_name, from, to) => {
      expect(TECHNICAL_CORRECTION_TRANSITIONS[from]).toContain(to);
    },
  );

  it('has no move in the table that nothing makes', () => {
    const made = new Set(MOVES.map(([, from, to]) => `${from.state} > ${to.state}`));
    const declared = (Object.keys(TECHNICAL_CORRECTION_TRANSITIONS) as TechnicalCorrectionState[]).flatMap((from) =>
      TECHNICAL_CORRECTION_TRANSITIONS[from].map((to) => `${from} > ${to}`),
    );
    expect(new Set(declared)).toEqual(made);
  });

  it('never changes the file, the proposal or the ground it stands on', () => {
    for (const [, from, to] of MOVES) {
      const kept = ({
        id,
        invoiceId,
        ordinal,
        hash,
        sizeBytes,
        policy,
        proposed: by,
        ground,
        comparison,
        version,
      }: TechnicalCorrection) => ({ id, invoiceId, ordinal, hash, sizeBytes, policy, by, ground, comparison, version });
      expect(kept(to)).toEqual(kept(from));
    }
  });

  it('remembers every session and counts refusals that are not for the file', () => {
    const again = moves.retryCorrection(sending, at);
    const second = moves.beginSendingCorrection(again, 'session-2' as SessionReference, at);
    expect(second).toMatchObject({ attempts: 1, sessions: ['session-1', 'session-2'], session: 'session-2' });
    expect(moves.sendCorrectionAgain(sending, at).attempts).toBe(0);
    expect(moves.resumeCorrection({ ...inReview, attempts: 6 }).attempts).toBe(0);
    expect(moves.declineCorrection(blocked, ewa)).toMatchObject({ approved: jan, declined: ewa });
  });

  it('leaves room for another one only when it has ended without KSeF having it', () => {
    const live = MOVES.flatMap(([, from, to]) => [from, to]).filter(isLiveCorrection);
    expect(new Set(live.map(({ state }) => state))).toEqual(
      new Set(['proposed', 'approved', 'sending', 'resolving', 'accepted', 'blocked', 'needs-review']),
    );
  });
});
