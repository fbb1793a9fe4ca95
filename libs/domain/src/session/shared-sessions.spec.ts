import { beforeEach, describe, expect, it } from '@jest/globals';
import { FA3 } from '../invoice/invoice-facts.js';
import { MONDAY_11, OTHER_CONTEXT, SELLER_CONTEXT, TENANT, anOfflineCertificate } from '../testing/builders.js';
import { IssuingWorld } from '../testing/issuing-world.js';
import { refused } from '../testing/scripted-ksef.js';
import { KsefThrottledError, KsefUnreachableError } from './ksef-access.js';
import { SHARED_SESSION_TRANSITIONS, type SharedSessionState } from './session-book.port.js';
import type { SharedSession, SharedSessions } from './shared-sessions.js';

let world: IssuingWorld;
beforeEach(async () => {
  world = new IssuingWorld();
  await world.has(anOfflineCertificate());
  await world.looked(true);
});

const access = { tenant: TENANT, context: SELLER_CONTEXT };
const book = () => world.database.sessionBook.stored;
const issueMany = (from: number, count: number) =>
  Promise.all(Array.from({ length: count }, (_, at) => world.issue({ number: `FV/${String(from + at)}` })));

async function acquire(sessions: SharedSessions = world.sessions): Promise<SharedSession> {
  const attempt = await sessions.acquire(access, FA3, 1000);
  if (attempt.outcome !== 'done') throw new Error(JSON.stringify(attempt));
  return attempt.value;
}

