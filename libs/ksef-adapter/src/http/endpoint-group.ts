import type { EndpointGroup } from '@latarnik/domain';

type Rule = readonly [call: RegExp, group: EndpointGroup];

/** The first rule that fits decides (OpenAPI: `grupa` in the description of every 429; domain rules 8.1). */
const RULES: readonly Rule[] = [
  [/^\w+ \/auth\/sessions/, 'other'],
  [/^\w+ \/(auth|security|peppol)\//, 'public'],
  [/^POST \/sessions\/batch$/, 'batch-open'],
  [/^POST \/sessions\/batch\//, 'batch-close'],
  [/^POST \/sessions\/online$/, 'online-open'],
  [/^POST \/sessions\/online\/[^/]+\/invoices$/, 'online-send'],
  [/^POST \/sessions\/online\//, 'online-close'],
  [/^GET \/sessions$/, 'session-list'],
  [/^GET \/sessions\/[^/]+(\/invoices\/.+)?\/upo(\/|$)/, 'session-other'],
  [/^GET \/sessions\/[^/]+\/invoices(\/failed)?$/, 'session-invoices'],
  [/^GET \/sessions\/[^/]+\/invoices\//, 'invoice-status'],
  [/^GET \/sessions\//, 'session-other'],
  [/^\w+ \/invoices\/query\//, 'invoice-query'],
  [/^POST \/invoices\/exports$/, 'invoice-export'],
  [/^GET \/invoices\/exports\//, 'invoice-export-status'],
  [/^GET \/invoices\/ksef\//, 'invoice-download'],
  [/^GET \/certificates\/limits$/, 'certificate-limits'],
  [/^GET \/certificates\/enrollments\/data$/, 'certificate-enrolment-data'],
  [/^POST \/certificates\/enrollments$/, 'certificate-enrolment'],
  [/^GET \/certificates\/enrollments\//, 'certificate-enrolment-status'],
  [/^POST \/certificates\/retrieve$/, 'certificate-retrieve'],
  [/^POST \/certificates\/query$/, 'certificate-query'],
  [/^POST \/certificates\/[^/]+\/revoke$/, 'certificate-revoke'],
  [/^GET \/rate-limits$/, 'rate-limits'],
  [/^GET \/limits\/context$/, 'context-limits'],
  [/^GET \/limits\/subject$/, 'subject-limits'],
];

/** What KSeF counts a call as; what no rule knows counts together, as strictly as anything. @param path below the API's base */
export function endpointGroupOf(method: string, path: string): EndpointGroup {
  const call = nameOf(method, path);
  return RULES.find(([pattern]) => pattern.test(call))?.[1] ?? 'other';
}

/** The session whose state a call asks for: the question that is repeated until the answer is final. */
export const polledSession = (method: string, path: string): string | undefined =>
  /^GET \/sessions\/([^/]+)$/.exec(nameOf(method, path))?.[1];

const nameOf = (method: string, path: string): string => `${method} ${path.split('?', 1)[0] ?? ''}`;
