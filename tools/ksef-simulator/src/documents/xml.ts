import { ParseOption, XmlDocument, XmlElement, XmlLibError } from 'libxml2-wasm';

/** No network, no external entities, no substitution: documents come from strangers. */
const UNTRUSTED: ParseOption = ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE;

/**
 * Parses bytes of a stranger. The caller disposes the document.
 * @throws {XmlLibError} when not well-formed, {Error} when there is a DTD
 */
export function parseUntrusted(bytes: Uint8Array): XmlDocument {
  const document = XmlDocument.fromBuffer(bytes, { option: UNTRUSTED });
  if (document.dtd !== null) {
    document.dispose();
    throw new Error('document type declarations are not allowed');
  }
  return document;
}

/** The findings of libxml2, one text each, with line numbers. */
export function xmlFindings(error: unknown): readonly string[] {
  if (error instanceof XmlLibError && error.details.length > 0) {
    return error.details.slice(0, 20).map(({ message, line }) => `${message.trim()} (linia ${String(line)})`);
  }
  return [error instanceof Error ? error.message : String(error)];
}

/** The element children, in document order. */
export function elementsOf(parent: XmlElement): readonly XmlElement[] {
  const elements: XmlElement[] = [];
  for (let node = parent.firstChild; node !== null; node = node.next) {
    if (node instanceof XmlElement) elements.push(node);
  }
  return elements;
}

/** The first child element of that local name. */
export function childOf(parent: XmlElement | undefined, name: string): XmlElement | undefined {
  return parent === undefined ? undefined : elementsOf(parent).find((element) => element.name === name);
}

/** The text of the first child element of that local name. */
export function textOf(parent: XmlElement | undefined, name: string): string | undefined {
  return childOf(parent, name)?.content;
}

/** Text made safe for element content. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
