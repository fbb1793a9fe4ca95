import { beforeEach, describe, expect, it } from '@jest/globals';
import type { BatchId } from '../batch/batch.js';
import type { KsefNumber } from '../ksef-number/ksef-number.js';
import { KsefLoginError, KsefThrottledError, KsefUnreachableError } from '../session/ksef-access.js';
import type { InvoiceReference, SessionReference } from '../session/session-reference.js';
import { SELLER_CONTEXT, TENANT, anIssuedInvoice } from '../testing/builders.js';
import { IssuingWorld } from '../testing/issuing-world.js';
import { plainDocument } from '../testing/plain-document.js';
import { sha256 } from '../testing/sha256.js';
import type { InvoiceNumber } from './invoice-facts.js';
import * as moves from './invoice-transitions.js';
import type { InSessionInvoice, Invoice, InvoiceId, KsefRefusal } from './invoice.js';
import type { ReviewDecision } from './review-settlement.js';

const bytes = plainDocument({ number: 'FV/1', content: 'two chairs' });
const another = plainDocument({ number: 'FV/1', content: 'a table' });
const id = anIssuedInvoice('FV/1').id;
const refusal = (code: number): KsefRefusal => ({
  code,
  description: `status ${String(code)}`,
  details: [],
  advice: 'Look.',
});

let world: IssuingWorld;
beforeEach(async () => {
  world = new IssuingWorld();
  await world.looked(true);
});

const decide = (decision: ReviewDecision, invoiceId: InvoiceId = id) =>
  world.settleReview().execute({
    ...{ tenant: TENANT, actor: 'api-key:1', invoiceId, decision },
    ...{ person: 'Anna', reason: 'the number is wrong' },
  });
const invoice = () => world.invoices.find((each) => each.id === id)!;
const settled = () => world.database.audit.entries.filter(({ action }) => action === 'invoice.review-settled');

/** Issued offline, sent in a session of a batch, and then what the test makes of it. */
async function waits(end: (sent: InSessionInvoice) => Invoice, session: SessionReference): Promise<void> {
  const facts = { ...anIssuedInvoice('FV/1').facts, number: 'FV/1' as InvoiceNumber };
  const issued = anIssuedInvoice('FV/1', { facts, hash: sha256(bytes), sizeBytes: bytes.length, version: 0 });
  const planned = moves.planInto(issued, 'batch-1' as BatchId);
  const sent = moves.enterSession({ ...planned, version: 1 }, session);
  const stored = world.database.invoices;
  await stored.add(issued, bytes);
  for (const next of [planned, sent, { ...end(sent), version: 2 }]) await stored.save(next);
}
const needsReview = (code: number, session: SessionReference) =>
  waits((sent) => moves.sendToReview(sent, refusal(code)), session);

/** An interactive session that has ended, with this document in it, or nothing. */
async function ended(document?: Uint8Array, code?: number): Promise<SessionReference> {
  if (code !== undefined) world.ksef.verdicts.set('FV/1', [code]);
  const opened = await world.ksef.interactiveSessions.open(
    { tenant: TENANT, context: SELLER_CONTEXT },
    anIssuedInvoice().facts.formCode,
  );
  if (opened.outcome !== 'done') throw new Error('no session');
  if (document !== undefined) await opened.value.post(document, sha256(document), true);
  await opened.value.close();
  return opened.value.reference;
}

