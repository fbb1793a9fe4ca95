import { mayBeSamePerson } from '../outage/total-failure-confirmation.js';
import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import { err, ok, type Result } from '../shared/result.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { Approval, ApprovalState, ApprovalVoice, GuardedAction } from './approval.js';

export type ApprovalRefusal =
  | { readonly code: 'APPROVAL_NOT_FOUND' }
  | { readonly code: 'PERSON_MISSING' }
  /** Two persons have two names and two credentials; the keys of one client are one. */
  | { readonly code: 'SAME_PERSON'; readonly by: string }
  | { readonly code: 'APPROVAL_CLOSED'; readonly state: ApprovalState };

interface By {
  readonly tenant: TenantId;
  readonly actor: string;
  readonly person: string;
}

/** Does what was approved, in the name of whoever approved; done again, it changes nothing more. */
export type CarryOut = (
  by: { readonly tenant: TenantId; readonly actor: string },
  action: GuardedAction,
) => Promise<Result<unknown, { readonly code: string }>>;

/** Asks for something that takes two persons. The same question twice is one question. */
export class ProposeApproval {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly ids: IdSource,
  ) {}

  execute({ tenant, actor, person }: By, action: GuardedAction): Promise<Approval> {
    return this.unitOfWork.inTenant(tenant, async (stores) => {
      const open = await stores.approvals.open(action);
      if (open !== undefined) return open;
      const proposed: ApprovalVoice = { actor, person, at: this.clock.now() };
      const approval: Approval = { id: this.ids.next(), action, proposed, state: 'proposed' };
      await stores.approvals.add(approval);
      await tell(stores, approval, proposed, 'approval.proposed');
      return approval;
    });
  }
}

/** Another person lets it happen, or anybody says no. */
export class DecideApproval {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly carryOut: CarryOut,
  ) {}

  /** The word is stored first, then it is done: what a crash left half-way goes on with the next approval. */
  async approve(by: By, id: string): Promise<Result<Approval, ApprovalRefusal>> {
    const approved = await this.decide(by, id, ['proposed', 'approved'], async (stores, approval, decided) => {
      if (mayBeSamePerson(approval.proposed, by)) return err({ code: 'SAME_PERSON', by: approval.proposed.person });
      if (approval.state === 'approved') return ok(approval);
      return this.move(stores, approval, { ...askedOf(approval), state: 'approved', decided });
    });
    if (!approved.ok || approved.value.state !== 'approved') return approved;
    const { decided, action } = approved.value;
    const done = await this.carryOut({ tenant: by.tenant, actor: decided.actor }, action);
    const asked = askedOf(approved.value);
    const after: Approval = done.ok
      ? { ...asked, state: 'done', decided }
      : { ...asked, state: 'refused', decided, code: done.error.code };
    return this.unitOfWork.inTenant(by.tenant, (stores) => this.move(stores, approved.value, after));
  }

  /** Whoever asked may take it back. */
  reject(by: By, id: string, reason: string): Promise<Result<Approval, ApprovalRefusal>> {
    return this.decide(by, id, ['proposed'], (stores, approval, decided) =>
      this.move(stores, approval, { ...askedOf(approval), state: 'rejected', decided, reason }),
    );
  }

  private async decide(
    { tenant, actor, person }: By,
    id: string,
    states: readonly ApprovalState[],
    then: (
      stores: TenantStores,
      approval: Approval,
      decided: ApprovalVoice,
    ) => Promise<Result<Approval, ApprovalRefusal>>,
  ): Promise<Result<Approval, ApprovalRefusal>> {
    if (person.trim() === '') return err({ code: 'PERSON_MISSING' });
    return this.unitOfWork.inTenant(tenant, async (stores) => {
      const approval = await stores.approvals.find(id);
      if (approval === undefined) return err({ code: 'APPROVAL_NOT_FOUND' });
      if (!states.includes(approval.state)) return err({ code: 'APPROVAL_CLOSED', state: approval.state });
      return then(stores, approval, { actor, person: person.trim(), at: this.clock.now() });
    });
  }

  private async move(
    stores: TenantStores,
    before: Approval,
    after: Exclude<Approval, { state: 'proposed' }>,
  ): Promise<Result<Approval, ApprovalRefusal>> {
    if (!(await stores.approvals.save(after, before.state))) {
      const now = await stores.approvals.find(before.id);
      return err({ code: 'APPROVAL_CLOSED', state: now?.state ?? before.state });
    }
    await tell(stores, after, after.decided, `approval.${after.state}`);
    return ok(after);
  }
}

const askedOf = ({ id, action, proposed }: Approval) => ({ id, action, proposed });

async function tell(
  { audit }: TenantStores,
  { id, action, state, ...rest }: Approval,
  { at, actor, person }: ApprovalVoice,
  what: string,
): Promise<void> {
  const facts = {
    ...Object.fromEntries(Object.entries(action).map(([name, value]) => [name, String(value)])),
    by: person,
    ...('code' in rest ? { code: rest.code } : {}),
    ...('reason' in rest ? { why: rest.reason } : {}),
  };
  await audit.append([{ at, actor, action: what, subject: { kind: 'approval', id }, facts: { ...facts, state } }]);
}
