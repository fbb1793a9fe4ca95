import type { Finding } from '@latarnik/domain';
import type { ErrorDetail } from 'libxml2-wasm';

import { quote } from '../quote.js';

type Rule = readonly [pattern: RegExp, say: (...groups: readonly string[]) => string];

/** libxml2's wording of well-formedness errors (parser.c, SAX2.c) and ours. */
const RULES: readonly Rule[] = [
  [/^Document is empty/, () => 'The document is empty.'],
  [/^Start tag expected/, () => 'The document does not start with an element.'],
  [
    /^Opening and ending tag mismatch: (.*) line (\d+) and (.*)$/s,
    (open = '', line = '', close = '') =>
      `Element ${quote(open)} (opened in line ${line}) is closed by ${quote(close)}; tags must nest.`,
  ],
  [
    /^Premature end of data in tag (.*) line (\d+)/s,
    (open = '', line = '') => `The document ends before ${quote(open)} (opened in line ${line}) is closed.`,
  ],
  [/^Extra content at the end/, () => 'There is content after the root element.'],
  [
    /^Entity '(.*)' not defined/s,
    (name = '') => `Entity &${quote(name).slice(1, -1)}; is unknown; write the character.`,
  ],
  [/^xmlParseEntityRef: no name/, () => 'A lone & stands in the text; write it as &amp;.'],
  [/^EntityRef: expecting ';'/, () => 'A & that starts no entity stands in the text; write it as &amp;.'],
  [/^Unescaped '<' not allowed in attributes/, () => 'A < stands in an attribute value; write it as &lt;.'],
  [/^StartTag: invalid element name/, () => 'A < starts no valid tag; write it as &lt; if it is text.'],
  [/^Attribute (.*) redefined/s, (name = '') => `Attribute ${quote(name)} is given twice.`],
  [/^Namespaced Attribute (.*) in '.*' redefined/s, (name = '') => `Attribute ${quote(name)} is given twice.`],
  [
    /^Namespace prefix (.*) (?:on|for) .* not defined/s,
    (prefix = '') => `Namespace prefix ${quote(prefix.split(' ')[0] ?? '')} is not declared.`,
  ],
  [/^Specification mandates? value for attribute (.*)$/s, (name = '') => `Attribute ${quote(name)} has no value.`],
  [/^AttValue: /, () => 'An attribute value is not in quotes or not closed.'],
  [/^Sequence ']]>' not allowed/, () => 'The text holds ]]>; write it as ]]&gt;.'],
  [/^Comment not terminated/, () => 'A comment is not closed with -->.'],
  [/^CData section not finished/, () => 'A CDATA section is not closed with ]]>.'],
];

/** Words why a document is not well-formed. */
export function parseFindings(details: readonly ErrorDetail[]): Finding[] {
  if (details.length === 0) {
    return [{ code: 'XML_NOT_WELL_FORMED', message: 'The document could not be read as XML.' }];
  }
  return details.map(({ message, line }) => ({ ...wording(message.trimEnd().slice(0, 2000)), line }));
}

function wording(text: string): Pick<Finding, 'code' | 'message'> {
  if (text.startsWith('Excessive depth')) {
    return { code: 'XML_TOO_DEEP', message: 'Elements are nested more than 256 deep; an invoice needs about ten.' };
  }
  for (const [pattern, say] of RULES) {
    const groups = pattern.exec(text);
    if (groups !== null) return { code: 'XML_NOT_WELL_FORMED', message: say(...groups.slice(1)) };
  }
  return { code: 'XML_NOT_WELL_FORMED', message: `The document is not well-formed: ${quote(text).slice(1, -1)}.` };
}
