import { describe, expect, it } from '@jest/globals';
import type { InteractiveSessions } from '../session/interactive-session.port.js';
import { TENANT, anOfflineCertificate } from '../testing/builders.js';
import { CrashError, CrashPoints } from '../testing/crash-points.js';
import { IssuingWorld, requestFor } from '../testing/issuing-world.js';
import type { RequestedMode } from './issuing-mode.js';

/** Sessions that may die around every call, also around those of the session they open. */
function dying(crash: CrashPoints, sessions: InteractiveSessions): InteractiveSessions {
  return {
    open: async (...args) => {
      crash.step();
      const attempt = await sessions.open(...args);
      crash.step();
      if (attempt.outcome !== 'done') return attempt;
      const session = attempt.value;
      const mortal = crash.around(session);
      return {
        ...attempt,
        value: { ...session, post: (...posted) => mortal.post(...posted), close: () => mortal.close() },
      };
    },
    close: (...args) => sessions.close(...args),
  };
}

/** Issues with a process that dies; then the client repeats its request until it is answered, and the worker works. */
async function issueThrough(crash: CrashPoints, mode: RequestedMode): Promise<IssuingWorld> {
  const world = new IssuingWorld();
  await world.has(anOfflineCertificate());
  await world.looked(true);
  const request = requestFor({ number: 'FV/1' }, { mode });
  const database = crash.around(world.database);
  const sessions = world.sharedSessions(database, dying(crash, world.ksef.interactiveSessions));
  const mortal = world.issueInvoice(database, sessions);
  try {
    const first = await mortal.execute(request);
    expect(first.ok).toBe(true);
  } catch (error) {
    expect(error).toBeInstanceOf(CrashError);
  }
  for (let round = 0; round < 3; round++) {
    world.clock.advance(700);
    await world.tracker().execute(TENANT);
    await world.looked(true);
    await world.issueInvoice().execute(request);
  }
  await world.tracker().execute(TENANT);
  const answer = await world.issueInvoice().execute(request);
  expect(answer).toMatchObject({ ok: true, value: { replayed: true } });
  return world;
}

describe.each<RequestedMode>(['auto', 'offline24'])('a process that dies while it issues (mode=%s)', (mode) => {
  it('leaves one invoice with that number, and KSeF never has what we wait to deliver', async () => {
    let at = 0;
    let happened: boolean;
    do {
      const crash = new CrashPoints(at);
      const world = await issueThrough(crash, mode);
      const live = world.invoices.filter(({ state }) => state !== 'not-issued');
      expect([at, live]).toMatchObject([at, [{ state: world.ksef.ledger.length === 1 ? 'complete' : 'issued' }]]);
      expect(world.ksef.ledger.length).toBeLessThanOrEqual(1);
      happened = at === 0 || crash.happened;
      at += 1;
    } while (happened);
    expect(at).toBeGreaterThan(mode === 'auto' ? 12 : 5);
  });
});
