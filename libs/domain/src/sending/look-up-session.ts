import type { Batch } from '../batch/batch.js';
import { nextStepOf, type NextStep } from '../batch/next-step.js';
import { KsefLoginError, KsefThrottledError, KsefUnreachableError } from '../session/ksef-access.js';
import type { ReadSession } from '../session/read-session.js';
import type { SharedSessionRecord } from '../session/session-book.port.js';
import type { SessionStatus } from '../session/session-reader.port.js';
import type { SessionReference } from '../session/session-reference.js';
import type { Clock } from '../shared/clock.port.js';
import type { Instant } from '../shared/instant.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { SessionRow } from '../tracking/session-rows.port.js';

/** A session of the tenant: as KSeF tells it, or as we last knew it. */
export interface SessionLookUp {
  readonly reference: SessionReference;
  /** `stored`: KSeF could not be asked. */
  readonly source: 'ksef' | 'stored';
  /** Why KSeF could not be asked. */
  readonly notAsked?: string;
  /** The moment of which this is true. */
  readonly asOf: Instant;
  /** Absent where only the session as such is known. */
  readonly status?: Omit<SessionStatus, 'upoPages'>;
  readonly invoices: readonly SessionRow[];
  /** Of ours. */
  readonly batch?: { readonly batch: Batch; readonly next: NextStep };
  readonly interactive?: SharedSessionRecord;
}

/** What we have stored of a session. */
interface Stored {
  readonly batch?: { readonly batch: Batch; readonly next: NextStep };
  readonly interactive?: SharedSessionRecord;
  readonly rows: readonly SessionRow[];
  readonly asOf: Instant;
}

/** As many as a session can have (domain rules 8.2). */
const MOST_ROWS = 10_000;

/** Looks a session up: live from KSeF, and from what is stored when KSeF cannot be asked. */
export class LookUpSession {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly readSession: ReadSession,
    private readonly clock: Clock,
  ) {}

  /** `undefined` when none of the tenant's contexts knows the session, and we do not either. */
  async execute(tenant: TenantId, reference: SessionReference): Promise<SessionLookUp | undefined> {
    const stored = await this.unitOfWork.inTenant(tenant, (stores) => this.stored(stores, reference));
    const ours = {
      ...(stored.batch === undefined ? {} : { batch: stored.batch }),
      ...(stored.interactive === undefined ? {} : { interactive: stored.interactive }),
    };
    try {
      const live = await this.readSession.execute(tenant, reference);
      if (live === undefined)
        return isKnown(stored) ? this.fromStored(reference, stored, KSEF_DOES_NOT_KNOW) : undefined;
      const invoices = live.invoices.map(({ upoDownloadUrl: _secret, ...row }) => row);
      return { reference, source: 'ksef', asOf: this.clock.now(), status: live.status, invoices, ...ours };
    } catch (error) {
      if (!isKnown(stored) || !isNoAnswer(error)) throw error;
      return this.fromStored(reference, stored, error.message);
    }
  }

  private async stored({ batches, batchRuns, sessionBook, tracking }: TenantStores, reference: SessionReference) {
    const now = this.clock.now();
    const batch = await batches.findBySession(reference);
    const interactive = await sessionBook.find(reference);
    const rows = await tracking.rows.list(reference, MOST_ROWS);
    const standing = batch === undefined ? undefined : await batchRuns.standing(batch.id);
    return {
      rows,
      asOf: standing?.updatedAt ?? now,
      ...(batch === undefined || standing === undefined
        ? {}
        : { batch: { batch, next: nextStepOf(batch, standing, now) } }),
      ...(interactive === undefined ? {} : { interactive }),
    };
  }

  private fromStored(reference: SessionReference, stored: Stored, notAsked: string): SessionLookUp {
    const { rows: invoices, asOf, ...ours } = stored;
    const status = stored.batch === undefined ? undefined : storedStatus(stored.batch.batch);
    return {
      reference,
      source: 'stored',
      notAsked,
      asOf,
      invoices,
      ...ours,
      ...(status === undefined ? {} : { status }),
    };
  }
}

const KSEF_DOES_NOT_KNOW = 'KSeF does not know this session (yet).';

const isKnown = ({ batch, interactive }: Stored): boolean => batch !== undefined || interactive !== undefined;

const isNoAnswer = (error: unknown): error is Error =>
  error instanceof KsefUnreachableError || error instanceof KsefThrottledError || error instanceof KsefLoginError;

function storedStatus(batch: Batch): SessionLookUp['status'] {
  const details: readonly string[] = [];
  if (batch.state === 'reconciling' || batch.state === 'done' || batch.state === 'disputed') {
    return { code: batch.sessionCode, description: 'as KSeF ended it', details, invoiceCount: batch.invoiceCount };
  }
  if (batch.state === 'processing') return { code: 150, description: 'being processed, as we last knew', details };
  return { code: 100, description: 'open, as we last knew', details };
}
