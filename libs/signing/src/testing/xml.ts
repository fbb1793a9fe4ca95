import { DOMParser } from '@xmldom/xmldom';
import { XmlC14NMode, XmlDocument } from 'libxml2-wasm';
import { ExclusiveCanonicalization } from 'xml-crypto';

export const NAMESPACES = { ds: 'http://www.w3.org/2000/09/xmldsig#', xades: 'http://uri.etsi.org/01903/v1.3.2#' };

/** Text of the first element or attribute an XPath finds. */
export function textAt(xml: string | Uint8Array, xpath: string): string {
  using document = parse(xml);
  const node = document.get(xpath, NAMESPACES);
  if (node === null) throw new Error(`nothing at ${xpath}`);
  return node.content;
}

/** The exclusive canonical form of an element by libxml2. */
export function canonicalByLibxml2(xml: string | Uint8Array, xpath: string): string {
  using document = parse(xml);
  const node = document.get(xpath, NAMESPACES);
  if (node === null) throw new Error(`nothing at ${xpath}`);
  return node.canonicalizeToString({ mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0 });
}

/** The exclusive canonical form of an element by xml-crypto. */
export function canonicalByXmlCrypto(xml: string | Uint8Array, localName: string): string {
  const document = new DOMParser().parseFromString(asText(xml), 'text/xml');
  const [element] = Array.from(document.getElementsByTagNameNS('*', localName));
  if (element === undefined) throw new Error(`no ${localName}`);
  return new ExclusiveCanonicalization().process(element, {});
}

export const asText = (xml: string | Uint8Array): string =>
  typeof xml === 'string' ? xml : Buffer.from(xml).toString('utf8');

const parse = (xml: string | Uint8Array): XmlDocument => XmlDocument.fromString(asText(xml));