describe('an invoice issued offline, of which KSeF never gave a last word', () => {
  it('that KSeF surely does not have waits for the next batch again, with a fresh count of attempts', async () => {
    await needsReview(0, await ended());
    expect(await decide('read-again')).toMatchObject({ error: { code: 'NOTHING_NEW' } });
    expect(settled()).toEqual([]);
    expect(await decide('send-again')).toMatchObject({ value: { invoice: { state: 'issued', deliveryAttempts: 0 } } });
    expect(world.database.jobs.queued.at(-1)?.job.kind).toBe('plan-batches');
    expect(settled()).toMatchObject([
      { actor: 'api-key:1', facts: { decision: 'send-again', person: 'Anna', was: 'status 0', became: 'issued' } },
    ]);
  });

  it.each(['read-again', 'send-again', 'close'] as const)(
    'that KSeF has after all, by another session, is completed with number and UPO (%s)',
    async (decision) => {
      await needsReview(0, await ended());
      const entry = world.ksef.acceptBefore(bytes);
      expect(await decide(decision)).toMatchObject({
        ok: true,
        value: {
          invoice: { state: 'complete', acceptance: { ksefNumber: entry.ksefNumber, session: entry.session } },
        },
      });
      expect(await world.database.invoices.upo(id)).toEqual(new TextEncoder().encode(`UPO ${entry.ksefNumber}`));
      expect(world.database.jobs.queued).toEqual([]);
    },
  );

  it('that KSeF has, without a UPO yet, keeps its number and stays with the person until it comes', async () => {
    world.ksef.upoReadsUntilReady = 2;
    await needsReview(0, await ended());
    const { ksefNumber } = world.ksef.acceptBefore(bytes);
    expect(await decide('send-again')).toMatchObject({
      value: { invoice: { state: 'needs-review', acceptance: { ksefNumber } } },
    });
    expect(await decide('send-again')).toMatchObject({ error: { code: 'KSEF_MAY_HAVE_IT' } });
    expect(await decide('read-again')).toMatchObject({ error: { code: 'NOTHING_NEW' } });
    expect(await decide('read-again')).toMatchObject({ value: { invoice: { state: 'complete' } } });
  });

  it.each([
    ['is unreachable', new KsefUnreachableError('timeout'), 'timeout'],
    ['asks to wait', new KsefThrottledError(30), 'KSeF asks to wait 30 s'],
    ['lets nobody in', new KsefLoginError('LOGIN_REFUSED', 'suspended'), 'suspended'],
  ])('is left as it is while KSeF %s', async (_how, error, reason) => {
    await needsReview(0, await ended());
    for (const decision of ['read-again', 'send-again', 'close'] as const) {
      world.ksef.script('search', error);
      expect(await decide(decision)).toEqual({ ok: false, error: { code: 'KSEF_NOT_AVAILABLE', reason } });
    }
    expect(invoice()).toMatchObject({ state: 'needs-review', version: 3 });
  });

  it('is left as it is while its session has not ended, or is not known for less than a day', async () => {
    const session = await ended();
    await needsReview(0, session);
    world.ksef.sessions[0]!.code = 170;
    expect(await decide('send-again')).toMatchObject({ error: { code: 'KSEF_MAY_HAVE_IT' } });
    world.ksef.sessions.splice(0);
    expect(await decide('send-again')).toMatchObject({ error: { code: 'KSEF_MAY_HAVE_IT' } });
    world.clock.advance(24 * 3600);
    expect(await decide('send-again')).toMatchObject({ value: { invoice: { state: 'issued' } } });
  });

  it.each([
    [450, 'rejected'],
    [410, 'blocked'],
  ])('goes where KSeF sends it once its last word is read (%i)', async (code, state) => {
    await needsReview(0, await ended(bytes, code));
    expect(await decide('send-again')).toMatchObject({ value: { invoice: { state, refusal: { code } } } });
  });

  it('of which KSeF says that it failed itself is sent again when a person says so', async () => {
    await needsReview(0, await ended(bytes, 550));
    expect(await decide('read-again')).toMatchObject({ error: { code: 'NOTHING_NEW' } });
    expect(await decide('send-again')).toMatchObject({ value: { invoice: { state: 'issued' } } });
  });

  it('is a clash of numbers when KSeF holds other content under it', async () => {
    await needsReview(0, await ended());
    const { ksefNumber } = world.ksef.acceptBefore(another);
    expect(await decide('send-again')).toMatchObject({
      value: { invoice: { state: 'conflict', refusal: { code: 440, advice: expect.stringContaining(ksefNumber) } } },
    });
  });

  it('is not closed while KSeF holds nothing under its number', async () => {
    await needsReview(0, await ended());
    expect(await decide('close')).toMatchObject({ error: { code: 'NO_CONFLICT' } });
  });

  it.each(['issue-offline', 'give-up'] as const)('exists, and is nothing to %s', async (decision) => {
    await needsReview(0, await ended());
    expect(await decide(decision)).toEqual({ ok: false, error: { code: 'ISSUED_OFFLINE' } });
  });
});

