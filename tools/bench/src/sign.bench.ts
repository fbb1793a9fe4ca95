import {
  constants,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
  type SignKeyObjectInput,
} from 'node:crypto';
import {
  parseContextIdentifier,
  PORTS,
  unsignedKodII,
  type CertificateId,
  type CertificateImporter,
  type Clock,
  type Hasher,
  type Nip,
  type OfflineCertificate,
  type OfflineSigner,
  type TenantId,
} from '@latarnik/domain';
import { LocalKeyEncryptionKeys, signingModule } from '@latarnik/signing';
import { Container } from 'inversify';
import { printFigure } from './figure.js';
import { perCoreSecond } from './in-turns.js';
import { heapInUse, peakMemory } from './memory.js';
import { offlineCertificateFiles } from './offline-certificate-files.js';

const INVOICE_BYTES = 5000;
/** Evidence signed in a row to see whether memory stays flat. */
const LONG_RUN = 20_000;
const TENANT = '0197a000-0000-7000-8000-000000000001' as TenantId;
const NIP = '5265877635' as Nip;

const KEYS = {
  p256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  rsa2048: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
};

/**
 * Signatures per second and core, of evidence over invoices of 5 kB (hashing them included) and of KOD II. The limit is
 * plain `crypto.sign` of the same bytes with the same key; we also verify each signature before it is handed out.
 */
export async function signBench(): Promise<void> {
  for (const [name, makeKeys] of Object.entries(KEYS)) {
    const { privateKey, publicKey } = makeKeys();
    const desk = await signingDesk(privateKey, publicKey);
    const { evidence, plainEvidence, kodII, plainKodII } = await perCoreSecond({
      evidence: desk.signEvidence,
      plainEvidence: () => sign('sha256', desk.nextInvoice(), inputFor(privateKey, 'evidence')),
      kodII: desk.signKodII,
      plainKodII: () => sign('sha256', Buffer.from(desk.nextText(), 'ascii'), inputFor(privateKey, 'kod-ii')),
    });
    printFigure({ name: `sign.evidence.${name}`, value: evidence, unit: 'signatures/s/core', limit: plainEvidence });
    printFigure({ name: `sign.kod-ii.${name}`, value: kodII, unit: 'signatures/s/core', limit: plainKodII });
    if (name === 'p256') await measureMemory(desk);
  }
}

type Desk = Awaited<ReturnType<typeof signingDesk>>;

async function measureMemory({ signEvidence }: Desk): Promise<void> {
  const [heapBefore, peakBefore] = [heapInUse(), peakMemory()];
  for (let run = 0; run < LONG_RUN; run++) await signEvidence();
  const heapGrowth = heapInUse() - heapBefore;
  printFigure({ name: 'sign.heap-growth', value: heapGrowth, unit: `MB in ${String(LONG_RUN)} evidence signatures` });
  printFigure({ name: 'sign.peak-growth', value: peakMemory() - peakBefore, unit: 'MB resident, in those' });
  printFigure({ name: 'sign.peak-memory', value: peakMemory(), unit: 'MB resident' });
}

/** The signer as the product has it, with a certificate of that key imported, and a new invoice for each signature. */
async function signingDesk(privateKey: KeyObject, publicKey: KeyObject) {
  const container = new Container();
  const ring = () => Promise.resolve({ currentVersion: 1, byVersion: new Map([[1, new Uint8Array(randomBytes(32))]]) });
  container.load(signingModule({ keyEncryptionKeys: new LocalKeyEncryptionKeys(ring) }));
  const certificate = await imported(container, privateKey, publicKey);
  const signer = container.get<OfflineSigner>(PORTS.offlineSigner);
  const hasher = container.get<Hasher>(PORTS.hasher);
  const signingTime = container.get<Clock>(PORTS.clock).now();
  const invoice = Buffer.alloc(INVOICE_BYTES, 'x');
  let number = 0;
  const nextInvoice = (): Buffer => {
    invoice.writeUInt32BE((number += 1), 0);
    return invoice;
  };
  const nextText = () =>
    unsignedKodII({
      environment: 'production',
      context: certificate.context,
      sellerNip: NIP,
      certificateSerial: certificate.serial,
      hash: hasher.hash(nextInvoice()),
    });
  return {
    nextInvoice,
    nextText,
    signEvidence: () =>
      signer.signEvidence(TENANT, certificate, {
        fileName: `${String(number)}.xml`,
        hash: hasher.hash(nextInvoice()),
        signingTime,
      }),
    signKodII: () => signer.signKodII(TENANT, certificate, nextText()),
  };
}

async function imported(
  container: Container,
  privateKey: KeyObject,
  publicKey: KeyObject,
): Promise<OfflineCertificate> {
  const id = 'bench' as CertificateId;
  const importer = container.get<CertificateImporter>(PORTS.certificateImporter);
  const file = await offlineCertificateFiles(privateKey, publicKey);
  const read = await importer.read({ tenant: TENANT, certificateId: id }, { kind: 'pem', ...file });
  const context = parseContextIdentifier('Nip', NIP);
  if (!read.ok) throw new Error(`the certificate was not imported: ${read.error.code}`);
  if (!context.ok) throw new Error('not a context');
  return { ...read.value, purpose: 'offline', id, context: context.value };
}

/** As XML signatures have it (RFC 9231), and as KOD II has it (domain rules 3.3). */
function inputFor(key: KeyObject, what: 'evidence' | 'kod-ii'): SignKeyObjectInput {
  if (key.asymmetricKeyType === 'ec') return { key, dsaEncoding: 'ieee-p1363' };
  return what === 'evidence'
    ? { key, padding: constants.RSA_PKCS1_PADDING }
    : { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
}
