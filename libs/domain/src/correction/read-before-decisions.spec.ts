import { beforeEach, describe, expect, it } from '@jest/globals';
import type { InvoiceId } from '../invoice/invoice.js';
import { KsefUnreachableError } from '../session/ksef-access.js';
import type { InvoiceReference, SessionReference } from '../session/session-reference.js';
import { TENANT } from '../testing/builders.js';
import { IssuingWorld } from '../testing/issuing-world.js';
import { plainDocument } from '../testing/plain-document.js';
import { refused as no } from '../testing/scripted-ksef.js';
import { sha256 } from '../testing/sha256.js';
import type { ReviewDecision } from '../invoice/review-settlement.js';
import type { TechnicalCorrectionId } from './technical-correction.js';
import { CorrectionWorld } from './testing/correction-world.js';

const mended = plainDocument({ number: 'FV/1', content: 'two chairs ' });
const HALF_A_DAY = 12 * 3600;

let world: CorrectionWorld;
let id: InvoiceId;
let correctionId: TechnicalCorrectionId;
beforeEach(async () => {
  world = new CorrectionWorld();
  id = await world.refused('FV/1');
  correctionId = await world.approved(id);
});

const pass = async (seconds: number) => {
  world.clock.advance(seconds);
  await world.looked();
  await world.worker().execute(TENANT);
};
const postings = () => world.ksef.sessions.flatMap(({ rows }) => rows).filter(({ hash }) => same(hash)).length;
const same = (hash: Uint8Array) => Buffer.from(hash).equals(Buffer.from(sha256(mended)));
/** KSeF knows the last session under another name from now on. */
const forget = () => {
  const last = world.ksef.sessions.length - 1;
  const { reference } = world.ksef.sessions[last]!;
  const elsewhere = 'session-99' as SessionReference;
  world.ksef.sessions[last] = { ...world.ksef.sessions[last]!, reference: elsewhere };
  const at = world.ksef.ledger.findIndex(({ session }) => session === reference);
  if (at >= 0) world.ksef.ledger[at] = { ...world.ksef.ledger[at]!, session: elsewhere };
  return elsewhere;
};

describe('a correction whose session KSeF does not know for half a day', () => {
  beforeEach(async () => {
    world.ksef.script('post', 'lost-after');
    await world.worker().execute(TENANT);
    expect(world.correction(correctionId).state).toBe('sending');
  });

  it('is looked for by number before it goes again, and adopted where it is', async () => {
    const session = forget();
    await pass(HALF_A_DAY + 1);
    await pass(600);
    expect(world.invoice(id)).toMatchObject({ state: 'complete', acceptance: { session } });
    expect(postings()).toBe(1);
  });

  it('does not go again while that cannot be read', async () => {
    forget();
    world.ksef.script('search', new KsefUnreachableError('timeout'));
    await pass(HALF_A_DAY + 1);
    expect(world.correction(correctionId).state).toBe('sending');
    expect(postings()).toBe(1);
  });

  it('goes again once KSeF surely does not have it', async () => {
    world.ksef.sessions.pop();
    world.ksef.ledger.splice(0);
    await pass(HALF_A_DAY + 1);
    await world.work();
    expect(world.invoice(id).state).toBe('complete');
  });
});

describe('a correction that KSeF confirmed, and does not list in its ended session', () => {
  beforeEach(async () => {
    world.ksef.unlisted.add('FV/1');
    world.ksef.script('invoice', new KsefUnreachableError('timeout'));
    await world.worker().execute(TENANT);
    expect(world.correction(correctionId)).toMatchObject({ state: 'sending', reference: expect.any(String) });
  });

  it('is not sent again: KSeF holds it, and says so by its number', async () => {
    await pass(600);
    expect(world.correction(correctionId).state).toBe('sending');
    await pass(3600);
    expect(postings()).toBe(0);
    expect(world.correction(correctionId).state).toBe('sending');
    expect(world.ksef.ledger).toHaveLength(1);
    // Its list is whole by now.
    const session = world.ksef.sessions.at(-1)!;
    const [entry] = world.ksef.ledger;
    session.rows.push({
      ...{ reference: 'row-1' as InvoiceReference, hash: sha256(mended), code: 200, description: '', details: [] },
      ...{ invoicingDate: world.clock.now(), ksefNumber: entry!.ksefNumber },
    });
    await pass(600);
    await pass(600);
    expect(world.invoice(id).state).toBe('complete');
    expect(world.ksef.ledger).toHaveLength(1);
  });
});

