import { createCipheriv, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import * as asn1js from 'asn1js';
import forge from 'node-forge';

/** What a PKCS#12 file is to be made of; also what no honest software would make. */
export interface Pkcs12Order {
  readonly certificates: readonly Uint8Array[];
  /** PKCS#8, DER. */
  readonly keys: readonly Uint8Array[];
  readonly password: string;
  /** @default 'sha256' */
  readonly mac?: 'sha256' | 'pbmac1' | 'none';
  /** Rounds that the file claims; the file is made with 1 when it claims none or more than 100,000. @default 2048 */
  readonly rounds?: number;
  /** As `rounds`, for the MAC. @default 2048 */
  readonly macRounds?: number;
  /** Pieces and lengths left open, as BER allows. @default false */
  readonly ber?: boolean;
  /** How deep the bags lie in bags. @default 1 */
  readonly depth?: number;
}

const OID = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  pbmac1: '1.2.840.113549.1.5.14',
  hmacSha256: '1.2.840.113549.2.9',
  sha256: '2.16.840.1.101.3.4.2.1',
  aes256: '2.16.840.1.101.3.4.1.42',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certificateBag: '1.2.840.113549.1.12.10.1.3',
  safeContentsBag: '1.2.840.113549.1.12.10.1.6',
  x509: '1.2.840.113549.1.9.22.1',
};

/** A PKCS#12 file with PBES2 (AES-256, PBKDF2 with SHA-256). */
export function pkcs12Of(order: Pkcs12Order): Uint8Array {
  const { password, rounds = 2048, macRounds = 2048, mac = 'sha256', ber = false } = order;
  const keyBags = order.keys.map((pkcs8) =>
    bag(OID.shroudedKeyBag, sequence(...encrypted(pkcs8, password, rounds, octets))),
  );
  const certificateBags = order.certificates.map((der) =>
    bag(OID.certificateBag, sequence(oid(OID.x509), explicit(octets(der)))),
  );
  const safe = nested(sequence(...certificateBags), order.depth ?? 1);
  const safeContents = derOf(safe);
  const content = derOf(
    sequence(
      sequence(
        oid(OID.encryptedData),
        explicit(
          sequence(integer(0), sequence(oid(OID.data), ...encrypted(safeContents, password, rounds, implicitOctets))),
        ),
      ),
      sequence(oid(OID.data), explicit(octets(derOf(sequence(...keyBags))))),
    ),
  );
  const authSafe = sequence(oid(OID.data), explicit(ber ? inPieces(content) : octets(content)));
  const macData = mac === 'none' ? [] : [macDataOf(mac, content, password, macRounds)];
  return derOf(sequence(integer(3), authSafe, ...macData));
}

/** An encrypted PKCS#8 key (PBES2). */
export const encryptedPkcs8Of = (pkcs8: Uint8Array, password: string, rounds: number): Uint8Array =>
  derOf(sequence(...encrypted(pkcs8, password, rounds, octets)));

function encrypted(
  data: Uint8Array,
  password: string,
  rounds: number,
  wrap: (bytes: Uint8Array) => asn1js.AsnType,
): readonly asn1js.AsnType[] {
  const [salt, iv] = [randomBytes(16), randomBytes(16)];
  const key = pbkdf2Sync(password, salt, honest(rounds), 32, 'sha256');
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const scheme = sequence(oid(OID.aes256), octets(iv));
  return [
    sequence(oid(OID.pbes2), sequence(pbkdf2(salt, rounds, 32), scheme)),
    wrap(Buffer.concat([cipher.update(data), cipher.final()])),
  ];
}

function macDataOf(kind: 'sha256' | 'pbmac1', content: Uint8Array, password: string, rounds: number): asn1js.AsnType {
  const salt = randomBytes(16);
  if (kind === 'pbmac1') {
    const digest = createHmac('sha256', pbkdf2Sync(password, salt, honest(rounds), 32, 'sha256'));
    const scheme = sequence(oid(OID.hmacSha256), new asn1js.Null());
    const algorithm = sequence(oid(OID.pbmac1), sequence(pbkdf2(salt, rounds, 32), scheme));
    return sequence(sequence(algorithm, octets(digest.update(content).digest())), octets(new Uint8Array()), integer(1));
  }
  const saltBuffer = forge.util.createBuffer(salt.toString('latin1'));
  const derived = forge.pkcs12.generateKey(password, saltBuffer, 3, honest(rounds), 32, forge.md.sha256.create());
  const digest = createHmac('sha256', Buffer.from(derived.getBytes(), 'latin1')).update(content).digest();
  const algorithm = sequence(oid(OID.sha256), new asn1js.Null());
  return sequence(sequence(algorithm, octets(digest)), octets(salt), integer(rounds));
}

const honest = (rounds: number): number => (rounds < 1 || rounds > 100_000 ? 1 : rounds);

const pbkdf2 = (salt: Uint8Array, rounds: number, keyBytes: number): asn1js.Sequence =>
  sequence(
    oid(OID.pbkdf2),
    sequence(octets(salt), integer(rounds), integer(keyBytes), sequence(oid(OID.hmacSha256), new asn1js.Null())),
  );

function nested(safeContents: asn1js.Sequence, depth: number): asn1js.Sequence {
  return depth <= 1 ? safeContents : sequence(bag(OID.safeContentsBag, nested(safeContents, depth - 1)));
}

const bag = (type: string, value: asn1js.AsnType): asn1js.Sequence => sequence(oid(type), explicit(value));
const sequence = (...value: readonly asn1js.AsnType[]): asn1js.Sequence => new asn1js.Sequence({ value: [...value] });
const oid = (value: string): asn1js.ObjectIdentifier => new asn1js.ObjectIdentifier({ value });
const integer = (value: number): asn1js.Integer => asn1js.Integer.fromBigInt(BigInt(value));
const octets = (bytes: Uint8Array): asn1js.OctetString => new asn1js.OctetString({ valueHex: Uint8Array.from(bytes) });
const explicit = (value: asn1js.AsnType): asn1js.Constructed =>
  new asn1js.Constructed({ idBlock: { tagClass: 3, tagNumber: 0 }, value: [value] });
const implicitOctets = (bytes: Uint8Array): asn1js.Primitive =>
  new asn1js.Primitive({ idBlock: { tagClass: 3, tagNumber: 0 }, valueHex: Uint8Array.from(bytes) });

/** A constructed octet string of pieces, its length left open (X.690 8.1.3.6, 8.7.3). */
function inPieces(bytes: Uint8Array): asn1js.AsnType {
  const pieces = [];
  for (let at = 0; at < bytes.length; at += 100) pieces.push(octets(bytes.subarray(at, at + 100)));
  return new asn1js.OctetString({
    idBlock: { isConstructed: true },
    lenBlock: { isIndefiniteForm: true },
    isConstructed: true,
    value: pieces,
  });
}

const derOf = (element: asn1js.AsnType): Uint8Array => new Uint8Array(element.toBER());
