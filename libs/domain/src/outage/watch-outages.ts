import type { Clock } from '../shared/clock.port.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import { LatarniaUnreachableError, type KsefProbe, type Latarnia, type LatarniaState } from './latarnia.port.js';

export interface OutageWatch {
  readonly ksefReachable: boolean;
  readonly latarnia: LatarniaState;
  /** Messages never seen before. */
  readonly newBulletins: number;
}

/**
 * One look at Latarnia and KSeF. Messages are stored before anything is derived from them, and the wish to recalculate
 * deadlines is stored in the same transaction (reliability B9). Latarnia out of reach is "unknown", nothing else.
 */
export class WatchOutages {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly latarnia: Latarnia,
    private readonly probe: KsefProbe,
    private readonly clock: Clock,
  ) {}

  async execute(): Promise<OutageWatch> {
    const [ksef, lighthouse] = await Promise.all([this.probe.probe(), this.readLatarnia()]);
    return this.unitOfWork.inSystem(async ({ bulletins, connection, jobs, tenants }) => {
      const now = this.clock.now();
      await connection.recordKsef(ksef.reachable, ksef.detail, now);
      await connection.recordLatarnia(lighthouse.state, now);
      const added = await bulletins.add(lighthouse.bulletins);
      if (added.length > 0) {
        for (const tenant of await tenants.all()) await jobs.enqueue({ kind: 'recalculate-deadlines', tenant });
      }
      return { ksefReachable: ksef.reachable, latarnia: lighthouse.state, newBulletins: added.length };
    });
  }

  private async readLatarnia() {
    try {
      const [state, bulletins] = await Promise.all([this.latarnia.state(), this.latarnia.bulletins()]);
      return { state, bulletins };
    } catch (error) {
      if (error instanceof LatarniaUnreachableError) return { state: 'unknown' as const, bulletins: [] };
      throw error;
    }
  }
}
