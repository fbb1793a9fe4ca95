import { AsnConvert } from '@peculiar/asn1-schema';
import type { AttributeTypeAndValue, Name } from '@peculiar/asn1-x509';

/** The attribute types that RFC 4514 section 3 lets every reader know by name. */
const RFC_4514_NAMES = {
  '2.5.4.3': 'CN',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
} as const;

/** The others that certificates of KSeF carry, under the names people know them by. */
const FURTHER_NAMES = {
  '2.5.4.4': 'surname',
  '2.5.4.5': 'serialNumber',
  '2.5.4.42': 'givenName',
  '2.5.4.97': 'organizationIdentifier',
  '1.2.840.113549.1.9.1': 'emailAddress',
} as const;

type TypeNames = Readonly<Record<string, string>>;

/**
 * The string form that XML signatures name an issuer by (XMLDSig 4.5.4.1, RFC 4514): last part first, and a type that
 * RFC 4514 does not name as its object identifier with the DER of the value.
 */
export const rfc4514Name = (name: Name): string => nameText(name, RFC_4514_NAMES);

/** For people: as RFC 4514, but the types of KSeF's certificates by name and their values readable. */
export const readableName = (name: Name): string => nameText(name, { ...RFC_4514_NAMES, ...FURTHER_NAMES });

function nameText(name: Name, typeNames: TypeNames): string {
  return Array.from(name, (part) => Array.from(part, (attribute) => attributeText(attribute, typeNames)).join('+'))
    .reverse()
    .join(',');
}

function attributeText({ type, value }: AttributeTypeAndValue, typeNames: TypeNames): string {
  const name = typeNames[type];
  if (name !== undefined && value.anyValue === undefined) return `${name}=${escapeValue(value.toString())}`;
  return `${name ?? type}=#${Buffer.from(AsnConvert.serialize(value)).toString('hex')}`;
}

/** What RFC 4514 section 2.4 wants escaped, anywhere in the value or at its ends. */
const SPECIAL = /["+,;<>\\]|^[ #]| $/g;
/** What XML 1.0 cannot carry, and the white space that readers may change: written as the bytes of its UTF-8. */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const NOT_FOR_XML = /[\u0000-\u001f\u007f-\u009f\ud800-\udfff\ufffe\uffff]/gu;

function escapeValue(value: string): string {
  return value
    .replace(SPECIAL, (character) => `\\${character}`)
    .replace(NOT_FOR_XML, (character) =>
      Buffer.from(character, 'utf8')
        .toString('hex')
        .replace(/../g, (byte) => `\\${byte}`),
    );
}
