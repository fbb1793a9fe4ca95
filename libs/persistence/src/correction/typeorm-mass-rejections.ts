import {
  Temporal,
  type FormCode,
  type Instant,
  type LiftedStop,
  type MassRejection,
  type MassRejections,
  type TenantId,
} from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import type { Transaction } from '../database/transactions.js';

interface FormColumns {
  readonly form_system_code: string;
  readonly form_schema_version: string;
  readonly form_value: string;
  readonly invoices: number;
}

export class TypeormMassRejections implements MassRejections {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async rejectedSince(since: Instant): Promise<readonly Pick<MassRejection, 'formCode' | 'invoices'>[]> {
    const { rows } = await this.transaction.sql<FormColumns>(REJECTED, [this.tenant, instantText(since)]);
    return rows.map((row) => ({ formCode: formCodeOf(row), invoices: row.invoices }));
  }

  /** One worker at a time: the other waits, and finds the warning stored. */
  async raise({ formCode, invoices, since, raisedAt }: MassRejection): Promise<boolean> {
    await this.transaction.sql("SELECT pg_advisory_xact_lock(hashtextextended('mass-rejection|' || $1, 0))", [
      this.tenant,
    ]);
    const { count } = await this.transaction.sql(RAISE, [
      ...[this.tenant, formCode.systemCode, formCode.schemaVersion, formCode.value],
      ...[invoices, instantText(since), instantText(raisedAt)],
    ]);
    return count === 1;
  }

  async standing(formCode: FormCode, since: Instant): Promise<MassRejection | undefined> {
    const { rows } = await this.transaction.sql<WarningRow>(STANDING, [...this.of(formCode), instantText(since)]);
    return rows.map(toWarning)[0];
  }

  async lift({ formCode, liftedAt, actor, person, reason }: LiftedStop): Promise<void> {
    await this.transaction.sql(LIFT, [...this.of(formCode), instantText(liftedAt), actor, person, reason]);
  }

  async recent(limit: number): Promise<readonly MassRejection[]> {
    const { rows } = await this.transaction.sql<WarningRow>(
      'SELECT * FROM mass_rejection WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2',
      [this.tenant, limit],
    );
    return rows.map(toWarning);
  }

  private of({ systemCode, schemaVersion, value }: FormCode): readonly string[] {
    return [this.tenant, systemCode, schemaVersion, value];
  }
}

type WarningRow = FormColumns & { readonly since: string; readonly raised_at: string };

const toWarning = (row: WarningRow): MassRejection => ({
  formCode: formCodeOf(row),
  invoices: row.invoices,
  since: Temporal.Instant.from(row.since),
  raisedAt: Temporal.Instant.from(row.raised_at),
});

/** $1 tenant, $2-$4 schema, $5 since. By the index `mass_rejection_by_form`. */
const STANDING = `
  SELECT warning.* FROM mass_rejection AS warning
  WHERE tenant_id = $1 AND form_system_code = $2 AND form_schema_version = $3 AND form_value = $4 AND raised_at > $5
    AND NOT EXISTS (SELECT FROM mass_rejection_lift AS lifted
      WHERE lifted.tenant_id = $1 AND lifted.form_system_code = $2 AND lifted.form_schema_version = $3
        AND lifted.form_value = $4 AND lifted.lifted_at >= warning.raised_at)
  ORDER BY raised_at DESC LIMIT 1`;

/** $1 tenant, $2-$4 schema, $5 when, $6 credential, $7 person, $8 reason. */
const LIFT = `
  INSERT INTO mass_rejection_lift (tenant_id, form_system_code, form_schema_version, form_value, lifted_at, actor,
    person, reason)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`;

function formCodeOf(row: FormColumns): MassRejection['formCode'] {
  const { form_system_code: systemCode, form_schema_version: schemaVersion, form_value: value } = row;
  return { systemCode, schemaVersion, value };
}

/** $1 tenant, $2 since. */
const REJECTED = `
  SELECT form_system_code, form_schema_version, form_value, count(*)::integer AS invoices
  FROM invoice WHERE tenant_id = $1 AND state = 'rejected' AND updated_at >= $2
  GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`;

/** A statement after the lock, so that it sees what the one before stored. */
const RAISE = `
  INSERT INTO mass_rejection (tenant_id, form_system_code, form_schema_version, form_value, invoices, since, raised_at)
  SELECT $1::uuid, $2::text, $3::text, $4::text, $5::integer, $6::timestamptz, $7::timestamptz
  WHERE NOT EXISTS (
    SELECT FROM mass_rejection
    WHERE tenant_id = $1 AND form_system_code = $2 AND form_schema_version = $3 AND form_value = $4
      AND raised_at > $6)`;
