import { beforeEach, describe, expect, it } from '@jest/globals';
import { KsefLoginError, KsefThrottledError, KsefUnreachableError } from '../session/ksef-access.js';
import type { SessionReference } from '../session/session-reference.js';
import { Temporal } from '../shared/instant.js';
import { TENANT, anAuthenticationCertificate, anOfflineCertificate } from '../testing/builders.js';
import type { InteractiveSessions } from '../session/interactive-session.port.js';
import { failed } from '../shared/attempt.js';
import { IssuingWorld, requestFor } from '../testing/issuing-world.js';
import { refused } from '../testing/scripted-ksef.js';
import { locate } from './invoice-transitions.js';

let world: IssuingWorld;
beforeEach(async () => {
  world = new IssuingWorld();
  await world.has(anOfflineCertificate(), anAuthenticationCertificate());
  await world.looked(true);
});

const actions = () => world.database.audit.entries.map(({ action }) => action);

describe('an invoice issued online', () => {
  it('is posted, and waits in its session for what KSeF says', async () => {
    const outcome = await world.issue({ number: 'FV/1' });
    expect(outcome).toMatchObject({
      ok: true,
      value: {
        replayed: false,
        invoice: {
          state: 'in-session',
          issue: { mode: 'online', issuedAt: Temporal.Instant.from('2026-11-23T10:00:00Z') },
          delivery: { channel: 'interactive', session: 'session-1', invoice: 'session-1/invoice-1' },
        },
      },
    });
    expect(outcome.ok && outcome.value).not.toHaveProperty('term');
    expect(outcome.ok && 'issue' in outcome.value.invoice && outcome.value.invoice.issue).not.toHaveProperty('kodII');
    expect(world.ksef.ledger).toMatchObject([{ number: 'FV/1', declaredOffline: false }]);
    expect(world.signer.calls).toBe(0);
    expect(actions()).toEqual(['invoice.received', 'invoice.posting', 'invoice.posted']);
    expect(world.database.jobs.queued).toEqual([
      { job: { kind: 'track-interactive', tenant: TENANT }, afterSeconds: 1 },
    ]);
  });

  it('needs no certificate of type Offline', async () => {
    world = new IssuingWorld();
    await world.looked(true);
    expect(await world.issue({ number: 'FV/1' })).toMatchObject({ value: { invoice: { state: 'in-session' } } });
  });

  it('is stored before anything leaves', async () => {
    const seen: unknown[] = [];
    world.ksef.during.set('openOnline', () => Promise.resolve(void seen.push(world.invoices[0]?.state)));
    world.ksef.during.set('post', () => Promise.resolve(void seen.push(world.invoices[0])));
    await world.issue({ number: 'FV/1' });
    expect(seen).toMatchObject(['received', { state: 'in-session', delivery: { session: 'session-1' } }]);
  });

  it('is found by reading when its posting is not answered, and KSeF has it', async () => {
    world.ksef.script('post', 'lost-after');
    expect(await world.issue({ number: 'FV/1' })).toMatchObject({
      value: { invoice: { state: 'in-session', delivery: { session: 'session-1', invoice: 'session-1/invoice-1' } } },
    });
    expect(world.signer.calls).toBe(0);
    expect(actions()).toEqual(['invoice.received', 'invoice.posting', 'invoice.posted']);
    expect(world.ksef.sessions[0]?.code).toBe(100);
  });

  it('is issued as offline24 in the same call when its posting is not answered, and KSeF surely does not have it', async () => {
    world.ksef.pollsUntilClosed = 2;
    world.ksef.script('post', 'lost-before');
    expect(await world.issue({ number: 'FV/1' })).toMatchObject({
      value: { invoice: { state: 'issued', issue: { mode: 'offline24' } }, term: { deadline: { kind: 'due' } } },
    });
    expect(world.ksef.sessions[0]?.code).toBe(440);
    expect(world.database.sessionBook.stored).toMatchObject([{ state: 'closed' }]);
    expect(await world.database.connection.read()).toMatchObject({ ksefReachable: true });
  });

  it.each([
    ['reading is not answered either', new KsefUnreachableError('timeout')],
    ['reading is throttled', new KsefThrottledError(60)],
    ['reading is refused', new KsefLoginError('LOGIN_REFUSED', 'no')],
    ['the session takes too long to end', undefined],
  ])('stays in its session when %s: nothing else is issued', async (_what, error) => {
    if (error === undefined) world.ksef.pollsUntilClosed = 1000;
    else world.ksef.script('status', error);
    world.ksef.script('post', 'lost-before');
    const before = world.clock.now();
    expect(await world.issue({ number: 'FV/1' })).toMatchObject({
      value: { invoice: { state: 'in-session', delivery: { channel: 'interactive', session: 'session-1' } } },
    });
    expect(before.until(world.clock.now()).total('seconds')).toBeLessThanOrEqual(15);
    expect(world.signer.calls).toBe(0);
    expect(actions()).toEqual(['invoice.received', 'invoice.posting', 'invoice.posting-unknown']);
    expect(world.database.jobs.queued).toHaveLength(1);
    expect(world.invoices[0]).not.toHaveProperty('delivery.invoice');
  });

  it('tells everybody when KSeF answers neither the posting nor the reading', async () => {
    world.ksef.script('post', 'lost-before');
    world.ksef.script('status', new KsefUnreachableError('timeout'));
    await world.issue({ number: 'FV/1' });
    expect(await world.database.connection.read()).toMatchObject({ ksefReachable: false });
  });

  it('is answered as the worker found it, when the worker found out first', async () => {
    world.ksef.during.set('post', async () => {
      const [posting] = world.invoices;
      if (posting?.state !== 'in-session') throw new Error('it is being posted');
      await world.database.invoices.save(locate(posting, 'session-1' as SessionReference));
    });
    expect(await world.issue({ number: 'FV/1' })).toMatchObject({ ok: true, value: { invoice: { version: 2 } } });
    expect(world.ksef.ledger).toHaveLength(1);
  });
});