describe('a correction on which KSeF says no last word', () => {
  it('is a person’s after a day, who can only read it again until its session has ended', async () => {
    await world.worker().execute(TENANT);
    const session = world.ksef.sessions.at(-1)!;
    session.rows[0] = { ...session.rows[0]!, code: 150 };
    const entry = world.ksef.ledger.pop()!;
    await pass(600);
    expect(world.correction(correctionId).state).toBe('sending');
    await pass(24 * 3600);
    expect(world.correction(correctionId)).toMatchObject({ state: 'needs-review', refusal: { code: 0 } });
    expect(world.invoice(id).state).toBe('rejected');
    const by = { tenant: TENANT, invoiceId: id, correctionId, actor: 'api-key:1', person: 'Ewa' };
    expect(await world.decide.decline(by)).toMatchObject({ error: { code: 'KSEF_MAY_HAVE_IT' } });
    session.rows[0] = { ...session.rows[0], code: 200, ksefNumber: entry.ksefNumber };
    world.ksef.ledger.push(entry);
    expect(await world.decide.readAgain(by)).toMatchObject({ value: { state: 'resolving' } });
    await world.work();
    expect(world.invoice(id).state).toBe('complete');
  });
});

describe('a duplicate (440) of a technical correction', () => {
  const duplicateNaming = async (session: SessionReference | undefined, ksefNumber: string | undefined) => {
    await world.worker().execute(TENANT);
    const last = world.ksef.sessions.at(-1)!;
    const [row] = last.rows;
    const { originalKsefNumber: _number, originalSession: _session, ...bare } = row!;
    last.rows[0] = {
      ...{ ...bare, code: 440 },
      ...(session === undefined ? {} : { originalSession: session }),
      ...(ksefNumber === undefined ? {} : { originalKsefNumber: ksefNumber }),
    };
  };

  it.each(['a session that is not it', 'a session that nobody knows', 'nothing at all'])(
    'is adopted from the session that lists it, when KSeF names %s',
    async (named) => {
      const entry = world.ksef.acceptBefore(mended);
      const other = world.ksef.acceptBefore(plainDocument({ number: 'FV/2' })).session;
      const session = named === 'a session that is not it' ? other : ('session-77' as SessionReference);
      const isNothing = named === 'nothing at all';
      await duplicateNaming(isNothing ? undefined : session, isNothing ? undefined : entry.ksefNumber);
      await world.work();
      expect(world.invoice(id)).toMatchObject({
        state: 'complete',
        acceptance: { ksefNumber: entry.ksefNumber, session: entry.session },
        corrected: { correctionId },
      });
    },
  );

  it('whose original nobody can read is looked up some times, and is a person’s then', async () => {
    const entry = world.ksef.acceptBefore(plainDocument({ number: 'FV/1', content: 'a table' }));
    world.ksef.unreadable.add(entry.ksefNumber);
    await world.work(60);
    expect(world.correction(correctionId)).toMatchObject({ state: 'needs-review', refusal: { code: 440 } });
  });
});

