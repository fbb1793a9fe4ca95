import { createPrivateKey, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { callJson, entryOf, seedTenant, type IssuedCertificate, type SeededTenant } from '@latarnik/launcher';
import { workerNames, type SeedPlan } from '../plan.js';
import { Child } from './child.js';
import type { DatabaseUrls } from './cluster.js';
import { Ksef } from './ksef.js';
import { MortalProcess, type Life } from './mortal-process.js';
import { ownFile } from './own-file.js';
import { startReceiver, type Message } from './receiver.js';

/** Valid numbers that mean nobody here. */
export const NIPS = ['5265877635', '7792433875'] as const;

export interface SystemSpec {
  readonly plan: SeedPlan;
  readonly databases: DatabaseUrls;
  readonly directory: string;
  /** Extensions with a planted bug. */
  readonly plants: readonly string[];
}

/** Everything of one seed: simulator, API, workers, two tenants. */
export interface ChaosSystem {
  readonly ksef: Ksef;
  readonly api: MortalProcess;
  readonly workers: readonly MortalProcess[];
  readonly tenants: readonly SeededTenant[];
  readonly databaseUrl: string;
  readonly directory: string;
  /** Secrets that must be nowhere but in their places, each with what it is. */
  readonly canaries: readonly { readonly what: string; readonly text: string }[];
  readonly lives: () => readonly Life[];
  /** What came to the tenants' receiver of events, in the order in which it came. */
  readonly messages: () => readonly Message[];
  /** Moves the clock of the database and of every process. */
  shiftClock(seconds: number): Promise<void>;
  rotateKeys(dies: boolean): Promise<void>;
  stop(): Promise<void>;
}

export async function startChaosSystem(spec: SystemSpec): Promise<ChaosSystem> {
  const { plan, directory } = spec;
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    await mkdir(join(directory, 'keys'), { recursive: true, mode: 0o700 });
    const kek = randomBytes(32).toString('base64');
    await writeFile(join(directory, 'keys', '1'), kek, { mode: 0o600 });
    const clockFile = join(directory, 'clock');
    await writeFile(clockFile, '0');
    const simulator = new Child({ name: 'simulator', file: entryOf('@latarnik/ksef-simulator'), env: {}, directory });
    stops.push(() => simulator.stop());
    const urls = (await simulator.start()) as Record<'ksefUrl' | 'latarniaUrl' | 'controlUrl', string> | undefined;
    if (urls === undefined) throw new Error('the simulator died');
    const ksef = new Ksef(urls.controlUrl);
    await ksef.settings({ processingDelayMs: plan.processingDelayMs });
    const env = environment(spec, urls, clockFile);
    const tenants = await seedTenants({ ...env, DATABASE_URL: spec.databases.api });
    const processes = mortals(spec, env);
    for (const each of processes) stops.push(() => each.rest());
    const [api, ...workers] = processes as [MortalProcess, ...MortalProcess[]];
    await api.start();
    const certificates = await importCertificates(api.url, tenants, ksef);
    const receiver = await startReceiver();
    stops.push(() => receiver.stop());
    if (plan.unattended !== true) {
      for (const tenant of tenants) await insist(() => receiver.register(api.url, tenant));
    }
    await Promise.all(workers.map((worker) => worker.start()));
    return {
      ...{ ksef, api, workers, tenants, databaseUrl: spec.databases.judge, directory, stop },
      canaries: canariesOf(kek, tenants, certificates),
      lives: () => processes.flatMap(({ lives }) => lives),
      messages: () => receiver.messages,
      shiftClock: (seconds) => writeFile(clockFile, String(seconds)),
      rotateKeys: (dies) => rotateKeys(directory, env, dies),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function environment(
  { plan, databases, directory, plants }: SystemSpec,
  urls: { readonly ksefUrl: string; readonly latarniaUrl: string },
  clockFile: string,
): Record<string, string> {
  return {
    DATABASE_URL: databases.worker,
    CHAOS_DATABASE_URL: databases.judge,
    LATARNIK_ENVIRONMENT: 'test',
    LATARNIK_KSEF_URL: urls.ksefUrl,
    LATARNIK_LATARNIA_URL: urls.latarniaUrl,
    LATARNIK_KEY_ENCRYPTION_KEYS_DIRECTORY: join(directory, 'keys'),
    LATARNIK_SPOOL_DIRECTORY: join(directory, 'spool'),
    LATARNIK_DATABASE_POOL: '8',
    LATARNIK_KSEF_TIMEOUT_SECONDS: String(plan.ksefTimeoutSeconds),
    LATARNIK_QUEUE: plan.jobs ? 'on' : 'off',
    LATARNIK_WATCH_SECONDS: '1',
    LATARNIK_SWEEP_SECONDS: '1',
    LATARNIK_ALERT_SECONDS: '1',
    LATARNIK_WEBHOOK_LOOPBACK: 'allowed',
    LATARNIK_ALERT_HOURS: '168,24,6,1',
    LATARNIK_BATCH_LINGER_SECONDS: String(plan.lingerSeconds),
    LATARNIK_EXTENSIONS: [ownFile('extension/shifted-clock.js'), ...plants].join(','),
    CHAOS_CLOCK_FILE: clockFile,
  };
}

async function seedTenants(env: Readonly<Record<string, string>>): Promise<readonly SeededTenant[]> {
  const plain = { ...env, LATARNIK_EXTENSIONS: '', LATARNIK_QUEUE: 'off' };
  const tenants: SeededTenant[] = [];
  for (const [at, nip] of NIPS.entries()) tenants.push(await seedTenant(plain, `Najemca ${String(at + 1)}`, nip));
  return tenants;
}

function mortals(
  { plan, directory, databases }: SystemSpec,
  env: Readonly<Record<string, string>>,
): readonly MortalProcess[] {
  const make = (name: string, project: string, portVariable: string) =>
    new MortalProcess({
      ...{ name, directory, portVariable },
      file: entryOf(project),
      plan: plan.processes[name] ?? { deaths: [] },
      envOf: ({ application, crashPoint }) => ({
        ...env,
        DATABASE_URL: named(name === 'api' ? databases.api : databases.worker, application),
        LATARNIK_CRASH_POINT: crashPoint ?? (plan.census === true ? 'census' : ''),
      }),
    });
  const workers = workerNames(plan.workers);
  return [
    make('api', '@latarnik/api', 'LATARNIK_API_PORT'),
    ...workers.map((name) => make(name, '@latarnik/worker', 'LATARNIK_WORKER_PORT')),
  ];
}

/** So that the history tells which life of which process wrote a row. */
function named(databaseUrl: string, application: string): string {
  const url = new URL(databaseUrl);
  url.searchParams.set('application_name', application);
  return url.href;
}

const PATIENCE_MS = 300_000;

async function importCertificates(
  apiUrl: string,
  tenants: readonly SeededTenant[],
  ksef: Ksef,
): Promise<readonly IssuedCertificate[]> {
  const issued: IssuedCertificate[] = [];
  for (const { contextNip, apiKey } of tenants) {
    for (const [at, type] of (['Authentication', 'Offline'] as const).entries()) {
      const certificate = await ksef.issueCertificate(type, contextNip, at === 0 ? 'EC' : 'RSA');
      const { certificatePem, privateKeyPem } = certificate;
      const body = { context: `Nip:${contextNip}`, certificatePem, privateKeyPem };
      await insist(() => callJson('POST', `${apiUrl}/v1/certificates`, body, { authorization: `Bearer ${apiKey}` }));
      issued.push(certificate);
    }
  }
  return issued;
}

/** The API may die meanwhile. */
export async function insist(call: () => Promise<unknown>): Promise<void> {
  for (const giveUpAt = Date.now() + PATIENCE_MS; ;) {
    try {
      await call();
      return;
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
}

function canariesOf(kek: string, tenants: readonly SeededTenant[], certificates: readonly IssuedCertificate[]) {
  return [
    { what: 'the key-encryption key', text: kek },
    ...tenants.map(({ apiKey, contextNip }) => ({ what: `the API key of ${contextNip}`, text: apiKey })),
    ...certificates.flatMap(({ privateKeyPem, certificateSerialNumber }) => {
      const what = `the private key of ${certificateSerialNumber}`;
      const secret = Buffer.from(createPrivateKey(privateKeyPem).export({ format: 'jwk' }).d ?? '', 'base64url');
      const line = privateKeyPem.split('\n').at(2) ?? '';
      return [{ what, text: secret.toString('hex').slice(0, 64) }, ...(line.length > 40 ? [{ what, text: line }] : [])];
    }),
  ];
}

/** Puts a second key-encryption key beside the first and re-wraps all; a run that dies is done again. */
async function rotateKeys(directory: string, env: Readonly<Record<string, string>>, dies: boolean): Promise<void> {
  await writeFile(join(directory, 'keys', '2'), randomBytes(32).toString('base64'), { mode: 0o600 });
  const plain = { ...env, LATARNIK_EXTENSIONS: '' };
  for (const crash of dies ? [{ LATARNIK_CRASH_POINT: 'X.keyRotationStep:1' }, {}] : [{}]) {
    const child = new Child({
      name: 'rotate',
      file: ownFile('world/rotate-child.js'),
      env: { ...plain, ...crash },
      directory,
    });
    await child.run();
  }
}
