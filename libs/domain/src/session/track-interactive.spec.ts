import { beforeEach, describe, expect, it } from '@jest/globals';
import { Temporal } from '../shared/instant.js';
import { KsefThrottledError, KsefUnreachableError } from './ksef-access.js';
import { TENANT, anOfflineCertificate } from '../testing/builders.js';
import { aBulletin } from '../testing/bulletins.js';
import { IssuingWorld } from '../testing/issuing-world.js';
import { readAgain, reportMissingUpo } from '../invoice/invoice-transitions.js';
import { upoMissing } from './review-reasons.js';
import type { SessionReference } from './session-reference.js';

let world: IssuingWorld;
beforeEach(async () => {
  world = new IssuingWorld();
  await world.has(anOfflineCertificate());
  await world.looked(true);
});

/** Posted without an answer, and read without one: nobody who waited could tell, and the process closed its session. */
async function inQuestion(fault: 'lost-before' | 'lost-after', more: { readonly mode?: 'online' } = {}): Promise<void> {
  world.ksef.script('post', fault);
  world.ksef.script('status', new KsefUnreachableError('timeout'));
  expect(await world.issue({ number: 'FV/1' }, more)).toMatchObject({ value: { invoice: { state: 'in-session' } } });
  expect(world.ksef.sessions[0]?.code).toBe(100);
  await world.sessions.closeIdle();
}

/** One pass, by when everything that was left unanswered is due for another look. */
const track = () => {
  world.clock.advance(12.1);
  return world.tracker().execute(TENANT);
};

describe('an invoice that was posted', () => {
  it('is completed with its number and UPO', async () => {
    await world.issue({ number: 'FV/1' });
    expect(await track()).toBe(0);
    const [entry] = world.ksef.ledger;
    expect(world.invoices).toMatchObject([
      {
        state: 'complete',
        acceptance: { ksefNumber: entry!.ksefNumber, session: 'session-1', invoice: 'session-1/invoice-1' },
      },
    ]);
    expect(await world.database.invoices.upo(world.invoices[0]!.id)).toBeDefined();
    expect(world.database.audit.entries.map(({ action }) => action)).toEqual([
      'invoice.received',
      'invoice.posting',
      'invoice.posted',
      'invoice.accepted',
      'invoice.complete',
    ]);
  });

  it('waits for its UPO, and is not looked at again once it has it', async () => {
    world.ksef.upoReadsUntilReady = 1;
    await world.issue({ number: 'FV/1' });
    expect(await track()).toBe(1);
    expect(world.invoices[0]?.state).toBe('accepted');
    expect(await track()).toBe(0);
    expect(world.invoices[0]?.state).toBe('complete');
    const { version } = world.invoices[0]!;
    expect(await track()).toBe(0);
    expect(world.invoices[0]?.version).toBe(version);
  });

  it('is not completed by a UPO that names another document', async () => {
    await world.issue({ number: 'FV/1' });
    world.ksef.wrongUpos.add(world.ksef.ledger[0]!.ksefNumber);
    expect(await track()).toBe(1);
    expect(world.invoices[0]?.state).toBe('accepted');
  });

  it('waits while KSeF has no final word', async () => {
    world.ksef.verdicts.set('FV/1', [150]);
    await world.issue({ number: 'FV/1' });
    expect(await track()).toBe(1);
    expect(world.invoices[0]?.state).toBe('in-session');
  });

  it('is not issued when KSeF refuses it, with what KSeF said, and its number is free', async () => {
    world.ksef.verdicts.set('FV/1', [450]);
    await world.issue({ number: 'FV/1' });
    expect(await track()).toBe(0);
    expect(world.invoices).toMatchObject([
      { state: 'not-issued', reason: 'status 450', refusal: { code: 450, description: 'status 450' } },
    ]);
  });
});

