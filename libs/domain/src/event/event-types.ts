/** Every type of event that is told to the outside, and when. Words of a contract: they are added to, and never changed. */
export const EVENT_TYPES = {
  'invoice.issued': 'an invoice was issued offline and may be handed to the buyer; it waits to be sent',
  'invoice.posted': 'an invoice was issued online and KSeF has it for processing',
  'invoice.accepted': 'KSeF accepted an invoice and gave it a number',
  'invoice.complete': 'the proof of receipt (UPO) of an accepted invoice is stored',
  'invoice.rejected': 'KSeF refused an invoice; what to do stands with the invoice',
  'invoice.blocked': 'an invoice cannot be sent before a person mends what is in its way, such as a missing permission',
  'invoice.conflict': 'KSeF has another invoice of this seller, kind and number',
  'invoice.needs-review': 'a person has to look at an invoice',
  'invoice.closed': 'a person settled that KSeF holds another document under its number; it is not sent any more',
  'invoice.not-issued': 'an attempt to issue online came to nothing; the number is free',
  'invoice.mass-rejection': 'KSeF refuses files of one schema in masses: the generator is wrong',
  'document.due': 'another document is the right one for the buyer now: a new copy is due, or may be handed over',
  'email.delivered': 'the mail system took a document for the buyer',
  'email.failed': 'a document does not reach the buyer by e-mail; somebody has to act',
  'email.unknown': 'nobody knows whether an e-mail reached the buyer; somebody has to decide',
  'deadline.alert': 'the deadline of an invoice comes near, or has passed',
  'deadlines.moved': "a message of the Ministry, or a policy, moved the deadlines of a context's invoices",
  'batch.alarm': 'something about a batch needs attention',
  'batch.held': 'a batch ran too often in vain and waits for a person',
  'certificate.expiring': 'a certificate comes to its end',
  'certificate.remote-status': 'KSeF says something new about a certificate',
  'certificate.enrolment-missed': 'KSeF issued a certificate that was not fetched in time',
  'webhook.disabled': 'a webhook gets nothing more until a person enables it',
} as const satisfies Readonly<Record<string, string>>;

export type EventType = keyof typeof EVENT_TYPES;

export const isEventType = (text: string): text is EventType => Object.hasOwn(EVENT_TYPES, text);

/** Which events somebody wants: types, or `group.*` for all of one group. Empty: all. */
export type EventFilter = readonly string[];

/** At most so many entries in a filter. */
export const MOST_FILTER_ENTRIES = 50;

const GROUPS = new Set(Object.keys(EVENT_TYPES).map((type) => `${type.split('.')[0] ?? ''}.*`));

/** Whether an entry of a filter names something that can happen. */
export const isFilterEntry = (entry: string): boolean => isEventType(entry) || GROUPS.has(entry);

export function passes(filter: EventFilter, type: string): boolean {
  return filter.length === 0 || filter.includes(type) || filter.includes(`${type.split('.')[0] ?? ''}.*`);
}
