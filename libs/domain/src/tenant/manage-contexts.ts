import { contextLabel, sameContext, type ContextIdentifier } from '../party/context-identifier.js';
import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import { err, ok, type Result } from '../shared/result.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantContext, TenantId } from './tenant.js';

/** Contexts that one tenant may have: a bound, not a product limit. */
export const MOST_CONTEXTS = 10_000;

export type AddContextRefusal =
  | { readonly code: 'CONTEXT_NAME_DIFFERS'; readonly id: string; readonly name: string }
  | { readonly code: 'TOO_MANY_CONTEXTS'; readonly most: number };

export type RemoveContextRefusal =
  { readonly code: 'CONTEXT_NOT_FOUND' } | { readonly code: 'CONTEXT_IN_USE'; readonly by: string };

interface By {
  readonly tenant: TenantId;
  readonly actor: string;
}

/** A tenant adds a KSeF context that it issues in. The same context again is the same context: repeats are harmless. */
export class AddContext {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly ids: IdSource,
  ) {}

  execute(
    { tenant, actor }: By,
    identifier: ContextIdentifier,
    name: string,
  ): Promise<Result<{ readonly context: TenantContext; readonly isNew: boolean }, AddContextRefusal>> {
    return this.unitOfWork.inTenant(tenant, async ({ contexts, audit }) => {
      const all = await contexts.all();
      const known = all.find((context) => sameContext(context.identifier, identifier));
      if (known !== undefined) {
        return known.name === name
          ? ok({ context: known, isNew: false })
          : err({ code: 'CONTEXT_NAME_DIFFERS', id: known.id, name: known.name });
      }
      if (all.length >= MOST_CONTEXTS) return err({ code: 'TOO_MANY_CONTEXTS', most: MOST_CONTEXTS });
      const context: TenantContext = { id: this.ids.next(), identifier, name };
      await contexts.add(context);
      const subject = { kind: 'context', id: context.id } as const;
      const facts = { context: contextLabel(identifier), name };
      await audit.append([{ at: this.clock.now(), actor, action: 'context.added', subject, facts }]);
      return ok({ context, isNew: true });
    });
  }
}

/** A tenant gives up a context in which nothing was ever issued; invoices keep theirs for as long as they are kept. */
export class RemoveContext {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  execute({ tenant, actor }: By, id: string): Promise<Result<void, RemoveContextRefusal>> {
    return this.unitOfWork.inTenant(tenant, async ({ contexts, audit }) => {
      const context = (await contexts.all()).find((each) => each.id === id);
      if (context === undefined) return err({ code: 'CONTEXT_NOT_FOUND' });
      const by = await contexts.removeUnlessUsed(id);
      if (by !== undefined) return err({ code: 'CONTEXT_IN_USE', by });
      const subject = { kind: 'context', id } as const;
      const facts = { context: contextLabel(context.identifier) };
      await audit.append([{ at: this.clock.now(), actor, action: 'context.removed', subject, facts }]);
      return ok(undefined);
    });
  }
}
