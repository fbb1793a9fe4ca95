import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { compose, readConfiguration, type Composition } from '@latarnik/composition';
import {
  hasEnded,
  PORTS,
  termOf,
  situationOf,
  warsawDay,
  type BatchId,
  type Clock,
  type ContextIdentifier,
  type ContextValue,
  type Hasher,
  type InvoiceDocuments,
  type InvoiceId,
  type IssuedInvoice,
  type KodI,
  type KodII,
  type CertificateSerial,
  type Instant,
  type TenantId,
  type UnitOfWork,
} from '@latarnik/domain';
import { startEmbeddedPostgres } from '@latarnik/embedded-postgres';
import { entryOf, seedTenant, SimulatorControl, SupervisedProcess } from '@latarnik/launcher';
import { migrate } from '@latarnik/persistence';
import { printFigure } from './figure.js';
import { peakMemory } from './memory.js';
import { invoiceSeries } from './pack-invoices.js';

const FULL = 10_000;
const STORED_AT_A_TIME = 250;
const NIP = '5265877635';
const CONTEXT: ContextIdentifier = { type: 'Nip', value: NIP as ContextValue };
const SAMPLE_MS = 100;

/**
 * One full batch from its plan to its last proof: PostgreSQL and the simulator are processes of their own, the worker's part
 * runs here, so that its memory is its own. The seconds of a step are those between the rows of its audit trail.
 */
