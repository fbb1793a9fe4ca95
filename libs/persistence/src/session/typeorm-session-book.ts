import type {
  ContextIdentifier,
  OpenedSharedSession,
  SessionBook,
  SessionReference,
  SharedSessionRecord,
  SharedSessionState,
  TenantId,
} from '@latarnik/domain';
import { Temporal } from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import type { Transaction } from '../database/transactions.js';

/** Closing times go by the clock of the database, `app_now()`. */
export class TypeormSessionBook implements SessionBook {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async add(session: OpenedSharedSession, idleSeconds: number): Promise<void> {
    const { reference, context, formCode, opener, openedAt, validUntil } = session;
    await this.transaction.sql(ADD, [
      ...[this.tenant, reference, context.type, context.value],
      ...[formCode.systemCode, formCode.schemaVersion, formCode.value],
      ...[opener, instantText(openedAt), instantText(validUntil), idleSeconds],
    ]);
  }

  async find(reference: SessionReference): Promise<SharedSessionRecord | undefined> {
    const { rows } = await this.transaction.sql<Row>(
      `SELECT ${COLUMNS} FROM interactive_session WHERE tenant_id = $1 AND reference = $2`,
      [this.tenant, reference],
    );
    return rows.map(toRecord)[0];
  }

  async use(reference: SessionReference, mostInvoices: number, idleSeconds: number): Promise<boolean> {
    const { count } = await this.transaction.sql(USE, [this.tenant, reference, mostInvoices, idleSeconds]);
    return count === 1;
  }

  async beginClosing(reference: SessionReference): Promise<boolean> {
    const { count } = await this.transaction.sql(BEGIN_CLOSING, [this.tenant, reference]);
    return count === 1;
  }

  async finish(reference: SessionReference, state: 'closed' | 'lost'): Promise<void> {
    await this.transaction.sql(
      `UPDATE interactive_session SET state = $3, updated_at = app_now()
       WHERE tenant_id = $1 AND reference = $2 AND state = 'closing'`,
      [this.tenant, reference, state],
    );
  }

  async claimDue(limit: number, againInSeconds: number): Promise<readonly SharedSessionRecord[]> {
    const { rows } = await this.transaction.sql<Row>(CLAIM_DUE, [this.tenant, limit, againInSeconds]);
    return rows.map(toRecord);
  }
}

interface Row {
  readonly reference: string;
  readonly context_type: string;
  readonly context_value: string;
  readonly form_system_code: string;
  readonly form_schema_version: string;
  readonly form_value: string;
  readonly state: SharedSessionState;
  readonly opener: string;
  readonly opened_at: string;
  readonly valid_until: string;
  readonly invoices_posted: number;
}

/** Moments as text: through `Date` they would lose their microseconds. */
const COLUMNS = `reference, context_type, context_value, form_system_code, form_schema_version, form_value, state, opener,
  opened_at::text AS opened_at, valid_until::text AS valid_until, invoices_posted`;

/** The row was checked when it was written. */
function toRecord(row: Row): SharedSessionRecord {
  const { form_system_code: systemCode, form_schema_version: schemaVersion, form_value: value } = row;
  return {
    reference: row.reference as SessionReference,
    context: { type: row.context_type, value: row.context_value } as ContextIdentifier,
    formCode: { systemCode, schemaVersion, value },
    state: row.state,
    opener: row.opener,
    openedAt: Temporal.Instant.from(row.opened_at),
    validUntil: Temporal.Instant.from(row.valid_until),
    invoicesPosted: row.invoices_posted,
  };
}

const ADD = `
  INSERT INTO interactive_session (tenant_id, reference, context_type, context_value, form_system_code,
    form_schema_version, form_value, state, opener, opened_at, valid_until, close_after)
  VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9, $10, app_now() + make_interval(secs => $11))`;

/** $3 invoices at most, $4 seconds. Two at a time wait for each other, so that the count is right. */
const USE = `
  UPDATE interactive_session
  SET invoices_posted = invoices_posted + 1, last_used_at = app_now(), updated_at = app_now(),
    close_after = app_now() + make_interval(secs => $4)
  WHERE tenant_id = $1 AND reference = $2 AND state = 'open' AND invoices_posted < $3`;

const BEGIN_CLOSING = `
  UPDATE interactive_session SET state = 'closing', close_after = app_now(), updated_at = app_now()
  WHERE tenant_id = $1 AND reference = $2 AND state = 'open'`;

/** $2 sessions at most, $3 seconds until anybody else gets them. One that is just being used is passed over. */
const CLAIM_DUE = `
  UPDATE interactive_session
  SET state = 'closing', close_after = app_now() + make_interval(secs => $3), updated_at = app_now()
  WHERE tenant_id = $1 AND reference IN (
    SELECT reference FROM interactive_session
    WHERE tenant_id = $1 AND state IN ('open', 'closing') AND close_after <= (SELECT app_now())
    ORDER BY close_after LIMIT $2
    FOR UPDATE SKIP LOCKED)
  RETURNING ${COLUMNS}`;
