import type { DocumentElement } from '@latarnik/domain';
import { XmlCData, XmlDocument, XmlElement, XmlText } from 'libxml2-wasm';

/** The elements of an XML text, as the adapter of `DocumentElements` gives them. */
export function elementsOf(xml: string | Uint8Array): DocumentElement {
  using document =
    typeof xml === 'string' ? XmlDocument.fromString(xml) : XmlDocument.fromBuffer(xml, { encoding: 'utf-8' });
  return elementOf(document.root);
}

function elementOf(element: XmlElement): DocumentElement {
  const children: DocumentElement[] = [];
  let text = '';
  for (let node = element.firstChild; node !== null; node = node.next) {
    if (node instanceof XmlElement) children.push(elementOf(node));
    else if (node instanceof XmlText || node instanceof XmlCData) text += node.content;
  }
  const attributes = element.attrs.map(({ name, value }) => ({ name, value }));
  return { name: element.name, attributes, children, text: text.replace(/\s+/g, ' ').trim() };
}

/** Every element that holds text, with its name. */
export const textNodesOf = (element: DocumentElement): readonly { readonly name: string; readonly text: string }[] => [
  ...(element.text === '' ? [] : [{ name: element.name, text: element.text }]),
  ...element.children.flatMap(textNodesOf),
];
