import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { migrate } from '@latarnik/composition';
import { startEmbeddedPostgres } from '@latarnik/embedded-postgres';
import { callJson } from './http.js';
import { seedTenant, type SeededTenant } from './seed-tenant.js';
import { SimulatorControl } from './simulator-control.js';
import { SupervisedProcess } from './supervised-process.js';

export interface SystemOptions {
  /** Logs, secrets and spool files go here. */
  readonly directory: string;
  /** NIP of the tenant's context. @default 5265877635 */
  readonly contextNip?: string;
  /** Ports; 0 takes any free one. @default 0 each */
  readonly ports?: {
    readonly api?: number;
    readonly simulator?: number;
    readonly latarnia?: number;
    readonly worker?: number;
  };
  /** Start a process again when it dies by itself. @default false */
  readonly restart?: boolean;
  /** Further environment variables of API and worker. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the tenant gets its certificate of type Offline at once. @default true */
  readonly offlineCertificate?: boolean;
  /** Whether PostgreSQL waits for the disk. @default true */
  readonly durable?: boolean;
  /** Told after a process that died was started again. */
  readonly onRestart?: () => void;
  /** Told of each part that is up. */
  readonly onProgress?: (what: string) => void;
}

/** The whole of Latarnik on one machine, with its test twin of KSeF. */
export interface System extends SeededTenant {
  readonly apiUrl: string;
  readonly workerUrl: string;
  /** Origin of the simulator; KSeF is at /v2, its controls at /control. */
  readonly simulatorUrl: string;
  readonly latarniaUrl: string;
  /** Of the superuser: for looking on. API and worker have logins of their own. */
  readonly databaseUrl: string;
  readonly directory: string;
  readonly api: SupervisedProcess;
  readonly worker: SupervisedProcess;
  readonly control: SimulatorControl;
  /** Environment of the worker: another process with it joins the same system. */
  readonly env: Readonly<Record<string, string>>;
  /** Environment of the API, likewise. */
  readonly apiEnv: Readonly<Record<string, string>>;
  importCertificate(type: 'Authentication' | 'Offline', keyType?: 'EC' | 'RSA'): Promise<void>;
  stop(): Promise<void>;
}

const DEFAULT_NIP = '5265877635';

