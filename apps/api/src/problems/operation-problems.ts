import type { ProblemEntry } from './entry.js';

const READ_BATCH = 'Read the batch: GET /v1/batches/{id} tells its state.';
const LATER = 'Wait as long as `Retry-After` says and repeat.';

/** About sending, KSeF, outages, rehearsals, policies, events and webhooks. */
export const OPERATION_PROBLEMS = {
  KSEF_UNREACHABLE: ['KSeF does not answer', 'KSeF could not be asked; nothing was changed.', LATER],
  KSEF_THROTTLED: ['KSeF asks to wait', 'The limits of KSeF are used up.', LATER],
  LOGIN_REFUSED: [
    'KSeF did not let us in',
    'KSeF refused the login of this context.',
    'Check the Authentication certificate and the rights in KSeF.',
  ],
  ACCESS_REFUSED: [
    'KSeF did not let us in',
    'A right is missing in KSeF, or the context is blocked there.',
    'Have the right granted in KSeF.',
  ],
  NO_AUTHENTICATION_CERTIFICATE: [
    'KSeF did not let us in',
    'The context has no certificate of type Authentication that can be used.',
    'Import one with POST /v1/certificates.',
  ],
  BATCH_NOT_HELD: ['This batch does not wait for a person', 'There is nothing to resume.', READ_BATCH],
  BATCH_HELD: ['A worker holds it', 'The batch is being worked on.', 'Ask again in a few seconds.'],
  SESSION_NOT_OPEN: [
    'Nothing is open',
    'Only invoices that KSeF may have without saying so are sent twice.',
    READ_BATCH,
  ],
  NOTHING_OPEN: ['Nothing is open', 'KSeF answered for every invoice, or they go a second time.', READ_BATCH],
  DEADLINE_NOT_NEAR: [
    'There is time to wait',
    'No deadline of the batch ends within two hours.',
    'Wait for the answer of KSeF.',
  ],
  ALREADY_APPROVED: ['Allowed already', 'The same bytes go a second time only once.', READ_BATCH],
  NOT_PROPOSED: ['Nothing to decide', 'Nobody asked for it, or it was taken back.', 'Ask for it first.'],
  NOT_DISPUTED: ['No dispute', 'KSeF knows the session of the batch.', READ_BATCH],
  SENDING_RULE_REFUSED: ['This rule cannot be followed', 'Its hours or numbers do not fit together.', 'Mend the rule.'],
  SIMULATION_ON_PRODUCTION: [
    'No rehearsals on production',
    'Simulations and drills are for test and demo environments.',
    'Use the test environment.',
  ],
  NOTICE_INVALID: ['The notice makes no sense yet', 'Its moments or text contradict each other.', 'Mend the notice.'],
  NOTICE_VERSION_TAKEN: [
    'The version is taken',
    'This version of the notice was entered with other words.',
    'Enter the next version.',
  ],
  NOTICE_VERSION_SKIPPED: ['A version is missing', 'Versions follow each other.', 'Enter the missing one first.'],
  EVENT_UNKNOWN: ['No such event', 'No message or notice has this id.', 'See GET /v1/announcements.'],
  NOTHING_TO_CONFIRM: ['Nothing to confirm', "Only a total failure needs anybody's word.", 'Nothing is to be done.'],
  BANNER_MISSING: ['What are people to be shown?', 'The text of the banner is missing.', 'Give it.'],
  NO_DOWNTIME: ['Nothing to end', 'No simulation runs or is planned.', 'Nothing is to be done.'],
  DOWNTIME_ALREADY: [
    'One is enough',
    'A simulation runs or is planned at that time.',
    'End it with DELETE /v1/simulations/downtime.',
  ],
  DOWNTIME_OVERLAPS: [
    'There is something at that time',
    'What was or is announced is not rehearsed over.',
    'Choose another time.',
  ],
  OUTAGE_IN_FORCE: ['There is an outage already', 'Nothing is rehearsed on top of it.', 'Wait for its end.'],
  DRILL_UNDER_WAY: ['One drill at a time', '`drillId` is the one under way.', 'Wait for its end.'],
  INVOICE_COUNT_INVALID: ['So many are not possible', '`most` is the largest number.', 'Choose fewer.'],
  POLICY_UNKNOWN: ['No such question', 'No open question of the law has this name.', 'See GET /v1/deadline-policies.'],
  READING_NOT_ALLOWED: ['No such reading', '`allowed` lists the readings.', 'Choose one of them.'],
  HOUSE_POLICY_INVALID: ['A policy is not one', '`findings` says which and why.', 'Mend it.'],
  HOUSE_POLICY_LATER_THAN_LAW: [
    'A policy of the house is only ever stricter than the law',
    'It would end a term later than the law does.',
    'Choose an earlier end.',
  ],
  EVENT_ID_UNKNOWN: [
    'Where to begin?',
    'There is no event with this id.',
    'Begin with `after=start`, the oldest that is kept.',
  ],
  EVENTS_GONE: [
    'Too long ago',
    'Events after that one were deleted for their age.',
    'Read the invoices anew and begin with `after=start`.',
  ],
  UNKNOWN_EVENT_TYPES: ['Unknown types of events', 'GET /v1/events/types lists them.', 'Name only those.'],
  TOO_MANY_STREAMS: ['Too many streams of events', 'As many as may be are open.', LATER],
  TOO_MANY_WEBHOOKS: ['The webhook was not made', 'The tenant has as many as it may.', 'Delete one first.'],
  WEBHOOK_URL_INVALID: [
    'Nothing is posted there',
    'It is no https address that may be posted to.',
    'Mend the address.',
  ],
  WEBHOOK_URL_PRIVATE: [
    'Nothing is posted there',
    'The address is, or leads to, one that is not on the Internet.',
    'Give a public address.',
  ],
  WEBHOOK_HOST_UNKNOWN: ['Nothing is posted there', 'No name server knows the host.', 'Check the name.'],
  WEBHOOK_NOT_ENABLED: ['The webhook is disabled', 'Nothing is replayed to it.', 'Enable it first.'],
} as const satisfies Readonly<Record<string, ProblemEntry>>;
