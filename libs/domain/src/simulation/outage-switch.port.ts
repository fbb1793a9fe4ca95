import type { Instant } from '../shared/instant.js';

/**
 * Takes the KSeF that this installation talks to out of service, with a message of Latarnia, and back: for all tenants at
 * once. There is one only where that KSeF is a simulator. Both methods are safe to repeat under the same name, also after
 * an answer that was lost.
 */
export interface OutageSwitch {
  /**
   * KSeF refuses every call, and Latarnia announces a failure under this title.
   *
   * @param start as the message states it, in whole seconds
   * @throws OutageSwitchError
   */
  begin(title: string, start: Instant): Promise<void>;
  /**
   * KSeF answers again, and Latarnia announces the end. Does nothing where no such failure was begun, or it is over.
   *
   * @param end as the message states it, in whole seconds
   * @throws OutageSwitchError
   */
  end(title: string, end: Instant): Promise<void>;
}

/** The controls do not answer, or refuse. */
export class OutageSwitchError extends Error {
  override readonly name = 'OutageSwitchError';
}

/** Name under which a container binds the port. Bound only where outages can be made. */
export const OUTAGE_SWITCH = Symbol.for('latarnik/OutageSwitch');
