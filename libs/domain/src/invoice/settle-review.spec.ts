import { beforeEach, describe, expect, it } from '@jest/globals';
import { KsefUnreachableError } from '../session/ksef-access.js';
import { Temporal } from '../shared/instant.js';
import type { SessionReference } from '../session/session-reference.js';
import { TENANT, anOfflineCertificate } from '../testing/builders.js';
import { plainDocument } from '../testing/plain-document.js';
import { IssuingWorld } from '../testing/issuing-world.js';
import type { InvoiceId } from './invoice.js';
import { REVIEW_DECISIONS, type ReviewDecision } from './review-settlement.js';

let world: IssuingWorld;
beforeEach(async () => {
  world = new IssuingWorld();
  await world.looked(true);
});

const track = () => world.tracker().execute(TENANT);
const decide = (decision: ReviewDecision, invoiceId = world.invoices[0]!.id) =>
  world.settleReview().execute({
    ...{ tenant: TENANT, actor: 'api-key:1', invoiceId, decision },
    ...{ person: 'Anna', reason: 'the customer waits' },
  });
const states = () => world.invoices.map(({ state }) => state);

/** Asked for online by name; its session ended without it, and nobody who waited could tell. */
async function absentOnline(): Promise<void> {
  world.ksef.script('post', 'lost-before');
  world.ksef.script('status', new KsefUnreachableError('timeout'));
  await world.issue({ number: 'FV/1' }, { mode: 'online' });
  await world.sessions.closeIdle();
  world.clock.advance(13);
  await track();
  expect(states()).toEqual(['needs-review']);
}

describe('an online invoice under review that KSeF surely does not have', () => {
  beforeEach(absentOnline);

  it('is issued as offline24 by a person, with its own deadline', async () => {
    await world.has(anOfflineCertificate());
    expect(await decide('issue-offline')).toMatchObject({
      ok: true,
      value: {
        invoice: { state: 'issued', issue: { mode: 'offline24' } },
        term: { deadline: { day: Temporal.PlainDate.from('2026-11-24') } },
      },
    });
    expect(world.database.audit.entries.at(-1)).toMatchObject({
      actor: 'api-key:1',
      action: 'invoice.review-settled',
      facts: { decision: 'issue-offline', person: 'Anna', reason: 'the customer waits' },
    });
    expect(world.database.jobs.queued.at(-1)?.job.kind).toBe('plan-batches');
  });

  it('is not issued offline without a certificate, and stays where it is', async () => {
    expect(await decide('issue-offline')).toEqual({ ok: false, error: { code: 'NO_CERTIFICATE_TO_ISSUE_OFFLINE' } });
    expect(states()).toEqual(['needs-review']);
  });

  it('is given up, and its number is free; its key still gives that answer', async () => {
    expect(await decide('give-up')).toMatchObject({
      value: { invoice: { state: 'not-issued', reason: 'Given up by Anna: the customer waits' } },
    });
    expect(await world.issue({ number: 'FV/1' }, { mode: 'online' })).toMatchObject({
      value: { replayed: true, invoice: { state: 'not-issued' } },
    });
    await world.has(anOfflineCertificate());
    const anew = await world.issue({ number: 'FV/1' }, { claim: { key: 'another', fingerprint: 'another' } });
    expect(anew).toMatchObject({ value: { replayed: false } });
  });

  it('is neither while KSeF cannot be asked', async () => {
    for (const decision of ['issue-offline', 'give-up'] as const) {
      world.ksef.script('status', new KsefUnreachableError('timeout'));
      expect(await decide(decision)).toEqual({ ok: false, error: { code: 'KSEF_NOT_AVAILABLE', reason: 'timeout' } });
    }
    expect(states()).toEqual(['needs-review']);
  });

  it('is neither when KSeF has it after all; read again, it is completed', async () => {
    const [session] = world.ksef.sessions;
    const bytes = await world.database.invoices.bytes(world.invoices[0]!.id);
    session!.code = 100;
    world.ksef.acceptBefore(bytes!);
    session!.rows = world.ksef.sessions[1]!.rows;
    session!.code = 200;
    for (const decision of ['issue-offline', 'give-up'] as const) {
      expect(await decide(decision)).toMatchObject({ error: { code: 'KSEF_MAY_HAVE_IT' } });
    }
    expect(await decide('read-again')).toMatchObject({ value: { invoice: { state: 'in-session' } } });
    await track();
    expect(states()).toEqual(['accepted']);
  });

  it('is neither while its session has not ended', async () => {
    world.ksef.sessions[0]!.code = 170;
    expect(await decide('give-up')).toMatchObject({ error: { code: 'KSEF_MAY_HAVE_IT' } });
  });
});

it('an invoice without a UPO keeps its number, is not given up, and is completed once its UPO comes', async () => {
  world.ksef.upoReadsUntilReady = 2;
  await world.issue({ number: 'FV/1' });
  world.clock.advance(13);
  await track();
  world.clock.advance(24 * 3600);
  await track();
  expect(states()).toEqual(['needs-review']);
  expect(await decide('give-up')).toMatchObject({ error: { code: 'KSEF_MAY_HAVE_IT' } });
  expect(await decide('issue-offline')).toMatchObject({ error: { code: 'KSEF_MAY_HAVE_IT' } });
  expect(await decide('read-again')).toMatchObject({
    value: { invoice: { state: 'accepted', acceptance: { ksefNumber: world.ksef.ledger[0]!.ksefNumber } } },
  });
  await track();
  expect(states()).toEqual(['complete']);
});

