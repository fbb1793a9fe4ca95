import { Asn1Element } from './asn1.js';
import { KeyFileRefused, unreadable } from './key-file-refused.js';
import { MOST_ENTRIES, RoundBudget } from './limits.js';
import { decrypt, macFits, type Password } from './password-based.js';

const DATA = '1.2.840.113549.1.7.1';
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6';
const KEY_BAG = '1.2.840.113549.1.12.10.1.1';
const SHROUDED_KEY_BAG = '1.2.840.113549.1.12.10.1.2';
const CERTIFICATE_BAG = '1.2.840.113549.1.12.10.1.3';
const SAFE_CONTENTS_BAG = '1.2.840.113549.1.12.10.1.6';
const X509 = '1.2.840.113549.1.9.22.1';
/** Safe contents within safe contents: allowed by RFC 7292, unheard of in practice. */
const DEEPEST_BAGS = 3;

/** What was in a file, in its order. */
export interface Found {
  readonly certificates: Uint8Array[];
  /** PKCS#8, DER. */
  readonly keys: Uint8Array[];
}

/**
 * Reads a PKCS#12 file in its password integrity mode (RFC 7292), in DER or BER. A file without a MAC is taken too, and
 * so is weak encryption or none; what is refused is what is dangerous to read (ADR 0013).
 *
 * @throws KeyFileRefused
 * @throws Error when the file is not what its format demands
 */
export function readPkcs12(bytes: Uint8Array, utf8: Uint8Array): Found {
  const [version, safe, macData] = Asn1Element.parse(bytes).children;
  if (version?.integer !== 3 || safe?.child(0).oid !== DATA) throw unreadable('file', 'it is not a PKCS#12 file');
  const content = safe.child(1).child(0).octets;
  const budget = new RoundBudget();
  const password = thatFits(passwordsOf(utf8), macData, content, budget);
  const reading = new Pkcs12Reading(password, macData !== undefined, budget);
  for (const part of Asn1Element.parse(content).children) reading.readContentInfo(part);
  return reading.found;
}

/** Software disagrees on the empty password: no bytes at all, or the two zeros that close every other one. */
function passwordsOf(utf8: Uint8Array): readonly [Password, ...Password[]] {
  const text = decodePassword(utf8);
  return text === ''
    ? [
        { utf8, text },
        { utf8, text: null },
      ]
    : [{ utf8, text }];
}

function decodePassword(utf8: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(utf8);
  } catch {
    throw new KeyFileRefused({ code: 'PASSWORD_WRONG' });
  }
}

function thatFits(
  passwords: readonly [Password, ...Password[]],
  macData: Asn1Element | undefined,
  content: Uint8Array,
  budget: RoundBudget,
): Password {
  if (macData === undefined) return passwords[0];
  const password = passwords.find((one) => macFits(macData, content, one, budget));
  if (password === undefined) throw new KeyFileRefused({ code: 'PASSWORD_WRONG' });
  return password;
}

class Pkcs12Reading {
  readonly found: Found = { certificates: [], keys: [] };
  #entries = 0;

  constructor(
    private readonly password: Password,
    /** Whether the MAC has shown the password to be right. */
    private readonly passwordIsProven: boolean,
    private readonly budget: RoundBudget,
  ) {}

  readContentInfo(info: Asn1Element): void {
    this.#countEntry();
    const { oid } = info.child(0);
    const content = info.child(1).child(0);
    if (oid === DATA) {
      this.#readBags(Asn1Element.parse(content.octets), 1);
    } else if (oid === ENCRYPTED_DATA) {
      const [, algorithm, encrypted] = content.child(1).children;
      if (algorithm === undefined || encrypted === undefined) throw new Error('encrypted data without content');
      this.#readBags(this.#decrypt(algorithm, encrypted.implicitOctets(0)), 1);
    } else {
      throw new KeyFileRefused({ code: 'ENCRYPTION_NOT_SUPPORTED', found: oid });
    }
  }

  #countEntry(): void {
    if (++this.#entries > MOST_ENTRIES) throw tooMuch();
  }

  #readBags(safeContents: Asn1Element, depth: number): void {
    if (depth > DEEPEST_BAGS) throw tooMuch();
    for (const bag of safeContents.children) {
      this.#countEntry();
      this.#readBag(bag.child(0).oid, bag.child(1).child(0), depth);
    }
  }

  /** Bags of other kinds (lists of revoked certificates, secrets) are passed over. */
  #readBag(oid: string, value: Asn1Element, depth: number): void {
    switch (oid) {
      case KEY_BAG:
        this.found.keys.push(value.encoded);
        break;
      case SHROUDED_KEY_BAG:
        this.found.keys.push(this.#decrypt(value.child(0), value.child(1).octets).encoded);
        break;
      case CERTIFICATE_BAG:
        if (value.child(0).oid === X509) this.found.certificates.push(value.child(1).child(0).octets);
        break;
      case SAFE_CONTENTS_BAG:
        this.#readBags(value, depth + 1);
        break;
    }
  }

  #decrypt(algorithm: Asn1Element, data: Uint8Array): Asn1Element {
    return decryptElement(algorithm, data, this.password, this.budget, () =>
      this.passwordIsProven
        ? unreadable('file', 'what it holds is damaged')
        : new KeyFileRefused({ code: 'PASSWORD_WRONG' }),
    );
  }
}

/** Decrypts one element of ASN.1; `refused` makes the refusal for what does not come out as one. */
export function decryptElement(
  algorithm: Asn1Element,
  data: Uint8Array,
  password: Password,
  budget: RoundBudget,
  refused: () => KeyFileRefused,
): Asn1Element {
  const plain = decrypt(algorithm, data, password, budget);
  if (plain === undefined) throw refused();
  try {
    return Asn1Element.parse(plain);
  } catch {
    throw refused();
  }
}

const tooMuch = (): KeyFileRefused => new KeyFileRefused({ code: 'FILE_TOO_COSTLY', limit: 'contents' });
