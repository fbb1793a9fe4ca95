import { randomUUID } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type AuthenticationCertificate,
  type BatchId,
  type BatchPackager,
  type BatchSessions,
  FA3,
  hashToBase64,
  type InteractiveSessions,
  type KsefAccess,
  KsefLoginError,
  type KsefNumber,
  type KsefProbe,
  KsefUnreachableError,
  type Latarnia,
  type PackageEntry,
  PORTS,
  type SessionInvoice,
  type SessionReader,
  type SessionReference,
  type SessionStatus,
  Temporal,
} from '@latarnik/domain';
import {
  type IssuedCertificate,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from '@latarnik/ksef-simulator';
import { Container } from 'inversify';

import type { KsefAdapterEvent } from './ksef-adapter-event.js';
import { ksefAdapterModule } from './ksef-adapter.module.js';
import { access, entryOf, inOrder, MemorySecretBox, unlimitedBudget } from './testing/fakes.js';
import { invoiceXml } from './testing/invoice-xml.js';
import { temporaryFolder, type TemporaryFolder } from './testing/temporary-folder.js';
import { xadesSigner } from './testing/xades-signer.js';

const NIP = access.context.value;
const batchId = '0b0c9d2e-5f4a-4f3e-9c53-8a1f1f0e7a01' as BatchId;
const clock = { now: (): Temporal.Instant => Temporal.Now.instant() };
const today = (): string => Temporal.Now.plainDateISO('Europe/Warsaw').toString();

interface Ports {
  readonly interactive: InteractiveSessions;
  readonly batches: BatchSessions;
  readonly reader: SessionReader;
  readonly packager: BatchPackager;
  readonly probe: KsefProbe;
  readonly latarnia: Latarnia;
}

let folder: TemporaryFolder;
let simulator: Simulator;
let certificate: IssuedCertificate;
let events: KsefAdapterEvent[];

beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  await simulator.close();
  await folder.remove();
});

/** The adapter against the simulator, with a certificate of the simulator's authority. */
async function start(
  options: SimulatorOptions = {},
  partBytes = 900,
  compression: 'tar.gz' | 'zip' = 'tar.gz',
): Promise<Ports> {
  simulator = await startSimulator({ processingDelayMs: 0, ...options });
  certificate = await simulator.issueCertificate({ type: 'Authentication', nip: NIP });
  events = [];
  const container = new Container();
  container.bind(PORTS.clock).toConstantValue(clock);
  container.bind(PORTS.secretBox).toConstantValue(new MemorySecretBox());
  container.bind(PORTS.callBudget).toConstantValue(unlimitedBudget);
  container
    .bind(PORTS.loginCertificates)
    .toConstantValue({ find: () => Promise.resolve({ purpose: 'authentication' } as AuthenticationCertificate) });
  container.bind(PORTS.loginSigner).toConstantValue(xadesSigner(certificate.certificatePem, certificate.privateKeyPem));
  container.load(
    ksefAdapterModule({
      ksefUrl: simulator.ksefUrl,
      latarniaUrl: simulator.latarniaUrl,
      spoolDirectory: folder.path,
      partBytes,
      compression,
      loginPollMs: 5,
      callTimeoutMs: 10_000,
      log: (event) => events.push(event),
    }),
  );
  return {
    interactive: container.get(PORTS.interactiveSessions),
    batches: container.get(PORTS.batchSessions),
    reader: container.get(PORTS.sessionReader),
    packager: container.get(PORTS.batchPackager),
    probe: container.get(PORTS.ksefProbe),
    latarnia: container.get(PORTS.latarnia),
  };
}

const invoices = (count: number): readonly PackageEntry[] =>
  Array.from({ length: count }, (_, at) => entryOf(invoiceXml(`FV/${String(at + 1)}`, NIP, today()), randomUUID()));

/** Asks until the session has its final code, or the test runs out of time. */
async function finalStatus(reader: SessionReader, session: SessionReference): Promise<SessionStatus> {
  for (let asked = 0; asked < 100_000; asked += 1) {
    const status = await reader.status(access, session);
    if (status !== undefined && status.code >= 200) return status;
  }
  throw new Error('no final status');
}

async function allRows(reader: SessionReader, session: SessionReference): Promise<readonly SessionInvoice[]> {
  const rows: SessionInvoice[] = [];
  let token: string | undefined;
  do {
    const page = await reader.invoices(access, session, token);
    rows.push(...page.invoices);
    token = page.continuationToken;
  } while (token !== undefined);
  return rows;
}

async function openBatch({ packager, batches }: Ports, entries: readonly PackageEntry[]) {
  const sealed = await packager.seal(batchId, inOrder(entries));
  const opened = await batches.open(access, FA3, sealed);
  if (opened.outcome !== 'done') throw new Error(JSON.stringify(opened));
  return { sealed, ...opened.value };
}

