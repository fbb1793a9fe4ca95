import type { Finding } from '@latarnik/domain';
import type { ErrorDetail, XmlDocument } from 'libxml2-wasm';

import type { FindingList } from '../finding-list.js';
import { quote } from '../quote.js';
import { elementPath } from './element-path.js';
import { expectedOfElement, expectedOfPattern, expectedOfSet, expectedOfType } from './expected-values.js';

/** Longer messages (they quote whole values) are cut in the middle before any pattern looks at them. */
const MESSAGE_HEAD = 400;
const MESSAGE_TAIL = 2600;

const SUBJECT = /^Element '(?:\{[^}]*\})?([^']*)'(?:, attribute '(?:\{[^}]*\})?([^']*)')?: /;
const NAMESPACE = /\{http[^}]*\}/g;

interface Subject {
  /** As the message calls it: `P_2`, or `Attribute kodSystemowy of KodFormularza`. */
  readonly label: string;
  readonly element: string;
}

type Wording = Pick<Finding, 'code' | 'message'>;
type Rule = readonly [pattern: RegExp, say: (subject: Subject, groups: readonly string[]) => Wording];

const value = (subject: Subject, given: string, expected: string): string =>
  `${subject.label}: ${given === '' ? 'the value is empty' : `${quote(given)} is not allowed`}; expected ${expected}.`;

const limit = (word: string): Rule[1] => {
  return (subject, [given = '', bound = '']) => ({
    code: 'XSD_OUT_OF_RANGE',
    message: value(subject, given, `${word} ${bound}`),
  });
};

const length = (code: string, word: string): Rule[1] => {
  return (subject, [actual = '', bound = '']) => ({
    code,
    message: `${subject.label}: the value has ${actual} characters; expected ${word} ${bound}.`,
  });
};

