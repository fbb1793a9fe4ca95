import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { SessionInvoice, SessionReader, SessionStatus } from './session-reader.port.js';
import { sessionInvoices } from './session-invoices.js';
import type { SessionReference } from './session-reference.js';

/** A session as KSeF tells it now, with every invoice in it. */
export interface SessionView {
  readonly reference: SessionReference;
  readonly status: SessionStatus;
  readonly invoices: readonly SessionInvoice[];
}

/** Reads a session of the tenant from KSeF, whichever of its contexts it belongs to. */
export class ReadSession {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly reader: SessionReader,
  ) {}

  /**
   * `undefined` when none of the tenant's contexts knows the session.
   * @throws KsefUnreachableError, KsefThrottledError, KsefLoginError
   */
  async execute(tenant: TenantId, reference: SessionReference): Promise<SessionView | undefined> {
    const contexts = await this.unitOfWork.inTenant(tenant, (stores) => stores.contexts.all());
    for (const { identifier } of contexts) {
      const access = { tenant, context: identifier };
      const status = await this.reader.status(access, reference);
      if (status === undefined) continue;
      const invoices: SessionInvoice[] = [];
      for await (const row of sessionInvoices(this.reader, access, reference)) invoices.push(row);
      return { reference, status, invoices };
    }
    return undefined;
  }
}
