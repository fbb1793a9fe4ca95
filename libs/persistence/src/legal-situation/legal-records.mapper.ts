import {
  Temporal,
  type AvailabilityBulletin,
  type ContextIdentifier,
  type EnteredBy,
  type HousePolicy,
  type HousePolicyDecision,
  type LegalRecords,
  type PolicyChange,
  type TotalFailureConfirmation,
} from '@latarnik/domain';

/** Rows as PostgreSQL writes them in JSON: moments are text with every microsecond. */
export interface LegalRow {
  readonly bulletins: readonly BulletinRow[];
  readonly notices: readonly NoticeRow[];
  readonly confirmations: readonly ConfirmationRow[];
  readonly policy_changes: readonly PolicyChangeRow[];
  readonly house_policy_decisions: readonly HousePolicyDecisionRow[];
}

interface BulletinRow {
  readonly id: string;
  readonly version: number;
  readonly event_id: string;
  readonly category: AvailabilityBulletin['category'];
  readonly type: AvailabilityBulletin['type'];
  readonly title: string;
  readonly text: string;
  readonly start_at: string;
  readonly end_at: string | null;
  readonly published_at: string;
  readonly source: AvailabilityBulletin['source'];
  readonly fetched_at: string;
  /** Only of a message with an unknown word; notices have none. */
  readonly raw?: string | null;
}

interface NoticeRow extends BulletinRow {
  readonly person: string | null;
  readonly actor: string | null;
  readonly read_at: string | null;
}

interface ConfirmationRow {
  readonly event_id: string;
  readonly bulletin_id: string;
  readonly version: number;
  readonly person: string;
  readonly actor: string;
  readonly read_at: string;
  readonly confirmed_at: string;
}

interface PolicyChangeRow {
  readonly policy: PolicyChange['policy'];
  readonly reading: string;
  readonly author: string;
  readonly decided_at: string;
  readonly reason: string;
}

interface HousePolicyDecisionRow {
  readonly context_type: string;
  readonly context_value: string;
  readonly policies: readonly HousePolicy[];
  readonly author: string;
  readonly decided_at: string;
  readonly reason: string;
}

export function toLegalRecords(row: LegalRow): LegalRecords {
  return {
    bulletins: [...row.bulletins.map(toBulletin), ...row.notices.map(toNotice)],
    confirmations: row.confirmations.map(toConfirmation),
    policyChanges: row.policy_changes.map(toPolicyChange),
    housePolicyDecisions: row.house_policy_decisions.map(toHousePolicyDecision),
  };
}

const instant = (text: string) => Temporal.Instant.from(text);

function toBulletin(row: BulletinRow): AvailabilityBulletin {
  const { id, version, category, type, title, text, source } = row;
  return {
    ...{ id, version, category, type, title, text, source },
    eventId: row.event_id,
    start: instant(row.start_at),
    ...(row.end_at === null ? {} : { end: instant(row.end_at) }),
    publishedAt: instant(row.published_at),
    fetchedAt: instant(row.fetched_at),
    ...(typeof row.raw === 'string' ? { raw: row.raw } : {}),
  };
}

function toNotice(row: NoticeRow): AvailabilityBulletin {
  const enteredBy = enteredByOf(row);
  return { ...toBulletin(row), ...(enteredBy === undefined ? {} : { enteredBy }) };
}

function enteredByOf({ person, actor, read_at: readAt }: NoticeRow): EnteredBy | undefined {
  return person === null || actor === null || readAt === null ? undefined : { person, actor, readAt };
}

function toConfirmation(row: ConfirmationRow): TotalFailureConfirmation {
  const { version, person, actor } = row;
  return {
    ...{ version, person, actor },
    eventId: row.event_id,
    bulletinId: row.bulletin_id,
    readAt: row.read_at,
    confirmedAt: instant(row.confirmed_at),
  };
}

function toPolicyChange({ policy, reading, author, decided_at: decidedAt, reason }: PolicyChangeRow): PolicyChange {
  return { policy, reading, author, decidedAt: instant(decidedAt), reason };
}

function toHousePolicyDecision(row: HousePolicyDecisionRow): HousePolicyDecision {
  const { policies, author, reason } = row;
  return {
    ...{ policies, author, reason },
    context: { type: row.context_type, value: row.context_value } as ContextIdentifier,
    decidedAt: instant(row.decided_at),
  };
}