describe('an online attempt that a worker gave up before it was over', () => {
  it('is not answered as an invoice: nothing was issued, and its key is free', async () => {
    world.ksef.during.set('openOnline', async () => {
      world.clock.advance(121);
      await world.tracker().execute(TENANT);
    });
    expect(await world.issue({ number: 'FV/1' })).toMatchObject({
      ok: false,
      error: { code: 'KSEF_NOT_AVAILABLE', reason: 'The request ended before anything was sent.' },
    });
    expect(world.ksef.ledger).toEqual([]);
    expect(await world.issue({ number: 'FV/1' })).toMatchObject({ ok: true, value: { replayed: false } });
  });
});

describe('a posting that KSeF answers with a session that is not to be had (21173, 21184)', () => {
  const taken = (code: number) => {
    const open = world.ksef.interactiveSessions.open.bind(world.ksef.interactiveSessions);
    const sessions: InteractiveSessions = {
      ...world.ksef.interactiveSessions,
      open: async (...args) => {
        const opened = await open(...args);
        if (opened.outcome !== 'done') return opened;
        const { value } = opened;
        const post: typeof value.post = async (...posted) => {
          await value.post(...posted);
          return failed(refused(code, 'not now').no);
        };
        return { ...opened, value: { ...value, post } };
      },
    };
    return world.issueInvoice(world.database, world.sharedSessions(world.database, sessions));
  };

  it.each([21173, 21184])('is the invoice when reading finds that KSeF took it all the same (%i)', async (code) => {
    const outcome = await taken(code).execute(requestFor({ number: 'FV/1' }));
    expect(outcome).toMatchObject({ value: { invoice: { state: 'in-session', issue: { mode: 'online' } } } });
    expect(world.ksef.ledger).toHaveLength(1);
    expect(world.ksef.sessions).toHaveLength(1);
  });

  it.each([21173, 21184])('is left to the worker when reading does not tell (%i)', async (code) => {
    world.ksef.script('post', refused(code));
    world.ksef.script('status', new KsefThrottledError(30));
    expect(await world.issue({ number: 'FV/1' })).toMatchObject({ value: { invoice: { state: 'in-session' } } });
    expect(world.ksef.sessions).toHaveLength(1);
    expect(actions()).toContain('invoice.posting-unknown');
  });
});

