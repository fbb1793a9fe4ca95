import type { Finding } from '@latarnik/domain';
import type { XmlElement } from 'libxml2-wasm';

import { quote } from '../quote.js';

export const FA3_NAMESPACE = 'http://crd.gov.pl/wzor/2025/06/25/13775/';

/** Forms people send by mistake, by the namespace of their root element. */
const OTHER_FORMS: Readonly<Record<string, string>> = {
  'http://crd.gov.pl/wzor/2021/11/29/11089/': 'FA(1)',
  'http://crd.gov.pl/wzor/2023/06/29/12648/': 'FA(2)',
  'http://crd.gov.pl/wzor/2026/03/06/14189/': 'FA_RR(1)',
  'urn:oasis:names:specification:ubl:schema:xsd:Invoice-2': 'PEF (UBL Invoice)',
  'urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2': 'PEF_KOR (UBL CreditNote)',
};

/** What is wrong with the root element; `undefined` when it is the one of FA(3). */
export function formFinding(root: XmlElement): Finding | undefined {
  if (root.name === 'Faktura' && root.namespaceUri === FA3_NAMESPACE) return undefined;
  const found = OTHER_FORMS[root.namespaceUri];
  const position = { line: root.line, element: `/${root.name}` };
  if (found !== undefined) {
    const message = `The document is in the form ${found}; only FA(3) (namespace ${FA3_NAMESPACE}) is handled here.`;
    return { code: 'FORM_NOT_SUPPORTED', message, ...position };
  }
  const where = root.namespaceUri === '' ? 'no namespace' : `the namespace ${quote(root.namespaceUri)}`;
  const message = `The root element is ${quote(root.name)} in ${where}; expected Faktura in ${FA3_NAMESPACE}.`;
  return { code: 'FORM_UNKNOWN', message, ...position };
}
