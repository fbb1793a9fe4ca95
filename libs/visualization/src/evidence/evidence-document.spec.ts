import type { EvidenceSummary } from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import { textsOf } from '../model/print-document.js';
import { evidenceDocument } from './evidence-document.js';

const SUMMARY: EvidenceSummary = {
  invoiceId: '0199a000-0000-7000-8000-000000000001',
  ...{ number: 'FV/2026/11/7', sellerNip: '5265877635', sellerName: 'Latarnia Morska sp. z o.o.' },
  ...{ issueDate: '2026-11-20', status: 'sent (complete)', requestedMode: 'auto' },
  issue: {
    mode: 'emergency',
    issuedAt: '2026-11-20T09:00:00Z',
    basis: { kind: 'bulletin', bulletinId: 'KOM-17', version: 2, eventId: 'EV-9' },
    certificateSerial: '01F20A5D352AE590',
  },
  deadline: {
    ...{ kind: 'due', day: '2026-12-02', endsAt: '2026-12-02T22:59:59.999Z', targetAt: '2026-11-23T10:00:00Z' },
    ...{ legalBasis: 'art. 106nf(4)', steps: ['The failure ended on 2026-11-21.', 'Seven business days later.'] },
  },
  delivery: { channel: 'batch', session: '20261121-SB-1', batchId: 'batch-1' },
  acceptance: {
    ...{ ksefNumber: '5265877635-20261121-0100001AF629-AF', acceptedAt: '2026-11-21T11:00:00Z' },
    ...{ numberAssignedAt: '2026-11-21T11:00:05Z', invoicingMode: 'offline', late: false },
  },
  links: [
    { kind: 'KOD I', link: 'https://qr.ksef.mf.gov.pl/invoice/1' },
    { kind: 'KOD II', link: 'https://qr.ksef.mf.gov.pl/certificate/2' },
  ],
  files: [
    { kind: 'invoice', sha256Base64: 'aW52b2ljZQ==', sizeBytes: 4312 },
    { kind: 'delivered-file', sha256Base64: 'ZGVsaXZlcmVk' },
    { kind: 'evidence', sha256Base64: 'eGFkZXM=', sizeBytes: 2222 },
    { kind: 'upo-page', sha256Base64: 'dXBv', sizeBytes: 99 },
  ],
  upoSignature: { verdict: 'valid', signer: 'CN=MF' },
  events: [
    { at: '2026-11-20T09:00:00Z', action: 'invoice.issued', actor: 'api-key:pos/1', facts: [['mode', 'emergency']] },
  ],
};

/** All values of a structure, except those that are said in words. */
const leaves = (value: unknown): readonly string[] =>
  typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [String(value)];

describe('a summary of evidence as a document', () => {
  it.each(['pl', 'en'] as const)('says in %s everything that is known', (language) => {
    const texts = textsOf(evidenceDocument(SUMMARY, language)).join('\n');
    const inWords = [
      'emergency',
      'bulletin',
      'due',
      'invoice',
      'delivered-file',
      'evidence',
      'upo-page',
      'valid',
      'false',
    ];
    expect(leaves(SUMMARY).filter((leaf) => !inWords.includes(leaf) && !texts.includes(leaf))).toEqual([]);
  });

  it('puts codes of ours into words', () => {
    const texts = textsOf(evidenceDocument(SUMMARY, 'pl'));
    expect(texts).toEqual(expect.arrayContaining(['awaryjny - awaria KSeF (art. 106nf)']));
    expect(texts).toEqual(
      expect.arrayContaining([
        ...['Faktura FA(3), jak wystawiona', 'Plik, który ma KSeF (korekta techniczna)', 'Podpis XAdES faktury'],
        ...['Strona zbiorczego UPO sesji', 'tak', 'sprawdzony, ważny CN=MF'],
      ]),
    );
  });

  it('leaves out what is not known', () => {
    const { invoiceId, number, sellerNip, sellerName, issueDate } = SUMMARY;
    const bare = { invoiceId, number, sellerNip, sellerName, issueDate, status: 'pending (received)' };
    const { sections } = evidenceDocument({ ...bare, links: [], files: [], events: [] }, 'pl');
    expect(sections).toEqual([]);
  });
});
