/**
 * Where the law can be read in two ways: every such question, the reading we follow unless a tenant decides otherwise,
 * the other reading, the worked examples that show the difference, and the source. The law itself is in the code;
 * nothing here changes a date that the law leaves no doubt about.
 *
 * `examples` are ids of `__fixtures__/deadline-examples.json` in which the question comes up. `shownBy` are those whose
 * `alternativeReadings` the other reading gives; a test holds each of them to that.
 */
interface Policy {
  readonly question: string;
  /** The name of the reading that holds by default. */
  readonly default: string;
  readonly readings: Readonly<Record<string, { readonly says: string; readonly shownBy?: readonly string[] }>>;
  readonly examples: readonly string[];
  readonly source: string;
}

/** Raised when a question, a reading or a default changes; stored with every deadline that was computed under it. */
export const DEADLINE_RULES_VERSION = 'pl-vat-2026.2';

export const DEADLINE_POLICIES = {
  saturday: {
    question: 'Is Saturday a business day? The VAT Act defines none.',
    default: 'free-day',
    readings: {
      'free-day': { says: 'No; the Ministry did not count it in its own example, nor does the Tax Ordinance.' },
      'business-day': { says: 'Yes, unless it is a holiday: dates are earlier.' },
    },
    examples: ['A02'],
    source: 'art. 106nda(2), 106nf(4); ksef-docs tryby-offline.md; Ordynacja podatkowa art. 12 §5',
  },
  endAtMidnight: {
    question: 'Which day is the end day of an outage that ended at exactly 00:00?',
    default: 'new-day',
    readings: {
      'new-day': { says: 'The day that begins at that moment: the stamp is read literally.' },
      'day-before': { says: 'The day that ends at that moment: 24:00 was meant.', shownBy: ['C04', 'D21'] },
    },
    examples: ['C04', 'D21'],
    source: 'art. 106nh(2), 106nf(4)',
  },
  electingOffline24: {
    question: 'May an issuer choose offline24 while a failure or maintenance is announced and in force?',
    default: 'circumstances-decide',
    readings: {
      'circumstances-decide': { says: 'No: the announced circumstances give the procedure, whatever was declared.' },
      'issuer-may-elect': { says: 'Yes: an invoice declared offline24 keeps that clock.', shownBy: ['C13', 'D20'] },
    },
    examples: ['C13', 'D20'],
    source: 'art. 106nda(2) against 106nf(4) and 106nh(2)',
  },
  failureWithMaintenance: {
    question: 'Which procedure governs an invoice issued while a failure and maintenance are both in force?',
    default: 'failure-governs',
    readings: {
      'failure-governs': { says: 'The failure: seven business days from its end.' },
      'maintenance-governs': { says: 'The maintenance: the next business day after its end.', shownBy: ['G03'] },
    },
    examples: ['G01', 'G03'],
    source: 'art. 106nf(4) against 106nh(2)',
  },
  issueBeforeAnnouncement: {
    question:
      'An invoice was issued inside the stated period of an outage, but before that was announced. Does it count?',
    default: 'stated-period-decides',
    readings: {
      'stated-period-decides': {
        says: 'Yes, whenever the message comes: publication decides only what a waiting invoice gains.',
      },
      'stated-period-in-time': { says: 'Yes, if the message came before the invoice was late by its own date.' },
      'announcement-decides': { says: 'No: what nobody had announced was not in force; the message only comes later.' },
    },
    examples: ['D18', 'D19'],
    source: 'art. 106nf(4), 106nh(2), 106nha; domain rules 10 point 3',
  },
  backDatedIssue: {
    question:
      'An invoice is issued during an outage, but dated so long before that its own day had passed. Does it count?',
    default: 'own-date-decides',
    readings: {
      'own-date-decides': {
        says: 'No: its issue date in law is P_1, and an outage that came after its day cures no lateness.',
      },
      'moment-decides': { says: 'Yes: what counts is what was in force when it was made.' },
    },
    examples: [],
    source: 'art. 106nf(9), 106nda(10) against the moment of issue in 106nf(1); domain rules 1.1, 1.3',
  },
  failureYetToBegin: {
    question:
      'A failure was announced before an invoice was issued and begins after it, or is corrected so. Does it count?',
    default: 'no-effect',
    readings: {
      'no-effect': { says: 'It was not in force at the issue, and its message did not come while the invoice waited.' },
      moves: { says: 'From its start it counts like one announced then, if that is on or before the due day.' },
    },
    examples: [],
    source: 'art. 106nf(1), 106nha',
  },
  announcementMoment: {
    question: 'Is a failure announced while an invoice waits when its message is published, or when it says it began?',
    default: 'publication',
    readings: {
      publication: { says: 'When the message is published: the Act speaks of messages in the period.' },
      'stated-start': { says: 'At the start it states, where that is earlier.', shownBy: ['E13'] },
    },
    examples: ['D18', 'E13'],
    source: 'art. 106nha',
  },
  announcedAfterEnd: {
    question: 'Does a message that is published only after the failure has ended create a failure period?',
    default: 'creates-period',
    readings: {
      'creates-period': { says: 'Yes: the two messages delimit it, whenever they come.' },
      'creates-none': { says: 'No.', shownBy: ['D19'] },
    },
    examples: ['D19'],
    source: 'art. 106ne(1), 106nf(4)',
  },
  lateFailure: {
    question: 'Does a failure announced after the due day had passed give an overdue invoice a new deadline?',
    default: 'no-effect',
    readings: {
      'no-effect': { says: 'No: the Act speaks of messages within the period, and nothing cures lateness.' },
      revives: { says: 'Yes: seven business days from its end.' },
    },
    examples: ['E03', 'E10', 'E12'],
    source: 'art. 106nf(5), 106nha',
  },
  furtherFailure: {
    question: 'A further failure ended before the first one did. From which end do the seven days count?',
    default: 'latest-end',
    readings: {
      'latest-end': { says: 'From the latest end: a deadline never moves earlier.' },
      'last-announced': { says: 'From the end of the failure announced last, literally.', shownBy: ['E05'] },
    },
    examples: ['E05'],
    source: 'art. 106nf(5)',
  },
  maintenanceWhileWaiting: {
    question: 'Does maintenance in force on or before the due day of a waiting invoice move that day?',
    default: 'never-moves',
    readings: {
      'never-moves': { says: 'No: the Act moves deadlines for failures only.' },
      moves: { says: 'Yes, to the next business day after its end (the text does not support it).', shownBy: ['C07'] },
    },
    examples: ['C07', 'C08', 'G05'],
    source: 'art. 106nda(2), 106nh(2), 106nha',
  },
  failureAfterUnavailability: {
    question:
      'Does a failure, or a total failure, announced while an invoice issued during maintenance waits change its deadline?',
    default: 'moves',
    readings: {
      moves: { says: 'Yes, as for offline24: art. 106nha is reached through 106nh(4), and the docs say so.' },
      'does-not-move': { says: 'No: art. 106nha names invoices of art. 106nda only.' },
    },
    examples: ['T03'],
    source: 'art. 106nh(4), 106nha; ksef-docs tryby-offline.md',
  },
  lateTotalFailure: {
    question: 'Does a total failure announced after the due day had passed lift the duty to send an overdue invoice?',
    default: 'no-effect',
    readings: {
      'no-effect': { says: 'No: the invoice stays overdue and is still sent.' },
      'lifts-the-duty': { says: 'Yes.' },
    },
    examples: ['T06', 'T10'],
    source: 'art. 106nf(7), 106nha',
  },
  failureAfterTotalFailure: {
    question: 'A total failure lifted the duty to send; then an ordinary failure is announced. Does the duty return?',
    default: 'duty-stays-lifted',
    readings: {
      'duty-stays-lifted': { says: 'No: lifted is lifted.' },
      'duty-returns': { says: 'Yes, if the failure came in the time that ran before: seven days from its end.' },
    },
    examples: ['T09'],
    source: 'art. 106nf(7)',
  },
  onlineSentLater: {
    question: 'An invoice declared online was sent after the day of P_1. Is the next business day its limit?',
    default: 'next-business-day',
    readings: {
      'next-business-day': { says: 'Yes: KSeF marks it offline, and art. 106nda applies to it.' },
      'no-limit': { says: 'No: art. 106nda(16) does not list paragraph 2.', shownBy: ['H01'] },
    },
    examples: ['A04', 'A06', 'H01', 'H02'],
    source: 'art. 106nda(16); gazetaprawna.pl 9995906',
  },
} as const satisfies Readonly<Record<string, Policy>>;

