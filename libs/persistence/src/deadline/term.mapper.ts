import { Temporal, type Deadline, type DeadlineInputs, type DueTerm } from '@latarnik/domain';
import { cutToMicroseconds, instantText } from '../database/column-types.js';
import { required } from '../database/required.js';

/** A term as JSON: days and moments are text. */
export interface StoredTerm {
  readonly deadline: StoredDeadline;
  readonly target?: { readonly at: string; readonly explanation: readonly string[] };
}

export interface StoredDeadline {
  readonly kind: Deadline['kind'];
  readonly regime: Deadline['regime'];
  readonly basis: string;
  readonly explanation: readonly string[];
  readonly calendarVersion: string;
  /** Absent in values written before the rules had a version. */
  readonly inputs?: DeadlineInputs;
  readonly day?: string;
  readonly endsAt?: string;
  readonly restoredAt?: string;
}

/** The name of a stored term: `jsonb` has one text for equal values, so equal terms have one name. */
export const digestOf = (jsonb: string): string => `sha256(convert_to(${jsonb}::text, 'UTF8'))`;

/** What the columns of an invoice repeat of its term, for searching; moments as text. */
export function termColumns({ deadline, target }: DueTerm) {
  return {
    kind: deadline.kind,
    endsAt: deadline.kind === 'due' ? instantText(deadline.endsAt) : null,
    targetAt: target === undefined ? null : instantText(target.at),
  };
}

export function toStoredTerm({ deadline, target }: DueTerm): StoredTerm {
  return {
    deadline: toStoredDeadline(deadline),
    ...(target === undefined
      ? {}
      : { target: { at: cutToMicroseconds(target.at).toString(), explanation: target.explanation } }),
  };
}

export function toTerm({ deadline, target }: StoredTerm): DueTerm {
  return {
    deadline: toDeadline(deadline),
    ...(target === undefined
      ? {}
      : { target: { at: Temporal.Instant.from(target.at), explanation: target.explanation } }),
  };
}

function toStoredDeadline(deadline: Deadline): StoredDeadline {
  if (deadline.kind !== 'due') return { ...deadline };
  const { day, endsAt, restoredAt, ...rest } = deadline;
  return {
    ...rest,
    day: day.toString(),
    endsAt: cutToMicroseconds(endsAt).toString(),
    ...(restoredAt === undefined ? {} : { restoredAt: cutToMicroseconds(restoredAt).toString() }),
  };
}

function toDeadline({ kind, day, endsAt, restoredAt, ...rest }: StoredDeadline): Deadline {
  if (kind !== 'due') return { ...rest, kind };
  return {
    ...rest,
    kind,
    day: Temporal.PlainDate.from(required(day, 'day of its deadline')),
    endsAt: Temporal.Instant.from(required(endsAt, 'end of its deadline')),
    ...(restoredAt === undefined ? {} : { restoredAt: Temporal.Instant.from(restoredAt) }),
  };
}
