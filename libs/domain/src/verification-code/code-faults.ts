import type { Certificate } from '../certificate/certificate.js';
import { sameHash } from '../invoice/invoice-hash.js';
import type { Invoice, Issue, OfflineIssue } from '../invoice/invoice.js';
import { sameContext } from '../party/context-identifier.js';
import type { CodeVerifier } from './code-verifier.port.js';
import type { KsefEnvironment } from './environment.js';
import { parseKodI } from './kod-i.js';
import { parseKodII } from './kod-ii.js';
import type { MalformedLink } from './verification-link.js';

/** What a stored link says otherwise than the invoice does, or how it is no link at all. */
export type CodeFault =
  | `malformed ${MalformedLink['part']}`
  | 'environment'
  | 'seller'
  | 'issue date'
  | 'hash'
  | 'context'
  | 'certificate serial'
  | 'certificate unknown'
  | 'signature';

/** An invoice as far as its codes speak of it. */
export type CodedInvoice = Pick<Invoice, 'facts' | 'hash' | 'context'>;

/**
 * Compares the link of KOD I with the invoice: environment, seller, P_1, and the hash of the exact bytes.
 *
 * @returns nothing when all agree
 */
export function kodIFaults(
  { facts, hash }: CodedInvoice,
  { kodI }: Pick<Issue, 'kodI'>,
  environment: KsefEnvironment,
): readonly CodeFault[] {
  const parsed = parseKodI(kodI);
  if (!parsed.ok) return [`malformed ${parsed.error.part}`];
  const parts = parsed.value;
  return faults({
    environment: parts.environment === environment,
    seller: parts.sellerNip === facts.sellerNip,
    'issue date': parts.issueDate.toString() === facts.issueDate.toString(),
    hash: sameHash(parts.hash, hash),
  });
}

/**
 * Compares the link of KOD II with the invoice: environment, context, seller, certificate, and the hash of the exact bytes.
 * Its signature is another question: `kodIISignatureFaults`.
 *
 * @returns nothing when all agree
 */
export function kodIIFaults(
  { facts, hash, context }: CodedInvoice,
  { kodII, certificateSerial }: Pick<OfflineIssue, 'kodII' | 'certificateSerial'>,
  environment: KsefEnvironment,
): readonly CodeFault[] {
  const parsed = parseKodII(kodII);
  if (!parsed.ok) return [`malformed ${parsed.error.part}`];
  const parts = parsed.value;
  return faults({
    environment: parts.environment === environment,
    context: sameContext(parts.context, context),
    seller: parts.sellerNip === facts.sellerNip,
    'certificate serial': parts.certificateSerial === certificateSerial,
    hash: sameHash(parts.hash, hash),
  });
}

/**
 * Verifies the signature of KOD II with the public key of the certificate of type Offline that the link names. It may have
 * been retired or have expired since: KSeF looks at that when the code is scanned.
 *
 * @param certificates of the tenant, of any type
 * @returns nothing when the signature is good
 */
export function kodIISignatureFaults(
  { kodII }: Pick<OfflineIssue, 'kodII'>,
  certificates: readonly Certificate[],
  verifier: CodeVerifier,
): readonly CodeFault[] {
  const parsed = parseKodII(kodII);
  if (!parsed.ok) return [`malformed ${parsed.error.part}`];
  const { certificateSerial, unsigned, signature } = parsed.value;
  const known = certificates.filter((one) => one.purpose === 'offline' && one.serial === certificateSerial);
  if (known.length === 0) return ['certificate unknown'];
  return known.some(({ der }) => verifier.verifies(der, unsigned, signature)) ? [] : ['signature'];
}

function faults(holds: Partial<Readonly<Record<CodeFault, boolean>>>): readonly CodeFault[] {
  return (Object.keys(holds) as CodeFault[]).filter((fault) => holds[fault] === false);
}

/** A stored code is not the invoice's own: corruption or a bug. The link itself is not told to logs. */
export class CodeNotGoodError extends Error {
  override readonly name = 'CodeNotGoodError';

  constructor(
    readonly code: 'KOD I' | 'KOD II',
    readonly invoiceId: string,
    readonly faults: readonly CodeFault[],
  ) {
    super(`${code} of invoice ${invoiceId} does not hold (${faults.join(', ')}): it is not handed out`);
  }
}
