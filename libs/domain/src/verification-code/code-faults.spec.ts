import { describe, expect, it } from '@jest/globals';
import type { Certificate, CertificateSerial } from '../certificate/certificate.js';
import type { OfflineIssue } from '../invoice/invoice.js';
import { invoiceHashFromBytes } from '../invoice/invoice-hash.js';
import { AN_OFFLINE_ISSUE, anIssuedInvoice, OTHER_CONTEXT, OTHER_NIP, someFacts } from '../testing/builders.js';
import { keyedDigest } from '../testing/keyed-digest-signer.js';
import { Temporal } from '../shared/instant.js';
import { CodeNotGoodError, kodIFaults, kodIIFaults, kodIISignatureFaults, type CodedInvoice } from './code-faults.js';
import type { CodeVerifier } from './code-verifier.port.js';
import { kodI, type KodI } from './kod-i.js';
import { kodII, unsignedKodII, type KodII } from './kod-ii.js';

const SERIAL = '01F20A5D352AE590' as CertificateSerial;
const OTHER_SERIAL = '0ABCDEF012345678' as CertificateSerial;
const OTHER_HASH = invoiceHashFromBytes(new Uint8Array(32).fill(7));

/** The signature in these tests is an HMAC under the serial, which stands in the place of the certificate's bytes. */
const verifier: CodeVerifier = {
  verifies: (der, text, signature) => Buffer.from(keyedDigest(Buffer.from(der).toString(), text)).equals(signature),
};

const certificate = (purpose: 'offline' | 'authentication', serial: CertificateSerial): Certificate =>
  ({ purpose, serial, der: Buffer.from(serial) }) as unknown as Certificate;
const CERTIFICATES = [certificate('offline', OTHER_SERIAL), certificate('offline', SERIAL)];

const invoice = anIssuedInvoice();

/** The codes of an invoice, signed by the certificate with that serial. */
function issueOf({ facts, hash, context }: CodedInvoice, serial = SERIAL): OfflineIssue {
  const { sellerNip, issueDate } = facts;
  const unsigned = unsignedKodII({ environment: 'test', context, sellerNip, certificateSerial: serial, hash });
  return {
    ...AN_OFFLINE_ISSUE,
    certificateSerial: serial,
    kodI: kodI({ environment: 'test', sellerNip, issueDate, hash }),
    kodII: kodII(unsigned, keyedDigest(serial, unsigned)),
  };
}

describe('kodIFaults', () => {
  it('finds none in the code of the invoice itself', () => {
    expect(kodIFaults(invoice, issueOf(invoice), 'test')).toEqual([]);
  });

  it.each([
    ['seller', { facts: someFacts({ sellerNip: OTHER_NIP }) }],
    ['issue date', { facts: someFacts({ issueDate: Temporal.PlainDate.from('2026-11-24') }) }],
    ['hash', { hash: OTHER_HASH }],
  ] as const)('finds the code of an invoice with another %s', (fault, other) => {
    expect(kodIFaults(invoice, issueOf({ ...invoice, ...other }), 'test')).toEqual([fault]);
  });

  it('finds a code of another environment, and what is no code', () => {
    expect(kodIFaults(invoice, issueOf(invoice), 'production')).toEqual(['environment']);
    expect(kodIFaults(invoice, { kodI: 'https://qr-test.ksef.mf.gov.pl/invoice/…' as KodI }, 'test')).toEqual([
      'malformed form',
    ]);
  });
});

describe('kodIIFaults', () => {
  const issue = issueOf(invoice);
  const faultsOf = (other: Pick<OfflineIssue, 'kodII' | 'certificateSerial'>) => kodIIFaults(invoice, other, 'test');

  it('finds none in the code of the invoice itself', () => {
    expect(faultsOf(issue)).toEqual([]);
  });

  it.each([
    ['seller', { facts: someFacts({ sellerNip: OTHER_NIP }) }],
    ['context', { context: OTHER_CONTEXT }],
    ['hash', { hash: OTHER_HASH }],
  ] as const)('finds the code of an invoice with another %s, though well signed', (fault, other) => {
    expect(faultsOf(issueOf({ ...invoice, ...other }))).toEqual([fault]);
  });

  it('finds a code that another certificate signed than the invoice says', () => {
    expect(faultsOf({ ...issueOf(invoice, OTHER_SERIAL), certificateSerial: SERIAL })).toEqual(['certificate serial']);
  });

  it('names everything that is wrong at once', () => {
    const other = issueOf({ facts: someFacts({ sellerNip: OTHER_NIP }), hash: OTHER_HASH, context: OTHER_CONTEXT });
    expect(kodIIFaults(invoice, other, 'demo')).toEqual(['environment', 'context', 'seller', 'hash']);
  });

  it('finds what is no code', () => {
    expect(faultsOf({ ...issue, kodII: issue.kodI as string as KodII })).toEqual(['malformed form']);
  });
});

describe('kodIISignatureFaults', () => {
  const issue = issueOf(invoice);
  const faultsOf = (kodII: string, certificates = CERTIFICATES) =>
    kodIISignatureFaults({ kodII: kodII as KodII }, certificates, verifier);

  it('finds none in a signature by the certificate that the link names', () => {
    expect(faultsOf(issue.kodII)).toEqual([]);
    expect(faultsOf(issueOf(invoice, OTHER_SERIAL).kodII)).toEqual([]);
  });

  it('finds a signature that is not over this text, or not by this certificate', () => {
    const flipped = issue.kodII.replace(/(.)(.{20})$/, (_all, one: string, rest: string) =>
      one === 'A' ? `B${rest}` : `A${rest}`,
    );
    expect(faultsOf(flipped)).toEqual(['signature']);
    expect(faultsOf(issueOf(invoice, OTHER_SERIAL).kodII.replace(OTHER_SERIAL, SERIAL))).toEqual(['signature']);
    expect(faultsOf(issue.kodII.replace('qr-test', 'qr'))).toEqual(['signature']);
  });

  it('does without a certificate neither of that serial nor of type Offline', () => {
    expect(faultsOf(issue.kodII, [])).toEqual(['certificate unknown']);
    const others = [certificate('authentication', SERIAL), certificate('offline', OTHER_SERIAL)];
    expect(faultsOf(issue.kodII, others)).toEqual(['certificate unknown']);
  });

  it('asks each certificate of that serial: one imported again is another row', () => {
    const wrongKey = { ...certificate('offline', SERIAL), der: Buffer.from('other') };
    expect(faultsOf(issue.kodII, [wrongKey, certificate('offline', SERIAL)])).toEqual([]);
    expect(faultsOf(issue.kodII, [wrongKey])).toEqual(['signature']);
  });

  it('finds what is no code', () => {
    expect(faultsOf(issue.kodI)).toEqual(['malformed form']);
  });
});

it('tells a log which code of which invoice, and not the link', () => {
  const error = new CodeNotGoodError('KOD II', 'invoice-1', ['seller', 'signature']);
  expect(error.message).toBe('KOD II of invoice invoice-1 does not hold (seller, signature): it is not handed out');
});