describe('an invoice of which it is not known whether KSeF has it', () => {
  it('is found by its hash, behind other pages, and completed', async () => {
    await inQuestion('lost-after');
    const rows = world.ksef.sessions[0]!.rows;
    const stranger = { ...rows[0]!, hash: world.invoices[0]!.hash.map((byte) => byte ^ 1) as never };
    world.ksef.sessions[0]!.rows = [stranger, stranger, stranger, ...rows];
    expect(await track()).toBe(0);
    expect(world.invoices).toMatchObject([
      { state: 'complete', delivery: { session: 'session-1', invoice: 'session-1/invoice-1' } },
    ]);
    expect(world.ksef.ledger).toHaveLength(1);
  });

  it('is issued as offline24 once its session has ended without it', async () => {
    await inQuestion('lost-before');
    expect(world.ksef.sessions[0]?.code).toBe(440);
    expect(await track()).toBe(0);
    expect(world.invoices).toMatchObject([
      {
        state: 'issued',
        issue: {
          mode: 'offline24',
          evidence: { reason: 'Online issue failed: the session ended without this invoice' },
        },
      },
    ]);
    const stored = await world.database.invoices.find(world.invoices[0]!.id);
    expect(stored?.term?.deadline).toMatchObject({ day: Temporal.PlainDate.from('2026-11-24') });
    expect(world.database.jobs.queued.at(-1)?.job).toEqual({ kind: 'plan-batches', tenant: TENANT });
  });

  it('is issued under the failure that is announced by then', async () => {
    await inQuestion('lost-before');
    await world.announced(aBulletin());
    await track();
    expect(world.invoices).toMatchObject([{ state: 'issued', issue: { mode: 'emergency' } }]);
  });

  it('goes to a person when there is no certificate to issue it offline', async () => {
    world = new IssuingWorld();
    await world.looked(true);
    await inQuestion('lost-before');
    expect(await track()).toBe(0);
    expect(world.invoices).toMatchObject([
      { state: 'needs-review', refusal: { code: 0, advice: expect.stringContaining('Import one') } },
    ]);
  });

  it('goes to a person when online was asked for by name: nothing else is made of it', async () => {
    await inQuestion('lost-before', { mode: 'online' });
    expect(await track()).toBe(0);
    expect(world.invoices).toMatchObject([
      { state: 'needs-review', refusal: { advice: expect.stringContaining('online was asked for by name') } },
    ]);
    expect(world.signer.calls).toBe(0);
    const { facts } = world.database.audit.entries.at(-1)!;
    expect(facts).toEqual({ reason: 'The session ended without this invoice.' });
    expect(world.database.outbox.events).toMatchObject([{ type: 'invoice.needs-review', facts }]);
  });

  it('is not taken for absent by a list that was read before the session had ended', async () => {
    await inQuestion('lost-before');
    const session = world.ksef.sessions[0]!;
    session.code = 100;
    // What was on its way arrives, and the session ends, between the two questions.
    world.ksef.during.set('invoices', () => {
      session.code = 200;
      return Promise.resolve();
    });
    expect(await track()).toBe(1);
    expect(world.invoices[0]?.state).toBe('in-session');
  });

  it.each([100, 170])('is not issued offline while its session is not at its end (%i)', async (code) => {
    await inQuestion('lost-before');
    world.ksef.sessions[0]!.code = code;
    expect(await track()).toBe(1);
    expect(world.invoices[0]?.state).toBe('in-session');
    expect(world.ksef.sessions[0]?.code).toBe(code);
  });

  it('is not issued offline when KSeF does not know the session, and goes to a person after a day', async () => {
    await inQuestion('lost-before');
    world.ksef.sessions.splice(0);
    expect(await track()).toBe(1);
    expect(world.invoices[0]?.state).toBe('in-session');
    world.clock.advance(24 * 3600 - 12.1 - 12.1);
    expect(await world.tracker().execute(TENANT)).toBe(1);
    world.clock.advance(600);
    expect(await world.tracker().execute(TENANT)).toBe(0);
    expect(world.invoices).toMatchObject([{ state: 'needs-review', refusal: { code: 0 } }]);
  });
});