export type PolicyName = keyof typeof DEADLINE_POLICIES;
export type Reading<P extends PolicyName> = keyof (typeof DEADLINE_POLICIES)[P]['readings'];

/** One reading for each question: what `deadlineFor` computes under. */
export type DeadlineRules = { readonly [P in PolicyName]: Reading<P> };

export const POLICY_NAMES = Object.keys(DEADLINE_POLICIES) as readonly PolicyName[];

/** The readings that hold unless a tenant has decided otherwise. */
export const DEFAULT_RULES = Object.fromEntries(
  POLICY_NAMES.map((name) => [name, DEADLINE_POLICIES[name].default]),
) as DeadlineRules;

/** The readings that differ from the defaults, by the name of their question. */
export type ChangedPolicies = { readonly [P in PolicyName]?: Reading<P> };

export function changedPolicies(rules: DeadlineRules): ChangedPolicies {
  return Object.fromEntries(
    POLICY_NAMES.filter((name) => rules[name] !== DEFAULT_RULES[name]).map((name) => [name, rules[name]]),
  );
}

/** The default readings with these instead. */
export function rulesWith(changed: ChangedPolicies): DeadlineRules {
  return { ...DEFAULT_RULES, ...changed };
}

/** The readings a question allows, the default first. */
export function readingsOf(name: PolicyName): readonly string[] {
  const { default: first, readings } = DEADLINE_POLICIES[name];
  return [first, ...Object.keys(readings).filter((reading) => reading !== first)];
}

/** Whether a text names a question of `DEADLINE_POLICIES`. */
export function isPolicyName(text: string): text is PolicyName {
  return Object.hasOwn(DEADLINE_POLICIES, text);
}
