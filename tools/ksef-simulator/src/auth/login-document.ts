import type { XmlDocument, XmlElement } from 'libxml2-wasm';

import { CONTEXT_TYPES, type ContextIdentifier, type ContextType } from '../core/context.js';
import { refuse } from '../core/refusals.js';
import { elementsOf, parseUntrusted, textOf, xmlFindings } from '../documents/xml.js';

const NAMESPACES = ['http://ksef.mf.gov.pl/auth/token/2.0', 'http://ksef.mf.gov.pl/auth/token/2.1'];
export const DSIG = 'http://www.w3.org/2000/09/xmldsig#';

/** Patterns of schemat_auth_v2-1.xsd; a VAT-UE number is checked for its shape only. */
const CONTEXT_PATTERN: Readonly<Record<ContextType, RegExp>> = {
  Nip: /^[1-9](\d[1-9]|[1-9]\d)\d{7}$/,
  InternalId: /^[1-9](\d[1-9]|[1-9]\d)\d{7}-\d{5}$/,
  NipVatUe: /^[1-9](\d[1-9]|[1-9]\d)\d{7}-[A-Z]{2}[A-Z0-9+*]{2,12}$/,
  PeppolId: /^P[A-Z]{2}\d{6}$/,
};
const CHALLENGE = /^\d{8}-CR-[A-F0-9]{10}-[A-F0-9]{10}-[A-F0-9]{2}$/;

/** What an AuthTokenRequest asks for; nothing in it is proven before its signature is verified. */
export interface LoginDocument {
  readonly challenge: string;
  readonly context: ContextIdentifier;
  readonly subjectType: 'certificateSubject' | 'certificateFingerprint';
}

/**
 * Reads a signed AuthTokenRequest by the rules of the auth schemas 2.0 and 2.1, plus exactly one enveloped signature.
 * @throws {KsefRefusal} 21217, 21001, 21401, 9102 or 9103
 */
export function readLoginDocument(bytes: Uint8Array): LoginDocument {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refuse(21217);
  }
  let document: XmlDocument;
  try {
    document = parseUntrusted(bytes);
  } catch (error) {
    throw refuse(21001, xmlFindings(error)[0]);
  }
  try {
    return readRoot(document.root);
  } finally {
    document.dispose();
  }
}

function readRoot(root: XmlElement): LoginDocument {
  if (root.name !== 'AuthTokenRequest' || !NAMESPACES.includes(root.namespaceUri)) {
    throw refuse(21401, `Nieznany element główny ${root.name}.`);
  }
  const signatures = root.find('.//ds:Signature', { ds: DSIG });
  if (signatures.length === 0) throw refuse(9102);
  if (signatures.length > 1) throw refuse(9103);
  const children = checkedChildren(root);
  return {
    challenge: readChallenge(root),
    context: readContext(children[1]),
    subjectType: readSubjectType(root),
  };
}

function checkedChildren(root: XmlElement): readonly XmlElement[] {
  const children = elementsOf(root);
  const foreign = children.find(({ name, namespaceUri }) => namespaceUri !== root.namespaceUri && name !== 'Signature');
  if (foreign !== undefined) throw refuse(21401, `Nieoczekiwany element ${foreign.name}.`);
  const order = children.map(({ name }) => name).join(' ');
  if (!/^Challenge ContextIdentifier SubjectIdentifierType( AuthorizationPolicy)? Signature$/.test(order)) {
    throw refuse(21401, `Nieprawidłowa kolejność elementów: ${order}.`);
  }
  return children;
}

function readChallenge(root: XmlElement): string {
  const challenge = textOf(root, 'Challenge')?.trim() ?? '';
  if (!CHALLENGE.test(challenge)) throw refuse(21401, 'Nieprawidłowa wartość elementu Challenge.');
  return challenge;
}

function readSubjectType(root: XmlElement): LoginDocument['subjectType'] {
  const subjectType = textOf(root, 'SubjectIdentifierType')?.trim();
  if (subjectType === 'certificateSubject' || subjectType === 'certificateFingerprint') return subjectType;
  throw refuse(21401, 'Nieprawidłowa wartość elementu SubjectIdentifierType.');
}

function readContext(identifier: XmlElement | undefined): ContextIdentifier {
  const [choice, ...more] = identifier === undefined ? [] : elementsOf(identifier);
  const type = CONTEXT_TYPES.find((known) => known === choice?.name);
  if (choice === undefined || type === undefined || more.length > 0) {
    throw refuse(21401, 'Nieprawidłowa zawartość elementu ContextIdentifier.');
  }
  if (!CONTEXT_PATTERN[type].test(choice.content)) throw refuse(21401, `Nieprawidłowa wartość elementu ${type}.`);
  return { type, value: choice.content };
}
