import { XmlCData, type XmlDocument, XmlElement, XmlText } from 'libxml2-wasm';

/** An element as the schema sees it: no prefixes, comments or instructions; text joined as it stands. */
export interface ElementTree {
  /** Namespace and local name. */
  readonly key: string;
  readonly name: string;
  readonly prefix: string;
  /** By namespace and local name. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly ElementTree[];
  /** Of an element without children: all of its text. Of one with children: what stands between them. */
  readonly text: string;
}

/** Copies a document out of WASM memory, so that it can be compared after it is let go of. */
export function treeOf(document: XmlDocument): ElementTree {
  return elementTree(document.root);
}

/** Depth is bounded by the parser (256). */
function elementTree(element: XmlElement): ElementTree {
  const children: ElementTree[] = [];
  let text = '';
  for (let node = element.firstChild; node !== null; node = node.next) {
    if (node instanceof XmlElement) children.push(elementTree(node));
    else if (node instanceof XmlText || node instanceof XmlCData) text += node.content;
  }
  return {
    key: `{${element.namespaceUri}}${element.name}`,
    name: element.name,
    prefix: element.prefix,
    attributes: new Map(element.attrs.map((each) => [`{${each.namespaceUri}}${each.name}`, each.value])),
    children,
    text,
  };
}

/** Says nothing: neither text nor children nor attributes (`EMPTY_ELEMENT`). Children that say nothing do not count. */
export function isEmpty({ attributes, children, text }: ElementTree): boolean {
  return attributes.size === 0 && text.trim() === '' && children.every(isEmpty);
}
