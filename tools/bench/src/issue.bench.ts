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
import { millisecondsEach, underLoad } from './measure.js';

const INVOICES = 1500;
const AT_A_TIME = 16;
const WARM_UP = 100;

/**
 * Invoices issued offline per second through HTTP, with everything on: XSD, evidence, both codes, audit, commit.
 * The limit is what its parts allow on the same cores: validation and signing share them, commits come one by one.
 */
export async function issueBench(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'latarnik-bench-'));
  const system = await startSystem({ directory, env: { LATARNIK_BATCH_LINGER_SECONDS: '3600' } });
  try {
    const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Warsaw' }).format(new Date());
    const [example] = (await exampleInvoices(1, today)).filter(({ contentType }) => contentType === 'application/xml');
    if (example === undefined) throw new Error('no example to issue');
    const limit = await measureLimit(system, example);
    await post(system, example, WARM_UP, 'W');
    const load = await post(system, example, INVOICES, 'B');
    printFigure({ name: 'issue.offline', value: load.perSecond, unit: 'invoices/s', limit });
    printFigure({ name: 'issue.p50', value: load.p50Ms, unit: 'ms' });
    printFigure({ name: 'issue.p99', value: load.p99Ms, unit: 'ms' });
  } finally {
    await system.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

function post(system: System, example: ExampleInvoice, count: number, series: string) {
  const text = new TextDecoder().decode(example.body);
  return underLoad(count, AT_A_TIME, async (at) => {
    const response = await fetch(`${system.apiUrl}/v1/invoices?mode=offline24`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${system.apiKey}`,
        'content-type': 'application/xml',
        'idempotency-key': randomUUID(),
      },
      body: text.replace(`<P_2>${example.number}</P_2>`, `<P_2>${series}/${String(at)}</P_2>`),
    });
    await response.text();
    if (response.status !== 201) throw new Error(`issue answered ${String(response.status)}`);
  });
}

async function measureLimit(system: System, example: ExampleInvoice): Promise<number> {
  const composition = await compose(readConfiguration(system.env, 'bench'), () => undefined);
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