it.each(REVIEW_DECISIONS)('nothing is decided on an invoice that is not under review (%s)', async (decision) => {
  await world.issue({ number: 'FV/1' });
  expect(await decide(decision)).toEqual({ ok: false, error: { code: 'NOT_UNDER_REVIEW', state: 'in-session' } });
  expect(await decide(decision, 'nowhere' as InvoiceId)).toEqual({ ok: false, error: { code: 'INVOICE_NOT_FOUND' } });
});

describe('an online invoice whose session KSeF does not know for a day', () => {
  beforeEach(async () => {
    world.ksef.script('post', 'lost-after');
    world.ksef.script('status', new KsefUnreachableError('timeout'));
    await world.has(anOfflineCertificate());
    await world.issue({ number: 'FV/1' });
    world.clock.advance(24 * 3600);
    const { reference } = world.ksef.sessions[0]!;
    // KSeF took it, and has forgotten the session for us.
    world.ksef.sessions[0] = { ...world.ksef.sessions[0]!, reference: 'session-99' as SessionReference };
    world.ksef.ledger[0] = { ...world.ksef.ledger[0]!, session: 'session-99' as SessionReference };
    await track();
    expect(world.invoices).toMatchObject([{ state: 'needs-review', delivery: { session: reference } }]);
  });

  it.each(['issue-offline', 'give-up'] as const)(
    'is looked for by its number before a person may decide %s, and found',
    async (decision) => {
      expect(await decide(decision)).toMatchObject({
        error: { code: 'KSEF_MAY_HAVE_IT', reason: expect.stringContaining(world.ksef.ledger[0]!.ksefNumber) },
      });
      expect(states()).toEqual(['needs-review']);
    },
  );

  it.each(['issue-offline', 'give-up'] as const)(
    'is left as it is while that cannot be read (%s)',
    async (decision) => {
      world.ksef.script('search', new KsefUnreachableError('timeout'));
      expect(await decide(decision)).toEqual({ ok: false, error: { code: 'KSEF_NOT_AVAILABLE', reason: 'timeout' } });
    },
  );

  it('may be given up once KSeF says that it has no such invoice', async () => {
    world.ksef.ledger.splice(0);
    expect(await decide('give-up')).toMatchObject({ value: { invoice: { state: 'not-issued' } } });
  });
});

describe('a clash of numbers of an invoice posted online', () => {
  beforeEach(async () => {
    world.ksef.acceptBefore(plainDocument({ number: 'FV/1', content: 'a table' }));
    await world.issue({ number: 'FV/1' });
    world.clock.advance(13);
    await track();
    expect(states()).toEqual(['conflict']);
  });

  it('was never issued: a person gives it up, and its number is free here', async () => {
    expect(await decide('give-up')).toMatchObject({
      value: { invoice: { state: 'not-issued', refusal: { code: 440 } } },
    });
    expect(world.database.audit.entries.at(-1)).toMatchObject({
      action: 'invoice.review-settled',
      facts: { decision: 'give-up', became: 'not-issued' },
    });
  });

  it('is not issued offline under the number that KSeF holds for another document', async () => {
    await world.has(anOfflineCertificate());
    expect(await decide('issue-offline')).toMatchObject({
      error: { code: 'NUMBER_TAKEN_IN_KSEF', ksefNumber: world.ksef.ledger[0]!.ksefNumber },
    });
    expect(states()).toEqual(['conflict']);
  });

  it.each(['send-again', 'close'] as const)('is nothing to %s', async (decision) => {
    expect(await decide(decision)).toEqual({ ok: false, error: { code: 'POSTED_ONLINE' } });
  });

  it('is given up only after KSeF was read', async () => {
    world.ksef.script('search', new KsefUnreachableError('timeout'));
    expect(await decide('give-up')).toMatchObject({ error: { code: 'KSEF_NOT_AVAILABLE' } });
    expect(states()).toEqual(['conflict']);
  });
});

describe('an online duplicate (440) whose original nobody could read', () => {
  const duplicate = async (original: Uint8Array) => {
    const { ksefNumber } = world.ksef.acceptBefore(original);
    world.ksef.unreadable.add(ksefNumber);
    await world.issue({ number: 'FV/1', content: 'two chairs' });
    const first = world.ksef.sessions.splice(0, 1);
    world.clock.advance(13);
    await track();
    expect(states()).toEqual(['needs-review']);
    world.ksef.sessions.push(...first);
    return ksefNumber;
  };

  it('is found out by reading again: ours, by seller and number, though KSeF named a wrong session', async () => {
    const ksefNumber = await duplicate(plainDocument({ number: 'FV/1', content: 'two chairs' }));
    const row = world.ksef.sessions[0]!.rows[0]!;
    world.ksef.sessions[0]!.rows[0] = { ...row, originalSession: 'session-99' as SessionReference };
    expect(await decide('give-up')).toMatchObject({ error: { code: 'KSEF_MAY_HAVE_IT' } });
    world.ksef.unreadable.clear();
    expect(await decide('give-up')).toMatchObject({ error: { code: 'KSEF_MAY_HAVE_IT' } });
    expect(await decide('read-again')).toMatchObject({ value: { invoice: { state: 'in-session' } } });
    await track();
    expect(world.invoices).toMatchObject([{ state: 'complete', acceptance: { ksefNumber } }]);
  });

  it('is found out by reading again: another document, so a clash of numbers', async () => {
    await duplicate(plainDocument({ number: 'FV/1', content: 'a table' }));
    world.ksef.unreadable.clear();
    await decide('read-again');
    await track();
    expect(states()).toEqual(['conflict']);
  });

  it('may be given up by a person who compared by hand, when a day of reading has told nothing', async () => {
    await duplicate(plainDocument({ number: 'FV/1', content: 'a table' }));
    world.clock.advance(24 * 3600);
    expect(await decide('give-up')).toMatchObject({ value: { invoice: { state: 'not-issued' } } });
  });
});
