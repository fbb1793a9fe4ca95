import type { EnrolmentData } from '@latarnik/domain';
import { AttributeTypeAndValue, AttributeValue, Name, RelativeDistinguishedName } from '@peculiar/asn1-x509';

/** Object identifiers of the attributes (ksef-docs certyfikaty-KSeF.md §2), in the order of KSeF's answer. */
const ATTRIBUTES = {
  commonName: '2.5.4.3',
  countryName: '2.5.4.6',
  givenName: '2.5.4.42',
  surname: '2.5.4.4',
  serialNumber: '2.5.4.5',
  uniqueIdentifier: '2.5.4.45',
  organizationName: '2.5.4.10',
  organizationIdentifier: '2.5.4.97',
} as const satisfies Record<keyof EnrolmentData, string>;

/** Of these X.520 wants PrintableString (RFC 5280, appendix A.1); all others are UTF8String. */
const PRINTABLE: readonly string[] = ['countryName', 'serialNumber'] satisfies readonly (keyof EnrolmentData)[];
const FITS_PRINTABLE = /^[A-Za-z0-9 '()+,\-./:=?]+$/;

/** Exactly the attributes that KSeF gave, each with exactly its value, one to a part of the name. */
export function requestSubject(data: EnrolmentData): Name {
  return new Name(
    (Object.keys(ATTRIBUTES) as (keyof EnrolmentData)[]).flatMap((attribute) => {
      const text = data[attribute];
      return text === undefined ? [] : [partOf(attribute, text)];
    }),
  );
}

function partOf(attribute: keyof EnrolmentData, text: string): RelativeDistinguishedName {
  const isPrintable = PRINTABLE.includes(attribute) && FITS_PRINTABLE.test(text);
  const value = new AttributeValue(isPrintable ? { printableString: text } : { utf8String: text });
  return new RelativeDistinguishedName([new AttributeTypeAndValue({ type: ATTRIBUTES[attribute], value })]);
}
