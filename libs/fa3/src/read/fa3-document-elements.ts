import type { DocumentAttribute, DocumentElement, DocumentElements } from '@latarnik/domain';
import { ParseOption, XmlCData, XmlDocument, XmlElement, XmlText } from 'libxml2-wasm';

import { FindingList } from '../finding-list.js';
import { scanText } from './text-scan.js';

/** As the reader: no network, no external entity, no recovery; a text with a DOCTYPE never gets here. */
const PARSE_OPTIONS = (ParseOption.XML_PARSE_NONET |
  ParseOption.XML_PARSE_NO_XXE |
  ParseOption.XML_PARSE_NO_SYS_CATALOG |
  ParseOption.XML_PARSE_IGNORE_ENC |
  ParseOption.XML_PARSE_BIG_LINES) as ParseOption;

const SCHEMA_INSTANCE = 'http://www.w3.org/2001/XMLSchema-instance';

/** Elements of a stored document, copied out of WASM memory. */
export class Fa3DocumentElements implements DocumentElements {
  read(bytes: Uint8Array): DocumentElement {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const findings = new FindingList();
    if (!scanText(text, findings)) throw new Error('a stored document has a DOCTYPE');
    using document = XmlDocument.fromBuffer(new TextEncoder().encode(text), {
      encoding: 'utf-8',
      option: PARSE_OPTIONS,
    });
    return elementOf(document.root);
  }
}

/** Depth is bounded by the parser (256). */
function elementOf(element: XmlElement): DocumentElement {
  const children: DocumentElement[] = [];
  let text = '';
  for (let node = element.firstChild; node !== null; node = node.next) {
    if (node instanceof XmlElement) children.push(elementOf(node));
    else if (node instanceof XmlText || node instanceof XmlCData) text += node.content;
  }
  const attributes = element.attrs
    .filter(({ namespaceUri }) => namespaceUri !== SCHEMA_INSTANCE)
    .map(({ name, value }): DocumentAttribute => ({ name, value: collapsed(value) }));
  return { name: element.name, attributes, children, text: collapsed(text) };
}

/** White space as the schema's `token` has it; line breaks of a text are no part of its value. */
const collapsed = (text: string): string => text.replace(/[ \t\r\n]+/g, ' ').replace(/^ | $/g, '');
