import { createApi } from '@latarnik/api';
import { compose, migrate, readConfiguration, type Composition } from '@latarnik/composition';
import { exampleInvoices } from '@latarnik/demo';
import { PORTS, Temporal, type Clock, type Instant, type TenantId } from '@latarnik/domain';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@latarnik/embedded-postgres';
import { ScaledClock, startSimulator, type Simulator } from '@latarnik/ksef-simulator';
import { callJson, seedTenant } from '@latarnik/launcher';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ContainerModule } from 'inversify';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import { call, eventually, issue, type Answer } from './testing/client.js';

const NIP = '5265877635';
const DAY = '2026-11-23';
/** The first moment of the next day in Warsaw. */
const MIDNIGHT = Temporal.Instant.from('2026-11-23T23:00:00Z');

/** The law's clock of the product stands still; that of the simulator runs. */
class StandingClock implements Clock {
  constructor(public at: Instant) {}
  now(): Instant {
    return this.at;
  }
}

/** A product whose clock shows a second before midnight, and a KSeF whose clock shows another moment. */
class Night {
  private constructor(
    readonly api: { readonly apiUrl: string; readonly apiKey: string },
    private readonly composition: Composition,
    private readonly tenant: TenantId,
    private readonly clock: StandingClock,
    readonly stop: () => Promise<void>,
  ) {}

  static async begin(postgres: EmbeddedPostgres, name: string, directory: string, ksefAt: Instant): Promise<Night> {
    const simulator = await startSimulator({
      clock: new ScaledClock(ksefAt.epochMilliseconds, 1),
      processingDelayMs: 5,
    });
    const keyFile = join(directory, 'key');
    await writeFile(keyFile, randomBytes(32).toString('base64'), { mode: 0o600 });
    const databaseUrl = await postgres.createDatabase(name);
    await migrate(databaseUrl);
    const env = {
      DATABASE_URL: await postgres.createLogin(databaseUrl, ['latarnik_api', 'latarnik_worker']),
      LATARNIK_ENVIRONMENT: 'test',
      LATARNIK_KSEF_URL: simulator.ksefUrl,
      LATARNIK_LATARNIA_URL: simulator.latarniaUrl,
      LATARNIK_KEY_ENCRYPTION_KEY_FILE: keyFile,
      LATARNIK_SPOOL_DIRECTORY: join(directory, 'spool'),
      LATARNIK_CALL_LIMITS: 'none',
    };
    const { tenantId, apiKey } = await seedTenant(env, 'Latarnia Nocna sp. z o.o.', NIP);
    const clock = new StandingClock(MIDNIGHT.subtract({ seconds: 1 }));
    const standing = new ContainerModule(({ rebind }) => void rebind<Clock>(PORTS.clock).toConstantValue(clock));
    const composition = await compose(readConfiguration(env, 'midnight'), () => undefined, [standing]);
    const app = await createApi(composition, () => undefined);
    await app.listen({ host: '127.0.0.1', port: 0 });
    const api = { apiUrl: await app.getUrl(), apiKey };
    await importCertificates(api, simulator);
    await composition.useCases.watchOutages.execute();
    const stop = async (): Promise<void> => {
      await app.close();
      await composition.close();
      await simulator.close();
    };
    return new Night(api, composition, tenantId as TenantId, clock, stop);
  }

  /** Issues a document of that day, and finds out what KSeF made of it. */
  async issued(): Promise<{ readonly first: Answer; readonly last: Answer }> {
    const example = (await exampleInvoices(1, DAY)).find(({ file }) => file === 'domestic-several-rates.xml');
    if (example === undefined) throw new Error('no example');
    const first = await issue(this.api, example, '?mode=online');
    const path = `/v1/invoices/${String(first.json['id'])}`;
    this.clock.at = MIDNIGHT.add({ seconds: 30 });
    await eventually('it is sent', async () => {
      await this.composition.useCases.trackInteractive.execute(this.tenant);
      return (await call(this.api, { path })).json['status'] === 'sent';
    });
    return { first, last: await call(this.api, { path }) };
  }
}

async function importCertificates(
  { apiUrl, apiKey }: { readonly apiUrl: string; readonly apiKey: string },
  simulator: Simulator,
): Promise<void> {
  for (const type of ['Authentication', 'Offline'] as const) {
    const validFrom = MIDNIGHT.epochMilliseconds - 24 * 3600 * 1000;
    const { certificatePem, privateKeyPem } = await simulator.issueCertificate({ type, nip: NIP, validFrom });
    const body = { context: `Nip:${NIP}`, certificatePem, privateKeyPem };
    await callJson('POST', `${apiUrl}/v1/certificates`, body, { authorization: `Bearer ${apiKey}` });
  }
}

describe('an invoice that is posted online a second before midnight in Warsaw', () => {
  let postgres: EmbeddedPostgres;
  let directory: string;
  beforeAll(async () => {
    postgres = await startEmbeddedPostgres({ durable: false });
    directory = await mkdtemp(join(tmpdir(), 'latarnik-midnight-'));
  });
  afterAll(async () => {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('is offline in law when KSeF takes it after midnight: with codes, evidence, deadline and its basis', async () => {
    const night = await Night.begin(postgres, 'after', directory, MIDNIGHT.add({ seconds: 1 }));
    try {
      const { first, last } = await night.issued();
      expect(first).toMatchObject({
        status: 201,
        json: {
          mode: 'online',
          status: 'processing',
          codes: { invoice: { label: 'OFFLINE' }, certificate: { label: 'CERTYFIKAT' } },
          issuedAt: '2026-11-23T22:59:59Z',
        },
      });
      expect(last.json).toMatchObject({
        mode: 'online',
        ksefInvoicingMode: 'offline',
        certificateSerial: first.json['certificateSerial'],
        codes: { certificate: (first.json['codes'] as { certificate: object }).certificate },
        deadline: { kind: 'due', day: '2026-11-24', regime: 'offline24', basis: 'art. 106nda(2)', late: false },
        explanation: expect.arrayContaining([expect.stringContaining('art. 106nda(16)')]),
      });
      const links = last.json['links'] as { readonly evidence: string; readonly qrCertificate: string };
      expect((await call(night.api, { path: links.evidence })).text).toContain('<ds:Signature');
      expect((await call(night.api, { path: links.qrCertificate })).status).toBe(200);
    } finally {
      await night.stop();
    }
  });

  it('is online when KSeF takes it before midnight: nothing is due, and the codes are of no use', async () => {
    const night = await Night.begin(postgres, 'before', directory, MIDNIGHT.subtract({ seconds: 120 }));
    try {
      const { first, last } = await night.issued();
      expect(first.json).toMatchObject({ codes: { certificate: { label: 'CERTYFIKAT' } } });
      expect(last.json).toMatchObject({ ksefInvoicingMode: 'online', deadline: null, codes: { certificate: null } });
    } finally {
      await night.stop();
    }
  });
});
