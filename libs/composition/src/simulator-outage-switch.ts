import { OUTAGE_SWITCH, OutageSwitchError, type Instant, type OutageSwitch } from '@latarnik/domain';
import { ContainerModule } from 'inversify';

/** The controls are on this machine or next to it. */
const CALL_TIMEOUT_MS = 5000;

interface KnownOutage {
  readonly eventId: number;
  readonly title: string;
  readonly end: string | null;
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

  async begin(title: string, start: Instant): Promise<void> {
    if ((await this.find(title)) !== undefined) return;
    const order = { category: 'FAILURE', announce: true, unreachable: true, title, start: start.toString() };
    await this.call('POST', '/outages', order);
  }

  async end(title: string, end: Instant): Promise<void> {
    const known = await this.find(title);
    if (known?.end !== null) return;
    await this.call('POST', `/outages/${String(known.eventId)}/end`, { end: end.toString() });
  }

  private async find(title: string): Promise<KnownOutage | undefined> {
    const { outages } = (await this.call('GET', '/state')) as { readonly outages?: unknown };
    if (!Array.isArray(outages)) throw new OutageSwitchError('what answers there is no simulator of KSeF');
    return (outages as readonly KnownOutage[]).find((outage) => outage.title === title);
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

/** Provides OUTAGE_SWITCH: only where the KSeF of the installation is a simulator. */
export const simulatorModule = (controlUrl: string): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(OUTAGE_SWITCH).toConstantValue(new SimulatorOutageSwitch(controlUrl));
  });