/** Packs, opens, uploads every part and closes. */
async function sendBatch(ports: Ports, entries: readonly PackageEntry[]): Promise<SessionReference> {
  const { sealed, reference, targets } = await openBatch(ports, entries);
  const files = await ports.packager.files(batchId, sealed, () => inOrder(entries));
  for (const part of sealed.parts) {
    const target = targets.find(({ ordinal }) => ordinal === part.ordinal);
    const file = files?.get(part.ordinal);
    if (target === undefined || file === undefined) throw new Error('a part without target or file');
    expect(await ports.batches.uploadPart(target, part, file)).toEqual({ outcome: 'done', value: undefined });
  }
  expect(await ports.batches.close(access, reference)).toEqual({ outcome: 'done', value: undefined });
  return reference;
}

describe('a batch', () => {
  it('goes from files to KSeF numbers and proofs', async () => {
    const ports = await start();
    const entries = invoices(12);
    const reference = await sendBatch(ports, entries);
    const status = await finalStatus(ports.reader, reference);
    expect(status).toMatchObject({ code: 200, invoiceCount: 12, successfulInvoiceCount: 12, failedInvoiceCount: 0 });

    const rows = await allRows(ports.reader, reference);
    expect(rows.map(({ hash }) => hashToBase64(hash)).sort()).toEqual(
      entries.map(({ hash }) => hashToBase64(hash)).sort(),
    );
    for (const row of rows) {
      const ksefNumber = row.ksefNumber as KsefNumber;
      const proof = [{ ksefNumber, hash: row.hash }];
      const { upoDownloadUrl = '' } = row;
      expect((await ports.reader.upo(access, reference, { ksefNumber, upoDownloadUrl }))?.entries).toMatchObject(proof);
      expect((await ports.reader.upo(access, reference, { ksefNumber }))?.entries).toMatchObject(proof);
      expect(await ports.reader.hashOf(access, ksefNumber)).toEqual(row.hash);
    }
    expect(simulator.ledger().accepted.map(({ offlineDeclared }) => offlineDeclared)).toEqual(Array(12).fill(true));
    expect(events).toEqual([]);
  });

  it('goes as a ZIP too, by choice', async () => {
    const ports = await start({}, 900, 'zip');
    const reference = await sendBatch(ports, invoices(12));
    expect(await finalStatus(ports.reader, reference)).toMatchObject({ code: 200, successfulInvoiceCount: 12 });
  });

  it('of 2,000 invoices is accepted whole', async () => {
    const ports = await start({}, 100_000);
    const reference = await sendBatch(ports, invoices(2000));
    expect(await finalStatus(ports.reader, reference)).toMatchObject({ code: 200, successfulInvoiceCount: 2000 });

    const rows = await allRows(ports.reader, reference);
    expect(new Set(rows.map(({ ksefNumber }) => ksefNumber)).size).toBe(2000);
  });

  it('sent again is answered as a duplicate, with the number of the original', async () => {
    const ports = await start();
    const entries = invoices(1);
    const first = await sendBatch(ports, entries);
    await finalStatus(ports.reader, first);
    const [original] = await allRows(ports.reader, first);
    const second = await sendBatch(ports, entries);

    expect(await finalStatus(ports.reader, second)).toMatchObject({ code: 445 });
    expect(await allRows(ports.reader, second)).toMatchObject([
      { code: 440, originalKsefNumber: original?.ksefNumber, originalSession: first },
    ]);
  });

  it('cannot be closed while a part is missing', async () => {
    const ports = await start();
    const { reference } = await openBatch(ports, invoices(5));
    expect(await ports.batches.close(access, reference)).toMatchObject({
      outcome: 'failed',
      error: { code: 'KSEF_REFUSED', httpStatus: 400, ksefCode: 21205 },
    });
  });

  it('is refused by the storage when the time for uploads is over', async () => {
    const ports = await start({ uploadWindowPerPartMs: 0 });
    const { sealed, targets } = await openBatch(ports, invoices(1));
    const files = await ports.packager.files(batchId, sealed, () => inOrder([]));
    const [part] = sealed.parts;
    const [target] = targets;
    if (part === undefined || target === undefined) throw new Error('no part');
    expect(await ports.batches.uploadPart(target, part, files?.get(1) ?? '')).toEqual({
      outcome: 'failed',
      error: { code: 'UPLOAD_WINDOW_CLOSED' },
    });
  });
});