describe('an online attempt that KSeF surely did not get', () => {
  it.each([
    [
      'a session is refused',
      () => {
        world.ksef.script('openOnline', refused(21180, 'no session'));
      },
      'no session',
    ],
    [
      'the session did not open',
      () => {
        world.ksef.script('openOnline', 'lost-before');
      },
      'timed out on the way there',
    ],
    [
      'the login is refused',
      () => {
        world.ksef.script('openOnline', new KsefLoginError('LOGIN_REFUSED', 'suspended'));
      },
      'suspended',
    ],
    [
      'a limit is reached',
      () => {
        world.ksef.script('openOnline', new KsefThrottledError(30));
      },
      'KSeF asks to wait 30 s',
    ],
    [
      'the posting is refused',
      () => {
        world.ksef.script('post', refused(21402, 'the size is wrong'));
      },
      'the size is wrong',
    ],
    [
      'one session after another is full',
      () => {
        world.ksef.onlineCapacity = 0;
      },
      'the session is full',
    ],
    [
      'no session is opened in time',
      () => {
        world.stopwatch.impatient = 1;
      },
      'no session was opened in time',
    ],
    [
      'a limit is reached while posting',
      () => {
        world.ksef.script('post', new KsefThrottledError(9));
      },
      'KSeF asks to wait 9 s',
    ],
  ])('is issued as offline24 in the same call when %s', async (_what, prepare, why) => {
    prepare();
    const outcome = await world.issue({ number: 'FV/1' });
    expect(outcome).toMatchObject({
      ok: true,
      value: {
        invoice: {
          state: 'issued',
          issue: { mode: 'offline24', evidence: { kind: 'own-choice', reason: `Online issue failed: ${why}` } },
        },
        term: { deadline: { kind: 'due', day: Temporal.PlainDate.from('2026-11-24') } },
      },
    });
    expect(world.invoices).toHaveLength(1);
    expect(world.invoices[0]).not.toHaveProperty('delivery');
    expect(await world.database.invoices.evidence(world.invoices[0]!.id)).toBeDefined();
    expect(world.ksef.ledger).toEqual([]);
    expect(actions().filter((action) => action !== 'invoice.posting')).toEqual(['invoice.received', 'invoice.issued']);
    expect(world.database.jobs.queued.map(({ job }) => job.kind)).toEqual(['plan-batches']);
  });

  it('is answered from the stored invoice when the request is repeated', async () => {
    world.ksef.script('openOnline', 'lost-before');
    const first = await world.issue({ number: 'FV/1' });
    const second = await world.issue({ number: 'FV/1' });
    if (!first.ok || !second.ok) throw new Error('both should succeed');
    expect(second.value.invoice).toMatchObject({ state: 'issued', id: first.value.invoice.id });
    expect(second.value.replayed).toBe(true);
    expect(world.ksef.sessions).toEqual([]);
  });

  it.each(['openOnline', 'post'] as const)(
    'is given up, and its number and key are free, when online was insisted on (%s refused)',
    async (call) => {
      world.ksef.script(call, refused(21405, 'refused'));
      expect(await world.issue({ number: 'FV/1' }, { mode: 'online' })).toEqual({
        ok: false,
        error: { code: 'KSEF_NOT_AVAILABLE', reason: 'refused' },
      });
      expect(world.invoices).toMatchObject([{ state: 'not-issued', reason: 'refused' }]);
      expect(world.database.idempotency.keys).toEqual([]);
      expect(actions().filter((action) => action !== 'invoice.posting')).toEqual([
        'invoice.received',
        'invoice.not-issued',
      ]);

      expect(await world.issue({ number: 'FV/1' }, { mode: 'online' })).toMatchObject({ ok: true });
      expect(world.invoices.map(({ state }) => state)).toEqual(['not-issued', 'in-session']);
    },
  );

  it('is given up when there is no certificate to issue it offline', async () => {
    world = new IssuingWorld();
    await world.looked(true);
    world.ksef.script('openOnline', 'lost-before');
    expect(await world.issue({ number: 'FV/1' })).toMatchObject({ error: { code: 'NO_OFFLINE_CERTIFICATE' } });
    expect(world.invoices).toMatchObject([{ state: 'not-issued' }]);
    expect(world.database.idempotency.keys).toEqual([]);
  });
});

describe('mode=online', () => {
  it('is refused, and nothing is stored, while KSeF does not answer', async () => {
    await world.looked(false);
    expect(await world.issue({ number: 'FV/1' }, { mode: 'online' })).toMatchObject({
      ok: false,
      error: { code: 'KSEF_NOT_AVAILABLE' },
    });
    expect(world.invoices).toEqual([]);
    expect(world.ksef.sessions).toEqual([]);
  });
});

