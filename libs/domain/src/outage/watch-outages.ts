import type { Clock } from '../shared/clock.port.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import { afterLook, type Look } from './connection.js';
import type { KsefProbe } from './ksef-probe.port.js';
import type { KsefTraffic } from './ksef-traffic.port.js';
import { LatarniaUnreachableError, type Latarnia, type LatarniaState } from './latarnia.port.js';
import type { NeutralAddresses } from './neutral-addresses.port.js';
import { isAllSilent } from './reach.js';

/** What one look found. */
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
    private readonly ports: {
      readonly latarnia: Latarnia;
      readonly probe: KsefProbe;
      readonly traffic: KsefTraffic;
      readonly neutral: NeutralAddresses;
    },
    private readonly clock: Clock,
  ) {}

  async execute(): Promise<OutageWatch> {
    const [probe, lighthouse] = await Promise.all([this.ports.probe.probe(), this.readLatarnia()]);
    const seen = { probe, traffic: this.ports.traffic.take(), latarniaAnswered: lighthouse.answered };
    const neutral = isAllSilent(seen) ? await this.ports.neutral.ask() : 'not-asked';
    return this.unitOfWork.inSystem(async ({ bulletins, recalculations, connection, jobs, tenants }) => {
      const look: Look = { ...seen, neutral, latarnia: lighthouse.state, at: this.clock.now() };
      const added = await bulletins.add(lighthouse.bulletins);
      if (added.length > 0) {
        for (const { id, version } of added) await recalculations.request(`${id} version ${String(version)}`);
        for (const tenant of await tenants.all()) await jobs.enqueue({ kind: 'recalculate-deadlines', tenant });
      }
      const { ksefReachable } = await connection.change((known) => afterLook(known, look));
      return { ksefReachable, latarnia: lighthouse.state, newBulletins: added.length };
    });
  }

  private async readLatarnia() {
    const { latarnia } = this.ports;
    const [state, bulletins] = await Promise.all([
      orUnreachable(latarnia.state()),
      orUnreachable(latarnia.bulletins()),
    ]);
    const failures = [state, bulletins].filter((answer) => answer instanceof LatarniaUnreachableError);
    return {
      state: state instanceof LatarniaUnreachableError || failures.length > 0 ? ('unknown' as const) : state,
      bulletins: bulletins instanceof LatarniaUnreachableError ? [] : bulletins,
      answered: failures.length < 2 || failures.some(({ from }) => from === 'its-host'),
    };
  }
}

/** What was read of one half is kept when the other cannot be. */
async function orUnreachable<T>(reading: Promise<T>): Promise<T | LatarniaUnreachableError> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof LatarniaUnreachableError) return error;
    throw error;
  }
}
