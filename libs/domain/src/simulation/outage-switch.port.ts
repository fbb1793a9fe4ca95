import type { Instant } from '../shared/instant.js';
import type { Result } from '../shared/result.js';

/**
 * Takes the KSeF that this installation talks to out of service, with a message of Latarnia, and back: for all tenants at
 * once. There is one only where that KSeF is a simulator. All methods are safe to repeat under the same name, also after
 * an answer that was lost.
 */
export interface OutageSwitch {
  /**
   * @returns title of an outage of somebody else that keeps KSeF from answering; `undefined` when there is none
   * @throws OutageSwitchError
   */
  heldBy(title: string): Promise<string | undefined>;
  /**
   * KSeF refuses every call, and Latarnia announces a failure under this title.
   *
   * @param start as the message states it, in whole seconds
   * @returns else the title of an outage of somebody else that came first; then nothing was done
   * @throws OutageSwitchError
   */
  begin(title: string, start: Instant): Promise<Result<void, string>>;
  /**
   * KSeF answers again, and Latarnia announces the end. Does nothing where no such failure was begun; one that is over is
   * looked at again.
   *
   * @param end as the message states it, in whole seconds
   * @throws OutageSwitchError also when KSeF does not answer after all, as another outage is on
   */
  end(title: string, end: Instant): Promise<void>;
}

/** The controls do not answer, or refuse. */
export class OutageSwitchError extends Error {
  override readonly name = 'OutageSwitchError';
}

/** Name under which a container binds the port. Bound only where outages can be made. */
export const OUTAGE_SWITCH = Symbol.for('latarnik/OutageSwitch');