describe('an Idempotency-Key of an online invoice', () => {
  it('whose first request is still running is answered so', async () => {
    let meanwhile: unknown;
    world.ksef.during.set('openOnline', async () => {
      meanwhile = await world.issue({ number: 'FV/1' });
    });
    await world.issue({ number: 'FV/1' });
    expect(meanwhile).toEqual({ ok: false, error: { code: 'REQUEST_IN_PROGRESS' } });
    expect(world.ksef.ledger).toHaveLength(1);
  });

  it('is free again once the attempt was found to have issued nothing', async () => {
    world.ksef.script('openOnline', new Error('the process died'));
    await expect(world.issue({ number: 'FV/1' })).rejects.toThrow('the process died');
    expect(world.invoices).toMatchObject([{ state: 'received' }]);
    world.clock.advance(601);
    await world.tracker().execute(TENANT);
    expect(world.invoices).toMatchObject([{ state: 'not-issued' }]);
    await world.looked(true);
    expect(await world.issue({ number: 'FV/1' })).toMatchObject({ ok: true, value: { replayed: false } });
  });

  it('starts anew for a repeat that comes a minute after the process of the first one died', async () => {
    world.ksef.script('openOnline', new Error('the process died'));
    await expect(world.issue({ number: 'FV/1' })).rejects.toThrow('the process died');
    world.clock.advance(59);
    expect(await world.issue({ number: 'FV/1' })).toEqual({ ok: false, error: { code: 'REQUEST_IN_PROGRESS' } });
    world.clock.advance(1);
    expect(await world.issue({ number: 'FV/1' })).toMatchObject({ ok: true, value: { replayed: false } });
    expect(world.invoices.map(({ state }) => state).sort()).toEqual(['in-session', 'not-issued']);
    expect(world.ksef.ledger).toHaveLength(1);
  });
});

describe('a document that cannot be issued online', () => {
  it('is issued offline24 when it is dated before today, with the deadline of its own date', async () => {
    expect(await world.issue({ number: 'FV/1', issueDate: '2026-11-10' })).toMatchObject({
      ok: true,
      value: {
        invoice: {
          state: 'issued',
          issue: { mode: 'offline24', evidence: { reason: expect.stringContaining('2026-11-10') } },
        },
        term: { deadline: { kind: 'due', day: Temporal.PlainDate.from('2026-11-12') } },
      },
    });
    expect(world.ksef.sessions).toEqual([]);
  });

  it('is refused when online was insisted on, and nothing is stored', async () => {
    expect(await world.issue({ number: 'FV/1', issueDate: '2026-11-22' }, { mode: 'online' })).toMatchObject({
      ok: false,
      error: { code: 'NOT_ISSUABLE_ONLINE', reason: expect.stringContaining('2026-11-22') },
    });
    expect(world.invoices).toEqual([]);
  });
});

it('tells everybody that KSeF does not answer, so that the next invoice does not wait for it', async () => {
  world.ksef.script('openOnline', 'lost-before');
  await world.issue({ number: 'FV/1' });
  expect(await world.database.connection.read()).toMatchObject({ ksefReachable: false });
  expect(await world.issue({ number: 'FV/2' })).toMatchObject({ value: { invoice: { issue: { mode: 'offline24' } } } });
  expect(world.ksef.sessions).toHaveLength(0);
});

it('does not tell so when only this context was not let in', async () => {
  world.ksef.script('openOnline', new KsefLoginError('LOGIN_REFUSED', 'refused'));
  await world.issue({ number: 'FV/1' });
  expect(await world.database.connection.read()).toMatchObject({ ksefReachable: true });
});

it('is issued as offline24 when its day ends while KSeF lets us in', async () => {
  world.ksef.during.set('openOnline', () => {
    world.clock.advance(24 * 3600);
    return Promise.resolve();
  });
  expect(await world.issue({ number: 'FV/1' })).toMatchObject({
    value: { invoice: { state: 'issued', issue: { mode: 'offline24' } }, term: { deadline: { kind: 'due' } } },
  });
  expect(world.ksef.ledger).toEqual([]);
});

describe('an Idempotency-Key whose request was answered 201', () => {
  it('gives that invoice, never another, after KSeF refused it', async () => {
    world.ksef.verdicts.set('FV/1', [450]);
    const first = await world.issue({ number: 'FV/1' });
    world.clock.advance(13);
    await world.tracker().execute(TENANT);
    const again = await world.issue({ number: 'FV/1' });
    if (!first.ok || !again.ok) throw new Error('both are answered');
    expect(again.value).toMatchObject({
      replayed: true,
      invoice: { id: first.value.invoice.id, state: 'not-issued', refusal: { code: 450 } },
    });
    expect(world.invoices).toHaveLength(1);
    expect(world.ksef.sessions).toHaveLength(1);
    const corrected = { key: 'another key', fingerprint: 'another' };
    expect(await world.issue({ number: 'FV/1' }, { claim: corrected })).toMatchObject({ value: { replayed: false } });
  });
});

