import type {
  AvailabilityBulletin,
  HousePolicyDecision,
  LegalArchive,
  LegalRecords,
  PolicyChange,
  TenantId,
  TotalFailureConfirmation,
} from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import { required } from '../database/required.js';
import { prepared, type SqlResult, type Transaction } from '../database/transactions.js';
import type { KnownLegalRecords } from './known-legal-records.js';
import { toLegalRecords, type LegalRow } from './legal-records.mapper.js';

/** Rows are only added; what somebody entered or decided is never edited. */
export class TypeormLegalArchive implements LegalArchive {
  /** What this transaction added may yet be rolled back: then as many rows will be other rows. */
  #hasAdded = false;

  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
    private readonly known: KnownLegalRecords,
  ) {}

  async read(): Promise<LegalRecords> {
    const { rows: counted } = await this.transaction.sql<{ size: string }>(SIZE, [this.tenant]);
    const { size } = required(counted[0], 'size of the legal records');
    const known = this.#hasAdded ? undefined : this.known.find(this.tenant, size);
    if (known !== undefined) return known;
    const { rows } = await this.transaction.sql<LegalRow & { size: string }>(READ, [this.tenant]);
    const row = required(rows[0], 'legal records');
    const records = toLegalRecords(row);
    if (!this.#hasAdded) this.known.keep(this.tenant, row.size, records);
    return records;
  }

  async addNotice(notice: AvailabilityBulletin): Promise<boolean> {
    const { id, version, eventId, category, type, title, text, start, end, source, enteredBy } = notice;
    const { count } = await this.add(ADD_NOTICE, [
      ...[this.tenant, id, version, eventId, category, type, title, text],
      ...[instantText(start), end === undefined ? null : instantText(end), instantText(notice.publishedAt)],
      ...[source, instantText(notice.fetchedAt)],
      ...[enteredBy?.person ?? null, enteredBy?.actor ?? null, enteredBy?.readAt ?? null],
    ]);
    return count === 1;
  }

  async addConfirmation(confirmation: TotalFailureConfirmation): Promise<void> {
    const { eventId, bulletinId, version, person, actor, readAt, confirmedAt } = confirmation;
    await this.add(ADD_CONFIRMATION, [
      ...[this.tenant, eventId, bulletinId, version, person, actor, readAt, instantText(confirmedAt)],
    ]);
  }

  async addPolicyChange({ policy, reading, author, decidedAt, reason }: PolicyChange): Promise<void> {
    await this.add(ADD_POLICY_CHANGE, [...[this.tenant, policy, reading, author, instantText(decidedAt), reason]]);
  }

  async addHousePolicyDecision(decision: HousePolicyDecision): Promise<void> {
    const { context, policies, author, decidedAt, reason } = decision;
    await this.add(ADD_HOUSE_POLICY_DECISION, [
      ...[this.tenant, context.type, context.value, JSON.stringify(policies), author, instantText(decidedAt), reason],
    ]);
  }

  private add(statement: string, values: readonly unknown[]): Promise<SqlResult<unknown>> {
    this.#hasAdded = true;
    return this.transaction.sql(statement, values);
  }
}

/**
 * $1 tenant. How many rows there are of each kind. Rows are only ever added, so as many rows are the same rows: what one
 * transaction sees is a part of what a later one sees.
 */
const SIZE_OF_RECORDS = `
  concat_ws('/', (SELECT count(*) FROM bulletin), (SELECT count(*) FROM notice WHERE tenant_id = $1),
    (SELECT count(*) FROM total_failure_confirmation WHERE tenant_id = $1),
    (SELECT count(*) FROM deadline_policy_change WHERE tenant_id = $1),
    (SELECT count(*) FROM house_policy_decision WHERE tenant_id = $1)) AS size`;

const SIZE = prepared(`SELECT ${SIZE_OF_RECORDS}`);

/** $1 tenant. One row, one round trip; messages as read only where a word is unknown. */
const READ = `
  SELECT ${SIZE_OF_RECORDS},
    (SELECT coalesce(json_agg(told ORDER BY published_at DESC, id, version DESC), '[]')
     FROM (SELECT id, version, event_id, category, type, title, text, start_at, end_at, published_at, source, fetched_at,
             CASE WHEN 'unknown' IN (category, type) THEN raw END AS raw
           FROM bulletin) AS told) AS bulletins,
    (SELECT coalesce(json_agg(notice ORDER BY arrival), '[]') FROM notice WHERE tenant_id = $1) AS notices,
    (SELECT coalesce(json_agg(word ORDER BY id), '[]')
     FROM total_failure_confirmation AS word WHERE tenant_id = $1) AS confirmations,
    (SELECT coalesce(json_agg(change ORDER BY id), '[]')
     FROM deadline_policy_change AS change WHERE tenant_id = $1) AS policy_changes,
    (SELECT coalesce(json_agg(decision ORDER BY id), '[]')
     FROM house_policy_decision AS decision WHERE tenant_id = $1) AS house_policy_decisions`;

const ADD_NOTICE = `
  INSERT INTO notice (tenant_id, id, version, event_id, category, type, title, text, start_at, end_at, published_at,
    source, fetched_at, person, actor, read_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
  ON CONFLICT (tenant_id, id, version) DO NOTHING`;

const ADD_CONFIRMATION = `
  INSERT INTO total_failure_confirmation (tenant_id, event_id, bulletin_id, version, person, actor, read_at, confirmed_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`;

const ADD_POLICY_CHANGE = `
  INSERT INTO deadline_policy_change (tenant_id, policy, reading, author, decided_at, reason)
  VALUES ($1, $2, $3, $4, $5, $6)`;

const ADD_HOUSE_POLICY_DECISION = `
  INSERT INTO house_policy_decision (tenant_id, context_type, context_value, policies, author, decided_at, reason)
  VALUES ($1, $2, $3, $4, $5, $6, $7)`;
