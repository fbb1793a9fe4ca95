import type { ChangedPolicies, Instant, Outage, PlainDate } from '@latarnik/domain';

/** The names of the file for the procedures of the law. */
export const MODES = ['ONLINE', 'OFFLINE24', 'OFFLINE', 'AWARYJNY', 'TOTAL_FAILURE'] as const;
export type Mode = (typeof MODES)[number];

/** One object of the file: an invoice, what the Ministry announced, and, where given, what is expected. */
export interface Question {
  readonly id: string;
  readonly mode: Mode;
  readonly issuedAt: Instant;
  /** P_1; by default the day of `issuedAt` in Poland. */
  readonly issueDate: PlainDate;
  readonly outages: readonly Outage[];
  readonly sending?: { readonly session: 'interactive' | 'batch'; readonly at: Instant } | undefined;
  readonly policies: ChangedPolicies;
  readonly expected: Expected;
}

export interface Expected {
  readonly mode?: Mode;
  /** `null`: no day, because there is none yet or never. */
  readonly dueDate?: string | null;
}
