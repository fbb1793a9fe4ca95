import type { Instant } from '../shared/instant.js';
import type { LatarniaState } from './latarnia.port.js';

/** What the last looks at KSeF and Latarnia gave. */
export interface Connection {
  readonly ksefReachable: boolean;
  readonly ksefDetail: string;
  readonly ksefCheckedAt: Instant;
  readonly latarnia: LatarniaState;
  readonly latarniaCheckedAt?: Instant;
}

/** The last known connection, shared by all processes; there is one. */
export interface ConnectionLog {
  read(): Promise<Connection | undefined>;
  recordKsef(reachable: boolean, detail: string, at: Instant): Promise<void>;
  recordLatarnia(state: LatarniaState, at: Instant): Promise<void>;
}
