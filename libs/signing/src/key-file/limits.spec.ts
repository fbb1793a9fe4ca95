import { expect, it } from '@jest/globals';
import * as asn1js from 'asn1js';
import { pkcs12File } from '../testing/key-files.js';
import { Asn1Element } from './asn1.js';
import { KeyFileRefused } from './key-file-refused.js';
import { MOST_ENTRIES, MOST_ROUNDS, RoundBudget } from './limits.js';
import { decrypt } from './password-based.js';
import { readKeyFile } from './read-key-file.js';

it('all rounds of one file count together, up to 5,000,000', () => {
  const budget = new RoundBudget();
  budget.spend(3_000_000);
  budget.spend(1_999_999);
  expect(() => {
    budget.spend(2);
  }).toThrow(KeyFileRefused);
  budget.spend(1);
  expect(() => {
    budget.spend(1);
  }).toThrow(KeyFileRefused);
});

it.each([0, -1, 0.5, NaN, Infinity, 2 ** 60])('%d rounds are none', (rounds) => {
  expect(() => {
    new RoundBudget().spend(rounds);
  }).toThrow(KeyFileRefused);
});

const sequence = (...value: asn1js.AsnType[]): asn1js.Sequence => new asn1js.Sequence({ value });
const oid = (value: string): asn1js.ObjectIdentifier => new asn1js.ObjectIdentifier({ value });
const octets = (bytes: Uint8Array): asn1js.OctetString => new asn1js.OctetString({ valueHex: Uint8Array.from(bytes) });
const integer = (value: number): asn1js.Integer => new asn1js.Integer({ value });
const explicit = (value: asn1js.AsnType): asn1js.Constructed =>
  new asn1js.Constructed({ idBlock: { tagClass: 3, tagNumber: 0 }, value: [value] });

it('scrypt is charged with its blocks, N·r·p, to the same budget', () => {
  const [N, r, p] = [16, 8, 2];
  const derivation = sequence(
    oid('1.3.6.1.4.1.11591.4.11'),
    sequence(octets(Buffer.alloc(8)), ...[N, r, p].map(integer)),
  );
  const cipher = sequence(oid('2.16.840.1.101.3.4.1.42'), octets(Buffer.alloc(16)));
  const pbes2 = sequence(oid('1.2.840.113549.1.5.13'), sequence(derivation, cipher));
  const algorithm = Asn1Element.parse(new Uint8Array(pbes2.toBER()));
  const password = { utf8: Buffer.from('x'), text: 'x' };
  const budget = new RoundBudget();
  budget.spend(MOST_ROUNDS - N * r * p);

  expect(decrypt(algorithm, Buffer.alloc(1), password, budget)).toBeUndefined();
  expect(() => decrypt(algorithm, Buffer.alloc(1), password, budget)).toThrow(KeyFileRefused);
});

it.each([
  [MOST_ENTRIES, { code: 'CERTIFICATE_MISSING' }],
  [MOST_ENTRIES + 1, { code: 'FILE_TOO_COSTLY', limit: 'contents' }],
])('%d parts of a PKCS#12 file, all empty', (count, error) => {
  const data = (content: asn1js.Sequence) =>
    sequence(oid('1.2.840.113549.1.7.1'), explicit(octets(new Uint8Array(content.toBER()))));
  const parts = Array.from({ length: count }, () => data(sequence()));
  const file = sequence(integer(3), data(sequence(...parts)));

  expect(readKeyFile(pkcs12File(new Uint8Array(file.toBER()), ''))).toEqual({ ok: false, error });
});
