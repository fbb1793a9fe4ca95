import { beforeEach, describe, expect, it } from '@jest/globals';
import { Temporal } from '../shared/instant.js';
import { KsefThrottledError, KsefUnreachableError } from './ksef-access.js';
import { TENANT, anOfflineCertificate } from '../testing/builders.js';
import { aBulletin } from '../testing/bulletins.js';
import { IssuingWorld } from '../testing/issuing-world.js';

let world: IssuingWorld;
beforeEach(async () => {
  world = new IssuingWorld();
  await world.has(anOfflineCertificate());
  await world.looked(true);
});

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
    world.ksef.script('post', 'lost-after');
    await world.issue({ number: 'FV/1' });
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
    world.ksef.script('post', 'lost-before');
    await world.issue({ number: 'FV/1' });
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
    world.ksef.script('post', 'lost-before');
    await world.issue({ number: 'FV/1' });
    await world.announced(aBulletin());
    await track();
    expect(world.invoices).toMatchObject([{ state: 'issued', issue: { mode: 'emergency' } }]);
  });

  it('goes to a person when there is no certificate to issue it offline', async () => {
    world = new IssuingWorld();
    await world.looked(true);
    world.ksef.script('post', 'lost-before');
    await world.issue({ number: 'FV/1' });
    expect(await track()).toBe(0);
    expect(world.invoices).toMatchObject([{ state: 'needs-review' }]);
  });

  it.each([100, 170])('is not issued offline while its session is not at its end (%i)', async (code) => {
    world.ksef.script('post', 'lost-before');
    await world.issue({ number: 'FV/1' });
    world.ksef.sessions[0]!.code = code;
    expect(await track()).toBe(1);
    expect(world.invoices[0]?.state).toBe('in-session');
    expect(world.ksef.sessions[0]?.code).toBe(code);
  });

  it('is not issued offline when KSeF does not know the session', async () => {
    world.ksef.script('post', 'lost-before');
    await world.issue({ number: 'FV/1' });
    world.ksef.sessions.splice(0);
    expect(await track()).toBe(1);
    expect(world.invoices[0]?.state).toBe('in-session');
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
    world.ksef.sessions[0]!.code = 100;
    world.clock.advance(107.8);
    expect(await track()).toBe(1);
    expect(world.ksef.sessions[0]?.code).toBe(100);
    expect(await track()).toBe(1);
    expect(world.ksef.sessions[0]?.code).toBe(440);
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
  world.ksef.script('post', 'lost-after');
  await world.issue({ number: 'FV/1' });
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
  world.ksef.script('post', 'lost-before');
  await world.issue({ number: 'FV/1' });
  world.clock.advance(3 * 24 * 3600);
  await world.announced(aBulletin({ start: '2026-11-26T08:00:00Z', publishedAt: '2026-11-26T08:00:00Z' }));
  await track();
  expect(world.invoices).toMatchObject([{ state: 'issued', issue: { mode: 'offline24' } }]);
});
