import { XmlElement, XmlText, type XmlDocument, type XmlNode, type XmlTreeNode } from 'libxml2-wasm';
import { DS, SIGNED_PROPERTIES_TYPE, XADES } from '../signature/xades.js';

/** The document is no proof; the message says why, without quoting it. */
export class UpoRefusedError extends Error {
  override readonly name = 'UpoRefusedError';
}

export const refuse = (reason: string): never => {
  throw new UpoRefusedError(reason);
};

const NAMES = { ds: DS, xades: XADES };

export interface SignatureReference {
  readonly transforms: readonly string[];
  readonly digestMethod: string;
  readonly digest: Buffer;
}

/** A signature of exactly the one shape that is expected; every value has its one place. */
export interface SignatureParts {
  readonly signature: XmlElement;
  readonly signedInfo: XmlElement;
  readonly signedProperties: XmlElement;
  readonly canonicalization: string;
  readonly method: string;
  readonly value: Buffer;
  /** The whole document without the signature. */
  readonly document: SignatureReference;
  readonly properties: SignatureReference;
  /** DER, as the document carries them. */
  readonly certificates: readonly Uint8Array[];
  readonly signingTime: string;
  readonly certificateDigest: { readonly method: string; readonly value: Buffer };
}

/**
 * Reads the one signature of a document; `undefined` when there is none. Wrapping lives on doubt about which element is
 * meant: so there is one signature, in one place, each of its elements once, each Id once, and nothing between the values
 * (reliability S12).
 *
 * @throws UpoRefusedError when it has any other shape
 */
export function readSignature(document: XmlDocument): SignatureParts | undefined {
  const { root } = document;
  const [signature, ...more] = root.find('//ds:Signature', NAMES);
  const stray = root.find('//ds:*[not(ancestor-or-self::ds:Signature)]', NAMES);
  if (signature === undefined) return stray.length === 0 ? undefined : refuse('parts of a signature without one');
  if (more.length > 0) refuse('more than one signature');
  if (stray.length > 0) refuse('parts of a signature outside of it');
  if (!(signature instanceof XmlElement) || signature.parent?.isSameNode(root) !== true) {
    return refuse('the signature is not in its place');
  }
  if (root.find('//comment() | //processing-instruction()').length > 0) refuse('comments or instructions');
  requireDistinctIds(root);
  return partsOf(root, signature);
}

function requireDistinctIds(root: XmlElement): void {
  const ids = root.find("//@*[translate(local-name(), 'ID', 'id') = 'id']").map(({ content }) => content);
  if (new Set(ids).size !== ids.length) refuse('an Id twice');
}

function partsOf(root: XmlElement, signature: XmlElement): SignatureParts {
  const [signedInfo, value, ...rest] = elementsOf(signature);
  requireName(signedInfo, DS, 'SignedInfo');
  requireName(value, DS, 'SignatureValue');
  const keyInfo = rest.filter(({ name }) => name === 'KeyInfo');
  const objects = rest.filter(({ name }) => name === 'Object');
  const [object] = objects;
  if (object === undefined || objects.length > 1 || keyInfo.length > 1 || rest.length !== keyInfo.length + 1) {
    return refuse('a signature of another shape');
  }
  if (root.find('//ds:SignedInfo', NAMES).length !== 1) refuse('more than one SignedInfo');
  const signedProperties = propertiesOf(root, signature, object);
  return {
    signature,
    signedInfo,
    signedProperties,
    value: base64(value),
    ...signedInfoOf(signedInfo, attribute(signedProperties, 'Id')),
    certificates: signature.find('ds:KeyInfo/ds:X509Data/ds:X509Certificate', NAMES).map((node) => base64(node)),
    ...signedPropertiesOf(signedProperties),
  };
}

/** In its own place, not by its Id: whatever else has that Id is refused above. */
function propertiesOf(root: XmlElement, signature: XmlElement, object: XmlElement): XmlElement {
  const path = 'xades:QualifyingProperties/xades:SignedProperties';
  const [properties, ...more] = object.find(path, NAMES);
  const anywhere = root.find('//xades:SignedProperties | //xades:QualifyingProperties', NAMES);
  if (!(properties instanceof XmlElement) || more.length > 0 || anywhere.length !== 2) {
    return refuse('signed properties that are not in their one place');
  }
  const target = properties.parent === null ? undefined : attribute(properties.parent, 'Target');
  if (target !== `#${attribute(signature, 'Id')}`) refuse('properties of another signature');
  return properties;
}

