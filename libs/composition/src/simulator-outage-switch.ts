import {
  err,
  ok,
  OUTAGE_SWITCH,
  OutageSwitchError,
  type Instant,
  type OutageSwitch,
  type Result,
} from '@latarnik/domain';
import { ContainerModule } from 'inversify';

/** The controls are on this machine or next to it. */
const CALL_TIMEOUT_MS = 5000;

interface KnownOutage {
  readonly eventId: number;
  readonly category: string;
  readonly title: string;
  readonly unreachable: boolean;
  readonly start: string;
  readonly end: string | null;
}

/** What the controls say of the simulator; `now` by its own clock. */
interface KnownState {
  readonly now: string;
  readonly ksef: { readonly reachable: boolean };
  readonly outages: readonly KnownOutage[];
}

/**
 * Turns the KSeF simulator through its control API (docs/simulator.md). It knows outages by their title and reads what is
 * there before it turns anything: a call whose answer was lost is not made twice.
 */
export class SimulatorOutageSwitch implements OutageSwitch {
  /** @param controlUrl as the simulator prints it, e.g. `http://127.0.0.1:8085/control` */
  constructor(
    private readonly controlUrl: string,
    private readonly fetch: typeof globalThis.fetch = globalThis.fetch,
  ) {}

  async heldBy(title: string): Promise<string | undefined> {
    return otherIn(await this.state(), title);
  }

  async begin(title: string, start: Instant): Promise<Result<void, string>> {
    const state = await this.state();
    if (namedIn(state, title) !== undefined) return ok(undefined);
    const other = otherIn(state, title);
    if (other !== undefined) return err(other);
    const order = { category: 'FAILURE', announce: true, unreachable: true, title, start: start.toString() };
    await this.call('POST', '/outages', order);
    return ok(undefined);
  }

  async end(title: string, end: Instant): Promise<void> {
    const known = namedIn(await this.state(), title);
    if (known === undefined) return;
    if (known.end === null) {
      await this.call('POST', `/outages/${String(known.eventId)}/end`, { end: end.toString() });
    }
    const after = await this.state();
    if (after.ksef.reachable) return;
    const other = otherIn(after, title);
    throw new OutageSwitchError(`KSeF does not answer yet, as ${other ?? 'somebody else'} keeps it down`);
  }

  private async state(): Promise<KnownState> {
    const state = (await this.call('GET', '/state')) as Partial<KnownState>;
    const { now, ksef, outages } = state;
    if (now === undefined || ksef === undefined || !Array.isArray(outages)) {
      throw new OutageSwitchError('what answers there is no simulator of KSeF');
    }
    return { now, ksef, outages };
  }

  private async call(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
    try {
      const response = await this.fetch(`${this.controlUrl.replace(/\/$/, '')}${path}`, {
        method,
        signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
        redirect: 'error',
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      if (!response.ok) throw new OutageSwitchError(`its controls answer ${String(response.status)}`);
      return await response.json();
    } catch (error) {
      if (error instanceof OutageSwitchError) throw error;
      throw new OutageSwitchError('its controls do not answer', { cause: error });
    }
  }
}

const namedIn = ({ outages }: KnownState, title: string): KnownOutage | undefined =>
  outages.find((outage) => outage.title === title);

/** Title of an outage under another name that cuts KSeF off now. */
function otherIn({ now, outages }: KnownState, title: string): string | undefined {
  // An end known beforehand is that of maintenance; any other outage with an end is over.
  const isOn = ({ category, start, end }: KnownOutage): boolean =>
    Date.parse(start) <= Date.parse(now) &&
    (end === null || (category === 'MAINTENANCE' && Date.parse(now) < Date.parse(end)));
  return outages.find((outage) => outage.title !== title && outage.unreachable && isOn(outage))?.title;
}

/** Provides OUTAGE_SWITCH: only where the KSeF of the installation is a simulator. */
export const simulatorModule = (controlUrl: string): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(OUTAGE_SWITCH).toConstantValue(new SimulatorOutageSwitch(controlUrl));
  });