describe('around midnight in Warsaw', () => {
  const posting = (at: string, duringPost = 0) => {
    world.clock.set(at);
    if (duringPost > 0)
      world.ksef.during.set('post', () => {
        world.clock.advance(duringPost);
        return Promise.resolve();
      });
    return world.issue({ number: 'FV/1' });
  };
  const issue = () => {
    const [invoice] = world.invoices;
    return invoice !== undefined && 'issue' in invoice ? invoice.issue : undefined;
  };
  beforeEach(async () => {
    world.clock.set('2026-11-23T23:40:00+01:00');
    await world.looked(true);
  });

  it.each([
    ['2026-11-23T23:49:59+01:00', 0],
    ['2026-11-23T23:50:01+01:00', 2],
    ['2026-11-23T23:59:59+01:00', 2],
  ])(
    'codes and evidence are there before an invoice is posted, in the last ten minutes (%s)',
    async (at, signatures) => {
      const seen: boolean[] = [];
      world.clock.set(at);
      await world.looked(true);
      world.ksef.during.set('post', async () => {
        const [invoice] = world.invoices;
        seen.push(invoice !== undefined && (await world.database.invoices.evidence(invoice.id)) !== undefined);
      });
      expect(await world.issue({ number: 'FV/1' })).toMatchObject({
        value: { invoice: { issue: { mode: 'online' } } },
      });
      expect(world.signer.calls).toBe(signatures);
      expect(seen).toEqual([signatures > 0]);
      expect(issue() !== undefined && 'prepared' in issue()!).toBe(signatures > 0);
    },
  );

  it('one that KSeF takes a second later is offline: it has its codes, its deadline and the basis of it (A04)', async () => {
    await world.looked(true);
    world.clock.set('2026-11-23T23:59:59+01:00');
    await world.looked(true);
    await posting('2026-11-23T23:59:59+01:00', 2);
    world.clock.advance(13);
    await world.tracker().execute(TENANT);
    const stored = await world.database.invoices.find(world.invoices[0]!.id);
    expect(stored).toMatchObject({
      invoice: { state: 'complete', acceptance: { invoicingMode: 'offline' }, issue: { mode: 'online', prepared: {} } },
      term: { deadline: { regime: 'offline24', day: Temporal.PlainDate.from('2026-11-24') } },
    });
  });

  it('one that KSeF took a second before is online, and nothing is due', async () => {
    world.clock.set('2026-11-23T23:59:59+01:00');
    await world.looked(true);
    await posting('2026-11-23T23:59:59+01:00');
    world.clock.advance(13);
    await world.tracker().execute(TENANT);
    const stored = await world.database.invoices.find(world.invoices[0]!.id);
    expect(stored).toMatchObject({ invoice: { state: 'complete', acceptance: { invoicingMode: 'online' } } });
    expect(stored).not.toHaveProperty('term');
  });

  it('one that its session refused is offline24 of the day it was made on, with the codes it had then', async () => {
    world.clock.set('2026-11-23T23:59:59+01:00');
    await world.looked(true);
    world.ksef.script('post', refused(21402, 'the size is wrong'));
    const outcome = await posting('2026-11-23T23:59:59+01:00', 2);
    expect(outcome).toMatchObject({
      value: {
        invoice: {
          state: 'issued',
          issue: { mode: 'offline24', issuedAt: Temporal.Instant.from('2026-11-23T22:59:59Z') },
        },
        term: { deadline: { day: Temporal.PlainDate.from('2026-11-24') } },
      },
    });
    expect(world.signer.calls).toBe(2);
  });

  it('one of the new day is posted once the day has begun by a clock that is five seconds behind', async () => {
    world.clock.set('2026-11-24T00:00:01+01:00');
    await world.looked(true);
    expect(await world.issue({ number: 'FV/1', issueDate: '2026-11-24' })).toMatchObject({
      value: { invoice: { state: 'in-session', issue: { issuedAt: Temporal.Instant.from('2026-11-23T23:00:05Z') } } },
    });
    expect(world.signer.calls).toBe(0);
  });

  it('one is posted without codes when they cannot be made: KSeF is in reach', async () => {
    world.clock.set('2026-11-23T23:59:00+01:00');
    await world.looked(true);
    world.signer.unavailable = true;
    expect(await world.issue({ number: 'FV/1' })).toMatchObject({ value: { invoice: { state: 'in-session' } } });
    expect(issue()).not.toHaveProperty('prepared');
  });
});
