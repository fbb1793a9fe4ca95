import type { Clock } from '../shared/clock.port.js';
import type { StopSignal } from '../shared/job-source.port.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import { isBefore } from '../calendar/warsaw-time.js';
import type { TenantId } from '../tenant/tenant.js';
import type { InteractiveSessions } from './interactive-session.port.js';
import { KsefLoginError, KsefThrottledError, KsefUnreachableError, type KsefAccess } from './ksef-access.js';
import type { SessionReference } from './session-reference.js';

const AT_A_TIME = 20;
/** A session that could not be closed is tried again after that. */
const AGAIN_SECONDS = 60;

interface Ports {
  readonly unitOfWork: UnitOfWork;
  readonly sessions: InteractiveSessions;
}

/**
 * Closes interactive sessions that stayed open: idle ones, whose opener may have died, and those that somebody could not
 * close. Needs no key. Safe to repeat and to run twice: closing a closed session is closing it.
 */
export class CloseSharedSessions {
  constructor(private readonly ports: Ports & { readonly clock: Clock }) {}

  /** @returns how many were closed; one that fails holds up no other */
  async execute(tenant: TenantId, stop: StopSignal = { aborted: false }): Promise<number> {
    const due = await this.ports.unitOfWork.inTenant(tenant, ({ sessionBook }) =>
      sessionBook.claimDue(AT_A_TIME, AGAIN_SECONDS),
    );
    let closed = 0;
    for (const { reference, context, validUntil } of due) {
      if (stop.aborted) return closed;
      if (isBefore(validUntil, this.ports.clock.now())) await finish(this.ports, tenant, reference, 'lost');
      else if (await this.tryToClose({ tenant, context }, reference)) closed += 1;
    }
    return closed;
  }

  private async tryToClose(access: KsefAccess, reference: SessionReference): Promise<boolean> {
    try {
      await closeAtKsef(this.ports, access, reference);
      return true;
    } catch (error) {
      if (error instanceof KsefUnreachableError || error instanceof KsefThrottledError) return false;
      if (error instanceof KsefLoginError) return false;
      throw error;
    }
  }
}

/**
 * Closes it at KSeF and in the book, where it is being closed.
 * @throws KsefUnreachableError, KsefThrottledError, KsefLoginError: it stays as it is in the book
 */
export async function closeAtKsef(ports: Ports, access: KsefAccess, reference: SessionReference): Promise<void> {
  await ports.sessions.close(access, reference);
  await finish(ports, access.tenant, reference, 'closed');
}

function finish(
  { unitOfWork }: Ports,
  tenant: TenantId,
  reference: SessionReference,
  state: 'closed' | 'lost',
): Promise<void> {
  return unitOfWork.inTenant(tenant, ({ sessionBook }) => sessionBook.finish(reference, state));
}
