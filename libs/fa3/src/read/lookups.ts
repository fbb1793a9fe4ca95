import { XmlElement, type XmlDocument, XmlXPath } from 'libxml2-wasm';

import { FA3_NAMESPACE } from './form.js';

const PARTY_NIP = ['Podmiot1', 'Podmiot2', 'Podmiot3', 'PodmiotUpowazniony']
  .map((party) => `/f:Faktura/f:${party}/f:DaneIdentyfikacyjne/f:NIP`)
  .join('|');
const CORRECTED = '/f:Faktura/f:Fa/f:DaneFaKorygowanej';

/** P_13_x by which a supply is taxed in Poland, or here at none or at zero; P_13_5, P_13_8 and P_13_9 are those abroad. */
const sums = (fields: readonly string[]): string => fields.map((field) => `/f:Faktura/f:Fa/f:P_13_${field}`).join('|');
const ABROAD = ['5', '8', '9'];
const IN_POLAND = ['1', '2', '3', '4', '6_1', '6_2', '6_3', '7', '10', '11'];

const PATHS = {
  sellerNip: '/f:Faktura/f:Podmiot1/f:DaneIdentyfikacyjne/f:NIP',
  sellerName: '/f:Faktura/f:Podmiot1/f:DaneIdentyfikacyjne/f:Nazwa',
  buyer: '/f:Faktura/f:Podmiot2/f:DaneIdentyfikacyjne/f:*',
  currency: '/f:Faktura/f:Fa/f:KodWaluty',
  issueDate: '/f:Faktura/f:Fa/f:P_1',
  number: '/f:Faktura/f:Fa/f:P_2',
  grossAmount: '/f:Faktura/f:Fa/f:P_15',
  selfBilling: '/f:Faktura/f:Fa/f:Adnotacje/f:P_17',
  kind: '/f:Faktura/f:Fa/f:RodzajFaktury',
  correctedNumbers: `${CORRECTED}/f:NrFaKorygowanej`,
  correctedKsefNumbers: `${CORRECTED}/f:NrKSeFFaKorygowanej`,
  ksefNumbers: `${CORRECTED}/f:NrKSeFFaKorygowanej|/f:Faktura/f:Fa/f:FakturaZaliczkowa/f:NrKSeFFaZaliczkowej`,
  sumsAbroad: sums(ABROAD),
  sumsInPoland: sums(IN_POLAND),
  attachment: '/f:Faktura/f:Zalacznik',
  partyNips: PARTY_NIP,
  internalIds: '/f:Faktura/f:Podmiot3/f:DaneIdentyfikacyjne/f:IDWew',
} as const;

export type LookupName = keyof typeof PATHS;

/**
 * Namespace-aware places of the fields the product reads. Compiled once for the life of the process, as the schema is
 * (see `fa3Schema`); XPath sees elements as the schema does, whatever prefix, comment or CDATA section is used.
 */
export class Lookups {
  readonly #compiled = new Map<LookupName, XmlXPath>();

  constructor() {
    for (const name of Object.keys(PATHS) as LookupName[]) {
      this.#compiled.set(name, XmlXPath.compile(PATHS[name], { f: FA3_NAMESPACE }));
    }
  }

  elements(document: XmlDocument, name: LookupName): readonly XmlElement[] {
    const xpath = this.#compiled.get(name);
    return xpath === undefined ? [] : document.find(xpath).filter((node) => node instanceof XmlElement);
  }

  first(document: XmlDocument, name: LookupName): XmlElement | undefined {
    return this.elements(document, name)[0];
  }

  /** The values of all matching elements, as the schema sees them. */
  texts(document: XmlDocument, name: LookupName): readonly string[] {
    return this.elements(document, name).map(valueOf);
  }
}

/** Text and CDATA of an element joined, comments left out, white space collapsed as the schema's `token` is. */
export function valueOf(element: XmlElement): string {
  return element.content.replace(/[ \t\r\n]+/g, ' ').replace(/^ | $/g, '');
}
