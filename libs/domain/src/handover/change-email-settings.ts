import { contextLabel, sameContext } from '../party/context-identifier.js';
import type { Clock } from '../shared/clock.port.js';
import { err, ok, type Result } from '../shared/result.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { EmailSettings } from './email-settings.port.js';

export interface ContextUnknown {
  readonly code: 'CONTEXT_UNKNOWN';
}

/** Decides how documents of a context go to buyers. What happens from now on goes by it. */
export class ChangeEmailSettings {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  execute(
    tenant: TenantId,
    actor: string,
    wanted: Omit<EmailSettings, 'changedAt' | 'changedBy'>,
  ): Promise<Result<EmailSettings, ContextUnknown>> {
    return this.unitOfWork.inTenant(tenant, async (stores) => {
      const known = await stores.contexts.all();
      if (!known.some(({ identifier }) => sameContext(identifier, wanted.context)))
        return err({ code: 'CONTEXT_UNKNOWN' });
      const settings: EmailSettings = { ...wanted, changedAt: this.clock.now(), changedBy: actor };
      await stores.emailSettings.put(settings);
      await beginDeciding(stores);
      const { sender, language, sending, confirmations, context, changedAt: at } = settings;
      await stores.audit.append([
        {
          ...{ at, actor, action: 'email-settings.changed' },
          subject: { kind: 'context', id: contextLabel(context) },
          facts: { sender, replyTo: settings.replyTo ?? null, language, sending, confirmations },
        },
      ]);
      return ok(settings);
    });
  }
}

/** What happened before the first settings is nobody's to send. */
async function beginDeciding({ emails, eventFeed }: TenantStores): Promise<void> {
  if ((await emails.lockDecided()) !== undefined) return;
  while ((await eventFeed.sequence(AT_A_TIME)) === AT_A_TIME);
  const { last } = await eventFeed.bounds();
  await emails.decided(last);
}

const AT_A_TIME = 1000;