export async function batchBench([count = String(FULL)]: readonly string[]): Promise<void> {
  const invoices = Number(count);
  if (!Number.isInteger(invoices) || invoices < 1 || invoices > FULL) throw new Error('1 to 10000 invoices');
  const directory = await mkdtemp(join(tmpdir(), 'latarnik-bench-'));
  const stops: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  try {
    const postgres = await startEmbeddedPostgres({ durable: true });
    stops.push(() => postgres.stop());
    const databaseUrl = await postgres.createDatabase('latarnik');
    await migrate(databaseUrl);
    const login = await postgres.createLogin(databaseUrl, ['latarnik_api', 'latarnik_worker']);
    const { control, env } = await startKsef(directory, login, stops);
    const { tenantId } = await seedTenant(env, 'Bench', NIP);
    const composition = await compose(readConfiguration(env, 'bench', { ksefTimeoutSeconds: 120 }), () => undefined);
    stops.push(() => composition.close());
    const tenant = tenantId as TenantId;
    await importLogin(composition, tenant, control);
    await storeInvoices(composition, tenant, invoices);
    await runBatch(composition, tenant, invoices);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function startKsef(directory: string, databaseUrl: string, stops: (() => Promise<unknown>)[]) {
  await mkdir(join(directory, 'logs'));
  const simulator = new SupervisedProcess({
    name: 'simulator',
    file: entryOf('@latarnik/ksef-simulator'),
    env: { PATH: process.env['PATH'] ?? '', LATARNIK_SIMULATOR_PORT: '0', LATARNIK_LATARNIA_PORT: '0' },
    logFile: join(directory, 'logs', 'simulator.log'),
    restart: false,
  });
  stops.push(() => simulator.stop());
  const ready = (await simulator.start()) as { ksefUrl: string; latarniaUrl: string; controlUrl: string };
  const control = new SimulatorControl(ready.controlUrl);
  const keyFile = join(directory, 'key');
  const trustFile = join(directory, 'upo-signer.pem');
  await writeFile(keyFile, randomBytes(32).toString('base64'));
  await writeFile(trustFile, await control.upoSigner());
  const env = {
    DATABASE_URL: databaseUrl,
    LATARNIK_ENVIRONMENT: 'test',
    LATARNIK_KSEF_URL: ready.ksefUrl,
    LATARNIK_LATARNIA_URL: ready.latarniaUrl,
    LATARNIK_KEY_ENCRYPTION_KEY_FILE: keyFile,
    LATARNIK_SPOOL_DIRECTORY: join(directory, 'spool'),
    LATARNIK_UPO_TRUST_FILE: trustFile,
    LATARNIK_UPO_SIGNATURES: 'required',
    LATARNIK_QUEUE: 'off',
  };
  return { control, env };
}

async function importLogin({ useCases }: Composition, tenant: TenantId, control: SimulatorControl): Promise<void> {
  const { certificatePem, privateKeyPem } = await control.issueCertificate('Authentication', NIP);
  const [certificate, key] = [certificatePem, privateKeyPem].map((pem) => new TextEncoder().encode(pem));
  if (certificate === undefined || key === undefined) throw new Error('no certificate');
  const imported = await useCases.importCertificate.execute({
    tenant,
    actor: 'bench',
    context: CONTEXT,
    file: { kind: 'pem', certificate, key },
  });
  if (!imported.ok) throw new Error(imported.error.code);
}

/** Issued as far as sending needs it: real files, read as at issue, and the proofs of issue as dummies. */
async function storeInvoices({ container, useCases }: Composition, tenant: TenantId, count: number): Promise<void> {
  const unitOfWork = container.get<UnitOfWork>(PORTS.unitOfWork);
  const documents = container.get<InvoiceDocuments>(PORTS.invoiceDocuments);
  const hasher = container.get<Hasher>(PORTS.hasher);
  const now = container.get<Clock>(PORTS.clock).now();
  const xml = invoiceSeries(1);
  for (let from = 0; from < count; from += STORED_AT_A_TIME) {
    await unitOfWork.inTenant(tenant, async ({ invoices, legal }) => {
      const situation = situationOf(await legal.read(), useCases.jurisdiction);
      for (let at = from; at < Math.min(from + STORED_AT_A_TIME, count); at++) {
        const bytes = new TextEncoder().encode(xml(at));
        const facts = documents.read(bytes, warsawDay(now));
        if (!facts.ok) throw new Error(JSON.stringify(facts.error.slice(0, 3)));
        const invoice: IssuedInvoice = {
          state: 'issued',
          id: randomUUID() as InvoiceId,
          context: CONTEXT,
          facts: facts.value,
          hash: hasher.hash(bytes),
          sizeBytes: bytes.length,
          receivedAt: now,
          deliveryAttempts: 0,
          version: 0,
          issue: {
            mode: 'offline24',
            evidence: { kind: 'own-choice', reason: 'bench' },
            issuedAt: now,
            kodI: 'https://…' as KodI,
            kodII: 'https://…' as KodII,
            certificateSerial: '01F20A5D352AE590' as CertificateSerial,
          },
        };
        const added = await invoices.add(invoice, bytes);
        if (!added.ok) throw new Error(added.error.code);
        await invoices.addEvidence(invoice.id, Uint8Array.of(1));
        const term = termOf(invoice, situation);
        if (term !== undefined) await invoices.saveTerm(invoice.id, term);
      }
    });
  }
}

async function runBatch({ container, useCases }: Composition, tenant: TenantId, count: number): Promise<void> {
  const unitOfWork = container.get<UnitOfWork>(PORTS.unitOfWork);
  const memoryBefore = process.memoryUsage.rss() / 1024 ** 2;
  const sampler = sampleMemory();
  const began = performance.now();
  const [planned, ...more] = await useCases.planBatches.execute(tenant, 'bench');
  if (planned === undefined || more.length > 0) throw new Error(`${String(more.length + 1)} batches were planned`);
  await drain(container.get<UnitOfWork>(PORTS.unitOfWork), useCases, tenant, planned.id);
  const seconds = (performance.now() - began) / 1000;
  const most = sampler();
  const counts = await unitOfWork.inTenant(tenant, ({ invoices }) => invoices.countByState(planned.id));
  printFigure({ name: 'batch.complete', value: counts.get('complete') ?? 0, unit: 'invoices', limit: count });
  printFigure({ name: 'batch.whole', value: seconds, unit: 's', limit: 120 });
  const trail = await unitOfWork.inTenant(tenant, ({ audit }) => audit.of('batch', planned.id));
  for (const step of ['packed', 'open', 'closing', 'reconciling', 'done']) {
    printFigure({ name: `batch.until-${step}`, value: secondsUntil(trail, `batch.${step}`), unit: 's' });
  }
  const reconcile = secondsUntil(trail, 'batch.done') - secondsUntil(trail, 'batch.reconciling');
  printFigure({ name: 'batch.reconcile', value: reconcile, unit: `s for ${String(count)}` });
  printFigure({ name: 'batch.memory-growth', value: most - memoryBefore, unit: 'MB resident' });
  printFigure({ name: 'batch.peak-memory', value: peakMemory(), unit: 'MB resident' });
}

async function drain(
  unitOfWork: UnitOfWork,
  { advanceBatch }: Composition['useCases'],
  tenant: TenantId,
  id: BatchId,
): Promise<void> {
  for (;;) {
    await advanceBatch.execute(tenant, id, { aborted: false });
    const batch = await unitOfWork.inTenant(tenant, ({ batches }) => batches.find(id));
    if (batch === undefined) throw new Error('the batch is gone');
    if (hasEnded(batch)) {
      if (batch.state !== 'done')
        throw new Error(`it ended ${batch.state}: ${JSON.stringify('reason' in batch ? batch.reason : '')}`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function sampleMemory(): () => number {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss() / 1024 ** 2);
  }, SAMPLE_MS);
  return () => {
    clearInterval(timer);
    return most;
  };
}

function secondsUntil(trail: readonly { readonly action: string; readonly at: Instant }[], action: string): number {
  const [first] = trail;
  const found = trail.find((entry) => entry.action === action);
  if (first === undefined || found === undefined) return Number.NaN;
  return (found.at.epochMilliseconds - first.at.epochMilliseconds) / 1000;
}
