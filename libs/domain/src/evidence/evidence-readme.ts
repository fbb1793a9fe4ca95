import { offlineCodes } from '../invoice/offline-codes.js';
import type { StoredInvoice } from '../invoice/invoice-repository.port.js';
import type { EvidenceEntry } from './evidence-entry.js';
import { EVIDENCE_FILE_NAME, invoiceFileName } from './document-evidence.js';

/** What a package says of itself, in Polish and in English: what lies in it, and how to check it without us. */
export function readme(stored: StoredInvoice, entries: readonly EvidenceEntry[]): string {
  const parts = [polish(stored, entries), english(stored, entries)];
  return `${parts.map((lines) => lines.join('\n')).join(`\n\n${'-'.repeat(78)}\n\n`)}\n`;
}

function polish(stored: StoredInvoice, entries: readonly EvidenceEntry[]): readonly string[] {
  const { number, sellerNip, issueDate } = stored.invoice.facts;
  const file = invoiceFileName(stored);
  return [
    'PAKIET DOWODOWY FAKTURY',
    '',
    `Faktura ${number}, sprzedawca NIP ${sellerNip}, data wystawienia (P_1) ${issueDate.toString()}.`,
    'Wszystko poniżej można sprawdzić bez dostępu do programu, który wystawił fakturę, i bez Internetu.',
    '',
    'Zawartość',
    ...entries.map(({ path, what }) => `  ${path}\n      ${what.pl}`),
    '',
    '1. Skróty plików',
    '   sha256sum -c SHA256SUMS',
    '   manifest.json zawiera te same skróty SHA-256 (szesnastkowo) wraz z opisem plików.',
    '',
    '2. Skrót faktury',
    `   openssl dgst -sha256 -binary ${file} | base64`,
    '   Wynik jest skrótem faktury: po zamianie + na - oraz / na _ i usunięciu = stoi w odnośniku KOD I',
    '   (ostatnia część ścieżki) i KOD II (przedostatnia), a bez zamiany w UPO (SkrotDokumentu).',
    ...(hasEvidence(entries)
      ? ['', '3. Podpis XAdES nad fakturą (oba pliki w tym samym folderze)', ...xmlsec1('   '), ...POLISH_SIGNATURE]
      : []),
    ...(offlineCodes(stored.invoice) === undefined ? [] : ['', '4. KOD II', ...POLISH_KOD_II]),
  ];
}

function english(stored: StoredInvoice, entries: readonly EvidenceEntry[]): readonly string[] {
  const { number, sellerNip, issueDate } = stored.invoice.facts;
  const file = invoiceFileName(stored);
  return [
    'EVIDENCE PACKAGE OF AN INVOICE',
    '',
    `Invoice ${number}, seller NIP ${sellerNip}, date of issue (P_1) ${issueDate.toString()}.`,
    'Everything below can be checked without the program that issued the invoice, and offline.',
    '',
    'Contents',
    ...entries.map(({ path, what }) => `  ${path}\n      ${what.en}`),
    '',
    '1. Digests of the files',
    '   sha256sum -c SHA256SUMS',
    '   manifest.json has the same SHA-256 digests (hexadecimal) with a description of each file.',
    '',
    '2. Digest of the invoice',
    `   openssl dgst -sha256 -binary ${file} | base64`,
    '   This is the digest of the invoice: with - for +, _ for / and without = it stands in the link of KOD I (last part',
    '   of the path) and of KOD II (last but one), and as it is in the UPO (SkrotDokumentu).',
    ...(hasEvidence(entries)
      ? ['', '3. XAdES signature over the invoice (both files in one folder)', ...xmlsec1('   '), ...ENGLISH_SIGNATURE]
      : []),
    ...(offlineCodes(stored.invoice) === undefined ? [] : ['', '4. KOD II', ...ENGLISH_KOD_II]),
  ];
}

const hasEvidence = (entries: readonly EvidenceEntry[]): boolean =>
  entries.some(({ path }) => path === EVIDENCE_FILE_NAME);

const xmlsec1 = (indent: string): readonly string[] =>
  [
    'xmlsec1 --verify --trusted-pem ca.pem \\',
    '  --id-attr:Id http://uri.etsi.org/01903/v1.3.2#:SignedProperties \\',
    `  ${EVIDENCE_FILE_NAME}`,
  ].map((line) => `${indent}${line}`);

const POLISH_SIGNATURE = [
  '   ca.pem to certyfikat wystawcy certyfikatów KSeF (do pobrania z ksef.podatki.gov.pl). Bez niego podpis można',
  '   sprawdzić certyfikatem z pliku codes/signer.pem: zamiast --trusted-pem ca.pem należy podać',
  '   --pubkey-cert-pem codes/signer.pem. Wtedy sprawdzony jest podpis, a nie pochodzenie certyfikatu.',
];
const ENGLISH_SIGNATURE = [
  '   ca.pem is the certificate of the issuer of KSeF certificates (from ksef.podatki.gov.pl). Without it the signature is',
  '   checked with the certificate in codes/signer.pem: give --pubkey-cert-pem codes/signer.pem in place of',
  '   --trusted-pem ca.pem. That checks the signature, not where the certificate comes from.',
];
const POLISH_KOD_II = [
  '   Podpisany tekst to odnośnik z codes/codes.json bez "https://" i bez ostatniej części ścieżki (podpis, Base64URL).',
  '   Klucz RSA: RSASSA-PSS, SHA-256, MGF1 SHA-256, sól 32 bajty. Klucz EC: ECDSA P-256, SHA-256, postać P1363 lub DER.',
  '   openssl x509 -in codes/signer.pem -pubkey -noout > klucz.pem',
  '   RSA: openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -verify klucz.pem \\',
  '        -signature podpis.bin tekst.txt',
  '   EC:  openssl dgst -sha256 -verify klucz.pem -signature podpis.der tekst.txt (P1363 najpierw zamienić na DER)',
];
const ENGLISH_KOD_II = [
  '   What is signed is the link in codes/codes.json without "https://" and without the last part of its path (the',
  '   signature, Base64URL). RSA key: RSASSA-PSS, SHA-256, MGF1 with SHA-256, salt of 32 bytes. EC key: ECDSA P-256 with',
  '   SHA-256, in P1363 or DER form.',
  '   openssl x509 -in codes/signer.pem -pubkey -noout > key.pem',
  '   RSA: openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -verify key.pem \\',
  '        -signature signature.bin text.txt',
  '   EC:  openssl dgst -sha256 -verify key.pem -signature signature.der text.txt (P1363 has to be put as DER first)',
];
