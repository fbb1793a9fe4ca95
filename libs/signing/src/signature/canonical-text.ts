/**
 * Text and attribute values as Canonical XML 1.0 writes them (section 2.3), which is also well-formed XML: a document
 * may carry them unchanged.
 *
 * @throws Error on a character that XML 1.0 has no way to write
 */
export function canonicalText(text: string): string {
  return checked(text).replace(/[&<>\r]/g, (character) => TEXT_ENTITIES[character] ?? character);
}

export function canonicalAttribute(value: string): string {
  return checked(value).replace(/[&<"\t\n\r]/g, (character) => ATTRIBUTE_ENTITIES[character] ?? character);
}

type Entities = Readonly<Record<string, string>>;

const TEXT_ENTITIES: Entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' };
const ATTRIBUTE_ENTITIES: Entities = {
  '&': '&amp;',
  '<': '&lt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};

/** Char of XML 1.0 section 2.2, negated; with the `u` flag the range of surrogates matches unpaired ones only. */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/u;

function checked(text: string): string {
  if (NOT_XML.test(text)) throw new Error('a character that XML cannot carry');
  return text;
}