describe('an invoice issued offline that KSeF calls a duplicate of something nobody could read', () => {
  const unread = async (original: Uint8Array) => {
    const { ksefNumber } = world.ksef.acceptBefore(original);
    world.ksef.unreadable.add(ksefNumber);
    const session = await ended(bytes);
    await needsReview(440, session);
    return ksefNumber;
  };

  it('is left as it is, and is its own original once that can be read', async () => {
    const ksefNumber = await unread(bytes);
    // Nor is the session known that KSeF names.
    const [first] = world.ksef.sessions.splice(0, 1);
    for (const decision of ['read-again', 'send-again', 'close'] as const) {
      expect(await decide(decision)).toMatchObject({ error: { code: 'KSEF_MAY_HAVE_IT' } });
    }
    world.ksef.unreadable.clear();
    world.ksef.sessions.push(first!);
    expect(await decide('read-again')).toMatchObject({
      value: { invoice: { state: 'complete', acceptance: { ksefNumber } } },
    });
  });

  it('is closed by a person who compared by hand, when a day of reading has told nothing', async () => {
    await unread(another);
    expect(await decide('close')).toMatchObject({ error: { code: 'KSEF_MAY_HAVE_IT' } });
    world.clock.advance(24 * 3600);
    expect(await decide('send-again')).toMatchObject({ error: { code: 'KSEF_MAY_HAVE_IT' } });
    expect(await decide('close')).toMatchObject({ value: { invoice: { state: 'closed' } } });
  });
});

describe('a clash of numbers of an invoice issued offline', () => {
  const clash = async () => {
    const { ksefNumber } = world.ksef.acceptBefore(another);
    await waits((sent) => moves.flagConflict(sent, refusal(440)), await ended(bytes));
    return ksefNumber;
  };

  it('is closed with the word of a person, and KSeF’s number of the other document', async () => {
    const ksefNumber = await clash();
    const before = invoice();
    if (before.state !== 'conflict') throw new Error('no conflict');
    expect(await decide('close')).toMatchObject({
      value: {
        invoice: {
          ...{ state: 'closed', hash: before.hash, issue: before.issue },
          refusal: {
            code: 440,
            advice: `Closed by Anna, for KSeF holds ${ksefNumber} under its number: the number is wrong`,
          },
        },
      },
    });
    expect(settled()).toMatchObject([{ facts: { decision: 'close', became: 'closed', person: 'Anna' } }]);
    expect(world.database.invoices.waiting).toEqual([]);
    expect(world.database.outbox.events).toMatchObject([{ type: 'invoice.closed', subject: id }]);
    expect(await decide('close')).toMatchObject({ error: { code: 'NOT_UNDER_REVIEW', state: 'closed' } });
  });

  it('is never sent again with its own number, and reading it again changes nothing', async () => {
    const ksefNumber = await clash();
    expect(await decide('send-again')).toEqual({ ok: false, error: { code: 'NUMBER_TAKEN_IN_KSEF', ksefNumber } });
    expect(await decide('read-again')).toMatchObject({ error: { code: 'NOTHING_NEW' } });
    expect(invoice().state).toBe('conflict');
  });

  it('was none when KSeF holds this very file', async () => {
    const entry = world.ksef.acceptBefore(bytes);
    await waits((sent) => moves.flagConflict(sent, refusal(440)), await ended(bytes));
    expect(await decide('close')).toMatchObject({
      value: { invoice: { state: 'complete', acceptance: { session: entry.session } } },
    });
  });
});

describe('an invoice issued offline that KSeF accepted, without a UPO', () => {
  const unproven = async (more: { readonly session?: SessionReference } = {}) => {
    const entry = world.ksef.acceptBefore(bytes);
    const acceptance = {
      ksefNumber: entry.ksefNumber as KsefNumber,
      session: more.session ?? entry.session,
      invoice: 'row-1' as InvoiceReference,
      invoicingDate: world.clock.now(),
    };
    await waits((sent) => {
      const { state: _state, ...delivered } = sent;
      return { ...delivered, state: 'needs-review', refusal: refusal(0), acceptance };
    }, entry.session);
    return entry;
  };

  it.each([
    ['its session', undefined],
    ['the session that proves to hold it, whatever was believed', 'session-99' as SessionReference],
  ])('is completed by the UPO of %s', async (_which, session) => {
    const entry = await unproven(session === undefined ? {} : { session });
    expect(await decide('read-again')).toMatchObject({
      value: { invoice: { state: 'complete', acceptance: { session: entry.session, ksefNumber: entry.ksefNumber } } },
    });
    expect(await world.database.invoices.upo(id)).toBeDefined();
  });

  it('is neither sent again nor closed', async () => {
    await unproven();
    for (const decision of ['send-again', 'close'] as const) {
      expect(await decide(decision)).toMatchObject({ error: { code: 'KSEF_MAY_HAVE_IT' } });
    }
  });
});
