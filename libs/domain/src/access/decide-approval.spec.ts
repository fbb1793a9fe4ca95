import { describe, expect, it } from '@jest/globals';
import { TENANT } from '../testing/builders.js';
import { CountingIds } from '../testing/counting-ids.js';
import { InMemoryDatabase } from '../testing/in-memory-database.js';
import { Temporal } from '../shared/instant.js';
import { err, ok, type Result } from '../shared/result.js';
import { APPROVAL_TRANSITIONS, type ApprovalState, type GuardedAction } from './approval.js';
import { DecideApproval, ProposeApproval } from './decide-approval.js';

const NOW = Temporal.Instant.from('2026-11-20T11:00:00Z');
const clock = { now: () => NOW };
const ACTION: GuardedAction = {
  ...{ kind: 'deadline-policy', policy: 'p', reading: 'r', author: 'Ewa', reason: 'opinion' },
};
const EWA = { tenant: TENANT, actor: 'person:ewa', person: 'Ewa Nowak' };
const JAN = { tenant: TENANT, actor: 'person:jan', person: 'Jan Kowal' };

function world(
  outcome: () => Promise<Result<unknown, { readonly code: string }>> = () => Promise.resolve(ok(undefined)),
) {
  const database = new InMemoryDatabase(clock);
  const done: [string, GuardedAction][] = [];
  const decide = new DecideApproval(database, clock, async (by, action) => {
    const result = await outcome();
    done.push([by.actor, action]);
    return result;
  });
  return { database, done, decide, propose: new ProposeApproval(database, clock, new CountingIds()) };
}

describe('what takes two persons', () => {
  it('is done when another person lets it happen, in their name', async () => {
    const { database, done, decide, propose } = world();
    const { id } = await propose.execute(EWA, ACTION);
    expect(done).toEqual([]);
    expect(await decide.approve(JAN, id)).toMatchObject({
      ok: true,
      value: { state: 'done', decided: { person: 'Jan Kowal' } },
    });
    expect(done).toEqual([['person:jan', ACTION]]);
    expect(database.audit.entries.map(({ action, actor }) => [action, actor])).toEqual([
      ['approval.proposed', 'person:ewa'],
      ['approval.approved', 'person:jan'],
      ['approval.done', 'person:jan'],
    ]);
  });

  it('is not done by who asked, by the same name, or by another key of the same client', async () => {
    const { done, decide, propose } = world();
    const desk = { ...EWA, actor: 'api-key:desk/1' };
    const { id } = await propose.execute(desk, ACTION);
    for (const by of [desk, { ...JAN, actor: 'api-key:desk/2' }, { ...JAN, person: 'ewa  nowak' }]) {
      expect(await decide.approve(by, id)).toEqual({ ok: false, error: { code: 'SAME_PERSON', by: 'Ewa Nowak' } });
    }
    expect(await decide.approve({ ...JAN, person: ' ' }, id)).toMatchObject({ error: { code: 'PERSON_MISSING' } });
    expect(done).toEqual([]);
  });

  it('is asked for once, however often', async () => {
    const { database, propose } = world();
    const first = await propose.execute(EWA, ACTION);
    expect(await propose.execute(JAN, ACTION)).toEqual(first);
    expect(database.approvals.stored).toHaveLength(1);
  });

  it('goes on after a crash between the word and the deed', async () => {
    let crashes = true;
    const { done, decide, propose } = world(() =>
      crashes ? Promise.reject(new Error('the process died')) : Promise.resolve(ok(undefined)),
    );
    const { id } = await propose.execute(EWA, ACTION);
    await expect(decide.approve(JAN, id)).rejects.toThrow('died');
    crashes = false;
    expect(await decide.approve(EWA, id)).toMatchObject({ error: { code: 'SAME_PERSON' } });
    expect(await decide.approve(JAN, id)).toMatchObject({ value: { state: 'done' } });
    expect(done).toHaveLength(1);
  });

  it('says why it could not be done', async () => {
    const { decide, propose } = world(() => Promise.resolve(err({ code: 'CERTIFICATE_NOT_FOUND' })));
    const { id } = await propose.execute(EWA, ACTION);
    expect(await decide.approve(JAN, id)).toMatchObject({ value: { state: 'refused', code: 'CERTIFICATE_NOT_FOUND' } });
  });

  it('moves only along its table', async () => {
    const states = Object.keys(APPROVAL_TRANSITIONS) as ApprovalState[];
    for (const from of states) {
      const { database, decide, propose } = world();
      const asked = await propose.execute(EWA, ACTION);
      const decided = { actor: JAN.actor, person: JAN.person, at: NOW };
      const { id, action, proposed } = asked;
      const base = { id, action, proposed, decided };
      const placed = {
        proposed: asked,
        rejected: { ...base, state: 'rejected' as const, reason: 'no' },
        approved: { ...base, state: 'approved' as const },
        done: { ...base, state: 'done' as const },
        refused: { ...base, state: 'refused' as const, code: 'X' },
      };
      database.approvals.stored = [placed[from]];
      const rejected = await decide.reject(EWA, id, 'a mistake');
      expect([from, rejected.ok]).toEqual([
        from,
        (APPROVAL_TRANSITIONS[from] as readonly string[]).includes('rejected'),
      ]);
      database.approvals.stored = [placed[from]];
      expect([from, (await decide.approve(JAN, id)).ok]).toEqual([from, from === 'proposed' || from === 'approved']);
    }
  });
});
