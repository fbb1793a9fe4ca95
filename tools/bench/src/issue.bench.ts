import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { compose, readConfiguration, type Composition } from '@latarnik/composition';
import { exampleInvoices, type ExampleInvoice } from '@latarnik/demo';
import {
  PORTS,
  unsignedKodII,
  warsawDay,
  type Clock,
  type Hasher,
  type InvoiceDocuments,
  type OfflineSigner,
  type TenantId,
  type UnitOfWork,
} from '@latarnik/domain';
import { startSystem, type System } from '@latarnik/launcher';
import pg from 'pg';
import { printFigure } from './figure.js';
import { issueOne, issueSurely, missingIn, type Issued } from './issued.js';
import { atRate, millisecondsEach, underLoad } from './measure.js';

const INVOICES = 1500;
const AT_A_TIME = 16;
const WARM_UP = 100;

/** At half of the rate that was reached. */
const STEADY_SECONDS = 20;
const MOST_P99_MS = 400;
/** With the API killed in the midst of it. */
const KILLED_SECONDS = 10;

/**
 * Invoices issued offline per second through HTTP, with everything on: XSD, evidence, both codes, audit, commit.
 * The limit is what its parts allow on the same cores: validation and signing share them, commits come one by one.
 * Then how long each takes at half of that rate; then the same with the API killed in the midst of it. Everything that was
 * answered with 201 is looked for in the database.
 * @throws when one is missing, or when anything but 201 was answered while nobody killed the API
 */
export async function issueBench(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'latarnik-bench-'));
  const system = await startSystem({ directory, restart: true, env: { LATARNIK_BATCH_LINGER_SECONDS: '3600' } });
  try {
    const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Warsaw' }).format(new Date());
    const [example] = (await exampleInvoices(1, today)).filter(({ contentType }) => contentType === 'application/xml');
    if (example === undefined) throw new Error('no example to issue');
    const limit = await measureLimit(system, example);
    const issued: Issued[] = [];
    const issue = async (number: string): Promise<void> => {
      issued.push(await issueOne(system, example, { number }));
    };
    await underLoad(WARM_UP, AT_A_TIME, (at) => issue(`W/${String(at)}`));
    const load = await underLoad(INVOICES, AT_A_TIME, (at) => issue(`B/${String(at)}`));
    printFigure({ name: 'issue.offline', value: load.perSecond, unit: 'invoices/s', limit });
    printFigure({ name: 'issue.p50', value: load.p50Ms, unit: 'ms' });
    printFigure({ name: 'issue.p99', value: load.p99Ms, unit: 'ms' });
    const half = load.perSecond / 2;
    const steady = await atRate(half, STEADY_SECONDS, (at) => issue(`H/${String(at)}`));
    printFigure({ name: 'issue.half-rate.offline', value: steady.perSecond, unit: 'invoices/s', limit: half });
    printFigure({ name: 'issue.half-rate.p99', value: steady.p99Ms, unit: 'ms', limit: MOST_P99_MS });
    await reportMissing('issue', system, issued);
    await reportMissing('issue.killed', system, await issueWhileKilled(system, example, half));
  } finally {
    await system.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function reportMissing(name: string, { databaseUrl }: System, issued: readonly Issued[]): Promise<void> {
  const missing = await missingIn(databaseUrl, issued);
  printFigure({ name: `${name}.answered-201`, value: issued.length, unit: 'invoices' });
  printFigure({ name: `${name}.not-in-database`, value: missing, unit: 'invoices' });
  if (missing > 0) throw new Error(`${String(missing)} invoices were answered with 201 and are not in the database`);
}

/** Each request is repeated with its key until it is answered; the API is killed once and starts again. */
async function issueWhileKilled(
  system: System,
  example: ExampleInvoice,
  perSecond: number,
): Promise<readonly Issued[]> {
  const issued: Issued[] = [];
  const killAt = Math.floor((perSecond * KILLED_SECONDS) / 2);
  await atRate(perSecond, KILLED_SECONDS, async (at) => {
    if (at === killAt) await system.api.kill();
    issued.push(await issueSurely(system, example, `K/${String(at)}`));
  });
  return issued;
}

async function measureLimit(system: System, example: ExampleInvoice): Promise<number> {
  const composition = await compose(readConfiguration(system.apiEnv, 'bench'), () => undefined);
  try {
    const validateMs = await measureValidation(composition, example);
    const signMs = await measureSigning(composition, system, example);
    const commitsPerSecond = await measureCommits(system.databaseUrl, example);
    printFigure({ name: 'issue.unit.validate', value: validateMs, unit: 'ms' });
    printFigure({ name: 'issue.unit.sign', value: signMs, unit: 'ms' });
    printFigure({ name: 'issue.unit.commit', value: commitsPerSecond, unit: 'commits/s' });
    return 1 / ((validateMs + signMs) / 1000 / availableParallelism() + 1 / commitsPerSecond);
  } finally {
    await composition.close();
  }
}

function measureValidation({ container }: Composition, { body }: ExampleInvoice): Promise<number> {
  const documents = container.get<InvoiceDocuments>(PORTS.invoiceDocuments);
  const today = warsawDay(container.get<Clock>(PORTS.clock).now());
  return millisecondsEach(() => documents.read(body, today));
}

async function measureSigning(
  { container }: Composition,
  { tenantId }: System,
  { body }: ExampleInvoice,
): Promise<number> {
  const tenant = tenantId as TenantId;
  const signer = container.get<OfflineSigner>(PORTS.offlineSigner);
  const hash = container.get<Hasher>(PORTS.hasher).hash(body);
  const signingTime = container.get<Clock>(PORTS.clock).now();
  const certificates = await container
    .get<UnitOfWork>(PORTS.unitOfWork)
    .inTenant(tenant, (stores) => stores.certificates.all());
  const certificate = certificates.find((candidate) => candidate.purpose === 'offline');
  if (certificate?.purpose !== 'offline') throw new Error('no certificate of type Offline');
  const { context, serial } = certificate;
  const sellerNip = context.value as string as Parameters<typeof unsignedKodII>[0]['sellerNip'];
  const text = unsignedKodII({ environment: 'test', context, sellerNip, certificateSerial: serial, hash });
  return millisecondsEach(async () => {
    await signer.signKodII(tenant, certificate, text);
    await signer.signEvidence(tenant, certificate, { fileName: 'invoice.xml', hash, signingTime });
  });
}

/** Durable commits of one row with the bytes of an invoice, as many at a time as the API has connections. */
async function measureCommits(databaseUrl: string, { body }: ExampleInvoice): Promise<number> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  try {
    await pool.query('create table bench_commit (id uuid primary key, bytes bytea not null)');
    const bytes = Buffer.concat([Buffer.from(body), randomBytes(64)]);
    const insert = async (): Promise<void> => {
      await pool.query('insert into bench_commit values ($1, $2)', [randomUUID(), bytes]);
    };
    await underLoad(200, 10, insert);
    const { perSecond } = await underLoad(2000, 10, insert);
    await pool.query('drop table bench_commit');
    return perSecond;
  } finally {
    await pool.end();
  }
}
