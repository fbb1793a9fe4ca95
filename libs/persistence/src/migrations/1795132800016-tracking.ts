import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ATTEMPTS, DISPUTES, PROOFS, ROWS, SECOND_DELIVERIES } from './1795132800016-tracking.tables.js';

/**
 * What KSeF says of a session row by row, pages of collective UPOs, calls with what became of them, alarms, second
 * deliveries, and batches whose counts KSeF and we do not agree on.
 */
export class Tracking1795132800016 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const part of [DISPUTES, ROWS, PROOFS, ATTEMPTS, SECOND_DELIVERIES]) await runner.query(part);
  }

  /**
   * Loses what had no place before. Refused while a batch is disputed, an invoice has a second delivery, or one is proven by
   * a page alone.
   */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DO $$ BEGIN
        IF EXISTS (SELECT FROM batch WHERE state = 'disputed')
          OR EXISTS (SELECT FROM invoice WHERE earlier_batch_id IS NOT NULL)
          OR EXISTS (SELECT FROM invoice_upo_page AS page
            WHERE NOT EXISTS (SELECT FROM invoice_upo AS own
              WHERE own.tenant_id = page.tenant_id AND own.invoice_id = page.invoice_id))
        THEN
          RAISE EXCEPTION 'what is disputed, delivered twice or proven by a page has no place in the schema before';
        END IF;
      END $$;
      DROP TABLE second_delivery, second_delivery_transition, batch_alarm, call_attempt, call_attempt_transition;
      DROP FUNCTION second_delivery_guard();
      DROP FUNCTION call_attempt_guard();
      ALTER TABLE invoice DROP COLUMN earlier_batch_id, DROP COLUMN earlier_session_reference;
      CREATE OR REPLACE FUNCTION invoice_needs_upo() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NOT EXISTS (SELECT FROM invoice_upo WHERE tenant_id = NEW.tenant_id AND invoice_id = NEW.id) THEN
          RAISE EXCEPTION 'invoice %: complete without a UPO', NEW.id
            USING ERRCODE = 'LA003', TABLE = 'invoice', CONSTRAINT = 'invoice_needs_upo';
        END IF;
        RETURN NULL;
      END $$;
      DROP TABLE invoice_upo_page, upo_page;
      DROP INDEX invoice_of_ksef_number;
      ALTER TABLE invoice_upo DROP COLUMN signature;
      DROP TABLE session_row;
      DELETE FROM invoice_transition WHERE (from_state, to_state) = ('planned', 'needs-review');
      DELETE FROM batch_transition WHERE 'disputed' IN (from_state, to_state)
        OR (from_state, to_state) = ('reconciling', 'reconciling');
      ALTER TABLE batch
        DROP CONSTRAINT batch_state_check,
        ADD CONSTRAINT batch_state_check CHECK (state IN
          ('planned', 'packed', 'opening', 'open', 'closing', 'processing', 'reconciling', 'done', 'dead')),
        DROP CONSTRAINT batch_session_key,
        ADD CONSTRAINT batch_session_key CHECK (
          (sealed_session_key IS NOT NULL) = (state NOT IN ('planned', 'done', 'dead'))
          AND (initialization_vector IS NULL) = (sealed_session_key IS NULL));
    `);
  }
}