function signedInfoOf(signedInfo: XmlElement, propertiesId: string) {
  const [canonicalization, method, document, properties, ...more] = elementsOf(signedInfo);
  requireName(canonicalization, DS, 'CanonicalizationMethod');
  requireName(method, DS, 'SignatureMethod');
  requireName(document, DS, 'Reference');
  requireName(properties, DS, 'Reference');
  if (more.length > 0) refuse('more references than expected');
  const isDocument = (reference: XmlElement): boolean => reference.attr('URI')?.content === '';
  const [whole, own] = isDocument(document) ? [document, properties] : [properties, document];
  if (!isDocument(whole) || own.attr('URI')?.content !== `#${propertiesId}`) refuse('a reference to something else');
  if (own.attr('Type')?.content !== SIGNED_PROPERTIES_TYPE) refuse('a reference of another type');
  return {
    canonicalization: algorithm(canonicalization),
    method: algorithm(method),
    document: referenceOf(whole),
    properties: referenceOf(own),
  };
}

function referenceOf(reference: XmlElement): SignatureReference {
  const parts = elementsOf(reference);
  const [transforms, method, value] = parts.length === 2 ? [undefined, ...parts] : parts;
  if (parts.length < 2 || parts.length > 3) refuse('a reference of another shape');
  if (transforms !== undefined) requireName(transforms, DS, 'Transforms');
  requireName(method, DS, 'DigestMethod');
  requireName(value, DS, 'DigestValue');
  return {
    transforms: transforms === undefined ? [] : elementsOf(transforms).map(algorithm),
    digestMethod: algorithm(method),
    digest: base64(value),
  };
}

function signedPropertiesOf(properties: XmlElement) {
  const only = (path: string): XmlElement => {
    const [found, ...more] = properties.find(path, NAMES);
    if (!(found instanceof XmlElement) || more.length > 0)
      return refuse('signing time or certificate is not named once');
    return found;
  };
  const signed = 'xades:SignedSignatureProperties';
  const digest = `${signed}/*[self::xades:SigningCertificate or self::xades:SigningCertificateV2]/xades:Cert/xades:CertDigest`;
  return {
    signingTime: text(only(`${signed}/xades:SigningTime`)),
    certificateDigest: {
      method: algorithm(only(`${digest}/ds:DigestMethod`)),
      value: base64(only(`${digest}/ds:DigestValue`)),
    },
  };
}

function requireName(element: XmlElement | undefined, namespace: string, name: string): asserts element is XmlElement {
  if (element?.namespaceUri !== namespace || element.name !== name) refuse(`${name} is not in its place`);
}

/** Elements in order; text beside them is white space. */
function elementsOf(parent: XmlElement): XmlElement[] {
  const elements: XmlElement[] = [];
  for (let node: XmlTreeNode | null = parent.firstChild; node !== null; node = node.next) {
    if (node instanceof XmlElement) elements.push(node);
    else if (!(node instanceof XmlText) || node.content.trim() !== '') refuse('text between the parts of a signature');
  }
  return elements;
}

/** An algorithm without parameters: one with them is another algorithm. */
function algorithm(element: XmlElement): string {
  if (element.firstChild !== null && elementsOf(element).length > 0) refuse('an algorithm with parameters');
  return attribute(element, 'Algorithm');
}

function attribute(element: XmlElement, name: string): string {
  return element.attr(name)?.content ?? refuse(`${name} is missing`);
}

function text(element: XmlNode): string {
  if (!(element instanceof XmlElement)) return refuse('a value that is no element');
  const { firstChild } = element;
  if (!(firstChild instanceof XmlText) || firstChild.next !== null) refuse('a value that is not one text');
  return element.content.trim();
}

function base64(element: XmlNode): Buffer {
  const compact = text(element).replaceAll(/\s+/g, '');
  const bytes = Buffer.from(compact, 'base64');
  if (bytes.length === 0 || bytes.toString('base64') !== compact) refuse('a value that is not Base64');
  return bytes;
}
