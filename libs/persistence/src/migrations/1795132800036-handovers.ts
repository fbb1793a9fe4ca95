import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What was handed to buyers, when, how and to whom. The moment is evidence: in a failure it is the receipt date (art.
 * 106nf(10)). Append-only, as the audit trail is.
 */
export class Handovers1795132800036 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE handover (
        tenant_id uuid NOT NULL REFERENCES tenant,
        id uuid NOT NULL,
        invoice_id uuid NOT NULL,
        document text NOT NULL CHECK (document IN
          ('invoice-with-number', 'invoice-with-two-codes', 'transaction-confirmation', 'invoice-without-codes')),
        channel text NOT NULL CHECK (channel IN ('email', 'paper', 'portal', 'edi', 'other')),
        recipient text NOT NULL CHECK (length(recipient) <= 254),
        handed_over_at timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL,
        recorded_by text NOT NULL,
        -- Of the file that was handed over; null where nobody told it.
        sha256 bytea CHECK (length(sha256) = 32),
        note text CHECK (length(note) <= 500),
        idempotency_key text,
        fingerprint text,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id),
        CONSTRAINT handover_key UNIQUE (tenant_id, idempotency_key),
        CONSTRAINT handover_claim CHECK ((idempotency_key IS NULL) = (fingerprint IS NULL))
      );
      CREATE INDEX handover_of_invoice ON handover (tenant_id, invoice_id, handed_over_at);
      CREATE TRIGGER handover_only_grows BEFORE UPDATE OR DELETE ON handover
        FOR EACH ROW EXECUTE FUNCTION refuse_change();
      CREATE TRIGGER handover_stays BEFORE TRUNCATE ON handover FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
    `);
  }

  /** Loses the record of what buyers hold. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE handover');
  }
}
