import { KsefLoginError } from '../session/ksef-access.js';
import type { Instant } from '../shared/instant.js';
import type { BatchAlarmKind } from '../tracking/batch-alarms.port.js';
import type { HeldBatch } from './advance-batch.js';
import type { BatchSteps } from './batch-steps.js';
import type { Batch } from './batch.js';

const HOUR_MS = 3_600_000;
const GOES_ON = 'The batch waits, and goes on by itself once KSeF lets it.';
/** So long before the earliest deadline of its invoices two persons may allow a second delivery (reliability C40). */
export const SECOND_DELIVERY_WITHIN_HOURS = 2;

interface DueAlarm {
  readonly kind: BatchAlarmKind;
  readonly detail: string;
}

/** Tells people, once each, of sessions that take too long while a deadline comes nearer (reliability C25, C26, C40). */
export class WatchBatch {
  constructor(private readonly steps: BatchSteps) {}

  /**
   * Tells people, once a batch, that no call can be made in its context before somebody mends it (reliability C11, C11a).
   * @throws the error, as it came
   */
  async tellOfLogin(held: HeldBatch, error: unknown): Promise<never> {
    if (error instanceof KsefLoginError) {
      await this.steps.raise(held, isAccessRefused(error) ? 'access-refused' : 'login', `${error.message} ${GOES_ON}`);
    }
    throw error;
  }

  async execute(held: HeldBatch): Promise<void> {
    const { batch } = held;
    const now = this.steps.clock.now();
    const slow = slowness(batch, now);
    const waits = mayHaveSecondDelivery(batch);
    if (slow.length === 0 && !waits) return;
    await this.steps.underLease(held, async (stores) => {
      for (const { kind, detail } of slow) await this.steps.alarm(stores, held, kind, detail);
      if (!waits) return;
      const end = await stores.invoices.earliestEnd(batch.id);
      if (end === undefined || !isNear(end, now)) return;
      await this.steps.alarm(
        stores,
        held,
        'second-delivery-due',
        `KSeF says nothing final and the earliest deadline ends at ${end.toString()}: two persons may allow the same bytes once more.`,
      );
    });
  }
}

const isAccessRefused = ({ code }: KsefLoginError): boolean => code === 'ACCESS_REFUSED';

export const isNear = (end: Instant, now: Instant): boolean =>
  end.epochMilliseconds - now.epochMilliseconds <= SECOND_DELIVERY_WITHIN_HOURS * HOUR_MS;

/** KSeF may or may not have the invoices, and has not said so. */
export const mayHaveSecondDelivery = (batch: Batch): boolean =>
  batch.state === 'closing' || batch.state === 'processing' || batch.state === 'reconciling';

function slowness(batch: Batch, now: Instant): readonly DueAlarm[] {
  if (batch.state !== 'open' && batch.state !== 'closing' && batch.state !== 'processing') return [];
  const hours = (now.epochMilliseconds - batch.openedAt.epochMilliseconds) / HOUR_MS;
  const what = batch.state === 'processing' ? 'processing' : 'unclosed';
  const told =
    what === 'processing'
      ? `KSeF is still processing session ${batch.session}`
      : `Session ${batch.session} is open and not closed; KSeF cancels it after 12 hours`;
  return ([1, 4] as const)
    .filter((threshold) => hours >= threshold)
    .map((threshold) => ({ kind: `${what}-${threshold}h`, detail: `${told}, ${String(threshold)} h after opening.` }));
}
