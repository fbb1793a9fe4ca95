import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Invoices that wait and are larger than KSeF takes: they are found, and blocked without ever having been on their way.
 * And what people said to warnings of mass refusals, which stop the issuing with a schema.
 */
export class Unsendable1795132800030 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      INSERT INTO invoice_transition (from_state, to_state) VALUES ('issued', 'blocked');
      ${delivery("WHEN state = 'blocked' THEN true")}
      CREATE INDEX invoice_large_waiting ON invoice (tenant_id, context_type, context_value, id)
        WHERE state = 'issued' AND size_bytes > 1000000;
      ${LIFTS}
    `);
  }

  /** Refused while an invoice is blocked that was never on its way: it had no place before. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE mass_rejection_lift;
      DROP INDEX invoice_large_waiting;
      DELETE FROM invoice_transition WHERE (from_state, to_state) = ('issued', 'blocked');
      ${delivery('')}
    `);
  }
}

const LIFTS = `
  CREATE TABLE mass_rejection_lift (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id bigint GENERATED ALWAYS AS IDENTITY,
    form_system_code text NOT NULL,
    form_schema_version text NOT NULL,
    form_value text NOT NULL,
    lifted_at timestamptz NOT NULL,
    actor text NOT NULL CHECK (actor <> ''),
    person text NOT NULL CHECK (person <> ''),
    reason text NOT NULL CHECK (reason <> ''),
    PRIMARY KEY (tenant_id, id)
  );
  CREATE INDEX mass_rejection_lift_by_form ON mass_rejection_lift
    (tenant_id, form_system_code, form_schema_version, form_value, lifted_at DESC);
  CREATE TRIGGER mass_rejection_lift_is_kept BEFORE UPDATE OR DELETE ON mass_rejection_lift
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
  CREATE TRIGGER mass_rejection_lift_stays BEFORE TRUNCATE ON mass_rejection_lift
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();`;

/** @param alsoWithout states that may have a delivery and may not, SQL */
const delivery = (alsoWithout: string): string => `
  ALTER TABLE invoice DROP CONSTRAINT invoice_delivery;
  ALTER TABLE invoice ADD CONSTRAINT invoice_delivery CHECK (
    CASE WHEN state IN ('received', 'not-issued', 'issued') THEN channel IS NULL
         WHEN state = 'planned' THEN channel IS NOT NULL AND channel = 'batch'
         ${alsoWithout}
         ELSE channel IS NOT NULL END
    AND (channel IS NOT DISTINCT FROM 'batch') = (batch_id IS NOT NULL)
    AND (session_reference IS NULL OR channel IS NOT NULL)
    AND (invoice_reference IS NULL OR channel IS NOT DISTINCT FROM 'interactive'));`;
