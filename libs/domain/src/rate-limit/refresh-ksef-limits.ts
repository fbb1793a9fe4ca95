import { contextLabel } from '../party/context-identifier.js';
import { KsefLoginError, KsefThrottledError, KsefUnreachableError } from '../session/ksef-access.js';
import type { StopSignal } from '../shared/job-source.port.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { KsefLimitsBook, KsefLimitsReader } from './ksef-limits.port.js';

/** Limits are read anew once a day; by a process that has just started, also when they are an hour old. */
export const LIMITS_LIFE_SECONDS = { running: 86_400, starting: 3_600 } as const;
/** After a reading that failed, or whose reader died. */
const RETRY_SECONDS = 900;

/** What became of one tenant's contexts. */
export interface RefreshedLimits {
  /** Labels of contexts whose limits were read. */
  readonly read: readonly string[];
  /** Contexts whose limits could not be read, and why: what was known before holds, or the published values. */
  readonly failed: readonly { readonly context: string; readonly reason: string }[];
}

/**
 * Reads KSeF's limits for the contexts whose values are old. Safe to run in any number of processes: one of them reads. A
 * context that shares its limits with another tenant is read once.
 */
export class RefreshKsefLimits {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly book: KsefLimitsBook,
    private readonly reader: KsefLimitsReader,
  ) {}

  async execute(
    tenant: TenantId,
    phase: keyof typeof LIMITS_LIFE_SECONDS,
    stop: StopSignal = { aborted: false },
  ): Promise<RefreshedLimits> {
    const contexts = await this.unitOfWork.inTenant(tenant, (stores) => stores.contexts.all());
    const read: string[] = [];
    const failed: { context: string; reason: string }[] = [];
    for (const { identifier: context } of contexts) {
      if (stop.aborted) break;
      const due = { olderThanSeconds: LIMITS_LIFE_SECONDS[phase], retrySeconds: RETRY_SECONDS };
      if (!(await this.book.claim(context, due))) continue;
      try {
        await this.book.save(context, await this.reader.read({ tenant, context }));
        read.push(contextLabel(context));
      } catch (error) {
        if (!isNoAnswer(error)) throw error;
        failed.push({ context: contextLabel(context), reason: error.message });
      }
    }
    return { read, failed };
  }
}

const isNoAnswer = (error: unknown): error is Error =>
  error instanceof KsefUnreachableError || error instanceof KsefThrottledError || error instanceof KsefLoginError;
