import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import {
  InProcessCallBudget,
  loginCertificateAt,
  NO_RATE_LIMITS,
  PORTS,
  UPO_ENTRIES,
  type Clock,
  type CodeImages,
  type DocumentRenderer,
  type LoginCertificates,
  type UnitOfWork,
} from '@latarnik/domain';
import { fa3Module } from '@latarnik/fa3';
import { ksefAdapterModule, readUpo, type KsefAdapterEvent } from '@latarnik/ksef-adapter';
import { openPersistence } from '@latarnik/persistence';
import { qrCodeImages, ThreadedDocumentRenderer } from '@latarnik/visualization';
import { Container, ContainerModule } from 'inversify';
import { randomKeyMaker } from './access-use-cases.js';
import type { Configuration } from './configuration.js';
import { webhooksFrom } from './event-use-cases.js';
import { loadExtensions } from './extensions.js';
import { loadModules } from './load-modules.js';
import type { Log } from './log.js';
import { signingFrom } from './signing.js';
import { simulatorModule } from './simulator-outage-switch.js';
import { smtpModules } from './smtp.js';
import { TimerHeartbeat } from './timer-heartbeat.js';
import { TimerStopwatch } from './timer-stopwatch.js';
import { upoTrustModule } from './upo-trust.js';
import { refusedOnProduction } from './unsafe-role.js';
import { buildUseCases, type UseCases } from './use-cases.js';
import { ZipEvidenceArchive } from './zip-evidence-archive.js';

/** A wired system: the ports in a container, the use cases built on them. */
export interface Composition {
  readonly container: Container;
  readonly useCases: UseCases;
  /** Closes the interactive sessions of this process, as far as KSeF answers soon, and lets go of the database. */
  close(): Promise<void>;
}

/**
 * The one place where adapters meet: loads each adapter's module, then the extensions, which win.
 *
 * @param more modules loaded after all others: for tests and tools
 */
export async function compose(
  configuration: Configuration,
  log: Log,
  more: readonly ContainerModule[] = [],
): Promise<Composition> {
  await mkdir(configuration.spoolDirectory, { recursive: true, mode: 0o700 });
  const [persistence, signing, upoTrust, smtp, extensions] = await Promise.all([
    openPersistence({
      databaseUrl: configuration.databaseUrl,
      poolSize: configuration.poolSize,
      environment: configuration.environment,
      queue: configuration.queue ? {} : false,
      onBackgroundError: (error) => {
        log({ event: 'persistence.background-error', error: error.message });
      },
      onUnsafeRole: refusedOnProduction(configuration, log),
    }),
    signingFrom(configuration, log),
    upoTrustModule(configuration, log),
    smtpModules(configuration),
    loadExtensions(configuration.extensions),
  ]);
  const container = new Container();
  const adapters = [
    persistence.module,
    signing,
    upoTrust,
    fa3Module(),
    ksefAdapterModule({
      ...configuration,
      compression: configuration.packageCompression,
      connectTimeoutMs: Math.min(10, configuration.ksefTimeoutSeconds) * 1000,
      callTimeoutMs: configuration.ksefTimeoutSeconds * 1000,
      loginTimeoutMs: 2 * configuration.ksefTimeoutSeconds * 1000,
      log: (event: KsefAdapterEvent) => {
        log({ event: 'ksef', ...event });
      },
    }),
    webhooksFrom(configuration),
    ownModule,
    ...smtp,
    ...(configuration.simulatorControlUrl === undefined ? [] : [simulatorModule(configuration.simulatorControlUrl)]),
    ...(configuration.callLimits === 'none' ? [withoutCallLimits] : []),
  ];
  loadModules(container, adapters, [...extensions, ...more]);
  const useCases = buildUseCases(container, configuration);
  const close = async (): Promise<void> => {
    await useCases.sharedSessions.closeAll();
    await persistence.close();
  };
  return { container, useCases, close };
}

/** Unique among the workers of an installation: which one holds a lease. */
export const processName = (application: string): string => `${application}@${hostname()}/${String(process.pid)}`;

/** For a simulator that has no limits; a 429 is still obeyed. */
const withoutCallLimits = new ContainerModule(({ rebind }) => {
  rebind(PORTS.callBudget).toConstantValue(
    new InProcessCallBudget(
      () => performance.now(),
      () => NO_RATE_LIMITS,
    ),
  );
});

/** What is neither one adapter's nor the domain's: joins two ports, or has no options. */
const ownModule = new ContainerModule(({ bind }) => {
  bind(PORTS.keyMaker).toConstantValue(randomKeyMaker);
  bind(PORTS.codeImages).toConstantValue(qrCodeImages);
  bind(PORTS.documentRenderer)
    .toResolvedValue((images: CodeImages): DocumentRenderer => new ThreadedDocumentRenderer(images), [PORTS.codeImages])
    .inSingletonScope();
  bind(PORTS.evidenceArchive).toConstantValue(new ZipEvidenceArchive());
  bind(UPO_ENTRIES).toConstantValue({
    entries: (body: Uint8Array) => readUpo({ kind: 'answer', status: 200, header: () => undefined, body }).entries,
  });
  bind(PORTS.heartbeat).toConstantValue(new TimerHeartbeat());
  bind(PORTS.stopwatch).toConstantValue(new TimerStopwatch());
  bind(PORTS.loginCertificates)
    .toResolvedValue(
      (unitOfWork: UnitOfWork, clock: Clock): LoginCertificates => ({
        find: async ({ tenant, context }) =>
          loginCertificateAt(
            await unitOfWork.inTenant(tenant, ({ certificates }) => certificates.authenticationFor(context)),
            clock.now(),
          ),
      }),
      [PORTS.unitOfWork, PORTS.clock],
    )
    .inSingletonScope();
});
