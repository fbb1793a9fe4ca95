import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Deliveries that KSeF finally refused are counted and wait for their time; interactive ones are looked at in turn. An
 * invoice refused online keeps KSeF's word. The lifecycle is unchanged.
 */
export class DeliveryRetries1795132800006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE invoice
        ADD COLUMN delivery_attempts integer NOT NULL DEFAULT 0 CHECK (delivery_attempts >= 0),
        ADD COLUMN not_before timestamptz,
        ADD COLUMN invoicing_mode text CHECK (invoicing_mode IN ('online', 'offline')),
        -- When to look at an interactive delivery again; null is now. Does not follow the state.
        ADD COLUMN track_after timestamptz,
        ADD CONSTRAINT invoice_not_before CHECK (not_before IS NULL OR state = 'issued'),
        ADD CONSTRAINT invoice_invoicing_mode CHECK (invoicing_mode IS NULL OR ksef_number IS NOT NULL),
        DROP CONSTRAINT invoice_refusal,
        ADD CONSTRAINT invoice_refusal CHECK (
          CASE WHEN state IN ('rejected', 'blocked', 'conflict', 'needs-review') THEN refusal IS NOT NULL
               ELSE refusal IS NULL OR state = 'not-issued' END);

      DROP INDEX invoice_awaiting_since, invoice_unresolved;
      CREATE INDEX invoice_awaiting_since ON invoice (tenant_id, issued_at) INCLUDE (not_before)
        WHERE state = 'issued';
      CREATE INDEX invoice_unresolved ON invoice (tenant_id, track_after NULLS FIRST, id)
        WHERE state = 'received' OR (channel = 'interactive' AND state IN ('in-session', 'accepted'));
    `);
  }

  /** Loses what KSeF said of invoices refused online, beyond the reason: it had no place before. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      UPDATE invoice SET refusal = NULL WHERE state = 'not-issued' AND refusal IS NOT NULL;

      DROP INDEX invoice_awaiting_since, invoice_unresolved;
      CREATE INDEX invoice_awaiting_since ON invoice (tenant_id, issued_at) WHERE state = 'issued';
      CREATE INDEX invoice_unresolved ON invoice (tenant_id, id)
        WHERE state = 'received' OR (channel = 'interactive' AND state IN ('in-session', 'accepted'));

      ALTER TABLE invoice
        DROP CONSTRAINT invoice_refusal,
        ADD CONSTRAINT invoice_refusal CHECK (
          (refusal IS NOT NULL) = (state IN ('rejected', 'blocked', 'conflict', 'needs-review'))),
        DROP COLUMN delivery_attempts,
        DROP COLUMN not_before,
        DROP COLUMN invoicing_mode,
        DROP COLUMN track_after;
    `);
  }
}
