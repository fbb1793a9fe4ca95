import { isDeepStrictEqual } from 'node:util';

import type { SubjectData } from '../core/login.js';
import type { x509 } from '../crypto/x509.js';

/** Attributes of a subject and their object identifiers (certyfikaty-KSeF.md, section 2). */
const ATTRIBUTES: Readonly<Record<keyof SubjectData, string>> = {
  commonName: '2.5.4.3',
  surname: '2.5.4.4',
  serialNumber: '2.5.4.5',
  countryName: '2.5.4.6',
  organizationName: '2.5.4.10',
  givenName: '2.5.4.42',
  uniqueIdentifier: '2.5.4.45',
  organizationIdentifier: '2.5.4.97',
};

/** Short names the X.509 library prints instead of an object identifier. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  SN: '2.5.4.4',
  C: '2.5.4.6',
  O: '2.5.4.10',
  G: '2.5.4.42',
};

/**
 * What a certificate says about its subject, as far as an application must repeat it. A name given in several
 * attributes is joined with spaces.
 * @returns undefined without common name or country: then nothing can be applied for (25001, 25002)
 */
export function subjectDataOf(name: x509.Name): SubjectData | undefined {
  const given = attributesOf(name);
  const read = (attribute: keyof SubjectData): string | undefined => {
    const values = given.filter(([oid]) => oid === ATTRIBUTES[attribute]).map(([, value]) => value);
    return values.length === 0 ? undefined : values.join(' ');
  };
  const [commonName, countryName] = [read('commonName'), read('countryName')];
  if (commonName === undefined || countryName === undefined) return undefined;
  const optional = [
    'givenName',
    'surname',
    'serialNumber',
    'uniqueIdentifier',
    'organizationName',
    'organizationIdentifier',
  ] as const;
  return {
    commonName,
    countryName,
    ...Object.fromEntries(
      optional.flatMap((attribute) => {
        const value = read(attribute);
        return value === undefined ? [] : [[attribute, value]];
      }),
    ),
  };
}

/** Whether a name consists of exactly these attributes, in any order: no other value, none missing, none more. */
export function namesExactly(name: x509.Name, data: SubjectData): boolean {
  const wanted = (Object.keys(ATTRIBUTES) as (keyof SubjectData)[]).flatMap((attribute) => {
    const value = data[attribute];
    return value === undefined ? [] : [`${ATTRIBUTES[attribute]}=${value}`];
  });
  const given = attributesOf(name).map(([oid, value]) => `${oid}=${value}`);
  return isDeepStrictEqual(given.sort(), wanted.sort());
}

function attributesOf(name: x509.Name): readonly (readonly [oid: string, value: string])[] {
  return name
    .toJSON()
    .flatMap((part) =>
      Object.entries(part).flatMap(([key, values]) => values.map((value) => [SHORT_NAMES[key] ?? key, value] as const)),
    );
}