describe('a single invoice', () => {
  it('goes to a KSeF number and a proof', async () => {
    const ports = await start();
    const opened = await ports.interactive.open(access, FA3);
    if (opened.outcome !== 'done') throw new Error(JSON.stringify(opened));
    const session = opened.value;
    const { bytes, hash } = entryOf(invoiceXml('FV/online/1', NIP, today()), 'one');
    const posted = await session.post(bytes, hash, false);
    if (posted.outcome !== 'done') throw new Error(JSON.stringify(posted));
    await session.close();
    await ports.interactive.close(access, session.reference);

    expect(await finalStatus(ports.reader, session.reference)).toMatchObject({ code: 200, successfulInvoiceCount: 1 });
    const row = await ports.reader.invoice(access, session.reference, posted.value);
    expect(row).toMatchObject({ code: 200, hash, reference: posted.value });
    const ksefNumber = row?.ksefNumber as KsefNumber;
    expect((await ports.reader.upo(access, session.reference, { ksefNumber }))?.entries).toMatchObject([
      { ksefNumber, hash },
    ]);
  });

  it('of an earlier day is offline to KSeF, though it was declared online', async () => {
    const ports = await start();
    const opened = await ports.interactive.open(access, FA3);
    if (opened.outcome !== 'done') throw new Error(JSON.stringify(opened));
    const session = opened.value;
    const yesterday = Temporal.Now.plainDateISO('Europe/Warsaw').subtract({ days: 1 }).toString();
    const { bytes, hash } = entryOf(invoiceXml('FV/online/2', NIP, yesterday), 'one');
    const posted = await session.post(bytes, hash, false);
    if (posted.outcome !== 'done') throw new Error(JSON.stringify(posted));
    await session.close();
    await finalStatus(ports.reader, session.reference);

    const expected = { code: 200, hash, invoicingMode: 'offline' };
    expect(await ports.reader.invoice(access, session.reference, posted.value)).toMatchObject(expected);
    expect(await allRows(ports.reader, session.reference)).toMatchObject([expected]);
    expect(simulator.ledger().accepted).toMatchObject([{ offlineDeclared: false, invoicingMode: 'Offline' }]);
    expect(events).toEqual([]);
  });

  it('of a session KSeF does not know is not there', async () => {
    const { reader } = await start();
    const unknown = '20261120-SO-0000000000-0000000000-00' as SessionReference;
    expect(await reader.status(access, unknown)).toBeUndefined();
  });
});

describe('a login', () => {
  it('goes on when every access token expires at once', async () => {
    const { reader } = await start({ accessTokenTtlMs: -1000 });
    const unknown = '20261120-SO-0000000000-0000000000-00' as SessionReference;
    await expect(reader.status(access, unknown)).rejects.toThrow(KsefUnreachableError);
    simulator.state.settings.accessTokenTtlMs = 900_000;
    expect(await reader.status(access, unknown)).toBeUndefined();
  });

  it('with a revoked certificate, or in a context of others, is refused in the words of KSeF', async () => {
    const { reader } = await start();
    const elsewhere: KsefAccess = {
      ...access,
      context: { type: 'Nip', value: '7762811692' as KsefAccess['context']['value'] },
    };
    const session = '20261120-SO-0000000000-0000000000-00' as SessionReference;
    const foreign: unknown = await reader.status(elsewhere, session).catch((error: unknown) => error);
    expect(foreign).toBeInstanceOf(KsefLoginError);
    expect(foreign).toMatchObject({ code: 'LOGIN_REFUSED' });

    simulator.state.authority.revoke(certificate.certificateSerialNumber);
    await expect(reader.status(access, session)).rejects.toThrow('KSeF refused the login: 460');
  });
});

describe('an outage', () => {
  it('is announced, seen, and over', async () => {
    const { latarnia, probe, reader } = await start();
    expect(await latarnia.state()).toBe('available');
    expect(await probe.probe()).toMatchObject({ kind: 'answered' });

    const outage = simulator.state.outages.begin({ category: 'FAILURE' });
    expect(await latarnia.state()).toBe('failure');
    expect(await latarnia.bulletins()).toMatchObject([{ category: 'failure', type: 'start', source: 'latarnia' }]);
    expect(await probe.probe()).toMatchObject({ kind: 'silent' });
    const session = '20261120-SO-0000000000-0000000000-00' as SessionReference;
    await expect(reader.status(access, session)).rejects.toThrow(KsefUnreachableError);

    simulator.state.outages.finish(outage);
    expect(await latarnia.state()).toBe('available');
    const end = (await latarnia.bulletins()).find(({ type }) => type === 'end');
    expect(end).toMatchObject({ category: 'failure' });
    expect(end?.end).toBeDefined();
    expect(await probe.probe()).toMatchObject({ kind: 'answered' });
    expect(await reader.status(access, session)).toBeUndefined();
  });
});