/** libxml2's wording of XSD errors (xmlschemas.c) and ours; the first that matches wins. */
const RULES: readonly Rule[] = [
  [/^\[facet 'enumeration'\] The value '(.*)' is not an element of the set \{(.*)\}\.$/s, ofSet],
  [/^\[facet 'pattern'\] The value '(.*)' is not accepted by the pattern '(.*)'\.$/s, ofPattern],
  [/^\[facet 'maxLength'\] The value has a length of '(\d+)'; .* '(\d+)'\.$/s, length('XSD_TOO_LONG', 'at most')],
  [/^\[facet 'minLength'\] The value has a length of '0'; .*$/s, empty],
  [/^\[facet 'minLength'\] The value has a length of '(\d+)'; .* '(\d+)'\.$/s, length('XSD_TOO_SHORT', 'at least')],
  [/^\[facet 'length'\] The value has a length of '(\d+)'; .* '(\d+)'\.$/s, length('XSD_WRONG_LENGTH', 'exactly')],
  [/^\[facet 'maxInclusive'\] The value '(.*)' .* \('(.*)'\)\.$/s, limit('at most')],
  [/^\[facet 'minInclusive'\] The value '(.*)' .* \('(.*)'\)\.$/s, limit('at least')],
  [/^\[facet 'minExclusive'\] The value '(.*)' must be greater than '(.*)'\.$/s, limit('more than')],
  [/^\[facet 'maxExclusive'\] The value '(.*)' must be less than '(.*)'\.$/s, limit('less than')],
  [/^\[facet '\w+Digits'\] The value '(.*)' has more (fractional )?digits than are allowed \('(\d+)'\)\.$/s, digits],
  [/^'(.*)' is not a valid value of the (?:local )?(?:atomic|union|list) type(?: '(.*)')?\.$/s, ofType],
  [/^This element is not expected\. Expected is (?:one of )?\( (.*) \)\.$/s, unexpected],
  [/^This element is not expected\.$/s, unexpected],
  [/^Missing child element\(s\)\. Expected is (?:one of )?\( (.*) \)\.$/s, missing],
  [/^The attribute '(.*)' is not allowed\.$/s, attributeNotAllowed],
  [/^The attribute '(.*)' is required but missing\.$/s, attributeMissing],
  [/^The value '(.*)' does not match the fixed value constraint '(.*)'\.$/s, fixed],
  [/^Character content other than whitespace is not allowed/s, textNotAllowed],
  [/^Character content is not allowed/s, textNotAllowed],
  [/^Element content is not allowed/s, childrenNotAllowed],
  // libxml2 cuts messages at 64 000 bytes, so the end of one that quotes a huge value is missing.
  [/^(?:\[facet '\w+'\] The value )?'(.*)$/s, cutOff],
];

/** Words what the schema has against the document; every violation becomes a finding, up to the list's limit. */
export function reportViolations(violations: readonly ErrorDetail[], document: XmlDocument, to: FindingList): void {
  for (const [at, violation] of violations.entries()) {
    if (to.isFull) {
      to.drop(violations.length - at);
      return;
    }
    const element = violation.xpath === undefined ? undefined : elementPath(document, violation.xpath);
    to.add({ ...wordingOf(violation.message), line: violation.line, ...(element === undefined ? {} : { element }) });
  }
}

/** The wording of one libxml2 message. */
export function wordingOf(libxmlMessage: string): Wording {
  const [subject, rest] = split(shortened(libxmlMessage.trimEnd()));
  for (const [pattern, say] of RULES) {
    const groups = pattern.exec(rest);
    if (groups !== null) return say(subject, groups.slice(1));
  }
  const plain = rest.replace(NAMESPACE, '').slice(0, MESSAGE_HEAD);
  return { code: 'XSD_INVALID', message: subject.label === '' ? plain : `${subject.label}: ${plain}` };
}

function shortened(text: string): string {
  if (text.length <= MESSAGE_HEAD + MESSAGE_TAIL) return text;
  return `${text.slice(0, MESSAGE_HEAD)}…${text.slice(-MESSAGE_TAIL)}`;
}

function split(text: string): readonly [subject: Subject, rest: string] {
  const found = SUBJECT.exec(text);
  if (found === null) return [{ label: '', element: '' }, text];
  const [head, element = '', attribute] = found;
  const label = attribute === undefined ? element : `Attribute ${attribute} of ${element}`;
  return [{ label, element }, text.slice(head.length)];
}

/** `{ns}P_1, {ns}P_2` without the namespaces, at most eight of them. */
function names(list: string): string {
  const all = list.replace(NAMESPACE, '').split(', ');
  return all.length <= 8 ? all.join(', ') : `${all.slice(0, 8).join(', ')} or ${all.length - 8} more`;
}

const either = (list: string): string => (list.includes(', ') ? `one of ${names(list)}` : names(list));

function ofSet(subject: Subject, [given = '', set = '']: readonly string[]): Wording {
  return { code: 'XSD_VALUE_NOT_ALLOWED', message: value(subject, given, expectedOfSet(set)) };
}

function ofPattern(subject: Subject, [given = '', pattern = '']: readonly string[]): Wording {
  return { code: 'XSD_WRONG_FORMAT', message: value(subject, given, expectedOfPattern(pattern)) };
}

function ofType(subject: Subject, [given = '', type = '']: readonly string[]): Wording {
  const name = type.replace(NAMESPACE, '');
  const expected = expectedOfType(name) ?? expectedOfElement(subject.element);
  const fallback = name === '' ? 'another form (see the schema)' : `a value of the schema's type ${name}`;
  return { code: 'XSD_WRONG_FORMAT', message: value(subject, given, expected ?? fallback) };
}

function digits(subject: Subject, [given = '', fractional, bound = '']: readonly (string | undefined)[]): Wording {
  const kind = fractional === undefined ? 'digits in all' : 'digits after the decimal point';
  return { code: 'XSD_TOO_MANY_DIGITS', message: value(subject, given, `at most ${bound} ${kind}`) };
}

function cutOff(subject: Subject, [given = '']: readonly string[]): Wording {
  return { code: 'XSD_VALUE_NOT_ALLOWED', message: value(subject, given, 'a much shorter value') };
}

function empty(subject: Subject): Wording {
  return { code: 'XSD_EMPTY', message: `${subject.label} is empty; give it a value or leave the element out.` };
}

function unexpected(subject: Subject, [expected]: readonly string[]): Wording {
  const here = expected === undefined ? 'nothing more is allowed here' : `expected ${either(expected)} here`;
  return { code: 'XSD_UNEXPECTED_ELEMENT', message: `${subject.label} does not belong here; ${here}.` };
}

function missing(subject: Subject, [expected = '']: readonly string[]): Wording {
  return { code: 'XSD_MISSING_ELEMENT', message: `${subject.label} is incomplete: ${either(expected)} is missing.` };
}

function attributeNotAllowed({ element }: Subject, [name = '']: readonly string[]): Wording {
  const message = `${element}: attribute ${quote(name.replace(NAMESPACE, ''))} is not allowed.`;
  return { code: 'XSD_ATTRIBUTE_NOT_ALLOWED', message };
}

function attributeMissing({ element }: Subject, [name = '']: readonly string[]): Wording {
  return { code: 'XSD_ATTRIBUTE_MISSING', message: `${element}: attribute ${quote(name)} is required.` };
}

function fixed(subject: Subject, [given = '', expected = '']: readonly string[]): Wording {
  return { code: 'XSD_VALUE_NOT_ALLOWED', message: value(subject, given, `'${expected}'`) };
}

function textNotAllowed(subject: Subject): Wording {
  const message = `${subject.label} holds text between its elements; only elements are allowed there.`;
  return { code: 'XSD_TEXT_NOT_ALLOWED', message };
}

function childrenNotAllowed(subject: Subject): Wording {
  return {
    code: 'XSD_CHILDREN_NOT_ALLOWED',
    message: `${subject.label} holds elements; only a plain value is allowed.`,
  };
}
