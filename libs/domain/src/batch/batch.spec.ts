import { describe, expect, it } from '@jest/globals';
import { FA3 } from '../invoice/invoice-facts.js';
import type { SessionReference } from '../session/session-reference.js';
import { Temporal } from '../shared/instant.js';
import { SELLER_CONTEXT } from '../testing/builders.js';
import {
  BATCH_TRANSITIONS,
  beginClosing,
  beginOpening,
  closed,
  die,
  finished,
  leftToKsef,
  missingParts,
  openAgain,
  opened,
  packed,
  partUploaded,
  disputed,
  listAgain,
  pageRead,
  processed,
  repack,
  sessionKnown,
  sessionUnknown,
  settled,
  type Batch,
  type BatchId,
  type BatchState,
  type PartOrdinal,
  type PlannedBatch,
  type SealedPackage,
} from './batch.js';

const now = Temporal.Instant.from('2026-11-23T10:00:00Z');
const session = 'session-1' as SessionReference;
const first = 1 as PartOrdinal;
const second = 2 as PartOrdinal;
const sealed: SealedPackage = {
  compression: 'tar.gz',
  sizeBytes: 200,
  sha256: 'archive',
  parts: [
    { ordinal: first, sizeBytes: 112, sha256: 'one' },
    { ordinal: second, sizeBytes: 112, sha256: 'two' },
  ],
  sealedSessionKey: Uint8Array.of(1),
  initializationVector: new Uint8Array(16),
};
const targets = [first, second].map((ordinal) => ({ ordinal, method: 'PUT', url: 'https://…', headers: {} }));

const planned: PlannedBatch = {
  state: 'planned',
  id: 'batch-1' as BatchId,
  context: SELLER_CONTEXT,
  formCode: FA3,
  invoiceCount: 3,
  plannedAt: now,
  version: 4,
  openAttempts: 0,
};
const packedBatch = packed(planned, sealed);
const opening = beginOpening(packedBatch);
const open = opened(opening, session, targets, now);
const halfUploaded = partUploaded(open, first);
const uploaded = partUploaded(halfUploaded, second);
const closing = beginClosing(uploaded);
const processing = closed(closing);
const reconciling = processed(processing, 200);
const listed = pageRead(pageRead(reconciling, 'next'), undefined);
const inDispute = disputed(listed, 'a row is missing', now);
const done = finished(reconciling, now);

const LIVING = [planned, packedBatch, opening, open, closing, processing, reconciling] as const;

/** Every function of batch.ts, from every state it takes. */
const MOVES: readonly (readonly [name: string, from: Batch, to: Batch])[] = [
  ['packed', planned, packedBatch],
  ['beginOpening', packedBatch, opening],
  ['openAgain', opening, openAgain(opening)],
  ['repack', packedBatch, repack(packedBatch)],
  ['repack', opening, repack(opening)],
  ['opened', opening, open],
  ['partUploaded', open, halfUploaded],
  ['beginClosing', uploaded, closing],
  ['leftToKsef', halfUploaded, leftToKsef(halfUploaded)],
  ['sessionUnknown', closing, sessionUnknown(closing, now)],
  ['sessionUnknown', processing, sessionUnknown(processing, now, 'it was never there')],
  ['sessionKnown', processing, sessionKnown(sessionUnknown(processing, now))],
  ['closed', closing, processing],
  ['processed', processing, reconciling],
  ['pageRead', reconciling, pageRead(reconciling, 'next')],
  ['listAgain', listed, listAgain(listed)],
  ['disputed', listed, inDispute],
  ['settled', inDispute, settled(inDispute, 'KSeF confirmed that it was never sent', now)],
  ['finished', reconciling, done],
  ...LIVING.map((batch) => ['die', batch, die(batch, 'a reason', now)] as const),
];

describe('the lifecycle of a batch', () => {
  it.each(MOVES.map(([name, from, to]) => [name, from.state, to.state] as const))(
    '%s moves from %s to %s, as the table allows',
    (_name, from, to) => {
      expect(BATCH_TRANSITIONS[from]).toContain(to);
    },
  );

  it('has no move in the table that nothing makes', () => {
    const made = new Set(MOVES.map(([, from, to]) => `${from.state} > ${to.state}`));
    const declared = (Object.keys(BATCH_TRANSITIONS) as BatchState[]).flatMap((from) =>
      BATCH_TRANSITIONS[from].map((to) => `${from} > ${to}`),
    );
    expect(declared.filter((pair) => !made.has(pair))).toEqual([]);
  });

  it('keeps its plan in every state', () => {
    for (const [, , { id, context, formCode, invoiceCount, plannedAt, version }] of MOVES) {
      expect({ id, context, formCode, invoiceCount, plannedAt, version }).toEqual({
        id: 'batch-1',
        context: SELLER_CONTEXT,
        formCode: FA3,
        invoiceCount: 3,
        plannedAt: now,
        version: 4,
      });
    }
  });

  it('counts the attempts to open it, and keeps the count when it is packed anew', () => {
    expect(opening.openAttempts).toBe(1);
    expect(beginOpening(openAgain(opening)).openAttempts).toBe(2);
    expect(repack(opening)).toEqual({ ...planned, openAttempts: 1 });
  });

  it('may be uploaded for 20 minutes for each declared part', () => {
    expect(open.uploadExpiresAt).toEqual(Temporal.Instant.from('2026-11-23T10:40:00Z'));
    const threeParts = {
      ...sealed,
      parts: [...sealed.parts, { ordinal: 3 as PartOrdinal, sizeBytes: 1, sha256: 'x' }],
    };
    expect(opened({ ...opening, sealed: threeParts }, session, targets, now).uploadExpiresAt).toEqual(
      Temporal.Instant.from('2026-11-23T11:00:00Z'),
    );
  });

  it('knows which parts are missing, and does not close before all have arrived', () => {
    expect(missingParts(open).map(({ ordinal }) => ordinal)).toEqual([1, 2]);
    expect(missingParts(halfUploaded).map(({ ordinal }) => ordinal)).toEqual([2]);
    expect(missingParts(partUploaded(halfUploaded, first)).map(({ ordinal }) => ordinal)).toEqual([2]);
    expect(missingParts(uploaded)).toEqual([]);
    expect(() => beginClosing(halfUploaded)).toThrow('parts missing');
  });

  it('forgets the upload addresses, which are secrets, as soon as they are not needed', () => {
    expect(closing).not.toHaveProperty('targets');
    expect(die(open, 'a reason', now)).not.toHaveProperty('targets');
    expect(repack(packedBatch)).not.toHaveProperty('sealed');
    expect(die(packedBatch, 'a reason', now)).not.toHaveProperty('sealed');
  });

  it('dies with its reason, and with its session where there was one', () => {
    expect(die(planned, 'a reason', now)).toEqual({
      ...planned,
      state: 'dead',
      reason: 'a reason',
      finishedAt: now,
    });
    expect(die(open, 'a reason', now)).toMatchObject({ session, openAttempts: 1 });
  });
});