describe('a correction that waits for a person', () => {
  const by = (person = 'Ewa Nowak') => ({ tenant: TENANT, invoiceId: id, correctionId, actor: 'api-key:1', person });
  beforeEach(async () => {
    world.ksef.script('post', no(21167));
    await world.work(60);
    expect(world.correction(correctionId).state).toBe('needs-review');
  });

  it.each(['decline', 'resume'] as const)(
    'is adopted when KSeF has it after all, whoever wants to %s it',
    async (what) => {
      const entry = world.ksef.acceptBefore(mended);
      expect(await world.decide[what](by())).toMatchObject({ ok: true, value: { state: 'resolving' } });
      expect(world.invoice(id).state).toBe('correcting');
      await world.work();
      expect(world.invoice(id)).toMatchObject({ state: 'complete', acceptance: { ksefNumber: entry.ksefNumber } });
      expect(world.ksef.ledger).toHaveLength(1);
    },
  );

  it.each(['decline', 'resume'] as const)('is not decided while KSeF cannot be read (%s)', async (what) => {
    world.ksef.script('search', new KsefUnreachableError('timeout'));
    expect(await world.decide[what](by())).toEqual({
      ok: false,
      error: { code: 'KSEF_NOT_AVAILABLE', reason: 'timeout' },
    });
    expect(world.correction(correctionId).state).toBe('needs-review');
  });

  it.each(['decline', 'resume'] as const)('is not decided while a session of it has not ended (%s)', async (what) => {
    world.ksef.sessions.at(-1)!.code = 170;
    expect(await world.decide[what](by())).toMatchObject({ error: { code: 'KSEF_MAY_HAVE_IT' } });
    expect(world.correction(correctionId).state).toBe('needs-review');
  });

  it('is given up once KSeF surely has no file of it', async () => {
    expect(await world.decide.decline(by())).toMatchObject({ value: { state: 'declined' } });
  });

  it('is looked up again when a person says so, and comes back when nothing is found', async () => {
    expect(await world.decide.readAgain(by())).toMatchObject({ value: { state: 'resolving', lookups: 0 } });
    await world.work(60);
    expect(world.correction(correctionId).state).toBe('needs-review');
    expect(world.invoice(id).state).toBe('rejected');
    expect(world.ksef.ledger).toEqual([]);
  });

  it('is not looked up again when it does not wait', async () => {
    await world.decide.decline(by());
    expect(await world.decide.readAgain(by())).toMatchObject({ error: { code: 'CORRECTION_NOT_TO_BE_DECIDED' } });
  });
});

const settle = (decision: ReviewDecision = 'read-again') => {
  const reviews = new IssuingWorld();
  const { database, clock, ksef } = world;
  Object.assign(reviews, { database, clock, ksef });
  return reviews.settleReview().execute({
    ...{ tenant: TENANT, actor: 'api-key:1', invoiceId: id, decision },
    ...{ person: 'Anna', reason: 'it must be there' },
  });
};

describe('a clash of numbers with a technical correction', () => {
  it('is not closed while the correction lives, nor when KSeF has one that was given up', async () => {
    const stranger = world.ksef.acceptBefore(plainDocument({ number: 'FV/1', content: 'a table' }));
    await world.worker().execute(TENANT);
    await pass(5);
    expect(world.invoice(id).state).toBe('conflict');
    const proposal = world.request(id, { content: ' two chairs' }, { decision: 'it is the same sale' });
    const proposed = await world.proposer().execute(proposal);
    if (!proposed.ok) throw new Error(proposed.error.code);
    expect(await settle('close')).toMatchObject({ error: { code: 'KSEF_MAY_HAVE_IT' } });
    const by = { tenant: TENANT, invoiceId: id, actor: 'api-key:1', person: 'Ewa Nowak' };
    await world.decide.decline({ ...by, correctionId: proposed.value.correction.id });
    // KSeF has the first one after all, and nothing else.
    world.ksef.ledger.splice(world.ksef.ledger.indexOf(stranger), 1);
    world.ksef.acceptBefore(mended);
    expect(await settle('close')).toMatchObject({ error: { code: 'KSEF_MAY_HAVE_IT' } });
    expect(world.invoice(id).state).toBe('conflict');
  });
});

describe('an accepted correction whose UPO does not come', () => {
  beforeEach(async () => {
    world.ksef.upoReadsUntilReady = Number.POSITIVE_INFINITY;
    await world.worker().execute(TENANT);
    await pass(5);
    await pass(24 * 3600);
  });

  it('leaves its invoice with a person after a day, with the number, and tells so', () => {
    const [entry] = world.ksef.ledger;
    expect(world.invoice(id)).toMatchObject({
      state: 'needs-review',
      acceptance: { ksefNumber: entry!.ksefNumber },
      corrected: { correctionId },
    });
    expect(world.database.outbox.events.at(-1)).toMatchObject({ type: 'invoice.needs-review', subject: id });
  });

  it('is completed by a person who reads again', async () => {
    expect(await settle()).toMatchObject({ error: { code: 'NOTHING_NEW' } });
    world.ksef.upoReadsUntilReady = 0;
    expect(await settle()).toMatchObject({ value: { invoice: { state: 'complete', corrected: { correctionId } } } });
    await pass(600);
    expect(world.correction(correctionId).state).toBe('complete');
  });

  it('is completed by the worker when it comes all the same', async () => {
    world.ksef.upoReadsUntilReady = 0;
    await pass(600);
    expect(world.invoice(id)).toMatchObject({ state: 'complete', corrected: { correctionId } });
    expect(world.correction(correctionId).state).toBe('complete');
  });
});
