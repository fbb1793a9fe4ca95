import { XmlElement, type XmlDocument, type XmlNode } from 'libxml2-wasm';

const SEGMENT = /^(@?)([^[]+)(\[\d+\])?$/;

/**
 * Turns libxml2's node path (`/*`+`/*[4]/*[7]`, names left out under a default namespace) into one that names the
 * elements: `/Faktura/Fa/FaWiersz[2]/P_11`. Elements that repeat carry their 1-based place among those of their name.
 */
export function elementPath(document: XmlDocument, nodePath: string): string | undefined {
  const node = document.get(findableByName(nodePath));
  const names: string[] = [];
  for (let at: XmlNode | null = node; at instanceof XmlElement; at = at.parent) names.unshift(step(at));
  return names.length === 0 ? undefined : `/${names.join('/')}`;
}

/** Prefixes of the document are not known to our XPath, so prefixed steps are compared by their written name. */
function findableByName(nodePath: string): string {
  const steps = nodePath.split('/').slice(1);
  const rewritten = steps.map((text) => {
    const [, attribute = '', name = '*', position = ''] = SEGMENT.exec(text) ?? [];
    if (attribute !== '') return undefined;
    return name === '*' ? `*${position}` : `*[name()='${name}']${position}`;
  });
  return `/${rewritten.filter((text) => text !== undefined).join('/')}`;
}

function step(element: XmlElement): string {
  const sameName = `*[local-name()='${element.name}']`;
  const before = element.eval(`count(preceding-sibling::${sameName})`);
  const repeats = before !== 0 || element.eval(`boolean(following-sibling::${sameName})`) === true;
  return repeats ? `${element.name}[${String(Number(before) + 1)}]` : element.name;
}