describe('a session that is open', () => {
  it('is left alone while its opener may still post into it', async () => {
    world.ksef.during.set('post', async () => {
      expect(await track()).toBe(1);
    });
    expect(await world.issue({ number: 'FV/1' })).toMatchObject({ value: { invoice: { state: 'in-session' } } });
    expect(world.ksef.ledger).toHaveLength(1);
    expect(await track()).toBe(0);
    expect(world.invoices[0]?.state).toBe('complete');
  });

  it('is closed after two minutes, when its opener has died, and the invoice is issued offline', async () => {
    world.ksef.script('post', new Error('the process died'));
    await expect(world.issue({ number: 'FV/1' })).rejects.toThrow('the process died');
    world.clock.advance(107.8);
    expect(await track()).toBe(1);
    expect(world.ksef.sessions[0]?.code).toBe(100);
    expect(await track()).toBe(1);
    expect(world.ksef.sessions[0]?.code).toBe(440);
    expect(world.database.sessionBook.stored).toMatchObject([{ reference: 'session-1', state: 'closed' }]);
    world.clock.advance(10);
    expect(await track()).toBe(0);
    expect(world.invoices[0]?.state).toBe('issued');
  });
});

describe('an online attempt whose process died before anything was sent', () => {
  it('is given up after two minutes, and its number is free', async () => {
    world.ksef.script('openOnline', new Error('the process died'));
    await expect(world.issue({ number: 'FV/1' })).rejects.toThrow('the process died');
    world.clock.advance(107.8);
    expect(await track()).toBe(1);
    expect(world.invoices[0]?.state).toBe('received');
    expect(await track()).toBe(0);
    expect(world.invoices).toMatchObject([
      { state: 'not-issued', reason: 'The request ended before anything was sent.' },
    ]);
  });
});

it('finds the same answers when it runs twice', async () => {
  await inQuestion('lost-after');
  const both = await Promise.allSettled([track(), track()]);
  expect(both.some(({ status }) => status === 'fulfilled')).toBe(true);
  expect(await track()).toBe(0);
  expect(world.invoices.map(({ state }) => state)).toEqual(['complete']);
});

it('goes on with the others when KSeF does not answer for one', async () => {
  await world.issue({ number: 'FV/1' });
  await world.issue({ number: 'FV/2' });
  world.ksef.script('invoice', new KsefUnreachableError('timeout'));
  expect(await track()).toBe(1);
  expect(world.invoices.map(({ state }) => state).sort()).toEqual(['complete', 'in-session']);
});

it('is not hidden behind fifty others that KSeF has no word on', async () => {
  for (let at = 1; at <= 50; at++) {
    world.ksef.verdicts.set(`FV/${String(at)}`, [150, 150, 150, 150]);
    await world.issue({ number: `FV/${String(at)}` });
  }
  await world.tracker().execute(TENANT);
  await world.issue({ number: 'FV/51' });
  await world.tracker().execute(TENANT);
  expect(world.invoices.find(({ facts }) => facts.number === 'FV/51')?.state).toBe('complete');
});

it('is issued offline when KSeF failed over an online invoice (550)', async () => {
  world.ksef.verdicts.set('FV/1', [550]);
  await world.issue({ number: 'FV/1' });
  await track();
  expect(world.invoices).toMatchObject([{ state: 'issued', issue: { mode: 'offline24' } }]);
});

it('is not hidden behind one that KSeF asks to wait for, and that one waits as long as KSeF asks', async () => {
  await world.issue({ number: 'FV/1' });
  world.ksef.script('invoice', new KsefThrottledError(90));
  expect(await track()).toBe(1);
  await world.issue({ number: 'FV/2' });
  await track();
  expect(world.invoices.map(({ state }) => state)).toEqual(['in-session', 'complete']);
  world.clock.advance(90);
  await track();
  expect(world.invoices.map(({ state }) => state)).toEqual(['complete', 'complete']);
});

