import { offlineCodes } from '../invoice/offline-codes.js';
import type { Certificate } from '../certificate/certificate.js';
import type { StoredInvoice } from '../invoice/invoice-repository.port.js';
import type { TenantStores } from '../shared/unit-of-work.port.js';
import type { CodeImages } from '../verification-code/code-images.port.js';
import { KOD_II_LABEL, kodILabel } from '../verification-code/code-label.js';
import type { EvidenceEntry, EvidenceProvider, PackagedInvoice } from './evidence-entry.js';
import { jsonEntry, utf8 } from './evidence-text.js';
import { toBase64 } from '../shared/base64.js';

interface Code {
  readonly name: 'kod-i' | 'kod-ii';
  readonly url: string;
  readonly label: string;
}

/** The codes of the invoice: links and images, and the certificate that signed KOD II. */
export class CodeEvidence implements EvidenceProvider {
  constructor(private readonly images: CodeImages) {}

  async entries({ stored }: PackagedInvoice, { certificates }: TenantStores): Promise<readonly EvidenceEntry[]> {
    const codes = codesOf(stored);
    if (codes.length === 0) return [];
    const serial = offlineCodes(stored.invoice)?.certificateSerial;
    const signer = (await certificates.all()).find(
      (certificate) => certificate.purpose === 'offline' && certificate.serial === serial,
    );
    const links = jsonEntry(
      'codes/codes.json',
      { codes: codes.map(({ name, url, label }) => ({ code: name, url, label })), signer: signerView(signer) },
      { pl: 'odnośniki kodów weryfikujących', en: 'links of the verification codes' },
    );
    return [links, ...codes.flatMap((code) => this.#images(code)), ...(signer === undefined ? [] : [pemOf(signer)])];
  }

  #images({ name, url, label }: Code): readonly EvidenceEntry[] {
    const what = { pl: `${name.toUpperCase().replace('-', ' ')}, obraz`, en: `${name.toUpperCase()}, image` };
    return [
      { path: `codes/${name}.png`, mediaType: 'image/png', bytes: this.images.png(url, label), what },
      { path: `codes/${name}.svg`, mediaType: 'image/svg+xml', bytes: utf8(this.images.svg(url, label)), what },
    ];
  }
}

/** Also those of a document of a total failure, which carries none: they were made at issue and kept (art. 106ng). */
function codesOf({ invoice }: StoredInvoice): readonly Code[] {
  if (!('issue' in invoice)) return [];
  const number = 'acceptance' in invoice ? invoice.acceptance.ksefNumber : undefined;
  const first: Code = { name: 'kod-i', url: invoice.issue.kodI, label: kodILabel(number) };
  const offline = offlineCodes(invoice);
  return offline === undefined ? [first] : [first, { name: 'kod-ii', url: offline.kodII, label: KOD_II_LABEL }];
}

function signerView(signer: Certificate | undefined) {
  if (signer === undefined) return null;
  const { serial, subject, notBefore, notAfter, keyAlgorithm } = signer;
  return { serial, subject, notBefore: notBefore.toString(), notAfter: notAfter.toString(), keyAlgorithm };
}

/** RFC 7468 section 5: lines of 64 characters. */
function pemOf({ der }: Certificate): EvidenceEntry {
  const lines = toBase64(der).match(/.{1,64}/g) ?? [];
  return {
    path: 'codes/signer.pem',
    mediaType: 'application/x-pem-file',
    bytes: utf8(['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')),
    what: {
      pl: 'certyfikat KSeF typu Offline, którym podpisano KOD II i plik XAdES',
      en: 'KSeF certificate of type Offline that signed KOD II and the XAdES file',
    },
  };
}
