import { constants, type KeyObject, verify, X509Certificate } from 'node:crypto';

import { type CertificateRecord, type CertificateStatus, certificateStatus } from '../core/certificate-register.js';
import { CONTEXT_TYPES, type ContextIdentifier } from '../core/context.js';
import type { SimulatorState } from '../simulator-state.js';
import type { Finding, Verification } from './finding.js';
import { findInvoice, invoiceFinding } from './verify-invoice-code.js';

/** What KOD II carries (domain-rules 3.3). */
export interface CertificateCode {
  readonly context: ContextIdentifier;
  readonly sellerNip: string;
  readonly serialNumber: string;
  /** SHA-256 of the invoice, Base64URL without padding. */
  readonly hash: string;
  readonly signature: Buffer;
  /** What was signed, without the host before it. */
  readonly signedPath: string;
}

const LINK =
  /^(\/certificate\/([A-Za-z]+)\/([A-Z0-9+*-]{9,40})\/(\d{10})\/([0-9A-F]{16})\/([A-Za-z0-9_-]{43}))\/([A-Za-z0-9_-]{20,1400})$/;

/** Hosts that links of the three environments are signed for (domain-rules 3.1). */
const OFFICIAL_HOSTS = ['qr-test.ksef.mf.gov.pl', 'qr-demo.ksef.mf.gov.pl', 'qr.ksef.mf.gov.pl'];

/** Reads the path of KOD II; undefined when it is none. */
export function parseCertificateCode(path: string): CertificateCode | undefined {
  const [, signedPath, contextType, value, sellerNip, serialNumber, hash, signature] = LINK.exec(path) ?? [];
  const type = CONTEXT_TYPES.find((known) => known === contextType);
  if (type === undefined || signedPath === undefined || value === undefined || sellerNip === undefined)
    return undefined;
  if (serialNumber === undefined || hash === undefined || signature === undefined) return undefined;
  return {
    context: { type, value },
    sellerNip,
    serialNumber,
    hash,
    signature: Buffer.from(signature, 'base64url'),
    signedPath,
  };
}

/**
 * What KSeF checks when KOD II is scanned: the certificate as it stands now, the signature, and the rights of its
 * owner now (kody-qr.md).
 * @param host the host that was asked; a link signed for it or for an official host of KSeF verifies
 */
export function verifyCertificateCode(state: SimulatorState, code: CertificateCode, host: string): Verification {
  const record = state.register.find(code.serialNumber);
  return {
    title: 'Weryfikacja wystawcy (KOD II)',
    findings: [
      ...(record === undefined
        ? [{ check: 'certificate', result: 'wrong', text: 'Nie ma takiego certyfikatu KSeF.' } as const]
        : certificateFindings(state, code, record, host)),
      sellerFinding(state, code),
      invoiceFinding(state, code.hash, findInvoice(state, code)),
    ],
    facts: [
      ['Kontekst', `${code.context.type} ${code.context.value}`],
      ['NIP sprzedawcy', code.sellerNip],
      ['Numer seryjny certyfikatu', code.serialNumber],
      ...(record === undefined ? [] : ([['Właściciel certyfikatu', record.commonName]] as const)),
      ['Skrót faktury', code.hash],
    ],
  };
}

function certificateFindings(
  { clock, permissions }: SimulatorState,
  code: CertificateCode,
  record: CertificateRecord,
  host: string,
): readonly Finding[] {
  const rights = permissions.held(code.context, record.owner);
  return [
    { check: 'certificate', result: 'ok', text: `Certyfikat KSeF „${record.name}” istnieje.` },
    record.type === 'Offline'
      ? { check: 'certificate-type', result: 'ok', text: 'Certyfikat jest typu Offline.' }
      : { check: 'certificate-type', result: 'wrong', text: 'Certyfikat nie jest typu Offline.' },
    stateFinding(record, clock.now()),
    signatureFinding(code, record, host),
    rights.includes('InvoiceWrite')
      ? { check: 'right-to-issue', result: 'ok', text: 'Właściciel certyfikatu może wystawiać faktury w kontekście.' }
      : {
          check: 'right-to-issue',
          result: 'wrong',
          text: 'Właściciel certyfikatu nie może wystawiać faktur w kontekście.',
        },
  ];
}

const STATE_TEXTS: Readonly<Record<CertificateStatus, string>> = {
  Active: 'Certyfikat jest aktywny.',
  Blocked: 'Certyfikat jest zablokowany.',
  Revoked: 'Certyfikat jest unieważniony.',
  Expired: 'Certyfikat wygasł.',
};

/** The moment of scanning counts, not that of signing (domain-rules 3.3). */
function stateFinding(record: CertificateRecord, at: number): Finding {
  const check = 'certificate-state';
  if (at < record.validFrom) return { check, result: 'wrong', text: 'Certyfikat nie jest jeszcze ważny.' };
  const status = certificateStatus(record, at);
  return { check, result: status === 'Active' ? 'ok' : 'wrong', text: STATE_TEXTS[status] };
}

function signatureFinding(
  { signature, signedPath }: CertificateCode,
  { der }: CertificateRecord,
  host: string,
): Finding {
  const { publicKey } = new X509Certificate(der);
  const signedFor = [host, ...OFFICIAL_HOSTS].find((known) =>
    isSignature(publicKey, `${known}${signedPath}`, signature),
  );
  const check = 'signature';
  return signedFor === undefined
    ? { check, result: 'wrong', text: 'Podpis nie zgadza się z linkiem i certyfikatem.' }
    : { check, result: 'ok', text: `Podpis jest poprawny (złożony dla adresu ${signedFor}).` };
}

/** RSASSA-PSS with a salt of 32 octets, or ECDSA as r and s (64 octets) or in DER; always SHA-256. */
function isSignature(key: KeyObject, text: string, signature: Buffer): boolean {
  const data = Buffer.from(text, 'utf8');
  if (key.asymmetricKeyType === 'rsa') {
    return verify('sha256', data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, signature);
  }
  return (['ieee-p1363', 'der'] as const).some((dsaEncoding) =>
    verify('sha256', data, { key, dsaEncoding }, signature),
  );
}

function sellerFinding({ permissions }: SimulatorState, { context, sellerNip }: CertificateCode): Finding {
  return permissions.mayIssue(context, sellerNip)
    ? { check: 'seller', result: 'ok', text: 'Kontekst może wystawiać faktury tego sprzedawcy.' }
    : { check: 'seller', result: 'wrong', text: 'Kontekst nie może wystawiać faktur tego sprzedawcy.' };
}
