import { describe, expect, it } from '@jest/globals';
import { APPROVAL_TRANSITIONS, type Approval, type ApprovalState, type GuardedAction } from '@latarnik/domain';
import { nextId, NOON } from '../testing/samples.js';
import { Stage } from '../testing/stage.js';

const stage = Stage.forThisFile();
const { inTenant } = stage;

const action = (policy = 'p'): GuardedAction => ({
  ...{ kind: 'deadline-policy', policy, reading: 'Zażółć', author: 'Ewa', reason: 'opinia' },
});
const proposedOf = (more: Partial<Approval> = {}) => ({
  ...{ id: nextId(), action: action(), proposed: { actor: 'person:ewa', person: 'Ewa', at: NOON } },
  ...more,
});
const decided = { actor: 'person:jan', person: 'Jan', at: NOON.add({ seconds: 5 }) };

function inState(asked: ReturnType<typeof proposedOf>, state: ApprovalState): Approval {
  switch (state) {
    case 'proposed':
      return { ...asked, state };
    case 'rejected':
      return { ...asked, state, decided, reason: 'nie' };
    case 'refused':
      return { ...asked, state, decided, code: 'CERTIFICATE_NOT_FOUND' };
    case 'approved':
    case 'done':
      return { ...asked, state, decided };
  }
}

/** The ways from the beginning to each state. */
const WAYS: Readonly<Record<ApprovalState, readonly ApprovalState[]>> = {
  proposed: [],
  rejected: ['rejected'],
  approved: ['approved'],
  done: ['approved', 'done'],
  refused: ['approved', 'refused'],
};

describe('approvals', () => {
  it('move along the table of the domain and in no other way', async () => {
    const states = Object.keys(APPROVAL_TRANSITIONS) as ApprovalState[];
    for (const from of states) {
      for (const to of states.filter((state) => state !== from)) {
        const asked = proposedOf({ action: action(`${from} to ${to}`) });
        await inTenant(stage.tenant, async ({ approvals }) => {
          await approvals.add(inState(asked, 'proposed'));
          let before: ApprovalState = 'proposed';
          for (const step of WAYS[from]) {
            await approvals.save(inState(asked, step), before);
            before = step;
          }
        });
        const move = inTenant(stage.tenant, ({ approvals }) => approvals.save(inState(asked, to), from));
        const allowed = (APPROVAL_TRANSITIONS[from] as readonly string[]).includes(to);
        const outcome = await move.catch((error: unknown) => (error as { sqlState?: string }).sqlState);
        expect([from, to, outcome]).toEqual([from, to, allowed ? true : '23514']);
        const stored = await inTenant(stage.tenant, ({ approvals }) => approvals.find(asked.id));
        expect(stored).toEqual(inState(asked, allowed ? to : from));
      }
    }
  });

  it('are never let happen by who asked, whatever the code above says', async () => {
    const asked = proposedOf();
    await inTenant(stage.tenant, ({ approvals }) => approvals.add(inState(asked, 'proposed')));
    const own = { ...asked, state: 'approved', decided: { ...decided, actor: 'person:ewa' } } as const;
    await expect(inTenant(stage.tenant, ({ approvals }) => approvals.save(own, 'proposed'))).rejects.toMatchObject({
      sqlState: '23514',
    });
  });

  it('belong to their tenant, are paged newest first, and one is open for one action', async () => {
    const [first, second] = [
      proposedOf({ action: action('a') }),
      proposedOf({
        action: action('b'),
        proposed: { actor: 'person:ewa', person: 'Ewa', at: NOON.add({ seconds: 9 }) },
      }),
    ];
    await inTenant(stage.tenant, async ({ approvals }) => {
      await approvals.add(inState(first, 'proposed'));
      await approvals.add(inState(second, 'proposed'));
    });
    const ids = (limit: number, after?: string) =>
      inTenant(stage.tenant, async ({ approvals }) => (await approvals.list(limit, after)).map(({ id }) => id));
    expect([await ids(5), await ids(1), await ids(5, second.id)]).toEqual([
      [second.id, first.id],
      [second.id],
      [first.id],
    ]);
    expect(await inTenant(stage.tenant, ({ approvals }) => approvals.open(action('a')))).toMatchObject({
      id: first.id,
    });
    expect(await inTenant(stage.tenant, ({ approvals }) => approvals.open(action('c')))).toBeUndefined();
    const twin = inTenant(stage.tenant, ({ approvals }) =>
      approvals.add({ ...inState(first, 'proposed'), id: nextId() }),
    );
    await expect(twin).rejects.toMatchObject({ sqlState: '23505' });
    const other = await stage.database.aTenant();
    expect(await inTenant(other, ({ approvals }) => approvals.list(5, undefined))).toEqual([]);
    expect(await inTenant(other, ({ approvals }) => approvals.find(first.id))).toBeUndefined();
    expect(await inTenant(stage.tenant, ({ approvals }) => approvals.save(inState(first, 'done'), 'approved'))).toBe(
      false,
    );
  });
});