describe('a process that issues online', () => {
  it('opens one session for two hundred invoices that come at once, and stores who used it', async () => {
    const issued = await issueMany(1, 200);
    expect(issued.every((outcome) => outcome.ok && outcome.value.invoice.state === 'in-session')).toBe(true);
    expect(world.ksef.sessions).toHaveLength(1);
    expect(world.ksef.ledger).toHaveLength(200);
    expect(book()).toMatchObject([{ reference: 'session-1', state: 'open', opener: 'api', invoicesPosted: 200 }]);
  });

  it('opens one anew when the first one is full, and loses nothing', async () => {
    world.ksef.onlineCapacity = 3;
    await issueMany(1, 7);
    for (let at = 8; at <= 10; at++) await world.issue({ number: `FV/${String(at)}` });
    expect(world.ksef.ledger).toHaveLength(10);
    expect(world.ksef.sessions.map(({ rows }) => rows.length)).toEqual([3, 3, 3, 1]);
    await world.sessions.closeIdle();
    expect(book().map(({ state }) => state)).toEqual(['closed', 'closed', 'closed', 'open']);
  });

  it.each([21180, 21184, 21173])('takes another session when KSeF refuses this one (%i)', async (code) => {
    await world.issue({ number: 'FV/1' });
    world.ksef.script('post', refused(code));
    expect(await world.issue({ number: 'FV/2' })).toMatchObject({
      value: { invoice: { state: 'in-session', delivery: { session: 'session-2' } } },
    });
    expect(world.ksef.ledger).toHaveLength(2);
  });

  it('has a session for each context, and shares none with another process', async () => {
    await acquire();
    await world.sessions.acquire({ tenant: TENANT, context: OTHER_CONTEXT }, FA3, 1000);
    await acquire(world.sharedSessions());
    expect(book().map(({ context }) => context)).toEqual([SELLER_CONTEXT, OTHER_CONTEXT, SELLER_CONTEXT]);
  });

  it('asks whether KSeF is there before an invoice goes where it was silent for a while: then nothing was sent', async () => {
    await world.issue({ number: 'FV/1' });
    world.clock.advance(4.9);
    world.ksef.script('status', new KsefUnreachableError('timeout'));
    expect(await world.issue({ number: 'FV/2' })).toMatchObject({ value: { invoice: { state: 'in-session' } } });
    world.clock.advance(5);
    expect(await world.issue({ number: 'FV/3' })).toMatchObject({
      value: {
        invoice: {
          state: 'issued',
          issue: { mode: 'offline24', evidence: { reason: 'Online issue failed: timeout' } },
        },
      },
    });
    expect(await world.database.connection.read()).toMatchObject({ ksefReachable: false });
    expect(world.ksef.ledger.map(({ number }) => number)).toEqual(['FV/1', 'FV/2']);
  });

  it('asks once for all who come at once, and takes another session when this one has ended', async () => {
    await world.issue({ number: 'FV/1' });
    world.clock.advance(5);
    let asked = 0;
    const status = world.ksef.status.bind(world.ksef);
    world.ksef.status = (...about) => {
      asked += 1;
      return status(...about);
    };
    world.ksef.sessions[0]!.code = 200;
    await issueMany(2, 20);
    expect(asked).toBe(1);
    expect(world.ksef.sessions.map(({ rows }) => rows.length)).toEqual([1, 20]);
  });

  it('posts all the same when questions are throttled', async () => {
    await world.issue({ number: 'FV/1' });
    world.clock.advance(5);
    world.ksef.script('status', new KsefThrottledError(60));
    await world.issue({ number: 'FV/2' });
    expect(world.ksef.sessions.map(({ rows }) => rows.length)).toEqual([2]);
  });

  it('closes what is idle for five minutes, and opens anew for the next one', async () => {
    await world.issue({ number: 'FV/1' });
    world.clock.advance(299);
    await world.sessions.closeIdle();
    await world.issue({ number: 'FV/2' });
    world.clock.advance(299);
    await world.sessions.closeIdle();
    expect(book()).toMatchObject([{ state: 'open', invoicesPosted: 2 }]);
    world.clock.advance(1);
    await world.sessions.closeIdle();
    expect(book()).toMatchObject([{ state: 'closed' }]);
    expect(world.ksef.sessions[0]?.code).toBe(200);
    await world.looked(true);
    await world.issue({ number: 'FV/3' });
    expect(book().map(({ state }) => state)).toEqual(['closed', 'open']);
  });

  it('uses none in the half hour before KSeF ends it, however busy it is', async () => {
    const { session } = await acquire();
    for (let minutes = 4; minutes < 11.5 * 60; minutes += 4) {
      world.clock.advance(240);
      expect((await acquire()).session).toBe(session);
      await world.database.inTenant(TENANT, async (stores) => {
        expect(await world.sessions.use(stores, { access, session })).toBe(true);
      });
    }
    world.clock.set(MONDAY_11);
    world.clock.advance(11.5 * 3600);
    expect((await acquire()).session.reference).toBe('session-2');
  });

  it('posts nothing into a session that somebody closes meanwhile, and takes another one', async () => {
    const { session } = await acquire();
    await world.database.inTenant(TENANT, ({ sessionBook }) => sessionBook.beginClosing(session.reference));
    expect(await world.issue({ number: 'FV/1' })).toMatchObject({
      value: { invoice: { delivery: { session: 'session-2' } } },
    });
    expect(world.ksef.sessions[0]?.rows).toEqual([]);
  });

  it('sends nothing into a session that it retired after the intent was stored: a definite no', async () => {
    const shared = await acquire();
    world.sessions.retire(shared);
    expect(await world.sessions.post(shared, new Uint8Array(1), new Uint8Array(32) as never)).toMatchObject({
      outcome: 'failed',
      error: { ksefCode: 21180, httpStatus: 0 },
    });
    expect(world.ksef.sessions[0]?.rows).toEqual([]);
  });

  it('closes everything at its end', async () => {
    await acquire();
    await world.sessions.acquire({ tenant: TENANT, context: OTHER_CONTEXT }, FA3, 1000);
    await world.sessions.closeAll();
    expect(book().map(({ state }) => state)).toEqual(['closed', 'closed']);
  });

  it('tells all who wait that no session could be opened, and tries again for the next one', async () => {
    world.ksef.script('openOnline', new KsefThrottledError(60));
    const waiting = await Promise.allSettled([acquire(), acquire(), acquire()]);
    expect(waiting.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect((await acquire()).session.reference).toBe('session-1');
  });
});

describe('a session whose process died', () => {
  it('is closed by a worker once it was idle a minute longer than its process would have waited', async () => {
    await world.issue({ number: 'FV/1' });
    world.clock.advance(359);
    await world.tracker().execute(TENANT);
    expect(world.ksef.sessions[0]?.code).toBe(100);
    world.clock.advance(1);
    await world.tracker().execute(TENANT);
    expect(world.ksef.sessions[0]?.code).toBe(200);
    expect(book()).toMatchObject([{ state: 'closed' }]);
  });

  it('is closed later when KSeF cannot be asked, and counts as lost after its time', async () => {
    await acquire();
    world.clock.advance(360);
    for (let round = 0; round < 3; round++) {
      world.ksef.script('closeOnline', new KsefUnreachableError('timeout'));
      await world.tracker().execute(TENANT);
      expect(book()).toMatchObject([{ state: 'closing' }]);
      world.clock.advance(60);
    }
    world.clock.advance(12 * 3600);
    await world.tracker().execute(TENANT);
    expect(book()).toMatchObject([{ state: 'lost' }]);
  });
});

describe('the lifecycle of a shared session', () => {
  it('reaches every state, and leaves none that is final', () => {
    const states = Object.keys(SHARED_SESSION_TRANSITIONS) as SharedSessionState[];
    const reached = new Set<SharedSessionState>(['open']);
    for (const from of states) for (const to of SHARED_SESSION_TRANSITIONS[from]) reached.add(to);
    expect([...reached].sort()).toEqual([...states].sort());
    expect(SHARED_SESSION_TRANSITIONS.closed).toEqual([]);
    expect(SHARED_SESSION_TRANSITIONS.lost).toEqual([]);
  });
});