it('asks no more in a pass once KSeF left two questions unanswered, or when it is told to stop', async () => {
  for (const number of ['FV/1', 'FV/2', 'FV/3']) await world.issue({ number });
  world.ksef.script('invoice', new KsefUnreachableError('timeout'), new KsefUnreachableError('timeout'));
  expect(await track()).toBe(2);
  expect(world.invoices.map(({ state }) => state)).toEqual(['in-session', 'in-session', 'in-session']);
  expect(await world.tracker().execute(TENANT, { aborted: true })).toBe(0);
  expect(world.invoices.every(({ state }) => state === 'in-session')).toBe(true);
});

it('takes no failure that was announced after its own day when it is issued offline late', async () => {
  await inQuestion('lost-before');
  world.clock.advance(3 * 24 * 3600);
  await world.announced(aBulletin({ start: '2026-11-26T08:00:00Z', publishedAt: '2026-11-26T08:00:00Z' }));
  await track();
  expect(world.invoices).toMatchObject([{ state: 'issued', issue: { mode: 'offline24' } }]);
});

describe('what reading does not settle in a bounded time goes to a person', () => {
  it('when KSeF had confirmed the posting, and does not list it in the ended session', async () => {
    world.ksef.unlisted.add('FV/1');
    await world.issue({ number: 'FV/1' });
    world.ksef.sessions[0]!.code = 200;
    expect(await track()).toBe(1);
    expect(world.invoices[0]?.state).toBe('in-session');
    world.clock.advance(3600);
    expect(await track()).toBe(0);
    expect(world.invoices).toMatchObject([
      { state: 'needs-review', refusal: { code: 0, description: expect.stringContaining('session-1/invoice-1') } },
    ]);
    expect(world.signer.calls).toBe(0);
  });

  it('when KSeF does not decide for a day', async () => {
    world.ksef.verdicts.set('FV/1', [150]);
    await world.issue({ number: 'FV/1' });
    world.clock.advance(24 * 3600 - 1);
    expect(await world.tracker().execute(TENANT)).toBe(1);
    world.clock.advance(601);
    expect(await world.tracker().execute(TENANT)).toBe(0);
    expect(world.invoices).toMatchObject([{ state: 'needs-review', refusal: { code: 150 } }]);
  });

  it('when its UPO does not come for a day: with its number, which it keeps', async () => {
    world.ksef.upoReadsUntilReady = 1000;
    await world.issue({ number: 'FV/1' });
    expect(await track()).toBe(1);
    world.clock.advance(24 * 3600);
    expect(await world.tracker().execute(TENANT)).toBe(0);
    const { ksefNumber } = world.ksef.ledger[0]!;
    expect(world.invoices).toMatchObject([
      {
        state: 'needs-review',
        acceptance: { ksefNumber },
        refusal: { description: expect.stringContaining(ksefNumber) },
      },
    ]);
  });

  it('not when its UPO lies in another session than was thought: it is found there before anybody is asked', async () => {
    world.ksef.upoReadsUntilReady = 1;
    await world.issue({ number: 'FV/1' });
    await track();
    const [invoice] = world.invoices;
    if (invoice?.state !== 'accepted') throw new Error('not accepted');
    const session = 'session-99' as SessionReference;
    await world.database.invoices.save(
      reportMissingUpo(
        { ...invoice, acceptance: { ...invoice.acceptance, session } },
        upoMissing(invoice.acceptance.ksefNumber),
      ),
    );
    const [waiting] = world.invoices;
    if (waiting?.state !== 'needs-review') throw new Error('not under review');
    await world.database.invoices.save(readAgain(waiting));
    world.clock.advance(24 * 3600);
    await track();
    expect(world.invoices).toMatchObject([{ state: 'complete', acceptance: { session: 'session-1' } }]);
  });

  it('also when KSeF failed over an invoice that was asked to be online (550)', async () => {
    world.ksef.verdicts.set('FV/1', [550]);
    await world.issue({ number: 'FV/1' }, { mode: 'online' });
    expect(await track()).toBe(0);
    expect(world.invoices).toMatchObject([{ state: 'needs-review', refusal: { code: 550 } }]);
  });
});