/** Starts PostgreSQL, simulator, API and worker, each a process of its own, and a tenant with its certificates. */
export async function startSystem(options: SystemOptions): Promise<System> {
  const { directory, ports = {}, onProgress = () => undefined, contextNip = DEFAULT_NIP } = options;
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    await mkdir(join(directory, 'logs'), { recursive: true, mode: 0o700 });
    const postgres = await startEmbeddedPostgres({ durable: options.durable ?? true });
    stops.push(() => postgres.stop());
    const databaseUrl = await postgres.createDatabase('latarnik');
    onProgress('PostgreSQL');
    const start = startIn(options, stops);
    const simulator = await start('simulator', entryOf('@latarnik/ksef-simulator'), simulatorEnv(ports));
    const urls = simulator.ready as {
      readonly ksefUrl: string;
      readonly latarniaUrl: string;
      readonly controlUrl: string;
    };
    onProgress('KSeF simulator');
    await migrate(await postgres.createOwner(databaseUrl, 'latarnik_owner'));
    const common = { ...(await appEnv(directory, urls)), ...besideSimulator(options, urls), ...options.env };
    const apiEnv = { DATABASE_URL: await postgres.createLogin(databaseUrl, ['latarnik_api']), ...common };
    const env = { DATABASE_URL: await postgres.createLogin(databaseUrl, ['latarnik_worker']), ...common };
    const tenant = await seedTenant(apiEnv, 'Latarnia Morska sp. z o.o.', contextNip);
    const api = await start('api', entryOf('@latarnik/api'), { ...apiEnv, LATARNIK_API_PORT: String(ports.api ?? 0) });
    onProgress('API');
    const worker = await start('worker', entryOf('@latarnik/worker'), {
      ...env,
      LATARNIK_WORKER_PORT: String(ports.worker ?? 0),
    });
    onProgress('worker');
    const control = new SimulatorControl(urls.controlUrl);
    const apiUrl = String(api.ready['url']);
    const importCertificate = importInto(apiUrl, tenant, control);
    await importCertificate('Authentication');
    if (options.offlineCertificate ?? true) await importCertificate('Offline');
    return {
      ...tenant,
      apiUrl,
      workerUrl: String(worker.ready['url']),
      simulatorUrl: new URL(urls.controlUrl).origin,
      latarniaUrl: urls.latarniaUrl,
      databaseUrl,
      directory,
      api: api.process,
      worker: worker.process,
      control,
      env,
      apiEnv,
      importCertificate,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The compiled main file of a project. */
export function entryOf(project: string): string {
  return join(dirname(createRequire(import.meta.url).resolve(`${project}/package.json`)), 'dist', 'main.js');
}

const PORT_VARIABLES: Readonly<Record<string, string>> = { api: 'LATARNIK_API_PORT', worker: 'LATARNIK_WORKER_PORT' };

function startIn({ directory, restart = false, onRestart }: SystemOptions, stops: (() => Promise<void>)[]) {
  return async (name: string, file: string, env: Readonly<Record<string, string>>) => {
    const portVariable = PORT_VARIABLES[name];
    const supervised = new SupervisedProcess({
      name,
      file,
      env: { ...env, PATH: process.env['PATH'] ?? '' },
      logFile: join(directory, 'logs', `${name}.log`),
      restart: restart && name !== 'simulator',
      ...(portVariable === undefined ? {} : { portVariable }),
      ...(onRestart === undefined ? {} : { onRestart }),
    });
    stops.push(() => supervised.stop());
    return { process: supervised, ready: await supervised.start() };
  };
}

function simulatorEnv({ simulator = 0, latarnia = 0 }: NonNullable<SystemOptions['ports']>): Record<string, string> {
  return { LATARNIK_SIMULATOR_PORT: String(simulator), LATARNIK_LATARNIA_PORT: String(latarnia) };
}

/**
 * What holds beside a simulator only: drills take it down, and no limits of calls are kept, since it has none unless it is
 * told to (`rateLimits`). No process on production takes these settings.
 */
function besideSimulator(
  { env }: SystemOptions,
  { controlUrl }: { readonly controlUrl: string },
): Record<string, string> {
  if ((env?.['LATARNIK_ENVIRONMENT'] ?? 'test') !== 'test') return {};
  return { LATARNIK_SIMULATOR_CONTROL_URL: controlUrl, LATARNIK_CALL_LIMITS: 'none' };
}

/** Settings of API and worker: quick looks, since this is for watching and testing. */
async function appEnv(
  directory: string,
  urls: { readonly ksefUrl: string; readonly latarniaUrl: string; readonly controlUrl: string },
): Promise<Record<string, string>> {
  const keyFile = join(directory, 'key-encryption-key');
  await writeFile(keyFile, randomBytes(32).toString('base64'), { mode: 0o600 });
  const upoTrustFile = join(directory, 'upo-signer.pem');
  await writeFile(upoTrustFile, await new SimulatorControl(urls.controlUrl).upoSigner());
  return {
    LATARNIK_ENVIRONMENT: 'test',
    LATARNIK_KSEF_URL: urls.ksefUrl,
    LATARNIK_LATARNIA_URL: urls.latarniaUrl,
    LATARNIK_KEY_ENCRYPTION_KEY_FILE: keyFile,
    LATARNIK_UPO_TRUST_FILE: upoTrustFile,
    LATARNIK_UPO_SIGNATURES: 'required',
    LATARNIK_SPOOL_DIRECTORY: join(directory, 'spool'),
    LATARNIK_WATCH_SECONDS: '1',
    LATARNIK_SWEEP_SECONDS: '1',
    LATARNIK_BATCH_LINGER_SECONDS: '5',
  };
}

function importInto(apiUrl: string, { apiKey, contextNip }: SeededTenant, control: SimulatorControl) {
  return async (type: 'Authentication' | 'Offline', keyType: 'EC' | 'RSA' = 'EC'): Promise<void> => {
    const { certificatePem, privateKeyPem } = await control.issueCertificate(type, contextNip, keyType);
    const body = { context: `Nip:${contextNip}`, certificatePem, privateKeyPem };
    await callJson('POST', `${apiUrl}/v1/certificates`, body, { authorization: `Bearer ${apiKey}` });
  };
}
